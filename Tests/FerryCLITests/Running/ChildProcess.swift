import Glibc

/// What a program left behind.
struct Finished: Sendable {
    let status: Int32
    let output: String
    let errors: String
}

/// A command line for `/bin/sh`, run to its end in a folder and an
/// environment of its own. Nothing of the tests' environment gets in.
struct ChildProcess: Sendable {
    let command: String
    let folder: String
    let environment: [String: String]
    /// Seconds; then the whole process group is killed.
    var limit = 120

    struct CannotStart: Error { let reason: String }

    func run() async throws -> Finished {
        try await withCheckedThrowingContinuation { continuation in
            OwnThread.start { continuation.resume(with: Result { try waited() }) }
        }
    }

    private func waited() throws -> Finished {
        let output = CapturedStream()
        let errors = CapturedStream()
        let child = try spawn(output, errors)
        let status = wait(for: child)
        return Finished(status: status, output: output.text(), errors: errors.text())
    }

    private func spawn(_ output: CapturedStream, _ errors: CapturedStream) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.descriptor, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.descriptor, 2)
        // A socket of another test would stay open for as long as this child.
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let line = ["/bin/sh", "-c", "cd \(folder) || exit 99; \(command)"]
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var child = pid_t()
        let failed = posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, &variables)
        guard failed == 0 else { throw CannotStart(reason: String(cString: strerror(failed))) }
        return child
    }

    /// The exit code; 128 + signal, as a shell says it.
    private func wait(for child: pid_t) -> Int32 {
        var status: Int32 = 0
        var left = limit * 250
        while waitpid(child, &status, WNOHANG) == 0 {
            left -= 1
            if left == 0 { kill(-child, SIGKILL) }
            usleep(4000)
        }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }
}

/// A stream of a child, kept in a file without a name.
final class CapturedStream: Sendable {
    let descriptor: Int32

    init() {
        var name = Array("/tmp/ferry-cli-stream-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    func text() -> String {
        lseek(descriptor, 0, SEEK_SET)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Runs a blocking body on a thread of its own, so that it keeps none of the
/// tests' cooperative threads.
enum OwnThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body)
        pthread_detach(thread)
    }
}
