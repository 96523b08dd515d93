import LosslessJSON

extension RouteTable {
    static let passageRoutes: [Route] = [
        Route("GET", "/v1/agents/{agent_id}/archival-memory", PassageRoutes.list),
        Route("POST", "/v1/agents/{agent_id}/archival-memory", PassageRoutes.insert),
        Route("DELETE", "/v1/agents/{agent_id}/archival-memory/{passage_id}") { world, call in
            guard world.passages[call.parameters[1]] != nil else {
                throw World.notFound("Passage", call.parameters[1])
            }
            world.passages[call.parameters[1]] = nil
            return .json(["message": "Passage deleted"])
        },
        Route(
            "GET", "/v1/agents/{agent_id}/archival-memory/search", if: { $0.searchesPassages },
            PassageRoutes.search),
    ]
}

enum PassageRoutes {
    /// An unknown agent or cursor is an empty list with 200; `ascending=false`
    /// with `after` is as broken as on the real server.
    static func list(_ world: inout World, _ call: Call) throws -> Answer {
        let id = try call.checkedID("agent")
        var found = world.passages(of: world.agents[id]?.archiveID)
        if let words = call.query["search"] { found.removeAll { !$0.text.contains(words) } }
        let isAscending = call.query.isTrue("ascending", else: true)
        if let after = call.query["after"], !after.isEmpty {
            guard let place = found.firstIndex(where: { $0.id == after }) else { return .json([]) }
            found = Array(found[(place + 1)...])
        }
        if let before = call.query["before"], !before.isEmpty {
            guard let place = found.firstIndex(where: { $0.id == before }) else { return .json([]) }
            found = Array(found[..<place])
        }
        let limit = try call.limit(call.profile.defaultPassageLimit ?? Int.max)
        // Newest first; of one instant the lower id first, in both orders.
        let page = isAscending ? found : found.sorted { ($1.created, $0.id) < ($0.created, $1.id) }
        return stream(Array(page.prefix(limit)), world)
    }

    private static func stream(_ page: [ScriptedPassage], _ world: World) -> Answer {
        Answer(
            200,
            .stream { emit in
                var bytes: [UInt8] = [0x5B]
                for (number, passage) in page.enumerated() {
                    if number > 0 { bytes.append(0x2C) }
                    world.shape(of: passage, created: passage.created.zulu).write(into: &bytes)
                    guard bytes.count > 256 << 10 else { continue }
                    guard emit(bytes) else { return }
                    bytes.removeAll(keepingCapacity: true)
                }
                _ = emit(bytes + [0x5D])
            })
    }

    /// No chunking, no comparison with what is there; `metadata` is ignored.
    static func insert(_ world: inout World, _ call: Call) throws -> Answer {
        let agent = try world.agent(call)
        let wish = try call.json()
        guard let text = wish["text"]?.string else { throw Refused(422, "text missing") }
        guard text.utf8.count < 8192 * 5 else { throw Refused(400, "Text exceeds token limit of 8192") }
        guard let archive = world.archive(of: agent.id) else {
            throw Refused(500, "An unknown error occurred")
        }
        let created = wish.given("created_at")?.string.flatMap { Moment($0) } ?? world.tick()
        let passage = world.add(
            passage: text, tags: unique(wish.given("tags")?.strings ?? []), metadata: [:], created: created,
            to: archive)
        return .json([world.shape(of: passage, created: passage.created.zulu)])
    }

    static func unique(_ tags: [String]) -> [String] {
        var seen: Set<String> = []
        return tags.filter { seen.insert($0).inserted }
    }

    /// Without embeddings and metadata, times in the agent's zone.
    static func search(_ world: inout World, _ call: Call) throws -> Answer {
        let agent = try world.agent(call)
        let most = call.query["top_k"].flatMap { Int($0) } ?? 10
        let offset = agent.fields["timezone"]?.string == "Asia/Tokyo" ? 9 : 0
        let found = world.passages(of: agent.archiveID).reversed().prefix(most).map { passage -> JSONNode in
            [
                "id": .string(passage.id), "timestamp": .string(passage.created.shown(offset: offset)),
                "content": .string(passage.text), "tags": .strings(passage.tags),
            ]
        }
        return .json(["results": .array(found), "count": .int(found.count)])
    }
}
