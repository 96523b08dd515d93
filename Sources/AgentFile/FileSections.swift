import LosslessJSON

/// The lists of an agent file, of version 2.
enum FileSections {
    /// Agents, blocks and tools first: only these have ids and rules.
    static let all = [
        "agents", "blocks", "tools", "groups", "files", "sources", "mcp_servers", "skills",
    ]

    /// Besides the agents; an importer refuses a file that lacks one.
    static let required = ["groups", "blocks", "files", "sources", "tools", "mcp_servers"]

    /// Of each of `all`, in its order.
    static let elements = all.map { path($0, "[*]") }

    /// All but these, as a whole.
    static func others(than names: Set<String>) -> [JSONPath] {
        all.filter { !names.contains($0) }.map { path($0, "") }
    }

    private static func path(_ name: String, _ tail: String) -> JSONPath {
        JSONPath(stringLiteral: "$.\(name)\(tail)")
    }
}
