import Hashing
import LettaModel
import LosslessJSON
import Verify

/// A row in export form, brought to the one form in which two rows are
/// compared: members that are null are left out where the schema is Letta's
/// own, the time is written one way, and ids that every export makes anew
/// are dropped. The user's own data inside is left to the letter.
enum RowForm {
    private static let lists: Set<String> = ["content", "tool_calls", "tool_returns", "approvals"]

    static func print(of row: VerbatimJSON) throws -> RowPrint {
        let root = try JSONDocument(row).root
        let form = try JSONDocument(normal(root)).root
        return RowPrint(root, digest: ContentDigest.ofCanonical(form, dropping: RowPrint.dropped))
    }

    private static func normal(_ row: JSONValue) -> [UInt8] {
        var members: [JSONMember] = []
        for (key, value) in row.members where !isAbsent(key, value) {
            members.append(JSONMember(key: key, value: normal(key, value)))
        }
        return JSONNode.object(members).bytes()
    }

    /// An empty list of calls is no list of calls.
    private static func isAbsent(_ key: String, _ value: JSONValue) -> Bool {
        value.isNull || (key != "content" && lists.contains(key) && value.kind == .array && value.count == 0)
    }

    private static func normal(_ key: String, _ value: JSONValue) -> JSONNode {
        if key == "created_at", let text = value.string, let instant = Instant(text) {
            return .string(instant.text)
        }
        guard lists.contains(key), value.kind == .array else { return JSONNode(value) }
        return .array(value.elements.map(withoutNulls))
    }

    private static func withoutNulls(_ part: JSONValue) -> JSONNode {
        guard part.kind == .object else { return JSONNode(part) }
        return .object(
            part.members.filter { !$0.value.isNull }.map {
                JSONMember(key: $0.key, value: JSONNode($0.value))
            })
    }
}
