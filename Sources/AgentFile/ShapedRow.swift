public import LettaModel
import LosslessJSON

/// One row of the history on its way into an agent file.
public struct ShapeInput: Sendable, Equatable {
    /// How Ferry came by the row.
    public enum Origin: String, Sendable, CaseIterable {
        /// Through a reader agent, as the server keeps it.
        case native
        /// Rebuilt from the listing.
        case folded
        /// From the agent's own export.
        case exported
        /// From an agent file.
        case file
    }

    /// Position in the history, from 0.
    public let ordinal: Int
    public let sourceID: String
    /// The row in export form.
    public let json: VerbatimJSON
    public let origin: Origin
    /// The listed messages of the row, where they were read: what an export
    /// loses (`sender_id`, a user's `otid`) is taken from them.
    public let listed: VerbatimJSON?
    /// The conversation that it was written in; nil in the default thread.
    public let conversation: String?

    public init(
        ordinal: Int, sourceID: String, json: VerbatimJSON, origin: Origin, listed: VerbatimJSON? = nil,
        conversation: String? = nil
    ) {
        self.ordinal = ordinal
        self.sourceID = sourceID
        self.json = json
        self.origin = origin
        self.listed = listed
        self.conversation = conversation
    }

    /// `message 17`, with the conversation that it is in.
    var item: String { "message \(ordinal)" + (conversation.map { " of conversation \($0)" } ?? "") }
}

/// A row as it stands in the agent file.
public struct ShapedRow: Sendable, Equatable {
    /// Position in the file, from 0.
    public let index: Int
    /// `message-<index>`.
    public let id: String
    public let role: String
    /// The rows of the source that it holds: one, the two of a joined pair, or
    /// the reply of a converted turn with the returns of its calls.
    public let sourceOrdinals: [Int]
    public let sourceIDs: [String]
    /// Minified, with `id`.
    public let json: VerbatimJSON
    /// The row has neither content nor calls; a model's API refuses it.
    public let isEmpty: Bool
    /// A conversion left nothing in the row but a thought; in context some
    /// models' APIs refuse it.
    public let isThoughtAlone: Bool
    public let changes: [AnnouncedChange]

    /// The same row elsewhere in the file.
    public func placed(at index: Int) throws -> ShapedRow {
        guard index != self.index else { return self }
        let id = "message-\(index)"
        return ShapedRow(
            index: index, id: id, role: role, sourceOrdinals: sourceOrdinals, sourceIDs: sourceIDs,
            json: RowSplice.setting(["id": Array("\"\(id)\"".utf8)], in: try JSONDocument(json)),
            isEmpty: isEmpty, isThoughtAlone: isThoughtAlone, changes: changes)
    }
}

/// A row that no server keeps in a readable form and that stays behind.
public struct WithheldRow: Sendable, Equatable {
    public let ordinal: Int
    public let sourceID: String
    public let rule: String
    public let omission: Omission
}

/// A row that a conversion leaves out, by a rule that was announced.
public struct DroppedRow: Sendable, Equatable {
    public let ordinal: Int
    public let sourceID: String
    public let change: AnnouncedChange
}

/// What became of the rows that were taken.
public enum ShapeOutput: Sendable, Equatable {
    case row(ShapedRow)
    case withheld(WithheldRow)
    case dropped(DroppedRow)
}
