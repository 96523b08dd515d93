/// One way in which the server misbehaves, as a value.
public struct Fault: Sendable {
    /// `GET /v1/agents/{}/messages`, `* /v1/agents/{}/export`, or `*` for any.
    public var route: String
    /// Which of the requests that match, counted from 1.
    public var occurrence: Occurrence
    /// Only requests whose target (path and query) contains this.
    public var containing: String?
    public var behaviour: Behaviour

    public enum Occurrence: Sendable, Equatable {
        case nth(Int)
        case first(Int)
        case from(Int)
        case every
    }

    public init(
        _ route: String, _ occurrence: Occurrence = .nth(1), containing: String? = nil, _ behaviour: Behaviour
    ) {
        self.route = route
        self.occurrence = occurrence
        self.containing = containing
        self.behaviour = behaviour
    }

    /// What happens instead of, before or after the work.
    public enum Behaviour: Sendable, Equatable {
        // Not done.
        /// Answers that status with `{"detail": …}`, or with a page of HTML.
        case refuse(status: Int, retryAfter: Int? = nil, isHTML: Bool = false)
        /// 200, and a web page.
        case html
        /// Resets the connection before the body is read.
        case closeBeforeReading
        /// Never answers; until the client is gone.
        case hang
        /// 200, and another shape than the route's: `{}`.
        case wrongShape

        // Done, and the answer is lost or late.
        case workThenRefuse(status: Int)
        case workThenHang
        case workThenClose
        /// Answers at once in effect, but that late.
        case answerLate(milliseconds: Int)
        /// Works that late, also where the client has gone meanwhile.
        case workLate(milliseconds: Int)
        /// An import that can be seen half done: agent, then rows, then the
        /// context, that far apart.
        case workInStages(milliseconds: Int)

        // Done, and the answer is damaged.
        /// The connection ends after so many bytes of the body.
        case closeMidBody(after: Int)
        /// So many bytes of the body, and then nothing.
        case stallMidBody(after: Int)
        /// A whole answer by its length, whose JSON breaks off.
        case truncateJSON(keeping: Int)
        case wrongContentType(String)

        // Pages.
        /// The answer of the previous request to this route.
        case repeatPreviousPage
        /// The page after the one that was asked for.
        case skipPage
        /// `order` and the page it asks for are taken as `desc`.
        case ignoreOrder
        /// `order=asc` answers the other way round, and `desc` likewise.
        case reverseOrder
        /// The cursor of the request is unknown: 404.
        case vanishCursor
        /// Pages that hold the row at that place answer 500.
        case poisonRow(at: Int)
        /// Limit is cut to so many rows, without a word.
        case capLimit(Int)

        /// The world changes before the request is answered.
        case change(Change)
    }

    /// Something that happens at the source while it is read. The agent is
    /// the one of the request's path.
    public enum Change: Sendable, Equatable {
        case appendRow
        /// As by a transaction that was held open: before the row at that
        /// place, counted from the newest (1 is before the last row).
        case insertRow(beforeLast: Int)
        case deleteRow(at: Int)
        case rename(String)
        case patchFirstBlock(String)
        case rewriteSystemRow
        case addPassage
        case deleteAgent
    }
}

/// Something other than a Letta server at the address.
public enum ServerMode: Sendable, Equatable {
    case letta
    /// HTML everywhere, 200.
    case notLetta
    /// Letta Code's app server: `/readyz` is 200, everything else 404.
    case appServer
}
