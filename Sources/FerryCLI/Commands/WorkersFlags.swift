import Glibc
import Home
import Journal
import LettaModel
import LettaServer
import Migration
import WorkerTree
import Workers

/// The flags of moves of workers, and what they mean.
enum WorkersFlags {
    static let path = ArgumentSpec(
        name: "PATH", help: "the tree, an agent's folder or a code folder; or user@host:/path")
    static let folder = ArgumentSpec(name: "DIR", help: "the folder that a move made; or user@host:/path")

    static let at = FlagSpec(
        name: "at", value: "SERVER", help: "the Letta server that the workers will speak to", isRequired: true
    )

    static let from = FlagSpec(
        name: "from", value: "SERVER",
        help: "the Letta server that they speak to now; of the agent's move by default")

    static let redis = FlagSpec(
        name: "redis", value: "HOST[:PORT]",
        help: "the server's Redis, to be pinged; LETTA_REDIS_HOST and LETTA_REDIS_PORT by default")

    static func redis(_ invocation: Invocation, _ world: World) throws -> RedisAddress? {
        if let text = invocation.value("redis") {
            guard let address = RedisAddress(text) else {
                throw UsageError.badValue("redis", text, "is no HOST[:PORT]", "write --redis 127.0.0.1:6379")
            }
            return address
        }
        return world.environment["LETTA_REDIS_HOST"].flatMap {
            RedisAddress($0, world.environment["LETTA_REDIS_PORT"])
        }
    }

    static let order: [FlagSpec] = [
        FlagSpec(
            name: "to", value: "DIR",
            help: "where the result goes: a folder that does not exist or is empty; or user@host:/path",
            isRequired: true),
        at, from,
        FlagSpec(
            name: "run", value: "RUN",
            help: "the finished move of the agent; the newest that fits by default",
            isRepeatable: true),
        FlagSpec(
            name: "agent", value: "[OLD=]NEW",
            help:
                "the agent to serve from now on, where no move made it; with OLD for a tree of several agents",
            isRepeatable: true),
        FlagSpec(
            name: "token-env", value: "VARIABLE",
            help: "the environment variable with the new server's token for the workers"
        ),
        FlagSpec(
            name: "token-file", value: "FILE", help: "the file with the new server's token for the workers"),
        FlagSpec(name: "with-logs", help: "bring logs and backups too"),
        FlagSpec(
            name: "with-secrets",
            help: "bring keys of a person or of the host too: .ssh, .gnupg, *.pass, ~/.letta/.env"),
        FlagSpec(
            name: "accept", value: "ID",
            help: "agree to the loss ID that the plan lists; `all` agrees to every one",
            isRepeatable: true),
    ]

    static let moving: [FlagSpec] = [
        FlagSpec(
            name: "stop-with", value: "COMMAND",
            help: "stop the source's workers with this command of the shell, there where they run"),
        FlagSpec(
            name: "retire",
            help:
                "write FERRY-RETIRED into the source and comment its channels' tokens out; undo brings them back"
        ),
        FlagSpec(name: "bridge-db", value: "FILE", help: "save the web chat bridge's database with the run"),
    ]

    static func order(_ invocation: Invocation, _ world: World) throws -> WorkersOrder {
        var order = WorkersOrder(
            path: place(try invocation.required(0)), destination: place(invocation.value("to") ?? ""))
        order.host = host(world, for: order.path)
        order.runs = invocation.values("run")
        order.agents = invocation.values("agent")
        order.accepted = Set(invocation.values("accept"))
        order.bringsLogs = invocation.has("with-logs")
        order.bringsSecrets = invocation.has("with-secrets")
        order.stopCommand = invocation.value("stop-with")
        order.retires = invocation.has("retire")
        order.bridgeDatabase = invocation.value("bridge-db").map(AbsolutePath.of)
        if let name = invocation.value("token-env") { order.tokenSource = "--token-env \(name)" }
        if let path = invocation.value("token-file") {
            order.tokenSource = "--token-file \(AbsolutePath.of(path))"
        }
        order.token = try token(order.tokenSource, world)
        return order
    }

    /// Fetches the workers' token from where the order says it is.
    static func token(_ source: String?, _ world: World) throws -> Secret? {
        guard let parts = source?.split(separator: " ", maxSplits: 1).map(String.init), parts.count == 2
        else {
            return nil
        }
        let place: TokenSource = parts[0] == "--token-env" ? .environment(parts[1]) : .file(parts[1])
        let entry = ServerEntry(name: parts[0], url: "", token: place)
        return try TokenReader(environment: world.environment).token(of: entry)
    }

    /// Relative paths are of where the user is; those of other hosts are left.
    static func place(_ text: String) -> String {
        let host = text.prefix { $0 != ":" }
        let isRemote = host.count < text.count && host.contains("@") && !host.contains("/")
        guard !isRemote else { return text }
        var path = AbsolutePath.of(text)
        while path.count > 1, path.last == "/" { path.removeLast() }
        return path
    }

    /// This machine, as a look at a tree needs to know it; nothing of it for a
    /// tree of another.
    static func host(_ world: World, for path: String) -> HostView {
        let isRemote = path.prefix { $0 != "/" }.contains("@")
        return isRemote
            ? HostView(temporaryFolder: temporaryFolder(world))
            : .live(for: path, environment: world.environment)
    }

    static func temporaryFolder(_ world: World) -> String {
        if let folder = world.environment["TMPDIR"], folder.hasPrefix("/") { return folder }
        return "/tmp"
    }
}

/// The engine of the workers with the user's journal, for one command.
enum WorkersSession {
    static func with<Result: Sendable>(
        _ world: World, _ printer: ProgressPrinter, _ body: (WorkersEngine) async throws -> Result
    ) async throws -> Result {
        try await Session.with(world, printer) { engine in
            try await body(
                WorkersEngine(
                    journal: engine.journal, version: Version.number,
                    temporaryFolder: WorkersFlags.temporaryFolder(world)
                ) { event in
                    switch event {
                    case .stage(let name): printer(.stage(name))
                    case .note(let text): printer(.note(text))
                    }
                })
        }
    }

    /// `--from`, or the server that the agent's own move read it from.
    static func servers(
        _ invocation: Invocation, _ order: WorkersOrder?, _ world: World, _ printer: ProgressPrinter,
        _ engine: WorkersEngine, canWrite: Bool
    ) async throws -> WorkersServers {
        let resolver = ServerResolver(world: world, progress: printer)
        let name = invocation.value("at")
        let target = try resolver.target(name, .at, canWrite: canWrite)
        var from = invocation.value("from")
        if from == nil, let order, order.agents.isEmpty {
            from = try await origin(order, target.address.url, engine)
        }
        if from == nil, order == nil, let folder = invocation.argument(0) {
            from = try await movedFrom(folder, world, engine)
        }
        let source = try from.map { try resolver.source($0, canWrite: false) }
        return WorkersServers(source: source, target: target, targetName: name ?? target.address.name)
    }

    /// The server that a folder's move read from, where it still answers: a
    /// check does without it.
    private static func movedFrom(_ folder: String, _ world: World, _ engine: WorkersEngine) async throws
        -> String?
    {
        guard let origin = try await engine.origin(ofMoved: WorkersFlags.place(folder)) else { return nil }
        guard case .status = await NetworkNeighbours().call(origin.url + "/v1/health/") else { return nil }
        return origin.name
    }

    private static func origin(_ order: WorkersOrder, _ url: String, _ engine: WorkersEngine) async throws
        -> String?
    {
        for text in order.runs { return try await engine.journal.run(text).draft.source?.name }
        return try await engine.origin(of: order, targetURL: url)?.name
    }
}
