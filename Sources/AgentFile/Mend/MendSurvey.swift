import LettaModel
import LosslessJSON

/// The look at the rows of a file before it is mended: which stand in
/// context, and what fits together with them.
///
/// **Bounds**: as `RowLint`, and the blocks whose label an agent has twice.
public struct MendSurvey {
    private var stream: AgentFileStream
    private let facts: ShellLint.Facts
    private var walk: SurveyWalk

    /// - Parameters:
    ///   - facts: what `ShellLint` found.
    ///   - seeking: calls of each agent whose partners are wanted.
    public init(name: String, facts: ShellLint.Facts, seeking: [Set<String>] = []) {
        self.facts = facts
        stream = AgentFileStream(
            name: name, streaming: ["$.agents[*].messages[*]", "$.blocks[*]"],
            dropping: FileSections.others(than: ["agents", "blocks"]))
        walk = SurveyWalk(name: name, facts: facts, seeking: seeking)
    }

    /// Throws `agent-file-unreadable`.
    public mutating func feed(_ chunk: [UInt8]) throws {
        try stream.feed(chunk) { element, _ in try walk.take(element) }
    }

    /// Throws `agent-file-unreadable`.
    public mutating func finish(_ pairs: ToolPairs?) throws -> MendPlan {
        _ = try stream.finish { element, _ in try walk.take(element) }
        return MendPlan(
            facts: facts, numbers: walk.numbers, agents: walk.agents, alikeBlocks: walk.alike, pairs: pairs)
    }
}

/// What the look has seen so far.
private struct SurveyWalk {
    private let name: String
    private(set) var numbers = RowNumbers()
    private(set) var agents: [AgentRows]
    private let wantedBlocks: Set<String>
    private var blocks: [String: [UInt8]] = [:]
    /// Blocks that say the same as an earlier one of their label.
    private(set) var alike: [String: String] = [:]

    init(name: String, facts: ShellLint.Facts, seeking: [Set<String>]) {
        self.name = name
        agents = facts.contexts.enumerated().map { place, ids in
            AgentRows(wanted: Set(ids), seeking: seeking.indices.contains(place) ? seeking[place] : [])
        }
        let labels = Dictionary(grouping: facts.blocks, by: \.name).filter { $0.value.count > 1 }
        wantedBlocks = Set(labels.keys)
    }

    mutating func take(_ element: JSONElement) throws {
        element.path == 0 ? try row(element) : try block(element)
    }

    private mutating func block(_ element: JSONElement) throws {
        let block = try JSONDocument(element.bytes).root
        guard let label = block["label"]?.string, wantedBlocks.contains(label),
            let id = block["id"]?.string
        else { return }
        let bytes = Canonical.bytes(block, dropping: ["id"])
        if let twin = blocks.first(where: { $0.value == bytes })?.key {
            alike[id] = twin
        } else {
            blocks[id] = bytes
        }
    }

    private mutating func row(_ element: JSONElement) throws {
        let place = element.indices[0]
        let row = try MendedRow(element, name: name, &numbers, &agents[place].preceding)
        agents[place].note(row)
    }
}

/// A row after the table of rules, as both walks see it.
struct MendedRow {
    let ordinal: Int
    let path: String
    /// As the file has it.
    let sourceID: String
    let id: RowNumbers.ID
    let idRule: Rule?
    let draft: RowDraft
    /// It holds nothing and is left out.
    let isLeftOut: Bool

    init(
        _ element: JSONElement, name: String, _ numbers: inout RowNumbers, _ preceding: inout Preceding
    ) throws {
        ordinal = element.indices[1]
        path = "$.agents[\(element.indices[0])].messages[\(ordinal)]"
        guard let document = try? JSONDocument(element.bytes), document.root.kind == .object else {
            throw SniffedFile.noObject(name, path)
        }
        for spot in TwiceKeys.spots(document.root) {
            if let failure = spot.finding(path, line: nil).refusal(of: name) { throw failure }
        }
        sourceID = document.root["id"]?.string ?? ""
        (id, idRule) = numbers.next(sourceID)
        var draft = RowDraft(document)
        try draft.apply(RowRule.table, preceding: preceding, item: path)
        preceding.pass(draft.view)
        self.draft = draft
        isLeftOut = draft.withheldBy?.id == RowRule.emptyApproval
    }
}

/// What is kept of an agent's rows.
struct AgentRows {
    var preceding = Preceding()
    private let wanted: Set<String>
    private let seeking: Set<String>
    private(set) var inContext: [String: ContextRow] = [:]
    private(set) var repeated: Set<String> = []
    private(set) var partners: [String: [ContextRow]] = [:]
    private(set) var newestSystemRow: ContextRow?
    private(set) var lastTime: String?

    init(wanted: Set<String>, seeking: Set<String>) {
        self.wanted = wanted
        self.seeking = seeking
    }

    mutating func note(_ row: MendedRow) {
        guard !row.isLeftOut else { return }
        let view = row.draft.view
        lastTime = view.text("created_at") ?? lastTime
        let isSystem = view.role == "system"
        let calls = seeking.isEmpty ? [] : Self.calls(view).filter(seeking.contains)
        guard isSystem || wanted.contains(row.sourceID) || !calls.isEmpty else { return }
        let noted = ContextRow(row.ordinal, row.id, view)
        if isSystem { newestSystemRow = noted }
        for call in calls { partners[call, default: []].append(noted) }
        guard wanted.contains(row.sourceID) else { return }
        if inContext.updateValue(noted, forKey: row.sourceID) != nil { repeated.insert(row.sourceID) }
    }

    private static func calls(_ row: RowView) -> [String] {
        row.calls.compactMap { $0["id"]?.string } + row.answeredCalls
            + row.approvals.compactMap { $0["tool_call_id"]?.string }
    }
}

/// What the mended file will be, but for what each part of it tells alone.
public struct MendPlan: Sendable {
    /// Of one agent.
    struct Agent: Sendable {
        /// Ids of the new file, in order; nil while the first has to be a row that is made.
        let context: [String]
        let changes: [Mended]
        /// New rows, by the row after which they are written.
        let added: [Int: [[UInt8]]]
        /// The id of a system row that is made of the agent's instructions.
        let systemRowID: String?
        let lastTime: String?
        let asked: Set<String>
    }

    let facts: ShellLint.Facts
    let base: Int
    let agents: [Agent]
    let agentIDs: ThingNumbers
    let blockIDs: ThingNumbers
    let toolIDs: ThingNumbers
    /// Blocks that say the same as an earlier one of that label.
    let alikeBlocks: [String: String]
    let tools: ToolTwins

    /// Reads the file until nothing is asked of its history any more: a row
    /// that comes back into context may ask for another one.
    ///
    /// - Parameter read: hands out the whole file, whenever it is called.
    ///
    /// Throws `agent-file-unreadable`, and what `read` throws.
    public static func made(
        of name: String, _ facts: ShellLint.Facts, _ pairs: ToolPairs?,
        reading read: (_ chunk: ([UInt8]) throws -> Void) throws -> Void
    ) throws -> MendPlan {
        var seeking: [Set<String>] = []
        while true {
            var survey = MendSurvey(name: name, facts: facts, seeking: seeking)
            try read { try survey.feed($0) }
            let plan = try survey.finish(pairs)
            let asked = plan.agents.map(\.asked)
            let known = seeking.isEmpty ? asked.map { _ in [] } : seeking
            guard zip(asked, known).contains(where: { !$0.isSubset(of: $1) }) else { return plan }
            seeking = zip(asked, known).map { $0.union($1) }
        }
    }

    /// The first of the blocks that say what this one says.
    func sameBlock(_ id: String) -> String { alikeBlocks[id] ?? id }

    init(
        facts: ShellLint.Facts, numbers: RowNumbers, agents: [AgentRows], alikeBlocks: [String: String],
        pairs: ToolPairs?
    ) {
        self.facts = facts
        self.alikeBlocks = alikeBlocks
        let base = numbers.highest + 1
        self.base = base
        var next = base + numbers.lacking
        self.agents = zip(agents, facts.contexts).map { rows, ids in
            Self.agent(rows, ids, pairs, base: base, next: &next)
        }
        agentIDs = ThingNumbers(facts.agentIDs, kind: "agent")
        blockIDs = ThingNumbers(facts.blocks.map(\.id), kind: "block")
        toolIDs = ThingNumbers(facts.tools.map(\.id), kind: "tool")
        tools = ToolTwins(facts.tools)
    }

    private static func agent(
        _ rows: AgentRows, _ ids: [String], _ pairs: ToolPairs?, base: Int, next: inout Int
    ) -> Agent {
        let mend = ContextMend(
            ids: ids, rows: rows.inContext, repeated: rows.repeated, partners: rows.partners,
            newestSystemRow: rows.newestSystemRow, pairs: pairs)
        let outcome = mend.outcome()
        var added: [Int: [[UInt8]]] = [:]
        var context: [String] = []
        for row in outcome.rows {
            guard let (json, after) = row.added else {
                context.append(row.id.text(base: base))
                continue
            }
            var numbered = json
            numbered["id"] = .string("message-\(next)")
            added[after, default: []].append(numbered.bytes())
            context.append("message-\(next)")
            next += 1
        }
        defer { if outcome.lacksSystemRow { next += 1 } }
        return Agent(
            context: context, changes: outcome.changes, added: added,
            systemRowID: outcome.lacksSystemRow ? "message-\(next)" : nil, lastTime: rows.lastTime,
            asked: outcome.asked)
    }
}
