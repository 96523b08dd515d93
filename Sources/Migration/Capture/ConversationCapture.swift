import Home
import LettaModel
import LosslessJSON
import Snapshot

/// Source -> snapshot: the rows of each conversation beside the default
/// thread.
///
/// Rows that were written in a conversation become a thread of their own.
/// Those that it shares with the thread it was forked from are in the snapshot
/// already: of them it keeps the ids.
struct ConversationCapture {
    let home: any Home<SourceSide>
    let snapshot: AgentSnapshot
    let progress: ProgressSink

    /// **Errors**: `source-changed` where a conversation was written to, made
    /// or removed meanwhile.
    func run(of agent: SourceID<AgentKind>) async throws {
        let abilities = try await home.abilities()
        guard abilities.listsConversations, abilities.separatesThreads else { return }
        let all = try await home.conversations(of: agent)
        for (place, one) in all.enumerated() {
            let own = try await list(one, of: agent)
            let shared = try await shared(one, own: own)
            try await snapshot.put([
                Document(
                    kind: .surrounding(.conversation), key: one.id.raw, name: one.summary ?? one.id.raw,
                    position: place, json: one.json),
                ConversationRows.document(shared, of: one, position: place),
            ])
            progress(.counted("conversations read", done: place + 1, total: all.count))
        }
        try await forget(allBut: Set(all.map(\.id.raw)))
        guard try await home.conversations(of: agent).map(\.json) == all.map(\.json) else {
            throw Failure(
                .sourceChanged, subject: "conversations of \(agent) at \(home.address.name)",
                reason: "one of them was written to while they were read",
                remedy: "run the command again when the agent is quiet; it goes on where it was", end: .source
            )
        }
    }

    /// - Returns: ids of the rows that were written in it.
    private func list(
        _ one: Conversation<SourceSide>, of agent: SourceID<AgentKind>
    ) async throws -> Set<String> {
        let thread = Thread.conversation(one.id.raw)
        var position = try await snapshot.beginListing(thread, from: .beginning)
        var ids: Set<String> = []
        var gaps: [Document] = []
        let pages = home.listing(of: agent, thread: thread, from: .oldest)
        while let page = try await pages.next() {
            if let stretch = page.unreachable {
                gaps.append(Gap.document(stretch, position: gaps.count, in: one.id.raw))
            }
            position = try await snapshot.record(page.rows, at: position)
            ids.formUnion(page.rows.map(\.id.raw))
        }
        try await snapshot.finishListing(at: position)
        if !gaps.isEmpty { try await snapshot.put(gaps) }
        return ids
    }

    /// Of a conversation that cannot be shown at least what is in its context
    /// is known.
    private func shared(_ one: Conversation<SourceSide>, own: Set<String>) async throws -> [String] {
        var rows: [SourceID<RowKind>] = []
        do {
            rows = try await home.rows(of: one.id)
        } catch let failure as Failure where failure.code == .serverError {
            try await gap(failure.reason, 998, one)
        }
        var seen = own
        return try await byTime((rows + one.contextIDs).map(\.raw).filter { seen.insert($0).inserted }, one)
    }

    private func gap(_ reason: String, _ position: Int, _ one: Conversation<SourceSide>) async throws {
        let stretch = UnreachableStretch<SourceSide>(after: nil, before: nil, reason: reason)
        try await snapshot.put([Gap.document(stretch, position: position, in: one.id.raw)])
    }

    /// As the thread has them that they were written in: a server lists them
    /// by positions that a compaction has mixed up. A message that no listing
    /// shows is named.
    private func byTime(_ ids: [String], _ one: Conversation<SourceSide>) async throws -> [String] {
        var found: [(date: String, ordinal: Int, id: String)] = []
        var unseen: [String] = []
        for id in ids {
            if let row = try await snapshot.row(SourceID(id)) {
                found.append((row.date, row.ordinal, id))
            } else {
                unseen.append(id)
            }
        }
        if let first = unseen.first {
            let what = "\(unseen.count.counted("message")) of it stand in no listing, the first is \(first)"
            try await gap(what, 999, one)
        }
        return found.sorted { ($0.date, $0.ordinal) < ($1.date, $1.ordinal) }.map(\.id)
    }

    /// Conversations of an earlier capture that are no more.
    private func forget(allBut known: Set<String>) async throws {
        for progress in try await snapshot.threads() {
            guard case .conversation(let id) = progress.thread, !known.contains(id), progress.rows > 0 else {
                continue
            }
            try await snapshot.finishListing(
                at: try await snapshot.beginListing(progress.thread, from: .beginning))
        }
    }
}

/// Which rows a conversation shares with another thread, from capture to load.
enum ConversationRows {
    static func document(
        _ shared: [String], of one: Conversation<SourceSide>, position: Int
    ) -> Document {
        let json: JSONNode = ["shared": .array(shared.map { .string($0) })]
        return Document(
            kind: .conversationRows, key: one.id.raw, name: one.id.raw, position: position, json: json.bytes()
        )
    }

    static func shared(_ document: Document) -> [String] {
        (try? JSONDocument(document.json))?.root["shared"]?.elements.compactMap(\.string) ?? []
    }
}
