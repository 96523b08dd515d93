import LosslessJSON

/// What of a file no rule looks at: nobody has tried what a server does with
/// it, so that a clean file is clean but for that.
enum Unseen {
    /// What an agent has of folders, groups and identities.
    private static let passed: Set<String> = [
        "files_agents", "folder_ids", "group_ids", "identity_ids", "source_ids",
    ]

    private static let agent: [String: JSONValue.Kind] = [
        "block_ids": .array, "compaction_settings": .object, "description": .string, "embedding": .string,
        "enable_sleeptime": .bool, "hidden": .bool, "max_files_open": .number, "memory_blocks": .array,
        "message_buffer_autoclear": .bool, "metadata": .object, "model": .string,
        "per_file_view_window_char_limit": .number, "response_format": .object, "system": .string,
        "tags": .array, "timezone": .string, "tool_ids": .array, "tool_rules": .array, "tools": .array,
    ]

    private static let block: [String: JSONValue.Kind] = [
        "description": .string, "hidden": .bool, "is_template": .bool, "limit": .number, "metadata": .object,
        "preserve_on_migration": .bool, "read_only": .bool, "tags": .array, "template_name": .string,
    ]

    private static let tool: [String: JSONValue.Kind] = [
        "args_json_schema": .object, "default_requires_approval": .bool, "description": .string,
        "enable_parallel_execution": .bool, "json_schema": .object, "metadata_": .object,
        "npm_requirements": .array, "pip_requirements": .array, "return_char_limit": .number,
        "source_code": .string, "tags": .array, "tool_type": .string,
    ]

    private static let ofTexts: Set<String> = ["block_ids", "tags", "tool_ids"]

    /// Members of an agent, block or tool that hold something else than
    /// servers write, and those that are passed over.
    static func members(_ thing: JSONValue, _ kind: String) -> [String] {
        let kinds = kind == "agent" ? agent : kind == "block" ? block : tool
        return thing.members.compactMap { key, value in
            if kind == "agent", passed.contains(key) { return isEmpty(value) ? nil : key }
            guard let usual = kinds[key], !value.isNull else { return nil }
            let isUsual =
                value.kind == usual
                && (!ofTexts.contains(key) || value.elements.allSatisfy { $0.kind == .string })
            return isUsual ? nil : key
        }
    }

    /// Members of the file itself that no version writes.
    static func members(ofFile root: JSONValue, besides known: [String]) -> [String] {
        root.members.filter { key, value in !known.contains(key) && !isEmpty(value) }.map(\.key)
    }

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null: true
        case .array, .object: value.count == 0
        default: false
        }
    }
}
