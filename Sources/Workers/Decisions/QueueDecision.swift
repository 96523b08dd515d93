/// One row of Broca's queue, with what its message says of it.
public struct QueueEntry: Sendable, Equatable {
    public var id: Int64
    public var messageID: Int64?
    public var userID: Int64?
    /// `pending`, `processing`, `completed`, `failed`, `flushed`, or a word of
    /// a newer Broca.
    public var status: String
    public var attempts: Int
    /// What the user wrote; never printed.
    public var text: String
    /// When it came, as Broca wrote it.
    public var receivedAt: String?
    /// nil where the agent's answer is not stored.
    public var response: String?
    public var isProcessed: Bool

    public init(
        id: Int64, messageID: Int64? = nil, userID: Int64? = nil, status: String, attempts: Int = 0,
        text: String = "", receivedAt: String? = nil, response: String? = nil, isProcessed: Bool = false
    ) {
        self.id = id
        self.messageID = messageID
        self.userID = userID
        self.status = status
        self.attempts = attempts
        self.text = text
        self.receivedAt = receivedAt
        self.response = response
        self.isProcessed = isProcessed
    }

    /// Whether only the agent's history can say what became of it.
    public var needsHistory: Bool {
        switch status {
        case "processing": response == nil
        // One that was never tried may have been in work when Broca was started
        // anew, which puts it back and counts nothing.
        case "pending": true
        default: false
        }
    }

    /// Whether the agent's answer is stored, so that the agent had the message.
    var isAnswered: Bool { status == "completed" || response != nil }
}

/// What an agent's history says of one message.
public enum HistoryAnswer: Sendable, Equatable {
    /// The agent has it and answered.
    case answered(String)
    /// The agent has it, and no answer follows.
    case unanswered
    /// The history reaches back beyond the message, and does not have it.
    case unseen
    case unknown
}

/// What the copy of a queue row becomes, and what a person must be told.
public struct QueueFate: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        case carry
        /// The answer is stored already.
        case complete
        /// The answer comes from the agent's history.
        case completeWith(String)
        case makePending
        case fail
    }

    public enum Notice: String, Sendable, CaseIterable {
        /// The answer exists; whether the user got it is not known.
        case maybeUndelivered = "maybe-undelivered"
        /// Delivering was tried, and failed.
        case undelivered
        /// The agent's history may hold the message already.
        case maybeSeen = "maybe-seen"
        /// The agent's history holds the message, so it would get it twice.
        case seen
        /// Nobody can say whether the agent got it; it is not sent again.
        case undecided
        case unknownStatus = "unknown-status"

        /// For a person, after the row's number.
        public var meaning: String {
            switch self {
            case .maybeUndelivered: "the agent answered; whether the user got the answer is not known"
            case .undelivered: "the answer was never delivered"
            case .maybeSeen: "was tried before; the agent may have it already"
            case .seen: "the agent has it already and would get it a second time"
            case .undecided: "whether the agent got it cannot be found out, so it is not sent again"
            case .unknownStatus: "has a status that ferry does not know"
            }
        }
    }

    public var row: Int64
    public var status: String
    public var action: Action
    public var notice: Notice?

    public init(_ row: QueueEntry, _ action: Action, _ notice: Notice? = nil) {
        self.row = row.id
        status = row.status
        self.action = action
        self.notice = notice
    }

    /// What the row's status will be.
    public var newStatus: String {
        switch action {
        case .carry: status
        case .complete, .completeWith: "completed"
        case .makePending: "pending"
        case .fail: "failed"
        }
    }
}

/// The table: what becomes of a row in each state. Broca itself would send
/// every row that has been `processing` for five minutes once more.
public enum QueueDecision {
    /// - Parameter history: asked for where `row.needsHistory`.
    public static func fate(of row: QueueEntry, history: HistoryAnswer) -> QueueFate {
        switch row.status {
        case "pending": pending(row, history)
        case "processing": processing(row, history)
        case "completed": QueueFate(row, .carry, failedToSend(row) ? .undelivered : nil)
        case "failed", "flushed": QueueFate(row, .carry)
        default: QueueFate(row, .carry, .unknownStatus)
        }
    }

    private static func pending(_ row: QueueEntry, _ history: HistoryAnswer) -> QueueFate {
        guard row.attempts > 0 else { return untried(row, history) }
        return switch history {
        case .answered, .unanswered: QueueFate(row, .carry, .seen)
        case .unseen: QueueFate(row, .carry)
        case .unknown: QueueFate(row, .carry, .maybeSeen)
        }
    }

    /// Waiting, or in work until a restart put it back: its history tells.
    private static func untried(_ row: QueueEntry, _ history: HistoryAnswer) -> QueueFate {
        switch history {
        case .answered(let text): QueueFate(row, .completeWith(text), .maybeUndelivered)
        case .unanswered: QueueFate(row, .carry, .seen)
        case .unseen, .unknown: QueueFate(row, .carry)
        }
    }

    private static func processing(_ row: QueueEntry, _ history: HistoryAnswer) -> QueueFate {
        if row.response != nil { return QueueFate(row, .complete, .maybeUndelivered) }
        return switch history {
        case .answered(let text): QueueFate(row, .completeWith(text), .maybeUndelivered)
        case .unanswered: QueueFate(row, .makePending, .seen)
        case .unseen: QueueFate(row, .makePending)
        case .unknown: QueueFate(row, .fail, .undecided)
        }
    }

    /// How the Telethon plugin marks what it could not deliver.
    private static func failedToSend(_ row: QueueEntry) -> Bool {
        !row.isProcessed && row.response?.hasPrefix("Failed to send") == true
    }
}
