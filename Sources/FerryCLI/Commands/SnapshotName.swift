import Glibc

/// Whether a word on the command line means a snapshot: by its ending, or,
/// for a file that was named otherwise, by what it begins with.
enum SnapshotName {
    static func isOne(_ word: String) -> Bool {
        word.hasSuffix(".ferry") || beginsLikeOne(word)
    }

    private static func beginsLikeOne(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: 16)
        return read(descriptor, &head, head.count) == head.count
            && head == Array("SQLite format 3".utf8) + [0]
    }
}

/// Whether a word on the command line means an agent file: by its ending, or
/// as a file of another name.
enum AgentFileName {
    static func isOne(_ word: String) -> Bool {
        word.hasSuffix(".af") || access(word, R_OK) == 0
    }
}
