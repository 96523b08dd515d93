/// A row of a page as the paging machines see it: whose it is, and whether it
/// was seen before. Its bytes stay with the driver.
struct RowMark: Sendable, Hashable {
    let id: String
    /// Hash of id and content. Two rows of one id and different content are
    /// two rows (Letta Cloud has such); the same id and content again is the
    /// same row, shown twice.
    let key: UInt64
}

struct PageRequest: Sendable, Equatable {
    enum Order: String, Sendable {
        case asc, desc
        /// Not sent: the server knows no such parameter.
        case unnamed
    }

    enum Cursor: Sendable, Equatable {
        case none, after(String), before(String)
    }

    var order: Order
    var cursor: Cursor
    var limit: Int
    /// Whether its rows are to be kept for an `emit`; else only marks count.
    var isKept = true
}

/// Pages come in ascending order; the driver turns them where a server sends
/// them the other way round.
enum PagingEvent: Sendable {
    case start
    case page([RowMark], bytes: Int)
    /// The server does not know the row that the cursor names.
    case cursorVanished
    /// The server failed on the page, as it does where a row of it cannot be
    /// shown.
    case unreadable
    /// The consumer took what was emitted.
    case taken
}

enum PagingAction: Sendable, Equatable {
    case fetch(PageRequest)
    /// Hand out these rows of the page that was kept last.
    case emit(Range<Int>, gap: Gap?)
    /// The end; with a gap, what lies before the end could not be read.
    case finish(gap: Gap?)
    /// `order` is ignored here: begin again with `BackwardPaging`.
    case turnBack
    case fail(PagingFault)
}

/// A stretch of history that the listing cannot show.
struct Gap: Sendable, Equatable {
    /// The last row before it; nil at the beginning of the history.
    let after: String?
    /// The first row behind it; nil at the end.
    let before: String?
}

enum PagingFault: Sendable, Equatable {
    case repeated, orderIgnored, cursorVanished
    case incomplete(String)
}

protocol PagingMachine: Sendable {
    mutating func on(_ event: PagingEvent) -> PagingAction
}

/// How many rows to ask for: from 50 up to 1,000, so that an answer is about
/// two megabytes, and fewer where a row in the page cannot be shown.
struct PageSize: Sendable {
    static let first = 50
    static let most = 1000
    static let bytesWanted = 2 << 20

    private(set) var limit = first
    /// Upper bound of the distance to a row that cannot be shown.
    private var suspects: Int?

    mutating func arrived(rows: Int, bytes: Int) {
        if let left = suspects {
            suspects = left > rows ? left - rows : nil
        }
        guard suspects == nil else {
            limit = max(1, (suspects ?? 1) / 2)
            return
        }
        let wanted = PageSize.bytesWanted / max(1, bytes / max(1, rows))
        limit = min(max(1, wanted), max(limit, 1) * 4, PageSize.most)
    }

    /// Halves what is asked for. False when one row was asked for already.
    mutating func failed() -> Bool {
        let wasOne = limit == 1
        suspects = limit
        limit = max(1, limit / 2)
        return !wasOne
    }

    /// Past rows that are listed as nothing.
    mutating func widen(round: Int) {
        limit = PageSize.most * round
    }

    /// Behind a row that cannot be shown, or before a new walk.
    mutating func restart() {
        suspects = nil
        limit = PageSize.first
    }
}
