public import LettaModel
import LosslessJSON

extension LegacyConversion {
    /// The same for a JSON array of rules, as in the agent's state; none is
    /// an empty one. What cannot be read stays as it is.
    public func toolRules(_ rules: VerbatimJSON?) -> (rules: VerbatimJSON, changes: [AnnouncedChange]) {
        guard let rules, let document = try? JSONDocument(rules) else {
            return (rules ?? Array("[]".utf8), [])
        }
        let converted = toolRules(document.root)
        return (converted.rules.bytes(), converted.changes)
    }

    /// The agent's tool rules without `send_message`.
    ///
    /// A rule on the tool goes; out of the lists of other rules its name
    /// goes, and with it a rule that then allows nothing.
    /// **Source**: 0.16.8 `schemas/tool_rule.py`.
    func toolRules(_ rules: JSONValue?) -> (rules: JSONNode, changes: [AnnouncedChange]) {
        var kept: [JSONNode] = []
        var changes: [AnnouncedChange] = []
        for rule in rules?.elements ?? [] {
            let node = Self.without(rule)
            if let node { kept.append(node) }
            guard Self.mentions(rule) else { continue }
            changes.append(
                AnnouncedChange(
                    item: "tool rule \(Self.name(rule))", rule: LegacyRule.toolRule.id,
                    before: JSONNode(rule).text(), after: node.map { $0.text() } ?? "left out"))
        }
        return (.array(kept), changes)
    }

    private static func name(_ rule: JSONValue) -> String {
        [rule["type"]?.string, rule["tool_name"]?.string].compactMap(\.self).joined(separator: " of ")
    }

    private static func mentions(_ rule: JSONValue) -> Bool {
        rule["tool_name"]?.string == speech || rule["default_child"]?.string == speech
            || lists.contains { rule[$0]?.elements.contains { isSpeechName($0) } ?? false }
            || (rule["child_output_mapping"]?.members.contains { $0.value.string == speech } ?? false)
    }

    /// `child_arg_nodes` holds objects that name the child.
    private static let lists = ["children", "child_arg_nodes"]

    private static func isSpeechName(_ child: JSONValue) -> Bool {
        child.string == speech || child["name"]?.string == speech
    }

    /// Nil where nothing is left that the rule could say.
    private static func without(_ rule: JSONValue) -> JSONNode? {
        guard mentions(rule) else { return JSONNode(rule) }
        guard rule["tool_name"]?.string != speech else { return nil }
        var node = JSONNode.shallow(rule)
        for key in lists where rule[key]?.kind == .array {
            let left = (rule[key]?.elements ?? []).filter { !isSpeechName($0) }
            if left.isEmpty, key == "children" { return nil }
            node[key] = left.isEmpty ? .null : .array(left.map { JSONNode($0) })
        }
        guard let mapping = rule["child_output_mapping"], mapping.kind == .object else { return node }
        let left = mapping.members.filter { $0.value.string != speech }
        let fallback = rule["default_child"]?.string.flatMap { $0 == speech ? nil : $0 }
        guard !left.isEmpty || fallback != nil else { return nil }
        node["child_output_mapping"] = .object(
            left.map { JSONMember(key: $0.key, value: JSONNode($0.value)) })
        node["default_child"] = fallback.map { .string($0) } ?? .null
        return node
    }
}
