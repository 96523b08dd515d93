import LosslessJSON

/// What one member of an agent says of its secrets, in whatever shape: a
/// server takes an object of texts or null, and files are written by anybody.
///
/// Source: 0.16.8 answers 400 to a list, a text, a number and an object of
/// other than texts.
struct AgentSecrets {
    static let keys = ["secrets", "tool_exec_environment_variables"]

    let key: String
    private let value: JSONValue?

    static func all(of agent: JSONValue) -> [AgentSecrets] {
        keys.map { AgentSecrets(key: $0, value: agent[$0]) }
    }

    var isAbsent: Bool { value.map(\.isNull) ?? true }

    /// Those that can be told, each once.
    var names: [String] {
        guard let value else { return [] }
        let all =
            value.kind == .object
            ? value.members.map(\.key)
            : value.elements.compactMap { $0["key"]?.string ?? $0["name"]?.string }
        var seen: Set<String> = []
        return all.filter { seen.insert($0).inserted }
    }

    func spots() -> [Spot] {
        guard let value, !value.isNull else { return [] }
        guard value.kind == .object else {
            return [Spot(LintRule.secretsForm, key, "\(value.kind)")]
                + (Self.holdsValue(value) ? [Spot(LintRule.secretInClear, key)] : [])
        }
        return value.members.flatMap { name, value in
            let path = "\(key).\(name)"
            let form =
                value.kind == .string ? [] : [Spot(LintRule.secretsForm, path, "\(name): \(value.kind)")]
            let content =
                Self.holdsValue(value)
                ? Spot(LintRule.secretInClear, path, name) : Spot(FileRule.secrets, path, name, .note)
            return form + [content]
        }
    }

    /// Of the form before version 2, which may list them: `key` and `value`.
    static func legacySpots(_ root: JSONValue) -> [Spot] {
        keys.flatMap { key in
            let listed = (root[key]?.elements ?? []).map {
                ($0["key"]?.string ?? $0["name"]?.string ?? "unnamed", $0["value"])
            }
            let named = (root[key]?.members ?? []).map { ($0.key, Optional($0.value)) }
            return (listed + named).filter { $0.1.map(holdsValue) ?? false }.map {
                Spot(LintRule.secretInClear, "\(key).\($0.0)", $0.0)
            }
        }
    }

    /// The names that can be told, without any value.
    var emptied: JSONNode { .object(names.map { JSONMember(key: $0, value: "") }) }

    static func isShown(_ text: String) -> Bool { !text.isEmpty && text != "<encrypted>" }

    private static func holdsValue(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null: false
        case .bool, .number: true
        case .string: value.string.map(isShown) ?? true
        case .array: value.elements.contains(where: holdsValue)
        case .object: value.members.contains { holdsValue($0.value) }
        }
    }

    /// The member that is not there, where the other one has names.
    static func emptyHalf(of agent: JSONValue) -> String? {
        let halves = all(of: agent)
        guard halves.contains(where: { !$0.names.isEmpty }) else { return nil }
        return halves.first(where: \.isAbsent)?.key
    }
}
