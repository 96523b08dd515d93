/// Every field of an agent's state, and the line of the fidelity table that
/// says what becomes of it.
///
/// Source: `AgentState` of 0.16.8's `/openapi.json`. A field that a newer
/// server adds is compared like any other until it has a line here: a test
/// asks a real server for its fields.
public enum AgentFields {
    public static let rows: [(row: String, fields: [String])] = [
        (
            "agent",
            [
                "name", "agent_type", "system", "description", "metadata", "model", "model_settings",
                "llm_config", "embedding", "embedding_config", "compaction_settings", "response_format",
                "timezone", "message_buffer_autoclear", "max_files_open", "per_file_view_window_char_limit",
                "hidden",
            ]
        ),
        ("messages", ["pending_approval"]),
        ("in-context", ["message_ids"]),
        ("blocks", ["blocks", "memory"]),
        ("tools", ["tools"]),
        ("tool-rules", ["tool_rules"]),
        ("tags", ["tags"]),
        ("secrets", ["secrets", "tool_exec_environment_variables"]),
        ("identity", ["identities", "identity_ids"]),
        ("folder", ["sources"]),
        ("group", ["multi_agent_group", "managed_group", "enable_sleeptime"]),
        (
            "agent-id",
            [
                "id", "created_at", "updated_at", "created_by_id", "last_updated_by_id", "project_id",
                "template_id", "base_template_id", "deployment_id", "entity_id",
            ]
        ),
        ("step-ids", ["last_run_completion", "last_run_duration_ms", "last_stop_reason"]),
    ]

    /// Settings that came with later releases (0.11.7 has none of them, 0.16.4
    /// a null for the last), and that a target works out for itself.
    private static let later = ["model", "embedding", "model_settings", "compaction_settings"]

    /// - Parameter known: the fields of an agent's state at its source that say
    ///   something.
    public static func unknown(to known: Set<String>) -> [String] { later.filter { !known.contains($0) } }

    /// The line for this field; nil for one that nobody has thought of.
    public static func row(of field: String) -> FidelityRow? {
        rows.first { $0.fields.contains(field) }.flatMap { FidelityTable.row($0.row) }
    }

    /// The second table of docs/fidelity.md.
    public static var markdown: String {
        let lines = rows.compactMap { entry in
            FidelityTable.row(entry.row).map { row in
                "| \(row.item) | \(row.fate.rawValue) | "
                    + entry.fields.map { "`\($0)`" }.joined(separator: ", ") + " |"
            }
        }
        return (["| Item | Fate | Fields of the agent's state |", "|---|---|---|"] + lines)
            .joined(separator: "\n") + "\n"
    }
}
