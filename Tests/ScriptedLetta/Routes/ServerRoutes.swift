import LosslessJSON

extension RouteTable {
    static let serverRoutes: [Route] = [
        Route(
            "GET", "/v1/health/",
            { _, call in .json(["version": .string(call.profile.version), "status": "ok"]) }),
        Route(
            "GET", "/openapi.json", if: { $0.hasOpenAPI },
            { _, call in .json(OpenAPIText.make(call.profile)) }),
        Route("GET", "/v1/models/", { world, _ in .json(.array(world.models)) }),
        Route("GET", "/v1/models/embedding", { world, _ in .json(.array(world.embeddingModels)) }),
    ]
}

/// Enough of the OpenAPI document to tell abilities by.
enum OpenAPIText {
    static func make(_ profile: VersionProfile) -> JSONNode {
        var paths: JSONNode = [:]
        for route in RouteTable.all where route.isThere(profile) && route.path != "/openapi.json" {
            var operations = paths[route.path] ?? [:]
            operations[route.method.lowercased()] = operation(route, profile)
            paths[route.path] = operations
        }
        return [
            "openapi": "3.1.0", "info": ["title": "Letta API", "version": .string(profile.version)],
            "paths": paths,
            "components": ["schemas": schemas(profile)],
        ]
    }

    private static func operation(_ route: Route, _ profile: VersionProfile) -> JSONNode {
        let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
            $0.dropFirst().dropLast()
        }
        var operation: JSONNode = [
            "parameters": .array(
                inPath.map { parameter(String($0), "path") }
                    + query(route, profile).map { parameter($0, "query") }),
            "responses": ["200": ["description": "Successful Response"]],
        ]
        switch route.name {
        case "POST /v1/agents/import":
            operation["requestBody"] = body("multipart/form-data", "Body_import_agent")
        case "PATCH /v1/agents/{}": operation["requestBody"] = body("application/json", "UpdateAgent")
        case "POST /v1/agents/": operation["requestBody"] = body("application/json", "CreateAgentRequest")
        default: break
        }
        return operation
    }

    private static func parameter(_ name: String, _ place: String) -> JSONNode {
        [
            "name": .string(name), "in": .string(place), "required": .bool(place == "path"),
            "schema": ["type": "string"],
        ]
    }

    private static func body(_ type: String, _ schema: String) -> JSONNode {
        let reference: JSONNode = ["$ref": .string("#/components/schemas/\(schema)")]
        return ["required": true, "content": .object([JSONMember(key: type, value: ["schema": reference])])]
    }

    private static func query(_ route: Route, _ profile: VersionProfile) -> [String] {
        let paging = ["before", "after", "limit"] + (profile.ordersListing ? ["order", "order_by"] : [])
        switch route.name {
        case "GET /v1/agents/{}/messages":
            return paging + ["group_id"] + (profile.hasConversations ? ["conversation_id"] : [])
                + ["use_assistant_message", "assistant_message_tool_name", "assistant_message_tool_kwarg"]
        case "GET /v1/agents/{}/archival-memory": return ["after", "before", "limit", "search", "ascending"]
        case "GET /v1/agents/{}/archival-memory/search": return ["query", "tags", "top_k"]
        case "GET /v1/agents/": return paging + ["name", "tags", "query_text", "identity_id", "project_id"]
        case "GET /v1/agents/{}/export":
            return ["max_steps", "use_legacy_format", "conversation_id", "scrub_messages"]
        default:
            return route.method == "GET" && route.path.hasSuffix("s/")
                ? paging + ["name", "tags", "agent_id"] : []
        }
    }

    private static func schemas(_ profile: VersionProfile) -> JSONNode {
        [
            "Body_import_agent": object(profile.importFields),
            "UpdateAgent": object(AgentPatch.keys),
            "CreateAgentRequest": object(
                AgentPatch.keys + ["agent_type", "memory_blocks", "initial_message_sequence"]),
            "letta__schemas__agent_file__ToolSchema": closed(profile.toolKeys),
            "AgentType": ["type": "string", "enum": .strings(profile.agentTypes)],
        ]
    }

    private static func object(_ keys: [String]) -> JSONNode {
        [
            "type": "object",
            "properties": .object(keys.map { JSONMember(key: $0, value: ["title": .string($0)]) }),
        ]
    }

    private static func closed(_ keys: [String]) -> JSONNode {
        var schema = object(keys)
        schema["additionalProperties"] = false
        return schema
    }
}
