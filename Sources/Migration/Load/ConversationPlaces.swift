import AgentFile
import LettaModel
import Plan

/// Where the rows of conversations stand in the one history of the agent.
///
/// **Bounds**: a number for each row of a conversation.
struct ConversationPlaces {
    private let shared: Set<String>
    private var own: [String: [Int]] = [:]
    private var places: [String: Int] = [:]

    init(_ conversations: [ConversationFacts]) {
        shared = Set(conversations.flatMap { $0.sharedIDs ?? [] })
    }

    /// Every output of the history, in order.
    mutating func note(_ output: ShapeOutput, of thread: Thread) {
        guard case .row(let row) = output else { return }
        note(row.sourceIDs, at: row.index, of: thread)
    }

    /// - Parameter ids: the source's, of the row at this place.
    mutating func note(_ ids: [String], at place: Int, of thread: Thread) {
        if case .conversation(let id) = thread { own[id, default: []].append(place) }
        for id in ids where shared.contains(id) { places[id] = place }
    }

    /// From 0, in the conversation's order: what it shares came first.
    func places(of conversation: ConversationFacts) -> [Int] {
        var seen: Set<Int> = []
        let all = (conversation.sharedIDs ?? []).compactMap { places[$0] } + (own[conversation.id] ?? [])
        return all.filter { seen.insert($0).inserted }
    }
}
