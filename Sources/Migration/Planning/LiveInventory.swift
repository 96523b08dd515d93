import AgentFile
import Home
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// What the plan needs to know of an agent, read from its server without
/// reading its history: counts and one sample page of rows and passages. The
/// history is read, and not kept, where it is to be converted.
struct LiveInventory {
    let home: any Home<SourceSide>
    let isReadOnly: Bool
    let convertsLegacy: Bool

    func inventory(of agent: AgentState<SourceSide>) async throws -> SourceInventory {
        let abilities = try await home.abilities()
        let counts = try await home.counts(of: agent.id)
        let root = try JSONDocument(agent.json).root
        let around = try await home.surroundings(of: agent.id)
        let tools = try await home.tools(of: agent.id)
        let conversion = convertsLegacy ? try LegacyPreview(home: home, agent: agent, tools: tools) : nil
        var inventory = SourceInventory(
            origin: .server(ServerFacts(home.address, version: abilities.version)),
            agent: AgentFacts(agent.id.raw, root, contextTokens: counts.contextTokens),
            rows: try await rows(of: agent, counts, abilities),
            blocks: try await home.blocks(of: agent.id).map {
                try BlockFacts($0.id.raw, $0.label, $0.json)
            },
            tools: try tools.filter { conversion?.conversion.keeps(tool: $0.json) ?? true }
                .map { try ToolFacts($0.name, $0.toolType, $0.json) },
            passages: try await passages(of: agent.id, counts),
            secrets: try await secrets(of: agent.id, root),
            tags: agent.tags, toolRules: root["tool_rules"]?.count ?? 0,
            surroundings: try around.map(Self.asKept),
            conversations: around.filter { $0.kind == .conversation }.compactMap {
                ConversationFacts($0.json, sharedIDs: abilities.separatesThreads ? [] : nil)
            })
        try await conversion?.fill(&inventory)
        return inventory
    }

    /// As a snapshot will have it: without what it does not keep.
    private static func asKept(_ thing: Surrounding) throws -> Surrounding {
        guard thing.kind == .identity else { return thing }
        let json = try SecretCutter().cut(thing.json, of: .surrounding(.identity)).json
        return Surrounding(kind: thing.kind, id: thing.id, name: thing.name, json: json)
    }

    private func rows(
        of agent: AgentState<SourceSide>, _ counts: AgentCounts, _ abilities: Abilities
    ) async throws -> RowFacts {
        let page = try await home.listing(of: agent.id, thread: .main, from: .oldest).next()
        let sample = page?.rows ?? []
        let count = counts.rows ?? sample.count
        let bytes = sample.reduce(0) { $0 + $1.items.count }
        let isNative = !isReadOnly && abilities.readsNative
        return RowFacts(
            count: count, isExact: false, inContext: agent.messageIDs.count,
            bytes: sample.isEmpty ? 0 : bytes / sample.count * count, reader: isNative ? .native : .folded,
            readerReason: isReadOnly
                ? "--read-only" : isNative ? nil : "the server has no way to show rows to a reader")
    }

    private func passages(of agent: SourceID<AgentKind>, _ counts: AgentCounts) async throws -> PassageFacts {
        guard let count = counts.passages, count > 0 else { return PassageFacts(count: counts.passages ?? 0) }
        let sample = try await home.passages(of: agent, route: .listing).next() ?? []
        let bytes = try sample.reduce(0) {
            try $0 + (JSONDocument($1.json).root["text"]?.string?.utf8.count ?? 0)
        }
        return PassageFacts(
            count: count, isExact: false, bytes: sample.isEmpty ? 0 : bytes * count / sample.count)
    }

    private func secrets(of agent: SourceID<AgentKind>, _ root: JSONValue) async throws -> [SecretFacts] {
        let shown = try await home.secrets(of: agent)
        let names = root["secrets"]?.elements.compactMap { $0["key"]?.string } ?? []
        return names.map { SecretFacts(name: $0, value: shown[$0] == nil ? .hidden : .shown) }
    }
}
