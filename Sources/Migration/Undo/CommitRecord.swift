import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// What stood on the target when a run was committed and found right: whoever
/// undoes the run later can tell what came since.
///
/// Kept in the journal as the outcome of a step of its own, `target/commit`.
/// Source of what is looked at: 0.16.8 `GET /v1/agents/{id}`, its `/context`,
/// its blocks, and tools by name.
struct CommitRecord: Equatable, Sendable {
    static let step = "commit"

    /// Rows of all threads; nil where the server does not count them.
    var rows: Int?
    var passages: Int?
    /// Of their content; nil in a look that did not read them.
    var passageDigest: ContentDigest?
    /// Of the agent's state without the server's bookkeeping.
    var state: ContentDigest
    /// By id, of the value and its settings.
    var blocks: [String: ContentDigest]
    /// By id, of the fields that a run can write: tools that the run made or
    /// overwrote.
    var tools: [String: ContentDigest]

    init(
        rows: Int?, passages: Int?, state: ContentDigest, blocks: [String: ContentDigest],
        tools: [String: ContentDigest]
    ) {
        self.rows = rows
        self.passages = passages
        self.state = state
        self.blocks = blocks
        self.tools = tools
    }

    // MARK: Looking

    /// - Parameter tools: names of the tools to look at.
    static func look(
        at agent: TargetID<AgentKind>, tools names: [String], _ home: any Home<TargetSide>
    ) async throws -> CommitRecord {
        let counts = try await home.counts(of: agent)
        let state = try await home.agent(agent)
        let blocks = try await home.blocks(of: agent).map { ($0.id.raw, try digest(of: $0)) }
        let tools = names.isEmpty ? [] : try await home.tools(named: names)
        return CommitRecord(
            rows: counts.rows, passages: counts.passages,
            state: try digest(ofState: state.json, try await home.conversations(of: agent)),
            blocks: Dictionary(blocks) { first, _ in first },
            tools: Dictionary(try tools.map { ($0.id.raw, try digest(of: $0)) }) { first, _ in first })
    }

    private static func digest(
        ofState json: VerbatimJSON, _ conversations: [Conversation<TargetSide>]
    ) throws -> ContentDigest {
        // Blocks and tools are looked at by themselves, so that a change is
        // called by its name. Of a secret not even a digest is kept.
        var state = JSONNode.shallow(try JSONDocument(Movement.form(JSONDocument(json).root)).root)
        for key in ["blocks", "memory", "tools", "secrets", "tool_exec_environment_variables"] {
            state[key] = nil
        }
        // An agent without any reads as it did before ferry knew of them.
        let talks = conversations.compactMap { ConversationFacts($0.json) }.map { facts -> JSONNode in
            [
                "id": .string(facts.id), "says": .verbatim(facts.body(model: facts.model)),
                "messages": .array(facts.contextIDs.map { .string($0) }),
            ]
        }
        if !talks.isEmpty { state["conversations"] = .array(talks) }
        return ContentDigest.ofBytes(state.bytes())
    }

    static func digest(of block: Block<TargetSide>) throws -> ContentDigest {
        let root = try JSONDocument(block.json).root
        var form: JSONNode = [:]
        for field in AttachmentRepair.blockFields { form[field] = root[field].map { JSONNode($0) } }
        return ContentDigest.ofCanonical(try JSONDocument(form.bytes()).root, dropping: [])
    }

    static func digest(of tool: Tool<TargetSide>) throws -> ContentDigest {
        ContentDigest.ofCanonical(try JSONDocument(ToolPatch.whole(tool.json)).root, dropping: [])
    }

    // MARK: The journal

    /// Once a run; not where something came between the commit and this look,
    /// for it would be taken for the run's own.
    static func keep(of agent: TargetID<AgentKind>, _ context: LoadContext) async throws {
        guard try await context.ledger.steps(step).isEmpty else { return }
        let names = context.contents.tools.map(\.document).filter { ToolPatch.isCustom($0.json) }.map(\.name)
        var record = try await look(at: agent, tools: names, context.home)
        let rows = try await AgentLoader.uploadedRows(context.ledger)
        let system = ConversationLoader.systemRows(try await context.ledger.steps(ConversationLoader.fork))
        guard
            record.rows.flatMap({ now in rows.map { system.contains(now - $0) } }) ?? true,
            record.passages == nil || record.passages == context.contents.passageCount
        else { return }
        // The comparison found them equal, so the snapshot's are the target's.
        record.passageDigest = try await PassageSet.digest(
            of: context.snapshot, hasMetadata: context.abilities.insertsPassagesInBatches)
        try await record.note(in: context.ledger)
    }

    func note(in ledger: Ledger<TargetSide>) async throws {
        let id = try await ledger.journal.intend(
            ledger.run, StepIntent(kind: Ledger<TargetSide>.kind(Self.step)))
        try await ledger.journal.settle(id, .done(details: json.bytes()))
    }

    /// What several looks saw, the newest last: a repair remembers each thing
    /// that it makes by itself. Nil where there was none.
    static func merged(_ steps: [StepRecord]) -> CommitRecord? {
        let records = steps.filter { $0.intent.kind == Ledger<TargetSide>.kind(step) }.compactMap {
            step -> CommitRecord? in
            guard case .done(let details?) = step.outcome else { return nil }
            return (try? JSONDocument(details)).flatMap { CommitRecord($0.root) }
        }
        guard var merged = records.last else { return nil }
        for record in records.dropLast().reversed() {
            merged.blocks.merge(record.blocks) { newer, _ in newer }
            merged.tools.merge(record.tools) { newer, _ in newer }
        }
        return merged
    }

    var json: JSONNode {
        [
            "rows": rows.map { .int($0) } ?? .null, "passages": passages.map { .int($0) } ?? .null,
            "passage_digest": passageDigest.map { .string($0.description) } ?? .null,
            "state": .string(state.description), "blocks": Self.json(blocks), "tools": Self.json(tools),
        ]
    }

    init?(_ json: JSONValue) {
        guard let state = json["state"]?.string.flatMap({ ContentDigest(hex: $0) }) else { return nil }
        self.init(
            rows: json["rows"]?.int, passages: json["passages"]?.int, state: state,
            blocks: Self.digests(json["blocks"]), tools: Self.digests(json["tools"]))
        passageDigest = json["passage_digest"]?.string.flatMap { ContentDigest(hex: $0) }
    }

    private static func json(_ digests: [String: ContentDigest]) -> JSONNode {
        .object(
            digests.sorted { $0.key < $1.key }.map {
                JSONMember(key: $0.key, value: .string($0.value.description))
            })
    }

    private static func digests(_ json: JSONValue?) -> [String: ContentDigest] {
        let pairs = (json?.members ?? []).compactMap { member in
            member.value.string.flatMap { ContentDigest(hex: $0) }.map { (member.key, $0) }
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
