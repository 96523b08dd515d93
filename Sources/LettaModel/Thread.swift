/// One flow of messages of an agent.
public enum Thread: Sendable, Hashable {
    /// The default thread (`conversation_id=default` where the server has
    /// that; else the whole flow).
    case main
    case conversation(String)

    /// `main`, or the conversation's id; how files and reports name it.
    public var key: String {
        switch self {
        case .main: "main"
        case .conversation(let id): id
        }
    }

    /// Reads what `key` wrote.
    public init(key: String) {
        self = key == "main" ? .main : .conversation(key)
    }
}
