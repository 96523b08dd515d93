public import LosslessJSON

/// One stored message. The listing and the export are both derived from it.
public struct StoredRow: Sendable {
    /// `message-<uuid>`.
    public var id: String
    /// Orders the agent's flow; what `after` and `before` compare.
    public var sequence: Int
    public var agentID: String
    public var conversationID: String?
    public var otid: String?
    public var senderID: String?
    /// Kept as text, which is a fifth of the size of the tree.
    private var text: [UInt8]

    init(
        id: String, sequence: Int, agentID: String, conversationID: String?, otid: String?, senderID: String?,
        text: [UInt8]
    ) {
        self.id = id
        self.sequence = sequence
        self.agentID = agentID
        self.conversationID = conversationID
        self.otid = otid
        self.senderID = senderID
        self.text = text
    }

    /// In export form; `id`, `otid`, `agent_id` and `sender_id` are written
    /// over when it is shown.
    public var body: JSONNode {
        get { JSONNode(parsing: text) ?? .null }
        set { text = newValue.bytes() }
    }

    var role: String { body["role"]?.string ?? "" }

    /// As an element of `agents[].messages`.
    func exported(place: Int, agent: Int, otid: String) -> JSONNode {
        var row = body
        row["id"] = .string("message-\(place)")
        row["otid"] = .string(otid)
        row["agent_id"] = .string("agent-\(agent)")
        row["sender_id"] = .null
        return row
    }

    /// Every key that an export writes, in its order, with defaults.
    static func form(role: String, content: [JSONNode], created: String) -> JSONNode {
        [
            "type": "message", "otid": nil, "group_id": nil, "role": .string(role),
            "content": .array(content),
            "name": nil, "sender_id": nil, "batch_item_id": nil, "id": nil, "model": nil, "agent_id": nil,
            "tool_calls": nil, "tool_call_id": nil, "tool_returns": [], "created_at": .string(created),
            "approve": nil, "approval_request_id": nil, "denial_reason": nil, "approvals": [],
        ]
    }
}
