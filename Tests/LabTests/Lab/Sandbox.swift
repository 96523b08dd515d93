import Glibc
import LosslessJSON

/// Ferry with folders of its own, as a process.
struct Sandbox: Sendable {
    let folder: String
    /// `NAME=value`, besides what every run has.
    private let environment: [String]

    /// - Parameters source, target: where `a` and `b` answer.
    init(source: String, target: String, environment: [String] = []) throws {
        self.environment = environment
        folder = try Files.folder()
        let servers: JSONNode = [
            "servers": [
                ["name": "a", "url": .string(source), "token_file": .string(Lab.source.tokenFile)],
                ["name": "b", "url": .string(target), "token_file": .string(Lab.target.tokenFile)],
            ]
        ]
        for part in ["config", "config/ferry", "state", "data"] { mkdir("\(folder)/\(part)", 0o700) }
        try Files.write(servers.bytes(), to: "\(folder)/config/ferry/servers.json")
    }

    func remove() { Files.removeTree(folder) }

    /// The binary beside this test bundle, or `FERRY_BINARY`.
    static var binary: String {
        if let path = Lab.variable("FERRY_BINARY") { return path }
        let own = CommandLine.arguments.first ?? ""
        let folder = own.split(separator: "/", omittingEmptySubsequences: false)
        for end in folder.indices.reversed() {
            let candidate = folder[..<end].joined(separator: "/") + "/ferry"
            if access(candidate, X_OK) == 0, !candidate.hasSuffix(".build/ferry") { return candidate }
        }
        return ".build/debug/ferry"
    }

    /// What came of one command.
    struct Outcome: Sendable, CustomStringConvertible {
        let command: String
        /// Nil where a signal ended it.
        let exit: Int32?
        let out: String
        let err: String

        var lastLine: String {
            out.split(separator: "\n").last.map(String.init) ?? ""
        }

        var description: String {
            "ferry \(command): exit \(exit.map { "\($0)" } ?? "by signal")\n\(out.suffix(3000))\n\(err.suffix(3000))"
        }
    }

    /// Runs to the end.
    @discardableResult
    func ferry(
        _ arguments: String..., started: (pid_t) -> Void = { _ in }
    ) async throws -> Outcome {
        try await ferry(arguments, started: started)
    }

    func ferry(_ arguments: [String], started: (pid_t) -> Void = { _ in }) async throws -> Outcome {
        let process = try launch(arguments)
        started(process.pid)
        return try await process.outcome()
    }

    func launch(_ arguments: [String]) throws -> FerryProcess {
        let out = "\(folder)/out-\(Lab.unique())"
        var variables =
            [
                "HOME=\(folder)", "XDG_CONFIG_HOME=\(folder)/config", "XDG_STATE_HOME=\(folder)/state",
                "XDG_DATA_HOME=\(folder)/data", "NO_COLOR=1", "TERM=dumb", "COLUMNS=200",
                "LAB_KEY=a-secret-of-the-tests",
            ] + environment
        for name in ["PATH", "LD_LIBRARY_PATH", "LANG"] {
            if let value = Lab.variable(name) { variables.append("\(name)=\(value)") }
        }
        return try FerryProcess(Self.binary, arguments, variables, out: out)
    }

    /// The ids of all runs, newest first.
    func runs() async throws -> [String] {
        let outcome = try await ferry("runs", "--json")
        return try JSONDocument(outcome.out).root["runs"]?.elements.compactMap { run in
            run["id"]?.string ?? run["run"]?.string
        } ?? []
    }
}

/// A process of ferry's, its output in files.
struct FerryProcess: Sendable {
    let pid: pid_t
    private let command: String
    private let out: String

    init(_ binary: String, _ arguments: [String], _ variables: [String], out: String) throws {
        self.out = out
        command = arguments.joined(separator: " ")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, out + ".err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var argv = ([binary] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let failed = posix_spawn(&pid, binary, &actions, nil, &argv, &envp)
        guard failed == 0 else {
            throw LabError("cannot start \(binary): \(String(cString: strerror(failed)))")
        }
        self.pid = pid
    }

    func kill() { Glibc.kill(pid, SIGKILL) }

    /// Waits for the end.
    func outcome() async throws -> Sandbox.Outcome {
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        let signal = status & 0x7f
        return Sandbox.Outcome(
            command: command, exit: signal == 0 ? (status >> 8) & 0xff : nil,
            out: String(decoding: try Files.read(out), as: UTF8.self),
            err: String(decoding: try Files.read(out + ".err"), as: UTF8.self))
    }
}
