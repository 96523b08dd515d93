import AgentFile
import Home
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// The documents of a snapshot, read once; the history and the passages stay
/// in the file.
struct SnapshotContents: Sendable {
    let origin: SnapshotOrigin
    let agent: JSONDocument
    let shell: VerbatimJSON?
    let blocks: [StoredDocument]
    /// Without those that a conversion leaves out.
    let tools: [StoredDocument]
    /// The agent becomes a `letta_v1_agent`; nil keeps its type.
    let conversion: LegacyConversion?
    let surroundings: [Surrounding]
    let conversations: [ConversationFacts]
    let counts: JSONDocument?
    /// Names of the secrets, with whether the source shows their values.
    let secrets: [SecretFacts]
    let threads: [ThreadProgress]
    let passageCount: Int
    /// Stretches of the history that the source could not list.
    let gaps: [Omission]
    private let attached: [StoredDocument]

    /// - Parameter convertsLegacy: an agent of the old loop becomes one of
    ///   today; any other stays what it is.
    /// **Errors**: `snapshot-unreadable` where a document is missing or is no
    /// JSON; `snapshot-unfinished` where the capture never ended;
    /// `tool-clash` where the agent cannot be converted.
    init(_ snapshot: AgentSnapshot, path: String, convertsLegacy: Bool = false) async throws {
        let unreadable = Failure(
            .snapshotUnreadable, subject: path, reason: "holds no agent",
            remedy: "capture it again: ferry snapshot AGENT --from SERVER -o FILE")
        guard let generation = try await snapshot.generations().last else { throw unreadable }
        origin = generation.origin
        guard let stored = try await snapshot.documents(.agent).first else { throw unreadable }
        guard let agent = try? JSONDocument(stored.document.json) else { throw unreadable }
        self.agent = agent
        shell = try await snapshot.documents(.exportShell).first?.document.json
        blocks = try await snapshot.documents(.block)
        let attached = try await snapshot.documents(.tool)
        self.attached = attached
        let type = agent.root["agent_type"]?.string ?? generation.origin.agentType
        let conversion =
            convertsLegacy
            ? try LegacyConversion(agentType: type, tools: attached.map(\.document.json)) : nil
        self.conversion = conversion
        tools = attached.filter { conversion?.keeps(tool: $0.document.json) ?? true }
        let surroundings = try await Self.surroundings(snapshot)
        self.surroundings = surroundings
        counts = try await snapshot.documents(.counts).first.flatMap { try? JSONDocument($0.document.json) }
        secrets = Self.secrets(agent.root, cuts: Set(stored.cuts))
        let threads = try await snapshot.threads()
        self.threads = threads
        conversations = Self.conversations(
            surroundings, threads, try await snapshot.documents(.conversationRows))
        passageCount = try await snapshot.passageCount()
        gaps = try await snapshot.documents(.gap).map { Gap.omission($0.document) }
    }

    /// The agent's instructions as the last row, for a history without any
    /// system row.
    func systemRow(at index: Int) throws -> ShapedRow {
        let choices = fileChoices(AgentFileChoices(name: AgentFileShape.plainName(agentName)))
        return try AgentFileShape(agentFileSource, choices).systemRow(
            at: index, createdAt: origin.startedAt.text)
    }

    var agentName: String { agent.root["name"]?.string ?? origin.agentName }
    /// At the source.
    var sourceType: String { agent.root["agent_type"]?.string ?? origin.agentType }
    /// On the target.
    var agentType: String { conversion == nil ? sourceType : LegacyAgent.successor }
    /// As they have to be on the target, and what a conversion changes in them.
    var toolRules: (rules: VerbatimJSON, changes: [AnnouncedChange]) {
        let own = agent.root["tool_rules"].map { Array($0.raw) } ?? Array("[]".utf8)
        return conversion?.toolRules(own) ?? (own, [])
    }
    /// By name: tools that the target must not have.
    var toolsLeftOut: [String: AnnouncedChange] {
        attached.count == tools.count ? [:] : [LegacyConversion.speech: LegacyConversion.toolLeftOut]
    }
    var tags: [String] { agent.root["tags"]?.elements.compactMap(\.string) ?? [] }
    var messageIDs: [String] { agent.root["message_ids"]?.elements.compactMap(\.string) ?? [] }
    var rows: Int { threads.first { $0.thread == .main }?.rows ?? 0 }

    var model: String? { agent.root["model"]?.string ?? agent.root["llm_config"]?["handle"]?.string }
    var embedding: String? {
        agent.root["embedding"]?.string ?? agent.root["embedding_config"]?["handle"]?.string
    }
    var contextWindow: Int? { agent.root["llm_config"]?["context_window"]?.int }

    /// The same choices, for what the agent becomes.
    func fileChoices(_ choices: AgentFileChoices) -> AgentFileChoices {
        var choices = choices
        choices.conversion = conversion
        return choices
    }

    /// What takes the rows of the main thread.
    var shaper: RowShaper { conversion.map(RowShaper.init(converting:)) ?? RowShaper(agentType: agentType) }

    var agentFileSource: AgentFileSource {
        AgentFileSource(
            shell: shell, state: agent.bytes, blocks: blocks.map(\.document.json),
            tools: attached.map(\.document.json))
    }

    private static func surroundings(_ snapshot: AgentSnapshot) async throws -> [Surrounding] {
        var found: [Surrounding] = []
        for kind in Surrounding.Kind.allCases {
            for stored in try await snapshot.documents(.surrounding(kind)) {
                let document = stored.document
                found.append(
                    Surrounding(kind: kind, id: document.key, name: document.name, json: document.json))
            }
        }
        return found
    }

    /// Without shared ids in a snapshot that was made before their rows were
    /// read.
    private static func conversations(
        _ surroundings: [Surrounding], _ threads: [ThreadProgress], _ shared: [StoredDocument]
    ) -> [ConversationFacts] {
        surroundings.filter { $0.kind == .conversation }.compactMap { thing in
            let document = shared.first { $0.document.key == thing.id }?.document
            let own = threads.first { $0.thread == .conversation(thing.id) }?.rows ?? 0
            let ids = document.map(ConversationRows.shared)
            return ConversationFacts(thing.json, sharedIDs: ids, rows: own + (ids?.count ?? 0))
        }
    }

    /// Those that are restored on a target with these abilities.
    func carried(by choices: Choices, to abilities: Abilities) -> [ConversationFacts] {
        conversations.filter { $0.isCarried(by: choices, forks: abilities.forksConversations) }
    }

    private static func secrets(_ agent: JSONValue, cuts: Set<String>) -> [SecretFacts] {
        let names = agent["secrets"]?.elements.compactMap { $0["key"]?.string } ?? []
        return names.map { name in
            let places = ["secrets.\(name)", "tool_exec_environment_variables.\(name)"]
            return SecretFacts(name: name, value: places.contains(where: cuts.contains) ? .shown : .hidden)
        }
    }
}

extension SnapshotContents {
    func planOrigin(_ path: String) -> Origin {
        guard origin.reader != .agentFile else { return .agentFile(path: origin.serverName ?? path) }
        return .snapshot(
            path: path,
            of: ServerFacts(
                name: origin.serverName ?? origin.serverURL, url: origin.serverURL, project: origin.project,
                version: origin.serverVersion))
    }
}
