import LosslessJSON

/// Members of an agent, block or tool that hold another type than an importer
/// takes: the whole file is refused for one.
///
/// **Source**: each member was given a null, text, number, flag, list and
/// object, and imported into 0.16.8. Members that have a rule of their own are
/// not here.
enum MemberTypes {
    private enum Form {
        case text, flag, integer, object, texts, objects
        /// An object that says which kind it is.
        case typed
        /// A list whose elements have a rule of their own.
        case list
    }

    private struct Member {
        let form: Form
        let mayBeNull: Bool

        static func orNull(_ form: Form) -> Member { Member(form: form, mayBeNull: true) }
        static func set(_ form: Form) -> Member { Member(form: form, mayBeNull: false) }
    }

    private static let agent: [String: Member] = [
        "block_ids": .orNull(.list), "compaction_settings": .orNull(.object), "description": .orNull(.text),
        "embedding": .orNull(.text), "enable_sleeptime": .orNull(.flag), "files_agents": .set(.objects),
        "folder_ids": .orNull(.texts), "group_ids": .set(.texts), "hidden": .orNull(.flag),
        "identity_ids": .orNull(.texts), "max_files_open": .orNull(.integer),
        "memory_blocks": .orNull(.objects), "message_buffer_autoclear": .set(.flag),
        "metadata": .orNull(.object), "model": .orNull(.text),
        "per_file_view_window_char_limit": .orNull(.integer), "project_id": .orNull(.text),
        "response_format": .orNull(.typed), "source_ids": .orNull(.texts), "system": .orNull(.text),
        "tags": .orNull(.texts), "timezone": .orNull(.text), "tool_ids": .orNull(.list),
        "tool_rules": .orNull(.objects), "tools": .orNull(.texts),
    ]

    private static let block: [String: Member] = [
        "description": .orNull(.text), "hidden": .orNull(.flag), "is_template": .set(.flag),
        "limit": .set(.integer), "metadata": .orNull(.object), "preserve_on_migration": .orNull(.flag),
        "read_only": .set(.flag), "tags": .orNull(.texts), "template_name": .orNull(.text),
    ]

    private static let tool: [String: Member] = [
        "args_json_schema": .orNull(.object), "default_requires_approval": .orNull(.flag),
        "description": .orNull(.text), "enable_parallel_execution": .orNull(.flag),
        "json_schema": .orNull(.object), "metadata_": .orNull(.object),
        "npm_requirements": .orNull(.objects), "pip_requirements": .orNull(.objects),
        "return_char_limit": .set(.integer), "source_code": .orNull(.text), "tags": .set(.texts),
        "tool_type": .set(.text),
    ]

    /// A null in their place says nothing; without them Letta takes its own.
    private static let defaulted: Set<String> = [
        "files_agents", "group_ids", "is_template", "limit", "message_buffer_autoclear", "read_only",
        "return_char_limit", "tags",
    ]

    // MARK: Finding

    /// - Parameter kind: "agent", "block" or "tool".
    static func spots(_ thing: JSONValue, _ kind: String) -> [Spot] {
        let members = members(of: kind)
        var spots = thing.members.compactMap { key, value -> Spot? in
            guard let member = members[key], !isTaken(value, member) else { return nil }
            return Spot(
                LintRule.memberType, key, named(value),
                isMended: value.isNull && defaulted.contains(key))
        }
        if kind == "agent" {
            spots += foreignRowIDs(thing).map {
                Spot(LintRule.memberType, $0.key, named($0.value), isMended: true)
            }
        }
        return spots
    }

    /// Of an agent: what stands in the list of its context and is no text.
    private static func foreignRowIDs(_ agent: JSONValue) -> [(key: String, value: JSONValue)] {
        (agent["in_context_message_ids"]?.elements ?? []).enumerated().filter { $1.kind != .string }.map {
            ("in_context_message_ids[\($0)]", $1)
        }
    }

    private static func named(_ value: JSONValue) -> String {
        switch value.kind {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    private static func members(of kind: String) -> [String: Member] {
        kind == "agent" ? agent : kind == "block" ? block : tool
    }

    private static func isTaken(_ value: JSONValue, _ member: Member) -> Bool {
        if value.isNull { return member.mayBeNull }
        switch member.form {
        case .text: return value.kind == .string
        case .flag: return isFlag(value)
        case .integer: return isInteger(value)
        case .object: return value.kind == .object
        case .typed: return value["type"]?.kind == .string
        case .list: return value.kind == .array
        case .texts: return value.kind == .array && value.elements.allSatisfy { $0.kind == .string }
        case .objects: return value.kind == .array && value.elements.allSatisfy { $0.kind == .object }
        }
    }

    /// Words that Letta's validation reads as true or false.
    private static let flagWords: Set<String> = [
        "0", "1", "f", "false", "n", "no", "off", "on", "t", "true", "y", "yes",
    ]

    private static func isFlag(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .bool: true
        case .number: value.double == 0 || value.double == 1
        default: flagWords.contains(value.string?.lowercased() ?? "")
        }
    }

    /// `true` is 1 there, and "5" is 5.
    private static func isInteger(_ value: JSONValue) -> Bool {
        let number = value.kind == .number ? value.double : value.string.flatMap(Double.init)
        return value.kind == .bool || number.map { $0 == $0.rounded() } ?? false
    }

    // MARK: Mending

    /// Leaves out what says nothing.
    static func mend(_ node: inout JSONNode, _ thing: JSONValue, _ kind: String) -> [Mended] {
        spots(thing, kind).filter { $0.isMended == true }.map { spot in
            if thing[spot.key] != nil { node[spot.key] = .none }
            return Mended(LintRule.memberType, spot.key, spot.detail ?? "", "left out")
        }
    }
}
