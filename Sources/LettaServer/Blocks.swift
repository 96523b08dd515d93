import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    /// Source: the order of `GET /agents/{id}`'s own blocks, each read again
    /// at `GET /blocks/{id}` since only that shows the tags. That order is what
    /// the prompt has, yet 0.16.8 does not keep it: two readings may differ.
    public func blocks(of agent: ServerID<AgentKind, Side>) async throws -> [Block<Side>] {
        let call = Call.get("/v1/agents/\(agent)")
        let root = try await wire.json(call)
        guard let attached = root["blocks"]?.elements ?? root["memory"]?["blocks"]?.elements else {
            throw wire.errors.notUnderstood(call, "its answer names no blocks")
        }
        let listed = try await wire.all("/v1/agents/\(agent)/core-memory/blocks")
        let ids = Self.ids(attached, then: listed)
        return try await bounded(ids, width: 4) { id in
            try await block(id, of: listed.first { $0["id"]?.string == id })
        }
    }

    /// Every id once: the attached blocks in their order, then what only the
    /// listing has.
    private static func ids(_ attached: [JSONValue], then listed: [JSONValue]) -> [String] {
        var seen: Set<String> = []
        return (attached + listed).compactMap { $0["id"]?.string }.filter { seen.insert($0).inserted }
    }

    private func block(_ id: String, of listed: JSONValue?) async throws -> Block<Side> {
        let call = Call.get("/v1/blocks/\(id)")
        let json = try await wire.json(call)
        guard let label = json["label"]?.string ?? listed?["label"]?.string else {
            throw wire.errors.notUnderstood(call, "its answer is no block")
        }
        return Block(id: ServerID(id), label: label, json: minified(json))
    }

    public func block(_ id: ServerID<BlockKind, Side>) async throws -> Block<Side>? {
        try await wire.found(.get("/v1/blocks/\(id)")).flatMap(Block.init)
    }

    public func blocks(tagged tag: String) async throws -> [Block<Side>] {
        try await wire.all("/v1/blocks/", query: [QueryItem("tags", tag)])
            .filter { $0.strings("tags").contains(tag) }
            .compactMap(Block.init)
    }

    /// Compared with the tools that `GET /agents/{id}` names.
    public func tools(of agent: ServerID<AgentKind, Side>) async throws -> [Tool<Side>] {
        let tools = try await wire.all("/v1/agents/\(agent)/tools").compactMap(Tool<Side>.init)
        let call = Call.get("/v1/agents/\(agent)")
        let named = Set(try await wire.json(call)["tools"]?.elements.compactMap { $0["id"]?.string } ?? [])
        let missing = named.subtracting(tools.map(\.id.raw))
        guard missing.isEmpty else {
            throw wire.errors.make(
                .historyIncomplete, call,
                "\(missing.count.counted("tool")) of the agent are missing from its list of tools",
                "run the command again; report it with the server's version if it stays")
        }
        return tools
    }

    /// One listing for each name; names that no tool has are left out.
    public func tools(named names: [String]) async throws -> [Tool<Side>] {
        try await bounded(Array(Set(names)).sorted(), width: 4) { name in
            try await wire.all("/v1/tools/", query: [QueryItem("name", name)])
                .compactMap(Tool.init)
                .filter { $0.name == name }
        }.flatMap { $0 }
    }
}

extension Block {
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let label = json["label"]?.string else { return nil }
        self.init(id: ServerID(id), label: label, json: minified(json))
    }
}

extension Tool {
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
        self.init(
            id: ServerID(id), name: name, toolType: json["tool_type"]?.string ?? "", json: minified(json))
    }
}

/// Runs `work` on every input, `width` at a time, results in input order.
/// The first error cancels the rest.
func bounded<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], width: Int, _ work: @escaping @Sendable (Input) async throws -> Output
) async throws -> [Output] {
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
        var results = [Output?](repeating: nil, count: inputs.count)
        var next = 0
        func start() {
            guard next < inputs.count else { return }
            let place = next
            next += 1
            group.addTask { (place, try await work(inputs[place])) }
        }
        for _ in 0..<width { start() }
        while let (place, output) = try await group.next() {
            results[place] = output
            start()
        }
        return results.compactMap { $0 }
    }
}
