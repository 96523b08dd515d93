import LettaModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program that is run to its end, with its input given and its output
/// kept. Nothing of a secret is ever among its words.
struct Command: Sendable {
    var words: [String]
    var input: [UInt8] = []

    struct Result: Sendable {
        let status: Int32
        let output: [UInt8]
        let errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Blocks the thread; for short commands, and for rsync.
    /// **Bounds**: keeps the whole output.
    func run() throws -> Result {
        var (toChild, fromChild, errors) = (
            [Int32](repeating: -1, count: 2), [Int32](repeating: -1, count: 2),
            [Int32](repeating: -1, count: 2)
        )
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0, pipe(&errors) == 0 else { throw failed("no pipe") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errors[1], 2)
        for file in toChild + fromChild + errors { posix_spawn_file_actions_addclose(&actions, file) }
        var pid = pid_t()
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        let code = posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ)
        for file in [toChild[0], fromChild[1], errors[1]] { close(file) }
        guard code == 0 else {
            for file in [toChild[1], fromChild[0], errors[0]] { close(file) }
            throw failed(DiskFailure.words(code))
        }
        let (output, words) = Self.talk(input, to: toChild[1], from: fromChild[0], errors[0])
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let isExit = status & 0x7F == 0
        return Result(
            status: isExit ? status >> 8 & 0xFF : 128 + (status & 0x7F), output: output,
            errors: String(decoding: words.suffix(2000), as: UTF8.self))
    }

    private func failed(_ reason: String) -> Failure {
        Failure(
            .remoteFailed, subject: words.first ?? "", reason: "cannot be started: \(reason)",
            remedy: "install it: apt-get install openssh-client rsync")
    }

    /// Writes and reads at once, so that neither pipe can fill up for ever.
    private static func talk(
        _ input: [UInt8], to: Int32, from: Int32, _ errors: Int32
    ) -> ([UInt8], [UInt8]) {
        signal(SIGPIPE, SIG_IGN)
        var rest = input[...]
        var (output, words): ([UInt8], [UInt8]) = ([], [])
        var isOpen = [!rest.isEmpty, true, true]
        if rest.isEmpty { close(to) }
        var piece = [UInt8](repeating: 0, count: 65536)
        while isOpen[1] || isOpen[2] {
            var polled = [
                pollfd(fd: isOpen[0] ? to : -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: isOpen[1] ? from : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOpen[2] ? errors : -1, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&polled, 3, -1) >= 0 || errno == EINTR else { break }
            if polled[0].revents != 0 {
                let count = rest.prefix(65536).withUnsafeBytes { Glibc.write(to, $0.baseAddress, $0.count) }
                rest = rest.dropFirst(max(0, count))
                if count < 0 || rest.isEmpty {
                    isOpen[0] = false
                    close(to)
                }
            }
            for (place, file) in [(1, from), (2, errors)] where polled[place].revents != 0 {
                let count = Glibc.read(file, &piece, piece.count)
                if count > 0 {
                    if place == 1 { output += piece[..<count] } else { words += piece[..<count] }
                } else if count == 0 || errno != EINTR {
                    isOpen[place] = false
                    close(file)
                }
            }
        }
        if isOpen[0] { close(to) }
        return (output, words)
    }
}
