import LosslessJSON

/// A row in export form, with the members that rules look at.
struct RowView: Sendable {
    let document: JSONDocument
    /// Taken once: rules ask for dozens of them.
    private let members: [(key: String, value: JSONValue)]
    let role: String
    /// Elements of `content`; empty where that is no array.
    let parts: [JSONValue]
    let calls: [JSONValue]
    let returns: [JSONValue]
    let approvals: [JSONValue]
    /// What is wrong with the packed texts of tool returns.
    let bodyFaults: [ToolBody.Fault]

    init(_ document: JSONDocument) {
        self.document = document
        let members = document.root.members
        self.members = members
        func find(_ key: String) -> JSONValue? { members.last { $0.key == key }?.value }
        role = find("role")?.string ?? ""
        parts = find("content")?.elements ?? []
        calls = find("tool_calls")?.elements ?? []
        returns = find("tool_returns")?.elements ?? []
        approvals = find("approvals")?.elements ?? []
        let packed = (returns + approvals).compactMap { $0["func_response"]?.string }
        let sole = Self.soleText(role, parts)
        bodyFaults = (packed + (sole.map { [$0] } ?? [])).compactMap { ToolBody.fault(of: $0) }
    }

    var value: JSONValue { document.root }

    /// The member of that name, the last of several.
    subscript(_ key: String) -> JSONValue? { members.last { $0.key == key }?.value }

    /// The text that stands for the return where there is one at most, and
    /// that chat parses in any case.
    var soleText: String? { Self.soleText(role, parts) }

    private static func soleText(_ role: String, _ parts: [JSONValue]) -> String? {
        guard role == "tool", parts.count == 1, parts[0].isText else { return nil }
        return parts[0]["text"]?.string
    }

    /// The row with one member changed.
    func with(_ key: String, _ node: JSONNode) -> JSONNode {
        var row = JSONNode.shallow(value)
        row[key] = node
        return row
    }

    /// The row with each element of an array member changed or kept.
    func mapping(_ key: String, _ change: (JSONValue) -> JSONNode) -> JSONNode {
        with(key, .array((self[key]?.elements ?? []).map(change)))
    }

    func text(_ key: String) -> String? { value[key]?.string }

    func hasValue(_ key: String) -> Bool { value[key].map { !$0.isNull } ?? false }
}

extension JSONValue {
    var type: String { self["type"]?.string ?? "" }
    var isText: Bool { type == "text" }
    var isReasoning: Bool { RowView.reasoningTypes.contains(type) }

    /// The value as a node; nil for null. (`nil` itself would be a node.)
    var present: JSONNode? { isNull ? Optional.none : .some(JSONNode(self)) }

    /// One member changed, the others byte for byte.
    func with(_ key: String, _ node: JSONNode) -> JSONNode {
        var patched = JSONNode.shallow(self)
        patched[key] = node
        return patched
    }
}

extension RowView {
    static let reasoningTypes: Set<String> = [
        "reasoning", "redacted_reasoning", "omitted_reasoning", "summarized_reasoning",
    ]
    static let partTypes = reasoningTypes.union(["text", "image", "tool_call", "tool_return"])
    static let roles: Set<String> = ["system", "user", "assistant", "tool", "approval", "summary"]
}

extension JSONNode {
    static func textPart(_ text: String) -> JSONNode { ["type": "text", "text": .string(text)] }
}

/// What a rule may know of the rows before the one it looks at.
struct Preceding: Sendable {
    var ordinal = 0
    /// Ids of the calls of the nearest row, if nothing has answered them yet.
    var callIDs: [String] = []
    /// `created_at` of the row before.
    var createdAt: String?

    /// Moves past a row that was shaped.
    mutating func pass(_ row: RowView) {
        ordinal += 1
        createdAt = row.text("created_at") ?? createdAt
        switch row.role {
        case "assistant": callIDs = row.calls.compactMap { $0["id"]?.string }
        case "approval" where !row.calls.isEmpty: callIDs = row.calls.compactMap { $0["id"]?.string }
        case "approval": break
        default: callIDs = []
        }
    }

    /// The id of the call that a return at `place` answers.
    func callID(at place: Int) -> String {
        callIDs.indices.contains(place) ? callIDs[place] : "call-unknown-\(ordinal)-\(place)"
    }
}
