public import LettaModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension ContentDigest {
    /// The digest of a file's bytes, read in pieces of 256 KiB.
    ///
    /// **Errors**: `Failure` with code `fileUnreadable`.
    public static func ofFile(path: String) throws -> ContentDigest {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path, errno) }
        defer { close(file) }
        var hash = SHA256()
        var piece = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = piece.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { return hash.finish() }
            hash.update(piece[..<count])
        }
    }

    private static func unreadable(_ path: String, _ number: Int32) -> Failure {
        Failure(
            .fileUnreadable, subject: path, reason: String(cString: strerror(number)).lowercased(),
            remedy: "check that the file is there and that you may read it: ls -l \(path)")
    }
}
