public import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    public func passages(
        of agent: ServerID<AgentKind, Side>, route: PassageRoute
    ) -> Batches<[Passage<Side>]> {
        let walk = PassageWalk(server: self, agent: agent)
        switch route {
        case .listing: return Batches { try await walk.nextPage() }
        case .search(let expected): return Batches { try await walk.search(expected) }
        }
    }
}

/// Reads an agent's passages, by one of two routes.
actor PassageWalk<Side: HomeSide> {
    /// A passage comes with 39 kB of embedding: about 4 MB a page.
    private static var pageLimit: Int { 100 }

    private let server: LettaServer<Side>
    private let agent: ServerID<AgentKind, Side>
    private var lastID: String?
    private var seen: Set<String> = []
    private var isOver = false

    init(server: LettaServer<Side>, agent: ServerID<AgentKind, Side>) {
        self.server = server
        self.agent = agent
    }

    // MARK: listing

    /// Ascending pages after the last id. A cursor that is gone gives an
    /// empty page and no error, so the end is believed only where the newest
    /// passage is one that was read (of several of one instant, either end of
    /// the order may come first) and the server's own count agrees. One
    /// that came since the last page was asked for is read as well.
    func nextPage() async throws -> [Passage<Side>]? {
        if isOver { return nil }
        var page = try await self.page(ascending: true, limit: Self.pageLimit, after: lastID)
        if page.isEmpty {
            let newest = try await self.page(ascending: false, limit: 1, after: nil).first?.id.raw
            if newest == lastID || newest.map(seen.contains) == true { return try await end() }
            page = try await self.page(ascending: true, limit: Self.pageLimit, after: lastID)
            guard !page.isEmpty else { throw vanished(newest) }
        }
        guard page.allSatisfy({ seen.insert($0.id.raw).inserted }) else {
            throw failure(.pageRepeated, "the server sent passages again that it had sent before")
        }
        lastID = page.last?.id.raw
        return page
    }

    private func page(ascending: Bool, limit: Int, after cursor: String?) async throws -> [Passage<Side>] {
        var query = [QueryItem("limit", "\(limit)"), QueryItem("ascending", ascending ? "true" : "false")]
        if let cursor { query.append(QueryItem("after", cursor)) }
        let call = Call.get("/v1/agents/\(agent)/archival-memory", query)
        let found = try await server.wire.stream(call, paths: ["$[*]"], dropping: ["$[*].embedding"]) {
            try Passage<Side>(listed: $0.bytes)
        }
        guard found.rest.first == UInt8(ascii: "[") else {
            throw server.wire.errors.notUnderstood(call, "its answer is no list of passages")
        }
        return found.items
    }

    private func end() async throws -> [Passage<Side>]? {
        isOver = true
        try await checkCount(seen.count)
        return nil
    }

    private func vanished(_ newest: String?) -> Failure {
        failure(
            .historyIncomplete,
            "the newest passage is \(newest ?? "none") and reading on ended at \(lastID ?? "none")")
    }

    private func checkCount(_ read: Int) async throws {
        guard let expected = try await server.counts(of: agent).passages, read < expected else { return }
        throw failure(
            .historyIncomplete, "the server counts \(expected.counted("passage")) and shows \(read.grouped)")
    }

    // MARK: search

    /// One answer with everything, without embeddings and without metadata;
    /// the order is that of likeness, so it is sorted here. Any word finds
    /// all, for the search is by likeness and cut by `top_k` alone.
    ///
    /// **Bounds**: holds the text of all passages.
    func search(_ expected: Int) async throws -> [Passage<Side>]? {
        if isOver { return nil }
        isOver = true
        let query = [QueryItem("query", "a"), QueryItem("top_k", "\(expected + 1000)")]
        let call = Call.get("/v1/agents/\(agent)/archival-memory/search", query)
        let answer = try await server.wire.stream(call, paths: ["$.results[*]"]) {
            try Passage<Side>.searched($0.bytes)
        }
        guard try server.wire.document(answer.rest, in: call)["results"]?.kind == .array else {
            throw server.wire.errors.notUnderstood(call, "its answer is no list of passages")
        }
        let found = answer.items
        guard Set(found.map(\.1.id)).count == expected, found.count == expected else {
            throw failure(
                .historyIncomplete,
                "the search finds \(found.count.counted("passage")) where \(expected.grouped) were expected")
        }
        return found.isEmpty
            ? nil : found.sorted { ($0.0, $0.1.id.raw) < ($1.0, $1.1.id.raw) }.map(\.1)
    }

    private func failure(_ code: ErrorCode, _ reason: String) -> Failure {
        server.wire.errors.make(
            code, subject: "archival memory of \(agent) at \(server.address.name)", reason,
            "run the command again; report it with the server's version if it stays")
    }
}

extension Passage {
    /// As the listing shows it, its embedding dropped already.
    init(listed bytes: VerbatimJSON) throws {
        let root = try JSONDocument(bytes).root
        guard let id = root["id"]?.string, root["text"]?.string != nil else {
            throw JSONError(.notFound, offset: 0)
        }
        self.init(id: ServerID(id), createdAt: root["created_at"]?.string ?? "", json: bytes)
    }

    /// As the search shows it: `id`, `timestamp` in the agent's time zone,
    /// `content`, `tags`; put into the listing's words and into UTC.
    static func searched(_ bytes: VerbatimJSON) throws -> (Instant, Passage) {
        let root = try JSONDocument(bytes).root
        guard let id = root["id"], let text = root["content"], let name = id.string,
            let instant = root["timestamp"]?.string.flatMap({ Instant($0) })
        else { throw JSONError(.notFound, offset: 0) }
        let createdAt = instant.text.replacing("+00:00", with: "Z")
        let json = JSONNode.object([
            JSONMember(key: "id", value: JSONNode(id)), JSONMember(key: "text", value: JSONNode(text)),
            JSONMember(key: "tags", value: root["tags"].map { JSONNode($0) } ?? []),
            JSONMember(key: "created_at", value: .string(createdAt)),
        ])
        return (instant, Passage(id: ServerID(name), createdAt: createdAt, json: json.bytes()))
    }
}
