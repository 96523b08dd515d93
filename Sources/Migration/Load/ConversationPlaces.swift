import AgentFile
import LettaModel
import LosslessJSON
import Plan

/// Where the rows of conversations stand in the one history of the agent, and
/// the order in which a conversation has them: those out of its context by
/// time, then its context as the source has it. A compaction puts a summary
/// before what is older, and a call must keep its return.
///
/// **Bounds**: some numbers for each row of a conversation.
struct ConversationPlaces {
    private let wanted: Set<String>
    private var own: [String: [Int]] = [:]
    private var places: [String: Int] = [:]
    /// Rows that no model takes in its context.
    private var hollow: Set<Int> = []
    /// Of the calls of wanted rows: where each stands.
    private var calls: [String: Int] = [:]
    /// Places of returns, by the place of their call: 0.16.8 does not list the
    /// returns of `send_message` in a conversation.
    private var returns: [Int: [Int]] = [:]

    init(_ conversations: [ConversationFacts]) {
        wanted = Set(conversations.flatMap { ($0.sharedIDs ?? []) + $0.contextIDs })
    }

    /// Every output of the history, in order.
    mutating func note(_ output: ShapeOutput, of thread: Thread) throws {
        guard case .row(let row) = output else { return }
        if row.isEmpty || row.isThoughtAlone { hollow.insert(row.index) }
        try note(row.sourceIDs, row.json, at: row.index, of: thread)
    }

    /// - Parameter ids: the source's, of the row at this place.
    mutating func note(_ ids: [String], _ row: VerbatimJSON, at place: Int, of thread: Thread) throws {
        if case .conversation(let id) = thread { own[id, default: []].append(place) }
        let known = ids.filter(wanted.contains)
        for id in known { places[id] = place }
        guard !known.isEmpty || !calls.isEmpty else { return }
        let root = try JSONDocument(row).root
        if !known.isEmpty {
            for call in root["tool_calls"]?.elements ?? [] {
                if let id = call["id"]?.string { calls[id] = place }
            }
        }
        for id in Self.answered(root) {
            if let call = calls.removeValue(forKey: id) { returns[call, default: []].append(place) }
        }
    }

    private static func answered(_ row: JSONValue) -> [String] {
        guard row["role"]?.string == "tool" else { return [] }
        let all = row["tool_returns"]?.elements.compactMap { $0["tool_call_id"]?.string } ?? []
        return all + [row["tool_call_id"]?.string].compactMap(\.self)
    }

    /// From 0, each once.
    func places(of conversation: ConversationFacts) -> [Int] {
        members(of: conversation).filter { !hollow.contains($0) }
    }

    /// What of a conversation stands in the history alone; nil where all of it
    /// is brought.
    func omission(of conversation: ConversationFacts) -> Omission? {
        let count = members(of: conversation).count(where: hollow.contains)
        guard count > 0 else { return nil }
        return Omission(
            id: "conversation-hollow:\(conversation.id)", class: .inherent,
            item: "\(count.counted("message")) without words in conversation \(conversation.name)",
            reason: "a fork takes all into context, where models refuse them; the agent's history has them",
            remedy: "nothing to do")
    }

    private func members(of conversation: ConversationFacts) -> [Int] {
        var seen: Set<Int> = []
        let context = conversation.contextIDs.compactMap { places[$0] }.filter { seen.insert($0).inserted }
        let known = (conversation.sharedIDs ?? []).compactMap { places[$0] } + (own[conversation.id] ?? [])
        let all = Set(known + context)
        let members = all.union(all.flatMap { returns[$0] ?? [] })
        return members.subtracting(context).sorted() + context
    }
}
