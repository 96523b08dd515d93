/// One flow of messages of an agent.
public enum Thread: Sendable, Hashable {
    /// The default thread: the agent's whole flow without the rows that were
    /// written in a conversation. (`conversation_id=default` is less: 0.16.8
    /// leaves out every row that a conversation was ever forked from.)
    case main
    /// The rows that were written in a conversation, and not those that it
    /// shares with the thread it was forked from.
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
