import LosslessJSON

extension RouteTable {
    static let blockRoutes: [Route] = [
        Route("GET", "/v1/agents/{agent_id}/core-memory/blocks") { world, call in
            let id = try call.checkedID("agent")
            guard let agent = world.agents[id] else { throw World.notFound("Agent", id) }
            let shown = world
            let page = try world.order(agent.blockIDs).compactMap { shown.blocks[$0] }.page(call, limit: 100)
            { $0.id }
            return .json(.array(page.map { shown.embeddedShape(of: $0) }))
        },
        Route("PATCH", "/v1/agents/{agent_id}/core-memory/blocks/attach/{block_id}") { world, call in
            let agent = try world.agent(call)
            let block = try world.block(call, 1)
            if !agent.blockIDs.contains(block.id) {
                guard !agent.blockIDs.contains(where: { world.blocks[$0]?.label == block.label }) else {
                    throw Refused(409, "Block with label '\(block.label)' already exists for agent")
                }
                world.agents[agent.id]?.blockIDs.append(block.id)
            }
            return .json(world.shape(of: try world.agent(call)))
        },
        Route("PATCH", "/v1/agents/{agent_id}/core-memory/blocks/detach/{block_id}") { world, call in
            let agent = try world.agent(call)
            guard agent.blockIDs.contains(call.parameters[1]) else {
                throw Refused(404, "Block with id '\(call.parameters[1])' not found on agent")
            }
            world.agents[agent.id]?.blockIDs.removeAll { $0 == call.parameters[1] }
            return .json(world.shape(of: try world.agent(call)))
        },
        Route("GET", "/v1/blocks/") { world, call in
            var found = world.blocks.all
            let tags = call.query.all("tags")
            if !tags.isEmpty { found.removeAll { block in !tags.contains(where: block.tags.contains) } }
            if let label = call.query["label"] { found.removeAll { $0.label != label } }
            let shown = world
            let page = try found.page(call, limit: 50, newestFirst: false) { $0.id }
            return .json(.array(page.map { shown.shape(of: $0) }))
        },
        Route("POST", "/v1/blocks/") { world, call in
            let wish = try call.json()
            guard let label = wish["label"]?.string, let value = wish["value"]?.string else {
                throw Refused(
                    .json(
                        ["trace_id": "", "detail": "[{'type': 'missing', 'loc': ('body', 'value')}]"],
                        status: 422))
            }
            let block = world.makeBlock(label, value, wish)
            return .json(world.shape(of: block))
        },
        Route("GET", "/v1/blocks/{block_id}") { world, call in
            .json(world.shape(of: try world.block(call, 0)))
        },
        Route("PATCH", "/v1/blocks/{block_id}") { world, call in
            var block = try world.block(call, 0)
            World.apply(try call.json(), to: &block)
            world.blocks[block.id] = block
            return .json(world.shape(of: block))
        },
        Route("DELETE", "/v1/blocks/{block_id}") { world, call in
            let block = try world.block(call, 0)
            world.blocks[block.id] = nil
            for agent in world.agents.all where agent.blockIDs.contains(block.id) {
                world.agents[agent.id]?.blockIDs.removeAll { $0 == block.id }
            }
            return .json(world.shape(of: block))
        },
        Route("GET", "/v1/blocks/{block_id}/agents") { world, call in
            let block = try world.block(call, 0)
            let shown = world
            let page = try world.agents.all.filter { $0.blockIDs.contains(block.id) }.page(call, limit: 50) {
                $0.id
            }
            return .json(.array(page.map { shown.shape(of: $0) }))
        },
    ]
}

extension World {
    fileprivate func block(_ call: Call, _ place: Int) throws -> ScriptedBlock {
        let id = try call.checkedID("block", place)
        guard let block = blocks[id] else { throw Refused(404, "Block with id '\(id)' not found") }
        return block
    }

    mutating func makeBlock(_ label: String, _ value: String, _ wish: JSONNode) -> ScriptedBlock {
        var block = ScriptedBlock(id: mint("block"), tags: [], fields: Stock.block(label, value))
        World.apply(wish, to: &block)
        blocks[block.id] = block
        return block
    }

    fileprivate static func apply(_ wish: JSONNode, to block: inout ScriptedBlock) {
        for member in wish.members ?? [] where !member.value.isNull && block.fields[member.key] != nil {
            block.fields[member.key] = member.value
        }
        if let tags = wish.given("tags")?.strings { block.tags = tags }
    }
}
