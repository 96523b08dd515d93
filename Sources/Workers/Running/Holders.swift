import LettaModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Who has a database open, or holds a lock on it: the only proof that a
/// worker has stopped. Its own words, its exit code and its pid file prove
/// nothing.
struct Holders: Sendable, Equatable {
    struct Holder: Sendable, Equatable {
        let pid: Int
        /// The first word of its command line.
        let program: String
        let how: String
    }

    var found: [Holder] = []
    /// Processes whose open files cannot be seen, of the file's own owner or
    /// of root.
    var hidden = 0

    var isNobody: Bool { found.isEmpty }

    /// - Parameter path: a database; its side files count too.
    static func of(_ path: String) -> Holders { all([path])[path] ?? Holders() }

    /// Of several databases, in one walk over all processes.
    static func all(_ paths: [String]) -> [String: Holders] {
        var sought = paths.compactMap { Sought($0) }
        for pid in processes() where pid != Int(getpid()) { look(at: pid, &sought) }
        for place in sought.indices { sought[place].holders.lookAtLocks(sought[place].files) }
        return Dictionary(sought.map { ($0.path, $0.holders) }) { first, _ in first }
    }

    fileprivate struct Sought {
        let path: String
        let files: [Inode]
        var holders = Holders()

        /// nil where nothing is there that anybody could hold.
        init?(_ path: String) {
            self.path = path
            files = ["", "-wal", "-shm", "-journal"].compactMap { Inode(path + $0) }
            if files.isEmpty { return nil }
        }

        var owner: uid_t? { files.first?.owner }
    }

    /// The sentence for a refusal.
    var words: String {
        found.prefix(3).map { "process \($0.pid) (\($0.program)) \($0.how)" }.joined(separator: ", ")
    }

    private static func look(at pid: Int, _ sought: inout [Sought]) {
        guard let names = try? FileKind.names(in: "/proc/\(pid)/fd") else {
            let user = Inode("/proc/\(pid)")?.owner
            for place in sought.indices where user != nil && sought[place].owner == user {
                sought[place].holders.hidden += 1
            }
            return
        }
        for name in names {
            let open = "/proc/\(pid)/fd/\(name)"
            guard let file = Inode(following: open) else { continue }
            for place in sought.indices { sought[place].take(file, open, pid) }
        }
    }

    /// `/proc/locks`: `1: POSIX  ADVISORY  WRITE 4711 fe:01:1234 1073741824 1073742335`.
    private mutating func lookAtLocks(_ files: [Inode]) {
        guard let bytes = try? PrivateTree.read("/proc/locks") else { return }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ").filter { $0 != "->" }
            guard words.count >= 6, let pid = Int(words[4]), pid != Int(getpid()) else { continue }
            let place = words[5].split(separator: ":")
            guard place.count == 3, let inode = UInt64(place[2]) else { continue }
            let device = (UInt32(place[0], radix: 16) ?? 0, UInt32(place[1], radix: 16) ?? 0)
            guard files.contains(where: { $0.isAt(device, inode) }) else { continue }
            guard !found.contains(where: { $0.pid == pid }) else { continue }
            found.append(Holder(pid: pid, program: Self.program(pid), how: "holds a lock on it"))
        }
    }

    private static func processes() -> [Int] {
        ((try? FileKind.names(in: "/proc")) ?? []).compactMap { Int($0) }
    }

    fileprivate static func program(_ pid: Int) -> String {
        let bytes = (try? PrivateTree.read("/proc/\(pid)/cmdline")) ?? []
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension Holders.Sought {
    /// A process counts once.
    fileprivate mutating func take(_ file: Inode, _ open: String, _ pid: Int) {
        guard !holders.found.contains(where: { $0.pid == pid }) else { return }
        if files.contains(file) {
            holders.found.append(.init(pid: pid, program: Holders.program(pid), how: "has it open"))
        } else if file.isRemoved, case .link(let target) = FileKind.at(open), target == path + " (deleted)" {
            holders.found.append(
                .init(pid: pid, program: Holders.program(pid), how: "has open what stood there before"))
        }
    }
}

/// Which file it is, whatever it is called.
struct Inode: Equatable {
    let device: UInt64
    let number: UInt64
    let owner: uid_t
    /// No name leads to it any more.
    let isRemoved: Bool

    static func == (one: Inode, other: Inode) -> Bool {
        one.device == other.device && one.number == other.number
    }

    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(following path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        owner = status.st_uid
        isRemoved = status.st_nlink == 0
    }

    /// How Linux packs a device's two numbers into one.
    private var major: UInt32 { UInt32(truncatingIfNeeded: device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000) }
    private var minor: UInt32 { UInt32(truncatingIfNeeded: device & 0xFF | device >> 12 & 0xFFFF_FF00) }

    func isAt(_ device: (UInt32, UInt32), _ inode: UInt64) -> Bool {
        number == inode && major == device.0 && minor == device.1
    }
}
