public import LettaModel

/// One thing of a snapshot, in the order in which a person reads it. The
/// JSON is as the source sent it.
public enum ReadableItem: Sendable {
    case head(ReadableHead)
    /// What follows up to the next section, and how much of it there is.
    case section(ReadableSection, count: Int)
    case agent(VerbatimJSON)
    case block(VerbatimJSON)
    case tool(VerbatimJSON)
    case surrounding(Surrounding)
    case message(ReadableMessage)
    case passage(VerbatimJSON)
    case omission(Omission)
}

/// The parts of the document, in order.
public enum ReadableSection: Sendable, Equatable {
    case memory, tools, surroundings
    case conversation(Thread)
    case passages, omissions
}

/// Where and when the agent was read.
public struct ReadableHead: Sendable {
    public var agentName: String
    /// As a person names it: `home (http://localhost:8283), Letta 0.16.8`.
    public var source: String
    public var startedAt: String
    public var finishedAt: String?
    /// What moved while it was read; nil where the source stood still.
    public var movement: String?

    public init(
        agentName: String, source: String, startedAt: String, finishedAt: String?, movement: String?
    ) {
        self.agentName = agentName
        self.source = source
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.movement = movement
    }
}

/// One row of a thread.
public struct ReadableMessage: Sendable {
    public enum Form: String, Sendable {
        /// As the server keeps it.
        case export
        /// A JSON array of the listed messages that the row is shown as.
        case listed
    }

    public let thread: Thread
    /// From 1, dense.
    public let number: Int
    public let id: String
    public let date: String
    public let form: Form
    /// In `form`.
    public let verbatim: VerbatimJSON
    /// In export form, rebuilt where the snapshot has only the listing.
    public let row: VerbatimJSON

    public init(
        thread: Thread, number: Int, id: String, date: String, form: Form, verbatim: VerbatimJSON,
        row: VerbatimJSON
    ) {
        self.thread = thread
        self.number = number
        self.id = id
        self.date = date
        self.form = form
        self.verbatim = verbatim
        self.row = row
    }
}

/// How a snapshot is written for people.
public enum ReadableFormat: String, Sendable, CaseIterable {
    case markdown = "md"
    case lines = "jsonl"
}

/// Items in, the bytes of a document out, one item at a time.
public struct ReadableWriter: Sendable {
    private let format: ReadableFormat
    private var book = ReadableBook()

    public init(_ format: ReadableFormat) { self.format = format }

    /// Throws what the JSON reader throws on an item that is no JSON.
    public mutating func bytes(of item: ReadableItem) throws -> [UInt8] {
        switch format {
        case .markdown: Array(try book.text(of: item).utf8)
        case .lines: try ReadableLines.line(of: item)
        }
    }
}
