import Home
import LosslessJSON

/// The abilities that an OpenAPI document tells of.
struct OpenAPI {
    private let root: JSONValue
    private let version: String

    init(_ root: JSONValue, version: String) {
        self.root = root
        self.version = version
    }

    func abilities() -> Abilities {
        let routes = routes()
        let normalized = Set(routes.map(Route.withoutNames))
        let listing = parameters("/v1/agents/{}/messages", "get")
        let patch = body("/v1/agents/{}", "patch")
        return Abilities(
            version: version, versionIsTried: VersionTable.tried.contains(version),
            ordersListing: listing.contains("order"), separatesThreads: listing.contains("conversation_id"),
            listsConversations: normalized.contains("GET /v1/conversations/"),
            readsNative: patch.contains("message_ids") && listing.contains("order"),
            insertsPassagesInBatches: normalized.contains("POST /v1/archives/{}/passages/batch"),
            searchesPassages: normalized.contains("GET /v1/agents/{}/archival-memory/search"),
            attachesArchives: normalized.contains("PATCH /v1/agents/{}/archives/attach/{}"),
            makesIdentities: normalized.contains("GET /v1/identities/")
                && normalized.contains("POST /v1/identities/"),
            forksConversations: normalized.contains("POST /v1/conversations/{}/fork"),
            importFields: body("/v1/agents/import", "post"), toolKeys: toolKeys(), agentTypes: agentTypes(),
            routes: routes)
    }

    private static let methods: Set<String> = ["get", "post", "put", "patch", "delete"]

    private func routes() -> Set<String> {
        var routes: Set<String> = []
        for (path, operations) in root["paths"]?.members ?? [] {
            for (method, _) in operations.members where OpenAPI.methods.contains(method) {
                routes.insert("\(method.uppercased()) \(path)")
            }
        }
        return routes
    }

    private func operation(_ template: String, _ method: String) -> JSONValue? {
        root["paths"]?.members.first { Route.withoutNames($0.key) == template }?.value[method]
    }

    /// Names of the query parameters.
    private func parameters(_ template: String, _ method: String) -> Set<String> {
        let all = operation(template, method)?["parameters"]?.elements ?? []
        return Set(all.filter { $0["in"]?.string == "query" }.compactMap { $0["name"]?.string })
    }

    /// Names of the members of the request's body, JSON or form.
    private func body(_ template: String, _ method: String) -> Set<String> {
        let content = operation(template, method)?["requestBody"]?["content"]?.members ?? []
        return content.reduce(into: []) { $0.formUnion(properties(of: $1.value["schema"])) }
    }

    private func properties(of schema: JSONValue?, depth: Int = 0) -> Set<String> {
        guard let schema, depth < 8 else { return [] }
        if let name = schema["$ref"]?.string?.split(separator: "/").last {
            return properties(of: root["components"]?["schemas"]?[String(name)], depth: depth + 1)
        }
        let combined = ["allOf", "anyOf", "oneOf"].flatMap { schema[$0]?.elements ?? [] }
        let own = Set((schema["properties"]?.members ?? []).map(\.key))
        return combined.reduce(into: own) { $0.formUnion(properties(of: $1, depth: depth + 1)) }
    }

    /// The keys of a tool of an agent file, where others are forbidden.
    private func toolKeys() -> Set<String>? {
        let schemas = root["components"]?["schemas"]
        guard let schema = schemas?["letta__schemas__agent_file__ToolSchema"] ?? schemas?["ToolSchema"],
            schema["additionalProperties"]?.bool == false
        else { return nil }
        return properties(of: schema)
    }

    private func agentTypes() -> Set<String>? {
        guard let names = root["components"]?["schemas"]?["AgentType"]?["enum"]?.elements else { return nil }
        return Set(names.compactMap(\.string))
    }
}
