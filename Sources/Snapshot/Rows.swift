public import LettaModel

/// Where the listing of a thread goes on.
public struct ListingPosition: Sendable, Equatable {
    public let thread: Thread
    /// The row after which the source is asked to list; nil from the oldest.
    public let after: SourceID<RowKind>?
    /// How many stored rows lie before: the ordinal of the next row.
    public let ordinal: Int
    /// Rows that lay behind `ordinal` when the listing began and will be
    /// compared; 0 where only new rows follow.
    public let tail: Int
    /// Ordinals of the rows of the last page, in its order; not consecutive
    /// where stored rows between them are gone.
    public var places: [Int] = []
}

/// Where the listing of a thread begins.
public enum RestartRule: Sendable, Equatable {
    /// Behind the newest row that is 15 minutes older than the start of the
    /// run that last read this thread to its end.
    case stableTail
    case beginning
    /// For a source that no longer knows the row of `stableTail`.
    case before(ordinal: Int)
}

/// A row without a listing, out of an agent file.
public struct ImportedRow: Sendable, Equatable {
    public let id: SourceID<RowKind>
    public let json: VerbatimJSON

    public init(id: SourceID<RowKind>, json: VerbatimJSON) {
        self.id = id
        self.json = json
    }
}

/// One row of a thread as stored.
public struct StoredRow: Sendable, Equatable {
    /// Dense, from 0, in the order of the thread.
    public let ordinal: Int
    public let id: SourceID<RowKind>
    /// As the source wrote it: of the listing, else of the native form.
    public let date: String
    /// `message_type` of the listed messages, in order; of a row without
    /// listing its role.
    public let messageTypes: [String]
    /// A JSON array of the listed messages.
    public let listed: VerbatimJSON?
    /// The row in export form.
    public let native: VerbatimJSON?
    /// Of the native form, else of the listing.
    public let digest: ContentDigest
    /// Why there is no native form, where that is known.
    public let nativeUnavailable: String?
    /// The source does not show it any more: never loaded.
    public let isGone: Bool

    public init(
        ordinal: Int, id: SourceID<RowKind>, date: String, messageTypes: [String], listed: VerbatimJSON?,
        native: VerbatimJSON?, digest: ContentDigest, nativeUnavailable: String? = nil, isGone: Bool = false
    ) {
        self.ordinal = ordinal
        self.id = id
        self.date = date
        self.messageTypes = messageTypes
        self.listed = listed
        self.native = native
        self.digest = digest
        self.nativeUnavailable = nativeUnavailable
        self.isGone = isGone
    }
}

/// Rows to be asked for in one go in native form. Never empty; does not
/// start on a tool row unless the thread does.
public struct NativeSlice: Sendable, Equatable {
    public let thread: Thread
    public let rows: [Row]

    public struct Row: Sendable, Equatable {
        public let ordinal: Int
        public let id: SourceID<RowKind>
        public let messageTypes: [String]
        /// Of the listing.
        public let bytes: Int
        /// Stored already; rides along so that no tool row comes first.
        public let hasNative: Bool
    }
}

/// How far a thread has been read.
public struct ThreadProgress: Sendable, Equatable {
    public let thread: Thread
    /// Rows that the source still shows.
    public let rows: Int
    public let gone: Int
    public let withNative: Int
    public let nativeUnavailable: Int
    /// Whether the newest generation has listed it to its end.
    public let isListed: Bool

    /// Rows that a native reader has still to bring.
    public var missingNative: Int { rows - withNative - nativeUnavailable }
}

/// One archival passage as stored.
public struct StoredPassage: Sendable, Equatable {
    public let passage: Passage<SourceSide>
    public let digest: ContentDigest
}

/// Where a reading of passages goes on.
public struct PassageCursor: Sendable, Equatable {
    let createdAt: String
    let id: String
    let rowid: Int64
}
