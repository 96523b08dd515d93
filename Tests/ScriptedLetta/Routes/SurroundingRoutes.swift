import LosslessJSON

extension RouteTable {
    static let surroundingRoutes: [Route] = [
        Route("GET", "/v1/identities/") { world, call in
            var found = world.identities.all
            if let key = call.query["identifier_key"] {
                found.removeAll { $0.json["identifier_key"]?.string != key }
            }
            return .json(.array(try found.page(call, limit: 50) { $0.id }.map(\.json)))
        },
        Route("GET", "/v1/identities/{identity_id}") { world, call in
            .json(try found(world.identities, call, "Identity"))
        },
        Route("POST", "/v1/identities/", IdentityRoutes.create),
        Route("DELETE", "/v1/identities/{identity_id}") { world, call in
            let gone = try found(world.identities, call, "Identity")
            world.identities[call.parameters[0]] = nil
            return .json(gone)
        },
        Route("GET", "/v1/folders/") { world, call in
            .json(
                .array(try world.folders.all.page(call, limit: 50, newestFirst: false) { $0.id }.map(\.json)))
        },
        Route("GET", "/v1/agents/{agent_id}/folders") { world, call in
            let shown = world
            let folders = try world.agent(call).sourceIDs.compactMap { shown.folders[$0] }
            return .json(.array(try folders.page(call, limit: 100) { $0.id }.map(\.json)))
        },
        Route("GET", "/v1/folders/{folder_id}/files") { world, call in
            let folder = try found(world.folders, call, "Source")
            let files = (folder["files"]?.strings ?? []).enumerated().map { number, name -> JSONNode in
                [
                    "id": .string("file-\(number)"), "source_id": folder["id"] ?? .null,
                    "file_name": .string(name),
                    "original_file_name": .string(name), "file_type": "text/plain",
                    "processing_status": "completed",
                ]
            }
            return .json(.array(files))
        },
        Route("GET", "/v1/groups/") { world, call in
            .json(
                .array(try world.groups.all.page(call, limit: 50, newestFirst: false) { $0.id }.map(\.json)))
        },
        Route("GET", "/v1/agents/{agent_id}/groups") { world, call in
            let agent = try world.agent(call).id
            let groups = world.groups.all.filter {
                $0.json["manager_agent_id"]?.string == agent
                    || $0.json["agent_ids"]?.strings.contains(agent) == true
            }
            return .json(.array(groups.map(\.json)))
        },
        Route("GET", "/v1/mcp-servers/", if: { $0.hasConversations }) { world, _ in
            .json(.array(world.mcpServers.all.map(\.json)))
        },
        Route("GET", "/v1/sandbox-config/") { _, _ in .json([]) },
        Route("GET", "/v1/runs/") { world, call in
            var runs = world.runs.all.filter { run in
                call.query["agent_id"].map { run.json["agent_id"]?.string == $0 } ?? true
            }
            if call.query.isTrue("active", else: false) {
                runs.removeAll { !["created", "running"].contains($0.json["status"]?.string) }
            }
            return .json(.array(try runs.page(call, limit: 100) { $0.id }.map(\.json)))
        },
        Route("GET", "/v1/jobs/") { _, _ in .json([]) },
        Route("GET", "/v1/conversations/", if: { $0.hasConversations }) { world, call in
            var all = world.conversations.all
            if let agent = call.query["agent_id"] { all.removeAll { $0.agentID != agent } }
            let shown = world
            return .json(
                .array(
                    try all.page(call, limit: 50) { $0.id }.map {
                        shown.shape(of: $0, isListed: true)
                    }))
        },
        Route("GET", "/v1/conversations/{conversation_id}", if: { $0.hasConversations }) { world, call in
            .json(world.shape(of: try world.conversation(call)))
        },
        Route("PATCH", "/v1/conversations/{conversation_id}", if: { $0.hasConversations }) { world, call in
            let id = try world.conversation(call).id
            for member in try call.json().members ?? [] where !member.value.isNull {
                if member.key == "summary" {
                    world.conversations[id]?.summary = member.value.string
                } else if ["model", "model_settings", "last_message_at"].contains(member.key) {
                    world.conversations[id]?.settings[member.key] = member.value
                }
            }
            return .json(world.shape(of: try world.conversation(call)))
        },
        Route(
            "POST", "/v1/conversations/{conversation_id}/fork", if: { $0.forksConversations },
            forkDefault),
        Route("DELETE", "/v1/conversations/{conversation_id}", if: { $0.hasConversations }) { world, call in
            let gone = try world.conversation(call)
            world.conversations[gone.id] = nil
            return .json(nil)
        },
        Route(
            "GET", "/v1/conversations/{conversation_id}/messages", if: { $0.hasConversations },
            conversationMessages),
    ]

    /// Of the default thread alone: all in its context but the first row, and a
    /// system row that is compiled for the fork.
    private static func forkDefault(_ world: inout World, _ call: Call) throws -> Answer {
        guard let id = call.query["agent_id"], let agent = world.agents[id] else {
            throw World.notFound("Agent", call.query["agent_id"] ?? "")
        }
        let fork = world.addConversation(to: id, summary: nil, rows: 1)
        world.conversations[fork]?.rowIDs += agent.messageIDs.dropFirst()
        guard let made = world.conversations[fork] else { throw World.notFound("Conversation", fork) }
        return .json(world.shape(of: made, isListed: true))
    }

    private static func found(_ shelf: Shelf<ScriptedThing>, _ call: Call, _ what: String) throws -> JSONNode
    {
        guard let thing = shelf[call.parameters[0]] else { throw World.notFound(what, call.parameters[0]) }
        return thing.json
    }

    /// By position; unlike an agent's, a descending page really descends, and
    /// an unknown cursor begins again.
    private static func conversationMessages(_ world: inout World, _ call: Call) throws -> Answer {
        guard let conversation = world.conversations[call.parameters[0]] else { return .json([]) }
        let shown = world
        let page = try conversation.rowIDs.page(call, limit: 100) { $0 }
        let items = try page.compactMap { shown.owner(of: $0) }.flatMap { owner in
            try owner.agent.history[owner.place].items(ListingStyle())
        }
        return .json(.array(items))
    }
}

/// What the real server makes of a new identity.
enum IdentityRoutes {
    static func create(_ world: inout World, _ call: Call) throws -> Answer {
        let wish = try call.json()
        guard let key = wish.given("identifier_key")?.string, let name = wish.given("name")?.string else {
            throw Refused(
                .json(
                    ["trace_id": "", "detail": "[{'type': 'missing', 'loc': ('body', 'name')}]"], status: 422)
            )
        }
        guard !world.identities.all.contains(where: { $0.json["identifier_key"]?.string == key }) else {
            throw Refused(409, "An identity with this identifier key already exists.")
        }
        let id = world.addIdentity(key: key, name: name)
        for member in ["identity_type", "properties"] {
            if let value = wish.given(member) { world.identities[id]?.json[member] = value }
        }
        return .json(world.identities[id]?.json ?? .null)
    }
}

extension World {
    fileprivate func conversation(_ call: Call) throws -> ScriptedConversation {
        guard let found = conversations[call.parameters[0]] else {
            throw World.notFound("Conversation", call.parameters[0])
        }
        return found
    }
}
