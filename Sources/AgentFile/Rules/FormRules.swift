import LosslessJSON

extension RowRule {
    private static let textFields = [
        "name", "otid", "group_id", "sender_id", "batch_item_id", "model", "agent_id", "tool_call_id",
        "approval_request_id", "denial_reason",
    ]

    /// The row as a whole: its kind, role, labels and time.
    static let formRules: [RowRule] = [
        RowRule(
            "row-type", .refused, title: "`type` is another word than \"message\"",
            why: "400 from the importer's schema", remedy: "set to \"message\"",
            detect: { row, _ in row["type"].map { $0.string != "message" && !$0.isNull } ?? false },
            fix: { row, _ in row.with("type", "message") }),
        RowRule(
            "role-function", .orphan, title: "role \"function\"",
            why: "passes the schema, then 400: the agent and its blocks stay behind without rows",
            remedy: "becomes \"tool\", which replaced it",
            detect: { row, _ in row.role == "function" },
            fix: { row, _ in row.with("role", "tool") }),
        RowRule(
            "role-unknown", .refused, title: "a role that Letta does not know",
            why: "400 from the importer's schema: the whole file is refused",
            remedy:
                "who spoke cannot be guessed: correct it by hand; a load leaves the row behind, as a loss",
            detect: { row, _ in !RowView.roles.contains(row.role) && row.role != "function" },
            fix: { _, _ in nil }),
        RowRule(
            "field-not-text", .refused, title: "a label or id that is no text",
            why: "400 from the importer's schema", remedy: "its JSON text becomes the label",
            detect: { row, _ in textFields.contains { Self.isNoText(row[$0]) } },
            fix: { row, _ in
                var node = JSONNode.shallow(row.value)
                for field in textFields where Self.isNoText(row[field]) {
                    node[field] = row[field].map { .string(String(decoding: $0.raw, as: UTF8.self)) }
                }
                return node
            }),
        RowRule(
            "created-at-missing", .refused, title: "no time",
            why: "null is a 400; a missing `created_at` becomes the time of the import",
            remedy: "the time of the row before",
            detect: { row, preceding in
                !row.hasValue("created_at") && (preceding.createdAt != nil || row["created_at"] != nil)
            },
            fix: { row, preceding in
                var node = JSONNode.shallow(row.value)
                node["created_at"] = preceding.createdAt.map { .string($0) }
                return node
            }),
    ]

    private static func isNoText(_ value: JSONValue?) -> Bool {
        guard let value else { return false }
        return value.kind != .string && value.kind != .null
    }
}
