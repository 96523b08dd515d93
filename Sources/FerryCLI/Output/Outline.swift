import LosslessJSON

/// A flat JSON object as lines `name  value` for a person; lists indented.
enum Outline {
    static func render(_ node: JSONNode) -> String {
        guard case .object(let members) = node else { return node.text() + "\n" }
        let shown = members.filter { $0.key != "schema" && !isEmpty($0.value) }
        let width = shown.map(\.key.count).max() ?? 0
        return shown.map { line($0, width) }.joined()
    }

    private static func isEmpty(_ value: JSONNode) -> Bool {
        switch value {
        case .null: true
        case .array(let items): items.isEmpty
        default: false
        }
    }

    private static func line(_ member: JSONMember, _ width: Int) -> String {
        let name = String(member.key.map { $0 == "_" ? " " : $0 })
        let head = name + String(repeating: " ", count: width - name.count + 2)
        guard case .array(let items) = member.value else { return head + plain(member.value) + "\n" }
        return name + "\n" + items.map { "  \(plain($0))\n" }.joined()
    }

    private static func plain(_ value: JSONNode) -> String {
        switch value {
        case .string(let text), .number(let text): Printable.escaped(text)
        default: value.text()
        }
    }
}
