/// The tool that a live check has the model call.
struct LiveTool: Equatable, Sendable {
    let name: String
    /// A JSON object.
    let arguments: String
    /// The agent does not have it; its temporary copy is given it.
    var isLent = false

    /// Of Letta's own tools those that only look.
    private static let searches = ["conversation_search", "archival_memory_search"].map {
        LiveTool(name: $0, arguments: #"{"query": "hello"}"#)
    }

    /// - Parameter attached: names of the agent's tools.
    static func base(among attached: Set<String>) -> LiveTool {
        if let own = searches.first(where: { attached.contains($0.name) }) { return own }
        var lent = searches[0]
        lent.isLent = true
        return lent
    }
}
