import Glibc

extension ProcessSnapshot {
    /// This machine's processes but for our own, from `/proc`.
    ///
    /// **Bounds**: holds the paths of the regular files that are open.
    public static func live(proc: String = "/proc") -> ProcessSnapshot {
        var snapshot = ProcessSnapshot()
        for name in (try? SystemFile.names(in: proc)) ?? [] {
            guard let pid = Int(name), pid != Int(getpid()) else { continue }
            read(pid, below: "\(proc)/\(name)", into: &snapshot)
        }
        let text = (try? SystemFile.bytes(of: "\(proc)/locks", limit: 4 << 20)) ?? []
        snapshot.locks = locks(String(decoding: text, as: UTF8.self))
        return snapshot
    }

    private static func read(_ pid: Int, below folder: String, into snapshot: inout ProcessSnapshot) {
        guard let words = zeroEnded("\(folder)/cmdline") else { return }
        guard let descriptors = try? SystemFile.names(in: "\(folder)/fd") else {
            // It ended meanwhile, or it is somebody else's.
            if SystemFile.status(folder) != nil, !words.isEmpty { snapshot.hidden += 1 }
            return
        }
        let pairs = zeroEnded("\(folder)/environ")?.compactMap { word -> (String, String)? in
            word.firstIndex(of: "=").map { (String(word[..<$0]), String(word[word.index(after: $0)...])) }
        }
        snapshot.processes.append(
            ProcessFacts(
                pid: pid, words: words, folder: SystemFile.linkTarget("\(folder)/cwd") ?? "",
                environment: pairs.map { Dictionary($0) { _, last in last } },
                open: descriptors.compactMap { openFile("\(folder)/fd/\($0)") }))
    }

    /// The link leads to the file even where it has no name any more.
    private static func openFile(_ link: String) -> ProcessFacts.OpenFile? {
        guard let target = SystemFile.linkTarget(link), target.hasPrefix("/"), !target.hasPrefix("/dev/"),
            !target.hasPrefix("/proc/"), let status = SystemFile.status(link, followsLinks: true),
            status.shape == .file
        else { return nil }
        let mark = " (deleted)"
        let isDeleted = target.hasSuffix(mark)
        return ProcessFacts.OpenFile(
            path: isDeleted ? String(target.dropLast(mark.count)) : target, isDeleted: isDeleted,
            identity: status.identity)
    }

    private static func zeroEnded(_ path: String) -> [String]? {
        guard let bytes = try? SystemFile.bytes(of: path, limit: 1 << 20) else { return nil }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// `1: POSIX  ADVISORY  WRITE 4711 08:01:131 1073741825 1073741825`.
    static func locks(_ text: String) -> [FileLock] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").filter { $0 != "->" }
            guard words.count >= 7, let pid = Int(words[4]), let start = Int(words[6]) else { return nil }
            let parts = words[5].split(separator: ":")
            guard parts.count == 3, let major = UInt32(parts[0], radix: 16),
                let minor = UInt32(parts[1], radix: 16), let inode = UInt64(parts[2])
            else { return nil }
            return FileLock(
                pid: pid, isWrite: words[3] == "WRITE", device: .init(major: major, minor: minor),
                inode: inode, start: start)
        }
    }
}
