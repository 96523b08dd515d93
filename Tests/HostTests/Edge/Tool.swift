import Glibc
import HTTP

/// Programs of the system that these tests need, started without a shell.
enum Tool {
    struct Failed: Error {
        let command: String
        let status: Int32
        let text: String
    }

    static func path(_ name: String) -> String? {
        ["/usr/sbin/", "/usr/bin/", "/usr/local/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
    }

    static func isInstalled(_ name: String) -> Bool { path(name) != nil }

    /// Runs to the end; its output goes to a file of the folder.
    static func run(_ name: String, _ arguments: [String], in folder: String) throws {
        let log = folder + "/\(name).log"
        let process = try start(name, arguments, log: log, input: nil)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard status == 0 else {
            throw Failed(
                command: ([name] + arguments).joined(separator: " "), status: status, text: TextFile.read(log)
            )
        }
    }

    /// Starts a server that ends when the returned end of a pipe is closed,
    /// by whatever end of this process, and takes the folder along.
    static func serve(_ name: String, _ arguments: [String], in folder: String) throws -> Served {
        guard let path = path(name) else { throw Failed(command: name, status: 127, text: "not installed") }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failed(command: "pipe", status: errno, text: "") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let watch = #"folder=$1; shift; "$@" & read -r gone; kill $!; wait; rm -rf "$folder""#
        let process = try start(
            "sh", ["-c", watch, "sh", folder, path] + arguments, log: folder + "/\(name).log", input: ends[0])
        return Served(process: process, lifeline: ends[1])
    }

    struct Served: Sendable {
        let process: pid_t
        let lifeline: Int32

        func stop() {
            close(lifeline)
            waitpid(process, nil, 0)
        }
    }

    private static func start(
        _ name: String, _ arguments: [String], log: String, input: Int32?
    ) throws -> pid_t {
        guard let path = path(name) else { throw Failed(command: name, status: 127, text: "not installed") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // A socket of another test must not live on in a server of this one.
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        // Threads of a pool have signals blocked, without which a shell cannot wait.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        let failed = posix_spawn(&process, path, &actions, &attributes, &words, [nil])
        guard failed == 0 else { throw Failed(command: name, status: failed, text: "not started") }
        return process
    }
}

/// Files without Foundation.
enum TextFile {
    static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A folder below /tmp that is gone with this value.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/ferry-host-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp/ferry-host"
        }
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                let child = "\(path)/\(name)"
                if unlink(child) != 0 { remove(child) }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}

/// Ports of 127.0.0.1 that nobody uses: free when asked, all different, also
/// from those that another test of this process has been given. Below those
/// that outgoing connections get, one of which would take it until nginx comes.
enum FreePorts {
    private static let given = Guarded<Set<Int>>([])

    static func take(_ count: Int) -> [Int] {
        var ports: [Int] = []
        while ports.count < count {
            let port = Int.random(in: 20_000..<32_000)
            if isFree(port), given.withLock({ $0.insert(port).inserted }) { ports.append(port) }
        }
        return ports
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
