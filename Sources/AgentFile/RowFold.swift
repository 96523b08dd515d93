public import LettaModel

/// A row in export form, rebuilt from its listed messages.
public struct FoldedRow: Sendable, Equatable {
    /// As `agents[].messages[n]` of an export, without `id`.
    public let json: VerbatimJSON
    public let role: String
}

/// Listed messages of one row -> the row.
/// Source: 0.16.8 `Message.to_letta_messages`, with `use_assistant_message=false`.
public enum RowFold {
    /// - Parameter items: a JSON array of the listed messages that share one id, in order.
    ///
    /// Throws `answer-not-understood`.
    public static func fold(_ items: VerbatimJSON) throws(Failure) -> FoldedRow {
        throw Failure(.internal, subject: "fold", reason: "not there yet", remedy: "wait")
    }
}
