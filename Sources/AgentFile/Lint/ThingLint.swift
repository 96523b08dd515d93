import LosslessJSON

/// What is wrong with a block of the file.
enum BlockLint {
    static let plain: Set<String> = ["value", "metadata"]

    static func spots(_ block: JSONValue) -> [Spot] {
        var spots: [Spot] = []
        if block["label"]?.kind != .string { spots.append(Spot(LintRule.blockForm, "label")) }
        if let value = block["value"], value.kind != .string, !value.isNull {
            spots.append(Spot(LintRule.blockForm, "value"))
        }
        return spots + ShellCharacters.spots(block, plain: plain)
    }
}

/// What is wrong with a tool of the file.
struct ToolLint {
    let target: LintTarget

    static let plain: Set<String> = ["tags", "metadata_"]

    func spots(_ tool: JSONValue) -> [Spot] {
        let name = tool["name"]?.string ?? ""
        var spots = tool.members.filter { !target.toolKeys.contains($0.key) }.map {
            Spot(FileRule.toolKey, $0.key, name)
        }
        if name.isEmpty { spots.append(Spot(LintRule.toolForm, "name")) }
        let type = tool["tool_type"]?.string ?? "custom"
        if let words = target.words, !words.toolTypes.contains(type) {
            spots.append(Spot(LintRule.toolType, "tool_type", "\(name): \(type)"))
        }
        if let known = target.words?.ownTools[type], !known.contains(name) {
            spots.append(Spot(LintRule.coreTool, "name", name))
        }
        if tool["source_type"]?.string == nil {
            spots.append(Spot(FileRule.toolSourceType, "source_type", name))
        }
        if type == "custom", tool["source_code"]?.string == nil {
            let hasSchema = tool["json_schema"]?.kind == .object
            spots.append(
                Spot(hasSchema ? LintRule.toolWithoutSource : LintRule.toolForm, "source_code", name))
        }
        return spots + ShellCharacters.spots(tool, plain: Self.plain)
    }
}
