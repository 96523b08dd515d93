import LettaModel
import LosslessJSON

/// The tools of the file: by name, with the keys that the target knows.
struct ToolSection {
    private(set) var nodes: [JSONNode] = []
    private(set) var ids: [String] = []
    private(set) var names: [String] = []
    private(set) var mcpNames: [String] = []
    private(set) var changes: [AnnouncedChange] = []

    /// `ToolSchema` of 0.16.8.
    static let keys: Set<String> = [
        "tool_type", "description", "source_type", "name", "tags", "source_code", "json_schema",
        "args_json_schema",
        "return_char_limit", "pip_requirements", "npm_requirements", "default_requires_approval",
        "enable_parallel_execution", "metadata_",
    ]
    /// Who made a tool and where: the target writes its own.
    static let foreign: Set<String> = [
        "id", "created_by_id", "last_updated_by_id", "created_at", "updated_at", "organization_id",
        "project_id",
    ]

    init(_ parts: SourceParts, _ choices: AgentFileChoices) {
        var given = parts.tools.isEmpty ? Self.attached(parts) : parts.tools
        let isLeftOut = choices.conversion != nil && given.contains(where: LegacyConversion.isSpeech)
        if isLeftOut { given.removeAll(where: LegacyConversion.isSpeech) }
        self.init(given, keys: choices.toolKeys, markerTags: [])
        if isLeftOut { changes.append(LegacyConversion.toolLeftOut) }
    }

    init(_ tools: [JSONValue], keys known: Set<String>?, markerTags: [String]) {
        let known = (known ?? Self.keys).subtracting(Self.foreign)
        for tool in tools {
            let name = tool["name"]?.string ?? ""
            guard !names.contains(name) else {
                changes.append(
                    AnnouncedChange(
                        item: "tool \(name)", rule: FileRule.toolTwice.id, before: "two tools",
                        after: "the first"))
                continue
            }
            names.append(name)
            if tool["tool_type"]?.string == "external_mcp" { mcpNames.append(name) }
            ids.append("tool-\(nodes.count)")
            nodes.append(node(tool, name, known, markerTags))
        }
    }

    private mutating func node(
        _ tool: JSONValue, _ name: String, _ known: Set<String>, _ markers: [String]
    ) -> JSONNode {
        var node: JSONNode = ["id": .string("tool-\(nodes.count)")]
        for (key, value) in tool.members where !Self.foreign.contains(key) {
            if known.contains(key) {
                node[key] = JSONNode(value)
            } else if !Self.isBlank(value) {
                changes.append(
                    AnnouncedChange(
                        item: "tool \(name)", rule: FileRule.toolKey.id,
                        before: "\(key): \(JSONNode(value).text())",
                        after: "left out"))
            }
        }
        if tool["source_type"]?.string == nil {
            node["source_type"] = "python"
            changes.append(
                AnnouncedChange(
                    item: "tool \(name)", rule: FileRule.toolSourceType.id, before: "no source_type",
                    after: "source_type: python"))
        }
        guard !markers.isEmpty else { return node }
        let tags = tool["tags"]?.elements.compactMap(\.string) ?? []
        node["tags"] = .array((tags + markers.filter { !tags.contains($0) }).map { .string($0) })
        return node
    }

    /// A key that says nothing is no loss.
    private static func isBlank(_ value: JSONValue) -> Bool {
        value.isNull || value.bool == false
            || ((value.kind == .object || value.kind == .array) && value.count == 0)
    }

    /// The shell's tools that the agent names.
    private static func attached(_ parts: SourceParts) -> [JSONValue] {
        let wanted = parts.shellAgent?["tool_ids"]?.elements.compactMap(\.string) ?? []
        let given = parts.shell?["tools"]?.elements ?? []
        return wanted.compactMap { id in given.first { $0["id"]?.string == id } }
    }
}
