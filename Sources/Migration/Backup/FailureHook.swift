import Glibc

/// The user's own command for a backup that went wrong: mail, a chat, a
/// monitoring system.
public struct FailureHook: Sendable {
    /// A line for `/bin/sh`.
    public let command: String

    public init(_ command: String) { self.command = command }

    /// Runs it to its end; what it prints goes to stderr.
    ///
    /// - Parameter variables: added to the environment; none holds a secret.
    /// - Returns: its exit code, 127 where it could not be started.
    public func run(_ variables: [String: String]) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        let line: [String] = ["/bin/sh", "-c", command]
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] =
            inherited(without: Set(variables.keys)) + variables.map { strdup("\($0.key)=\($0.value)") } + [
                nil
            ]
        defer { (words + environment).forEach { free($0) } }
        var child = pid_t()
        guard posix_spawn(&child, "/bin/sh", &actions, nil, &words, &environment) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }

    private func inherited(without names: Set<String>) -> [UnsafeMutablePointer<CChar>?] {
        var found: [UnsafeMutablePointer<CChar>?] = []
        var entry = environ
        while let text = entry.pointee {
            let name = String(cString: text).prefix { $0 != "=" }
            if !names.contains(String(name)) { found.append(strdup(text)) }
            entry += 1
        }
        return found
    }
}
