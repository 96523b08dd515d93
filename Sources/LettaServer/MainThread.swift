import Home
import LettaModel
import LosslessJSON

/// Reads an agent's default thread: its whole flow, less the rows that were
/// written in a conversation.
///
/// The server's own filter `conversation_id=default` will not do: it leaves
/// out every row that is also in a conversation, so that a thread that was
/// once forked lacks those rows for ever, even when the fork is deleted. The
/// filter by a conversation's id shows just the rows that were written there.
///
/// **Bounds**: a page, and a hash for each row written in a conversation.
actor MainThread<Side: HomeSide> {
    private let server: LettaServer<Side>
    private let agent: ServerID<AgentKind, Side>
    private let walk: ListingWalk<Side>
    private var foreign: Set<UInt64> = []
    /// The conversations as they were at the beginning.
    private var conversations: [VerbatimJSON]?
    /// A gap before rows that are all foreign.
    private var pending: UnreachableStretch<Side>?

    init(server: LettaServer<Side>, agent: ServerID<AgentKind, Side>, start: ListingStart<Side>) {
        self.server = server
        self.agent = agent
        walk = ListingWalk(server: server, agent: agent, flow: .whole, start: start)
    }

    func next() async throws -> ListedPage<Side>? {
        try await begin()
        while let page = try await walk.next() {
            let own = page.rows.filter { !foreign.contains(Self.hash($0.id)) }
            pending = page.unreachable ?? pending
            if own.isEmpty, pending == nil { continue }
            defer { pending = nil }
            return ListedPage(rows: own, bytes: page.bytes, unreachable: pending)
        }
        try await checkConversations()
        return nil
    }

    private func begin() async throws {
        guard conversations == nil else { return }
        let listed = try await listConversations()
        for conversation in listed {
            guard let id = conversation["id"]?.string else { continue }
            let born = ListingWalk(server: server, agent: agent, flow: .bornIn(id), start: .oldest)
            while let page = try await born.next() { foreign.formUnion(page.rows.map { Self.hash($0.id) }) }
        }
        conversations = listed.map { minified($0) }
    }

    /// What was written in a conversation during the walk would have passed
    /// for the thread's own.
    private func checkConversations() async throws {
        let listed = try await listConversations().map { minified($0) }
        guard let conversations, Set(listed) != Set(conversations) else { return }
        throw server.wire.errors.make(
            .sourceChanged, subject: "conversations of \(agent) at \(server.address.name)",
            "one of them was written to while the history was read",
            "run the command again when the agent is quiet; it goes on where it was")
    }

    private func listConversations() async throws -> [JSONValue] {
        let abilities = try await server.abilities()
        guard abilities.listsConversations, abilities.separatesThreads else { return [] }
        return try await server.conversationList(of: agent)
    }

    private static func hash(_ id: ServerID<RowKind, Side>) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(id.raw)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
