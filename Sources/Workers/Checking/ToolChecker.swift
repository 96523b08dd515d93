import Home
import LettaModel
import WorkerTree

/// Looks at the tool servers that moved agents call, and at the tools' names.
struct ToolChecker: Sendable {
    let target: any Home<TargetSide>
    let neighbours: any Neighbours
    let view: TreeView
    let expectation: Expectation?
    /// The tree is on this machine, whose processes were looked at.
    var looksAtProcesses = false

    func findings() async throws -> [WorkersFinding] {
        let agents = view.inventory.workers.filter { $0.kind != .otto }.compactMap(\.agentID)
            .reduce(into: [String]()) { if !$0.contains($1) && !$1.isEmpty { $0.append($1) } }
        var names: [String: Set<String>] = [:]
        var servers: Set<String> = []
        for agent in agents {
            guard let tools = try await tools(of: agent) else { continue }
            names[agent] = Set(tools.map(\.name))
            servers.formUnion(tools.compactMap(ToolOrigin.server))
        }
        var found: [WorkersFinding] = []
        for agent in agents { if let there = names[agent] { found += compare(agent, there) } }
        return try await registrations(servers) + found
    }

    private func tools(of agent: String) async throws -> [Tool<TargetSide>]? {
        do { return try await target.tools(of: TargetID(agent)) } catch let failure as Failure
            where failure.code == .agentUnknown
        { return nil }
    }

    // MARK: Names

    private func compare(_ agent: String, _ there: Set<String>) -> [WorkersFinding] {
        guard let program = expectation?.programs.first(where: { $0.agent == agent }) else { return [] }
        guard let tools = program.tools else {
            return [
                .unseen(
                    .tools, agent, "the old agent's tools were not read when it was moved",
                    remedy: "compare them by hand: GET /v1/agents/\(agent)/tools")
            ]
        }
        let missing = tools.filter { !there.contains($0) }
        let more = there.subtracting(tools).sorted()
        var found = [
            WorkersFinding(
                .tools, agent, isGood: missing.isEmpty,
                missing.isEmpty
                    ? "has every tool of the old agent by name" : "lacks \(missing.joined(separator: ", "))",
                remedy: missing.isEmpty ? "" : "register their tool server, refresh it, attach them by name")
        ]
        // A model that sees more tools calls more tools.
        if !more.isEmpty {
            found.append(
                WorkersFinding(
                    .tools, agent, isGood: false,
                    "has tools that the old agent had not: \(more.joined(separator: ", "))",
                    remedy: "detach what it must not call: PATCH /v1/agents/\(agent)/tools/detach/TOOL"))
        }
        return found
    }

    // MARK: Registrations

    /// - Parameter used: names of the servers that the agents' tools belong to;
    ///   with none, every registered one counts.
    private func registrations(_ used: Set<String>) async throws -> [WorkersFinding] {
        guard view.inventory.workers.contains(where: { $0.kind == .smcp }) || !used.isEmpty else { return [] }
        let registered = try await target.toolServers()
        var found: [WorkersFinding] = []
        for server in registered where used.isEmpty || used.contains(server.name) {
            if let url = server.url {
                found.append(await called(server.name, url))
            } else {
                found += Self.paths(
                    server, of: target.address.name, isHere: isLettaHost,
                    old: expectation?.oldValues.filter { $0.hasPrefix("/") } ?? [])
            }
        }
        for name in used.sorted() where !registered.contains(where: { $0.name == name }) {
            found.append(
                WorkersFinding(
                    .toolServers, name, isGood: false, "is not registered on \(target.address.name)",
                    remedy: "register it there, refresh it, then attach its tools by name"))
        }
        guard found.isEmpty else { return found }
        if expectation?.hadToolServers == false {
            return [
                WorkersFinding(
                    .toolServers, target.address.name, isGood: true,
                    "has no tool server registered, and the old server had none either")
            ]
        }
        return [
            WorkersFinding(
                .toolServers, target.address.name, isGood: false,
                "has no tool server registered, and the tree has one",
                remedy: "register it on the server, then attach its tools to the agent by name")
        ]
    }

    /// A loopback address is the Letta host's own, and says something from
    /// here only where this is that host.
    private func called(_ name: String, _ url: String) async -> WorkersFinding {
        let shown = ToolServerAddress.shown(url)
        guard isLettaHost || !ToolServerAddress.isLoopback(url) else {
            return .unseen(
                .toolServers, name,
                "is registered at \(shown), which is \(target.address.name)'s own loopback",
                remedy: "call it there: curl -sS -o /dev/null -w '%{http_code}' \(ShellWord.quoted(shown))")
        }
        switch await neighbours.call(ToolServerAddress.bare(url)) {
        case .status(let status):
            let isThere = status < 500 && status != 404 && status != 410
            return WorkersFinding(
                .toolServers, name, isGood: isThere, "\(shown) answers with \(status)",
                remedy: isThere ? "" : "check the path of its registration, and its log")
        case .line(let words), .silent(let words):
            if let worker = unstarted(url) {
                return .pending(
                    .toolServers, name, "\(shown) does not answer yet: \(worker.name)'s smcp is not started",
                    remedy: "start it (python smcp.py), then check again")
            }
            return WorkersFinding(
                .toolServers, name, isGood: false, "\(shown) does not answer: \(words)",
                remedy: "start it (python smcp.py), or register it anew with its new address")
        }
    }

    /// The tree's own SMCP that would listen at that port, where this machine
    /// shows that it does not run.
    private func unstarted(_ url: String) -> Worker? {
        guard looksAtProcesses, let port = ToolServerAddress.port(of: url) else { return nil }
        return view.inventory.workers.first { worker in
            let own = worker.setting("MCP_PORT")?.value?.text
            return worker.kind == .smcp && !worker.running.isRunning
                && (own.flatMap { Int($0) } ?? Self.usualPort) == port
        }
    }

    /// SMCP's own, where nothing sets one.
    private static let usualPort = 8000

    /// - Parameter isHere: this is the host of the Letta that starts them.
    ///   old: places that nothing may start from any more.
    static func paths(_ server: ToolServer, of letta: String, isHere: Bool, old: [String] = [])
        -> [WorkersFinding]
    {
        let paths = ([server.command].compactMap { $0 } + server.arguments).filter { $0.hasPrefix("/") }
        guard !paths.isEmpty else {
            return [
                .unseen(
                    .toolServers, server.name,
                    "starts \(server.command ?? "nothing"), found by PATH on its host",
                    remedy: "log in to \(letta)'s host: command -v \(server.command ?? "")")
            ]
        }
        return paths.map { path in
            if old.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) {
                return WorkersFinding(
                    .toolServers, server.name, isGood: false, "still starts \(path), of the old place",
                    remedy: "register it anew with its new path")
            }
            // A file of that name here says nothing about another host's.
            guard isHere else {
                return .unseen(
                    .toolServers, server.name, "starts \(path) on \(letta)'s host",
                    remedy: "look there: ls -l \(ShellWord.quoted(path))")
            }
            let isThere = FileKind.at(path) != nil
            return WorkersFinding(
                .toolServers, server.name, isGood: isThere,
                isThere ? "starts \(path), which is there" : "starts \(path), which is not there",
                remedy: isThere ? "" : "register it anew with its new path")
        }
    }

    private var isLettaHost: Bool { ToolServerAddress.isLoopback(target.address.url) }
}

/// Whether the Redis that Broca's streams need answers.
struct RedisChecker: Sendable {
    let neighbours: any Neighbours
    let redis: RedisAddress?
    let server: String

    func findings(_ brocas: [Worker]) async -> [WorkersFinding] {
        var found: [WorkersFinding] = []
        for worker in brocas { found.append(await finding(worker)) }
        return found
    }

    private func finding(_ worker: Worker) async -> WorkersFinding {
        let uses = worker.setting("USE_BACKGROUND_PROCESSING")?.value?.text.lowercased() ?? "true"
        guard !["false", "0", "no", "off"].contains(uses) else {
            return WorkersFinding(.redis, worker.name, isGood: true, "works without Redis")
        }
        let why = "without one behind \(server) every message is repeated"
        guard let redis else {
            return .unseen(
                .redis, worker.name, "needs Redis: \(why)",
                remedy: "name the one that LETTA_REDIS_HOST names there: --redis HOST[:PORT]")
        }
        switch await neighbours.ping(redis) {
        case .line(let line) where line == "+PONG" || line.hasPrefix("-NOAUTH"):
            return WorkersFinding(
                .redis, worker.name, isGood: true,
                "Redis answers at \(redis)" + (line == "+PONG" ? "" : ", and asks for its password"))
        case .line(let line):
            return bad(worker, "\(redis) answers \(line.prefix(80)): \(why)")
        case .status(let status): return bad(worker, "\(redis) answers with \(status): \(why)")
        case .silent(let words): return bad(worker, "\(redis) does not answer (\(words)): \(why)")
        }
    }

    private func bad(_ worker: Worker, _ text: String) -> WorkersFinding {
        WorkersFinding(
            .redis, worker.name, isGood: false, text,
            remedy:
                "start it, set LETTA_REDIS_HOST for Letta, and install the redis package in Letta's environment"
        )
    }
}
