import LosslessJSON

extension RouteTable {
    static let toolRoutes: [Route] = [
        Route("GET", "/v1/agents/{agent_id}/tools") { world, call in
            let agent = try world.agent(call)
            let shown = world
            let page = try agent.toolIDs.compactMap { shown.tools[$0] }.page(call, limit: 10) { $0.id }
            return .json(.array(page.map(\.json)))
        },
        Route("PATCH", "/v1/agents/{agent_id}/tools/attach/{tool_id}") { world, call in
            let agent = try world.agent(call)
            let tool = try world.tool(call, 1)
            if !agent.toolIDs.contains(tool.id) { world.agents[agent.id]?.toolIDs.append(tool.id) }
            return .json(world.shape(of: try world.agent(call)))
        },
        Route("PATCH", "/v1/agents/{agent_id}/tools/detach/{tool_id}") { world, call in
            let agent = try world.agent(call)
            world.agents[agent.id]?.toolIDs.removeAll { $0 == call.parameters[1] }
            return .json(world.shape(of: try world.agent(call)))
        },
        // Tags are no filter here.
        Route("GET", "/v1/tools/") { world, call in
            var found = world.tools.all
            if let name = call.query["name"] { found.removeAll { $0.name != name } }
            let names = call.query.all("names")
            if !names.isEmpty { found.removeAll { !names.contains($0.name) } }
            return .json(.array(try found.page(call, limit: 50) { $0.id }.map(\.json)))
        },
        Route("POST", "/v1/tools/", upsertTool),
        Route("PUT", "/v1/tools/", upsertTool),
        Route("GET", "/v1/tools/{tool_id}") { world, call in .json(try world.tool(call, 0).json) },
        Route("PATCH", "/v1/tools/{tool_id}") { world, call in
            var tool = try world.tool(call, 0)
            for member in try call.json().members ?? [] where tool.json[member.key] != nil {
                tool.json[member.key] = member.value
            }
            world.tools[tool.id] = tool
            return .json(tool.json)
        },
        Route("DELETE", "/v1/tools/{tool_id}") { world, call in
            let tool = try world.tool(call, 0)
            world.tools[tool.id] = nil
            for agent in world.agents.all { world.agents[agent.id]?.toolIDs.removeAll { $0 == tool.id } }
            return .json(nil)
        },
    ]

    /// By the name of the function: a second POST changes the first one's tool.
    private static func upsertTool(_ world: inout World, _ call: Call) throws -> Answer {
        let wish = try call.json()
        guard let source = wish["source_code"]?.string, let name = functionName(source) else {
            throw Refused(400, "Tool source code must define a function")
        }
        var json = Stock.tool(name, source: source)
        for member in wish.members ?? [] where json[member.key] != nil { json[member.key] = member.value }
        return .json(world.upsertTool(json, overriding: true).json)
    }

    private static func functionName(_ source: String) -> String? {
        guard let line = source.split(separator: "\n").first(where: { $0.hasPrefix("def ") }) else {
            return nil
        }
        return line.dropFirst(4).split(separator: "(").first.map(String.init)
    }
}

extension World {
    fileprivate func tool(_ call: Call, _ place: Int) throws -> ScriptedTool {
        let id = try call.checkedID("tool", place)
        guard let tool = tools[id] else { throw World.notFound("Tool", id) }
        return tool
    }

    mutating func upsertTool(_ json: JSONNode, overriding: Bool) -> ScriptedTool {
        if var known = tool(named: json["name"]?.string ?? "") {
            guard overriding, known.type == "custom" else { return known }
            known.json = json
            known.json["id"] = .string(known.id)
            tools[known.id] = known
            return known
        }
        let id = addTool(json)
        return tools[id] ?? ScriptedTool(id: id, json: json)
    }
}
