import Home
import LettaModel
import LosslessJSON

extension Wire {
    /// Every element of a listing: one large page, then what comes after it,
    /// until a page brings nothing new.
    ///
    /// The first page is as large as the server lets it be, because cursors
    /// cannot be relied on everywhere: 0.16.8 sorts an agent's tools by time
    /// and pages them by id, so small pages lose tools. Some routes take no
    /// cursor and repeat their one page: that is the end, unless the page was
    /// full, for then it cannot be told from one that was cut.
    func all(
        _ route: Route, query: [QueryItem] = [], limit: Int = 1000, dropping: [JSONPath] = []
    ) async throws -> [JSONValue] {
        do {
            return try await walk(route, query, limit, dropping)
        } catch let failure as Failure where failure.code == .serverRefused && limit > 200 {
            return try await walk(route, query, 200, dropping)
        }
    }

    private func walk(
        _ route: Route, _ query: [QueryItem], _ limit: Int, _ dropping: [JSONPath]
    ) async throws -> [JSONValue] {
        var found: [JSONValue] = []
        var seen: Set<String> = []
        while true {
            var call = Call.get(route, query + [QueryItem("limit", "\(limit)"), QueryItem("order", "asc")])
            if let last = found.last?["id"]?.string { call.query.append(QueryItem("after", last)) }
            let page = try await elements(call, dropping: dropping)
            let new = page.filter { seen.insert($0["id"]?.string ?? "").inserted }
            found += new
            // No version cuts a page of 1,000 to fewer than ten (the smallest
            // default page, an agent's tools), so a shorter one is the whole.
            if page.count < min(10, limit) { return found }
            if new.isEmpty {
                if page.count >= limit { throw repeated(call, page.count) }
                return found
            }
        }
    }

    /// The elements of one answer: an array, or the first array in an object.
    func elements(_ call: Call, dropping: [JSONPath] = []) async throws -> [JSONValue] {
        let found = try await stream(call, paths: ["$[*]"], dropping: dropping) {
            try JSONDocument($0.bytes).root
        }
        let root = try document(found.rest, in: call)
        if root.kind == .array { return found.items }
        if let list = root.members.first(where: { $0.value.kind == .array })?.value.elements { return list }
        throw errors.notUnderstood(call, "its answer is no list")
    }

    private func repeated(_ call: Call, _ count: Int) -> Failure {
        errors.make(
            .pageRepeated, call, "the server sent the same \(count) entries again when asked for the next",
            "report this with the server's version; nothing was written")
    }
}

extension JSONValue {
    /// The strings of an array member.
    func strings(_ key: String) -> [String] { self[key]?.elements.compactMap(\.string) ?? [] }
}
