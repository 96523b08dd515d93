public import LettaModel
import LosslessJSON

/// What the listing shows of a row and an export does not.
public struct ListedExtras: Sendable, Equatable {
    public let senderID: String?
    /// Of user and system rows only; those of other rows are computed from
    /// the row's id and cannot be restored.
    public let otid: String?
    public let isError: Bool

    /// - Parameter items: a JSON array of the listed messages of one row.
    ///
    /// Throws `answer-not-understood`.
    public init(_ items: VerbatimJSON) throws(Failure) {
        let items = try ListedItems(items).items
        senderID = items.lazy.compactMap { $0["sender_id"]?.string }.first
        let stored = items.first { ListedItems.keepsOTID.contains($0["message_type"]?.string ?? "") }
        otid = stored?["otid"]?.string
        isError = items.contains { $0["is_err"]?.bool == true }
    }

    /// Fills `sender_id` of a row in export form that lacks it, and sets the
    /// true `otid` (every export makes up new ones).
    public func merge(into row: VerbatimJSON) throws(Failure) -> VerbatimJSON {
        guard senderID != nil || otid != nil else { return row }
        do {
            let document = try JSONDocument(row)
            var values: [String: [UInt8]] = [:]
            if let senderID, document.root["sender_id"]?.string == nil {
                values["sender_id"] = JSONNode.string(senderID).bytes()
            }
            let role = document.root["role"]?.string ?? ""
            if let otid, ["user", "system", "summary"].contains(role) {
                values["otid"] = JSONNode.string(otid).bytes()
            }
            return values.isEmpty ? row : RowSplice.setting(values, in: document)
        } catch {
            throw ListedItems.failure("a row in export form", error.description)
        }
    }
}

/// The listed messages of one row, checked to be objects.
struct ListedItems {
    static let keepsOTID: Set<String> = ["user_message", "system_message"]

    let items: [JSONValue]

    init(_ json: VerbatimJSON) throws(Failure) {
        let root: JSONValue
        do { root = try JSONDocument(json).root } catch {
            throw Self.failure("listed messages", error.description)
        }
        guard root.kind == .array, root.count > 0, root.elements.allSatisfy({ $0.kind == .object }) else {
            throw Self.failure("listed messages", "not a list of objects")
        }
        items = root.elements
    }

    static func failure(_ subject: String, _ what: String) -> Failure {
        Failure(
            .answerNotUnderstood, subject: subject, reason: "cannot be read: \(what)",
            remedy:
                "capture the agent again with `ferry snapshot`; report the server's version if it happens again"
        )
    }
}
