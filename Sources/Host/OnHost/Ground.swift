import Glibc

/// The machine that a doctor stands on; read, never written.
public protocol Ground: Sendable {
    /// Nil where it cannot be read.
    func text(of path: String) -> String?
    /// Both streams of a command, and its exit code; nil where it is not
    /// installed.
    func output(of command: [String]) -> (status: Int, text: String)?
    /// Permission bits and the owner's number; nil where there is no file.
    func mode(of path: String) -> (bits: Int, owner: Int)?
    /// For others than root.
    func freeBytes(at path: String) -> Int?
}

/// The real one.
///
/// **Effects**: runs `nginx -T` and `systemctl is-enabled`, which change
/// nothing.
public struct ThisMachine: Ground {
    private let nginx: [String]

    /// - Parameter nginx: the words before `-T`, for another configuration.
    public init(nginx: [String] = ["nginx"]) {
        self.nginx = nginx
    }

    public func text(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        return Self.rest(of: file)
    }

    private static func rest(of file: UnsafeMutablePointer<FILE>) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 8 << 20 {
            let count = fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    public func output(of command: [String]) -> (status: Int, text: String)? {
        let words = command.first == "nginx" ? nginx + command.dropFirst() : command
        let line = words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
        guard let pipe = popen("PATH=\"$PATH:/usr/sbin:/sbin\" \(line) 2>&1 </dev/null", "re") else {
            return nil
        }
        let text = Self.rest(of: pipe)
        let status = Int(pclose(pipe)) >> 8 & 0xFF
        return status == 127 ? nil : (status, text)
    }

    public func mode(of path: String) -> (bits: Int, owner: Int)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (Int(status.st_mode & 0o777), Int(status.st_uid))
    }

    public func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
