import Home

/// What each version can do, for servers that show no `/openapi.json`.
/// Source: servers 0.11.7, 0.12.1, 0.13.0, 0.15.1, 0.16.2, 0.16.4 and 0.16.8.
enum VersionTable {
    /// Versions that Ferry's own tests ran against.
    static let tried: Set<String> = ["0.11.7", "0.13.0", "0.16.4", "0.16.8"]

    /// Later versions may have changed anything.
    static func covers(_ text: String) -> Bool {
        Version(text) >= Version(0, 11) && Version(text) < Version(0, 17)
    }

    static func abilities(_ text: String) -> Abilities {
        let version = Version(text)
        var fields: Set<String> = ["file", "append_copy_suffix", "override_existing_tools", "project_id"]
        fields.formUnion(["strip_messages", "env_vars_json", "override_embedding_handle"])
        if version >= Version(0, 13) { fields.insert("override_name") }
        if version >= Version(0, 15) { fields.formUnion(["secrets", "name", "embedding"]) }
        if version >= Version(0, 16, 4) { fields.formUnion(["model", "override_model_handle"]) }
        let separatesThreads = version >= Version(0, 16, 2)
        return Abilities(
            version: text, versionIsTried: tried.contains(text), ordersListing: version >= Version(0, 12),
            separatesThreads: separatesThreads, listsConversations: separatesThreads,
            readsNative: version >= Version(0, 12), insertsPassagesInBatches: version >= Version(0, 16, 4),
            searchesPassages: version >= Version(0, 16, 2), attachesArchives: version >= Version(0, 13),
            makesIdentities: version >= Version(0, 12), forksConversations: version >= Version(0, 16, 8),
            importFields: fields, toolKeys: toolKeys(version), agentTypes: nil, routes: routes(version))
    }

    private static func toolKeys(_ version: Version) -> Set<String> {
        var keys: Set<String> = [
            "id", "tool_type", "description", "source_type", "name", "tags", "source_code", "json_schema",
            "args_json_schema", "return_char_limit", "pip_requirements", "npm_requirements",
            "default_requires_approval", "created_by_id", "last_updated_by_id", "metadata_",
        ]
        if version >= Version(0, 13) { keys.insert("enable_parallel_execution") }
        if version >= Version(0, 16, 2) { keys.insert("project_id") }
        return keys
    }

    private static func routes(_ version: Version) -> Set<String> {
        var routes = Set(Probe.reads + Probe.writes)
        routes.formUnion([
            "GET /v1/agents/{}/context", "GET /v1/blocks/{}", "GET /v1/blocks/{}/agents", "GET /v1/tools/",
            "GET /v1/identities/{}", "GET /v1/models/", "GET /v1/models/embedding", "POST /v1/agents/",
            "GET /v1/agents/{}/groups", "GET /v1/sandbox-config/", "GET /v1/agents/{}/folders",
        ])
        if version >= Version(0, 12) { routes.formUnion(["GET /v1/archives/", "POST /v1/archives/"]) }
        if version >= Version(0, 13) { routes.insert("DELETE /v1/archives/{}") }
        if version >= Version(0, 16, 2) {
            routes.formUnion([
                "GET /v1/conversations/", "GET /v1/conversations/{}/messages", "GET /v1/mcp-servers/",
            ])
            routes.formUnion([
                "GET /v1/archives/{}/agents", "GET /v1/messages/{}", "GET /v1/folders/{}/files",
            ])
        }
        return routes
    }
}

/// `major.minor.patch`; what follows is left aside, what is missing is 0.
struct Version: Comparable {
    let parts: [Int]

    init(_ parts: Int...) {
        self.parts = parts + Array(repeating: 0, count: max(0, 3 - parts.count))
    }

    init(_ text: String) {
        let numbers = text.split(separator: ".").prefix(3).map { Int($0.prefix { $0.isNumber }) ?? 0 }
        parts = numbers + Array(repeating: 0, count: max(0, 3 - numbers.count))
    }

    static func < (one: Version, other: Version) -> Bool { one.parts.lexicographicallyPrecedes(other.parts) }
}
