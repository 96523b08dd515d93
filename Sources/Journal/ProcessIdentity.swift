#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One process of one boot of this machine: pids are used again, so a pid
/// alone names nobody.
struct ProcessIdentity: Sendable, Equatable {
    let pid: Int32
    /// Clock ticks between boot and the start of the process; 0 where the
    /// system does not say.
    let startedAt: Int64
    let boot: String
}

/// Who is alive; passed in, so that tests can bury a process.
struct ProcessTable: Sendable {
    let current: ProcessIdentity
    let isAlive: @Sendable (ProcessIdentity) -> Bool

    static let live = ProcessTable(
        current: ProcessIdentity(
            pid: getpid(), startedAt: ProcessTable.startTime(getpid()) ?? 0, boot: ProcessTable.bootID()),
        isAlive: { process in
            guard process.boot == ProcessTable.bootID() else { return false }
            guard let startedAt = ProcessTable.startTime(process.pid) else {
                return process.startedAt == 0 && kill(process.pid, 0) == 0
            }
            return startedAt == process.startedAt
        })

    private static func bootID() -> String {
        read("/proc/sys/kernel/random/boot_id").map { String($0.prefix { !$0.isWhitespace }) } ?? ""
    }

    /// The 22nd field of `/proc/PID/stat`, counted from behind the name in
    /// brackets, which may itself hold spaces and brackets. A zombie is dead.
    private static func startTime(_ pid: Int32) -> Int64? {
        guard let text = read("/proc/\(pid)/stat"), let bracket = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return Int64(fields[19])
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = readBytes(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}

private func readBytes(_ descriptor: Int32, _ bytes: inout [UInt8], _ count: Int) -> Int {
    read(descriptor, &bytes, count)
}
