public import LettaModel

/// What the listing shows of a row and an export does not.
public struct ListedExtras: Sendable, Equatable {
    public let senderID: String?
    /// Of user and system rows only; those of other rows are computed from
    /// the row's id and cannot be restored.
    public let otid: String?
    public let isError: Bool

    /// - Parameter items: a JSON array of the listed messages of one row.
    public init(_ items: VerbatimJSON) throws(Failure) {
        throw Failure(.internal, subject: "extras", reason: "not there yet", remedy: "wait")
    }

    /// Fills `sender_id` and `otid` of a row in export form that lacks them.
    public func merge(into row: VerbatimJSON) throws(Failure) -> VerbatimJSON { row }
}
