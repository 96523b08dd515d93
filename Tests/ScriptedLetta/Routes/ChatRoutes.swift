import LosslessJSON

extension RouteTable {
    static let chatRoutes: [Route] = [
        Route("POST", "/v1/agents/{agent_id}/messages", ChatRoute.run),
        Route("POST", "/v1/agents/{agent_id}/messages/stream", ChatRoute.stream),
    ]
}

extension World {
    /// The request for approval at the end of the context.
    fileprivate func pending(in agent: ScriptedAgent) -> StoredRow? {
        guard let last = agent.messageIDs.last, let owner = owner(of: last) else { return nil }
        let row = owner.agent.history[owner.place]
        let calls = row.body["tool_calls"]?.elements ?? []
        return row.role == "approval" && !calls.isEmpty ? row : nil
    }
}

/// A model that always answers the same: it repeats what it was told, and
/// calls a tool where it is told `call NAME`.
enum ChatRoute {
    static func run(_ world: inout World, _ call: Call) throws -> Answer {
        let agent = try world.agent(call)
        let wish = try call.json()
        let words = wish.given("input")?.string ?? text(wish["messages"]?.elements.last?["content"])
        guard let first = agent.messageIDs.first, let owner = world.owner(of: first),
            owner.agent.history[owner.place].role == "system"
        else { throw Refused(500, "An unknown error occurred") }
        if let approvals = wish["messages"]?.elements.first?["approvals"]?.elements {
            return try answer(approvals, of: agent, &world)
        }
        if let pending = world.pending(in: agent) {
            throw Refused(
                .json(
                    ["detail": ["code": "PENDING_APPROVAL", "pending_request_id": .string(pending.id)]],
                    status: 409))
        }
        world.modelRequests += 1
        var rows = [World.userRow(words, at: world.tick().text)]
        if let tool = words.split(separator: " ").drop(while: { $0 != "call" }).dropFirst().first {
            rows += toolTurn(String(tool), &world)
            world.modelRequests += 1
        }
        var reply = World.userRow("You said: \(words)", at: world.tick().text)
        reply["role"] = "assistant"
        reply["model"] = "gpt-4o-mini"
        rows.append(reply)
        let ids = rows.map { world.append($0, to: agent.id) }
        world.agents[agent.id]?.messageIDs += ids
        let shown = world
        let items = try ids.dropFirst().flatMap { id -> [JSONNode] in
            guard let owner = shown.owner(of: id) else { return [] }
            return try owner.agent.history[owner.place].items(ListingStyle(call, agent))
        }
        return .json([
            "messages": .array(items),
            "stop_reason": ["message_type": "stop_reason", "stop_reason": "end_turn"],
            "usage": [
                "message_type": "usage_statistics", "completion_tokens": 7, "prompt_tokens": 40,
                "step_count": 1,
            ],
            "logprobs": nil, "turns": nil,
        ])
    }

    /// A denial: its row, a return that says so, and the model's word on it.
    private static func answer(
        _ approvals: [JSONNode], of agent: ScriptedAgent, _ world: inout World
    ) throws -> Answer {
        let calls = approvals.compactMap { $0["tool_call_id"]?.string }
        let asked = world.pending(in: agent)?.body["tool_calls"]?.elements.compactMap { $0["id"]?.string }
        guard asked == calls else { throw Refused(400, "Invalid tool call IDs.") }
        world.modelRequests += 1
        var decision = World.userRow("", at: world.tick().text)
        decision["role"] = "approval"
        decision["content"] = []
        decision["approvals"] = .array(approvals)
        let packed = "{\"status\": \"Failed\", \"message\": \"denied\"}"
        var returned = World.userRow(packed, at: world.tick().text)
        returned["role"] = "tool"
        returned["tool_call_id"] = calls.first.map { .string($0) } ?? .null
        returned["tool_returns"] = .array(
            calls.map { call in
                [
                    "tool_call_id": .string(call), "status": "error", "stdout": nil, "stderr": nil,
                    "func_response": .string(packed),
                ]
            })
        var reply = World.userRow("Very well.", at: world.tick().text)
        reply["role"] = "assistant"
        let ids = [decision, returned, reply].map { world.append($0, to: agent.id) }
        world.agents[agent.id]?.messageIDs += ids
        return .json(["messages": [], "stop_reason": ["stop_reason": "end_turn"]])
    }

    /// Ten words, an eighth of a second apart, as a model makes them; nothing
    /// of it becomes history.
    static func stream(_ world: inout World, _ call: Call) throws -> Answer {
        _ = try world.agent(call)
        world.modelRequests += 1
        return Answer(
            200, contentType: "text/event-stream",
            .stream { emit in
                guard emit(event(#"{"message_type":"ping"}"#)) else { return }
                for word in 1...10 {
                    pause(milliseconds: 125)
                    guard emit(event(#"{"message_type":"assistant_message","content":"\#(word) "}"#)) else {
                        return
                    }
                }
                _ = emit(event("[DONE]"))
            })
    }

    private static func event(_ text: String) -> [UInt8] { Array("data: \(text)\n\n".utf8) }

    private static func text(_ content: JSONNode?) -> String {
        content?.string ?? content?.elements.first?["text"]?.string ?? ""
    }

    private static func toolTurn(_ tool: String, _ world: inout World) -> [JSONNode] {
        let id = "call_\(world.dice.uuid().prefix(8))"
        var asking = World.userRow("", at: world.tick().text)
        asking["role"] = "assistant"
        asking["content"] = []
        asking["tool_calls"] = [
            ["id": .string(id), "function": ["name": .string(tool), "arguments": "{}"], "type": "function"]
        ]
        let packed = "{\"status\": \"OK\", \"message\": \"\(tool) did it\"}"
        var answer = World.userRow(packed, at: world.tick().text)
        answer["role"] = "tool"
        answer["name"] = .string(tool)
        answer["tool_call_id"] = .string(id)
        answer["tool_returns"] = [
            [
                "tool_call_id": .string(id), "status": "success", "stdout": nil, "stderr": nil,
                "func_response": .string(packed),
            ]
        ]
        return [asking, answer]
    }
}
