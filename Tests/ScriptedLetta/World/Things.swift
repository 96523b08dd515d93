public import LosslessJSON

/// One agent of the scripted world.
public struct ScriptedAgent: Sendable {
    public let id: String
    public var name: String
    public var agentType: String
    public var tags: [String] = []
    /// The rows in context, in the order that the model sees them; not
    /// checked, as on the real server.
    public var messageIDs: [String] = []
    public var blockIDs: [String] = []
    public var toolIDs: [String] = []
    public var sourceIDs: [String] = []
    public var identityIDs: [String] = []
    public var archiveID: String?
    public var isHidden: Bool?
    public var secrets: [Secret] = []
    /// Everything else of the state, in the server's order.
    public var fields: JSONNode
    public var history = History()
    var created: Moment
    var updated: Moment

    /// A secret with the value that the server shows.
    public struct Secret: Sendable, Equatable {
        public var key: String
        public var value: String
    }
}

/// One core-memory block.
public struct ScriptedBlock: Sendable {
    public let id: String
    public var tags: [String]
    /// As embedded in an agent, without `id` and `tags`.
    public var fields: JSONNode

    public var label: String { fields["label"]?.string ?? "" }
    public var value: String { fields["value"]?.string ?? "" }
}

/// One tool.
public struct ScriptedTool: Sendable {
    public let id: String
    /// The whole answer of `GET /v1/tools/{id}`.
    public var json: JSONNode

    public var name: String { json["name"]?.string ?? "" }
    public var sourceCode: String? { json["source_code"]?.string }
    var type: String { json["tool_type"]?.string ?? "custom" }
}

/// One archive; its passages are the world's.
public struct ScriptedArchive: Sendable {
    public let id: String
    public var name: String
    public var summary: String?
    var embedding: JSONNode
    var created: Moment
}

/// One archival passage.
public struct ScriptedPassage: Sendable {
    public let id: String
    public let archiveID: String
    public var text: String
    public var tags: [String]
    public var metadata: JSONNode
    var created: Moment
    /// As sent; what a batch echoes.
    var createdAsSent: String
}

/// One conversation beside an agent's default thread.
public struct ScriptedConversation: Sendable {
    public let id: String
    public let agentID: String
    public var summary: String?
    /// Its rows by position; a row may be in several conversations.
    public var rowIDs: [String]
    /// What of them is in context; nil for all.
    public var contextIDs: [String]?
    public var isolatedBlockIDs: [String] = []
    /// `model`, `model_settings`, `last_message_at`, where they were given.
    public var settings: JSONNode = [:]
    var created: Moment
}

/// An identity, folder, group, MCP server, file or run: kept and shown as is.
public struct ScriptedThing: Sendable {
    public let id: String
    public var json: JSONNode
}
