/// Which fields of an item are compared: all that the server returned, but
/// for those named here, so that a field that nobody thought of is compared.
public struct ComparedFields: Sendable {
    /// Fields that are not compared, each with the reason.
    public let ignored: [String: String]
    /// Nil compares all but the ignored.
    let only: Set<String>?
    /// Lists whose order means nothing.
    let unordered: Set<String>
    /// Objects of the server's own schema, in which null is as good as
    /// absent; other objects are the user's and compared to the letter. The
    /// item itself is always one.
    let schemas: Set<String>
    /// What the expected item does not mention is the target's to choose: an
    /// agent file holds less than a server returns.
    private(set) var ignoresUnmentioned = false

    func withoutUnmentioned() -> ComparedFields {
        var fields = self
        fields.ignoresUnmentioned = true
        return fields
    }

    init(
        ignored: [String: String], only: Set<String>? = nil, unordered: Set<String> = [],
        schemas: Set<String> = []
    ) {
        self.ignored = ignored
        self.only = only
        self.unordered = unordered
        self.schemas = schemas
    }

    private static let record: [String: String] = [
        "id": "made by each server",
        "created_at": "made by each server",
        "updated_at": "made by each server",
        "created_by_id": "a user of the server",
        "last_updated_by_id": "a user of the server",
        "organization_id": "belongs to the server",
        "project_id": "belongs to the server",
    ]

    private static let template: [String: String] = [
        "template_id": "belongs to the server", "base_template_id": "belongs to the server",
        "template_name": "belongs to the server", "is_template": "belongs to the server",
        "deployment_id": "belongs to the server", "entity_id": "belongs to the server",
    ]

    public static let row = ComparedFields(ignored: [
        "id": "made by each server", "otid": "made by each export", "agent_id": "made by each server",
    ])

    public static let block = ComparedFields(
        ignored: record.merging(template) { one, _ in one }, unordered: ["tags"])

    public static let tool = ComparedFields(
        ignored: record.merging(["metadata_": "belongs to the server"]) { one, _ in one }, unordered: ["tags"]
    )

    /// Its source and schema come with the server.
    public static let builtInTool = ComparedFields(ignored: [:], only: ["name", "tool_type"])

    /// Whom it belongs to, and who else has it, is the server's own.
    public static let identity = ComparedFields(
        ignored: [:], only: ["identifier_key", "name", "identity_type", "properties"],
        unordered: ["properties"])

    /// Its messages as places in the agent's one history.
    public static let conversation = ComparedFields(
        ignored: [:], only: ["summary", "model", "model_settings", "last_message_at", "messages"])

    public static let agent = ComparedFields(
        ignored: record.merging(template) { one, _ in one }.merging(agentRelations) { one, _ in one },
        schemas: [
            "llm_config", "embedding_config", "model_settings", "compaction_settings", "response_format",
        ])

    private static let agentRelations: [String: String] = [
        "message_ids": "compared as the in-context list", "tags": "compared by themselves",
        "tools": "compared by themselves", "blocks": "compared by themselves",
        "memory": "compared as blocks", "tool_rules": "compared by themselves",
        "secrets": "compared by name", "tool_exec_environment_variables": "compared by name as secrets",
        "sources": "do not move yet", "identities": "compared by themselves",
        "identity_ids": "made by each server",
        "multi_agent_group": "does not move yet", "managed_group": "does not move yet",
        "enable_sleeptime": "belongs to a group, which does not move yet",
        "last_run_completion": "of the last run", "last_run_duration_ms": "of the last run",
        "last_stop_reason": "of the last run", "pending_approval": "follows from the messages",
    ]

    func compares(_ key: String) -> Bool { only?.contains(key) ?? (ignored[key] == nil) }
}
