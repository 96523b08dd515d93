import HTTP
import LettaModel
import LosslessJSON
import Testing

/// What has to be true of both servers once a move is over, whatever
/// happened on the way.
struct Inspection: Sendable {
    let agent: SmallAgent
    /// `ferry-<run>`: what no name and no tag may begin with any more.
    let runs: [String]
    /// What is being tested, for the message of a failure.
    let title: String

    /// One agent, with everything once, and no trace of the way there.
    func checkTarget() async throws {
        let named = try await Lab.target.agents(bearing: agent.word)
        #expect(named.map { $0["name"]?.string } == [agent.name], "\(title): agents on the target")
        guard let id = named.first?["id"]?.string else { return }
        let labels = try await Lab.target.get("/v1/agents/\(id)/core-memory/blocks?limit=100").elements
        #expect(
            Set(labels.compactMap { $0["label"]?.string }) == Set(agent.labels), "\(title): attached blocks")
        let blocks = try await Lab.target.blocks(bearing: agent.word)
        #expect(blocks.count == agent.labels.count, "\(title): blocks of these labels, attached or not")
        let tags = blocks.flatMap { $0["tags"]?.elements.compactMap(\.string) ?? [] }
        #expect(tags == [], "\(title): tags of blocks")
        let passages = try await Lab.target.get("/v1/agents/\(id)/context")["num_archival_memory"]?.int
        #expect(passages == agent.passages, "\(title): passages")
        let archives = try await Lab.target.archives(bearing: agent.word).compactMap { $0["name"]?.string }
        #expect(archives == (agent.passages > 0 ? ["\(agent.name)'s Archive"] : []), "\(title): archives")
        try await checkTools()
        try await checkLeftovers(on: Lab.target)
    }

    private func checkTools() async throws {
        for name in agent.toolNames {
            let tools = try await Lab.target.get("/v1/tools/?name=\(name)").elements
            #expect(tools.count == 1, "\(title): tools named \(name)")
            let tags = tools.first?["tags"]?.elements.compactMap(\.string)
            #expect(tags == ["lab-\(agent.word)"], "\(title): tags of \(name)")
        }
    }

    /// Nothing bears a marker of the runs: no reader, no half-made agent, no
    /// archive, no block.
    func checkLeftovers(on server: LabServer) async throws {
        for run in runs {
            let marker = "ferry-\(run)"
            let agents = try await server.agents(bearing: marker).compactMap { $0["name"]?.string }
            #expect(agents == [], "\(title): agents with a marker at the \(server.role)")
            let archives = try await server.archives(bearing: marker).compactMap { $0["name"]?.string }
            #expect(archives == [], "\(title): archives with a marker at the \(server.role)")
            let blocks = try await server.get("/v1/blocks/?tags=\(marker)&limit=100").elements.filter {
                $0["tags"]?.elements.contains { $0.string == marker } == true
            }
            #expect(blocks.count == 0, "\(title): blocks with a marker at the \(server.role)")
        }
    }
}

/// The source as it looks: its list of agents (of this test's), the agent's
/// state, its whole history, byte for byte but for the order of tools, which
/// 0.16.8 returns now so, now so.
struct SourceState: Sendable, Equatable {
    let agents: [[UInt8]]
    let state: [UInt8]
    let messages: [UInt8]
    let passages: [UInt8]

    init(of id: String, bearing word: String, on server: LabServer = Lab.source) async throws {
        agents = try await server.agents(bearing: word).map(Self.ordered)
        state = Self.ordered(try await server.get("/v1/agents/\(id)"))
        messages = try await server.raw(
            .get, "/v1/agents/\(id)/messages?limit=100000&order=asc&use_assistant_message=false")
        passages = try await server.raw(.get, "/v1/agents/\(id)/archival-memory?limit=1000")
    }

    private static func ordered(_ agent: JSONValue) -> [UInt8] {
        var node = JSONNode.shallow(agent)
        for key in ["tools", "blocks", "tags"] {
            guard let list = agent[key] else { continue }
            node[key] = .array(
                list.elements.map { Array($0.raw) }.sorted { $0.lexicographicallyPrecedes($1) }.map {
                    .verbatim($0)
                })
        }
        if let memory = agent["memory"], let blocks = memory["blocks"] {
            var sorted = JSONNode.shallow(memory)
            sorted["blocks"] = .array(
                blocks.elements.map { Array($0.raw) }.sorted { $0.lexicographicallyPrecedes($1) }.map {
                    .verbatim($0)
                })
            node["memory"] = sorted
        }
        return node.bytes()
    }

    /// Which part differs, and where; nil where none does.
    func difference(from other: SourceState) -> String? {
        if agents.count != other.agents.count { return "\(agents.count) agents, not \(other.agents.count)" }
        for (one, two) in zip(agents, other.agents) where one != two {
            return "the list of agents: \(Self.excerpt(one, two))"
        }
        if state != other.state { return "the agent's state: \(Self.excerpt(state, other.state))" }
        if messages != other.messages { return "the messages: \(Self.excerpt(messages, other.messages))" }
        return passages == other.passages ? nil : "the passages: \(Self.excerpt(passages, other.passages))"
    }

    private static func excerpt(_ one: [UInt8], _ other: [UInt8]) -> String {
        let place = zip(one, other).prefix { $0 == $1 }.count
        func cut(_ bytes: [UInt8]) -> String {
            String(decoding: bytes.dropFirst(max(0, place - 80)).prefix(300), as: UTF8.self)
        }
        return "…\(cut(one))… was …\(cut(other))…"
    }
}

/// Runs `work` for each, so many at a time; the first error ends it.
func each<Item: Sendable>(
    _ items: [Item], width: Int, _ work: @escaping @Sendable (Item) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, item) in items.enumerated() {
            if index >= width { try await group.next() }
            group.addTask { try await work(item) }
        }
        try await group.waitForAll()
    }
}
