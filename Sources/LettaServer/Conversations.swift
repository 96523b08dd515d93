import HTTP
import Home
public import LettaModel
import LosslessJSON

// The conversations of an agent beside its default thread.
extension LettaServer {
    /// Oldest first. One that is deleted between the list and the look at it
    /// is left out.
    public func conversations(
        of agent: ServerID<AgentKind, Side>
    ) async throws -> [Conversation<Side>] {
        guard try await abilities().listsConversations else { return [] }
        let ids = try await conversationList(of: agent).compactMap { $0["id"]?.string }
        return try await bounded(ids, width: 4) { id in
            try await wire.found(.get("/v1/conversations/\(id)")).flatMap { Conversation($0) }
        }.compactMap(\.self)
    }

    /// As the list shows them: without what is in their context.
    func conversationList(of agent: ServerID<AgentKind, Side>) async throws -> [JSONValue] {
        try await wire.all("/v1/conversations/", query: [QueryItem("agent_id", agent.raw)])
            .filter { $0["agent_id"]?.string ?? agent.raw == agent.raw }
    }

    /// One answer for all of them: a cursor is a position, and on 0.16.8 a
    /// compaction gives one position to several rows, of which the next page
    /// would leave some out. A server that limits its pages is read in pages.
    ///
    /// **Bounds**: the ids; the bodies pass by.
    public func rows(
        of conversation: ServerID<ConversationKind, Side>
    ) async throws -> [ServerID<RowKind, Side>] {
        do {
            return try await page(of: conversation, limit: 100_000, after: nil)
        } catch let failure as Failure where failure.code == .serverRefused {
            return try await pages(of: conversation, limit: 100)
        }
    }

    private func pages(
        of conversation: ServerID<ConversationKind, Side>, limit: Int
    ) async throws -> [ServerID<RowKind, Side>] {
        var rows: [ServerID<RowKind, Side>] = []
        var seen: Set<ServerID<RowKind, Side>> = []
        while true {
            let page = try await page(of: conversation, limit: limit, after: rows.last)
            let new = page.filter { seen.insert($0).inserted }
            rows += new
            // An unknown cursor begins again: nothing new is the end, too.
            if new.isEmpty { return rows }
        }
    }

    private func page(
        of conversation: ServerID<ConversationKind, Side>, limit: Int, after: ServerID<RowKind, Side>?
    ) async throws -> [ServerID<RowKind, Side>] {
        var query = [QueryItem("limit", "\(limit)"), QueryItem("order", "asc")]
        if let after { query.append(QueryItem("after", after.raw)) }
        let call = Call.get("/v1/conversations/\(conversation)/messages", query)
        return try await wire.replayed(call) { response in
            guard (200..<300).contains(response.status) else { throw await wire.refusal(response, to: call) }
            var rows: [ServerID<RowKind, Side>] = []
            _ = try await Wire.split(response.body, paths: ["$[*]"], dropping: []) { item in
                guard let id = try JSONDocument(item.bytes).root["id"]?.string else { return }
                if rows.last?.raw != id { rows.append(ServerID(id)) }
            }
            return rows
        }
    }
}

extension Conversation {
    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string else { return nil }
        self.init(
            id: ServerID(id), summary: json["summary"]?.string,
            contextIDs: json.strings("in_context_message_ids").map { ServerID($0) }, json: minified(json))
    }
}
