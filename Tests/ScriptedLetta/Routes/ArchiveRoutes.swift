import LosslessJSON

extension RouteTable {
    static let archiveRoutes: [Route] = [
        Route("GET", "/v1/archives/", if: { $0.hasArchives }) { world, call in
            var found = world.archives.all
            if let agent = call.query["agent_id"] {
                found.removeAll { $0.id != world.agents[agent]?.archiveID }
            }
            if let name = call.query["name"] { found.removeAll { $0.name != name } }
            let shown = world
            return .json(.array(try found.page(call, limit: 50) { $0.id }.map { shown.shape(of: $0) }))
        },
        Route("POST", "/v1/archives/", if: { $0.hasArchives }) { world, call in
            let wish = try call.json()
            var embedding: JSONNode?
            if let handle = wish.given("embedding")?.string {
                guard let config = world.embeddingConfig(handle) else {
                    throw Refused(400, "INVALID_ARGUMENT: Embedding model \(handle) not found")
                }
                embedding = config
            }
            let id = world.addArchive(
                name: wish["name"]?.string ?? "", summary: wish.given("description")?.string,
                embedding: embedding)
            return .json(world.archives[id].map { world.shape(of: $0) } ?? .null)
        },
        Route("GET", "/v1/archives/{archive_id}", if: { $0.hasArchives }) { world, call in
            .json(world.shape(of: try world.archive(call, 0)))
        },
        Route("PATCH", "/v1/archives/{archive_id}", if: { $0.hasArchives }) { world, call in
            var archive = try world.archive(call, 0)
            let wish = try call.json()
            archive.name = wish.given("name")?.string ?? archive.name
            archive.summary = wish.given("description")?.string ?? archive.summary
            world.archives[archive.id] = archive
            return .json(world.shape(of: archive))
        },
        Route("DELETE", "/v1/archives/{archive_id}", if: { $0.hasArchives }) { world, call in
            let archive = try world.archive(call, 0)
            for passage in world.passages(of: archive.id) { world.passages[passage.id] = nil }
            world.archives[archive.id] = nil
            for agent in world.agents.all where agent.archiveID == archive.id {
                world.agents[agent.id]?.archiveID = nil
            }
            return Answer(204, .bytes([]))
        },
        Route("GET", "/v1/archives/{archive_id}/agents", if: { $0.hasArchives }) { world, call in
            let archive = try world.archive(call, 0)
            let shown = world
            let page = try world.agents.all.filter { $0.archiveID == archive.id }.page(call, limit: 50) {
                $0.id
            }
            return .json(.array(page.map { shown.shape(of: $0) }))
        },
        Route("PATCH", "/v1/agents/{agent_id}/archives/attach/{archive_id}", if: { $0.hasArchives }) {
            world, call in
            let agent = try world.agent(call)
            let archive = try world.archive(call, 1)
            if let other = agent.archiveID, other != archive.id {
                throw Refused(409, "duplicate key value violates unique constraint \"unique_agent_archive\"")
            }
            world.agents[agent.id]?.archiveID = archive.id
            return .json(nil)
        },
        Route("PATCH", "/v1/agents/{agent_id}/archives/detach/{archive_id}", if: { $0.hasArchives }) {
            world, call in
            let agent = try world.agent(call)
            world.agents[agent.id]?.archiveID = nil
            return .json(nil)
        },
        Route("POST", "/v1/archives/{archive_id}/passages", if: { $0.hasArchives }) { world, call in
            let archive = try world.archive(call, 0)
            let made = try world.insert([try call.json()], into: archive)
            return .json(world.shape(of: made[0], created: made[0].createdAsSent))
        },
        Route("POST", "/v1/archives/{archive_id}/passages/batch", if: { $0.hasPassageBatches }) {
            world, call in
            let archive = try world.archive(call, 0)
            let made = try world.insert(try call.json()["passages"]?.elements ?? [], into: archive)
            // The answer echoes what was sent, ascending by time.
            let shown = world
            return .json(
                .array(
                    made.sorted { $0.created < $1.created }.map {
                        shown.shape(of: $0, created: $0.createdAsSent)
                    }))
        },
    ]
}

extension World {
    fileprivate func archive(_ call: Call, _ place: Int) throws -> ScriptedArchive {
        let id = try call.checkedID("archive", place)
        guard let archive = archives[id] else { throw World.notFound("Archive", id) }
        return archive
    }

    /// Unless the batch ascends strictly by time, tags end up at the wrong
    /// passages: the server indexes them by position.
    fileprivate mutating func insert(
        _ wishes: [JSONNode], into archive: ScriptedArchive
    ) throws -> [ScriptedPassage] {
        let drafts = try wishes.map {
            wish -> (text: String, tags: [String], metadata: JSONNode, sent: String, at: Moment) in
            guard let text = wish["text"]?.string else {
                throw Refused(
                    .json(
                        ["trace_id": "", "detail": "[{'type': 'missing', 'loc': ('body', 'text')}]"],
                        status: 422))
            }
            let sent = wish.given("created_at")?.string ?? tick().text
            guard let at = Moment(sent) else { throw Refused(400, "Invalid isoformat string: '\(sent)'") }
            let tags = PassageRoutes.unique(wish.given("tags")?.strings ?? [])
            return (text, tags, wish.given("metadata") ?? [:], sent, at)
        }
        let sorted = drafts.sorted { $0.at < $1.at }
        let isAscending = zip(drafts, drafts.dropFirst()).allSatisfy { $0.at < $1.at }
        let made = sorted.enumerated().map { number, draft in
            add(
                passage: draft.text, tags: isAscending ? draft.tags : drafts[number].tags,
                metadata: draft.metadata,
                created: draft.at, asSent: draft.sent, to: archive.id)
        }
        let spoils = wishes.contains { wish in
            wish["tags"]?.strings.contains { $0.contains("\u{0}") } == true
                || wish["metadata"]?.members?.contains {
                    $0.value.isNumber && $0.value.int == nil && !$0.value.text().contains(".")
                } == true
        }
        // All of them are stored all the same.
        if spoils { throw Refused(500, "An unknown error occurred") }
        return made
    }
}
