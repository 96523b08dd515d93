/// Walks a history where the server knows no `order` (before 0.12, or one
/// that ignores it): from the newest page back with `before`, keeping only
/// where each page begins and ends, then emits the pages oldest first, each
/// fetched again and compared with what the first pass saw.
///
/// **Bounds**: one small value for each page, a hash for each row, one page.
struct BackwardPaging: PagingMachine {
    /// A page of the first pass.
    private struct Stretch {
        let cursor: PageRequest.Cursor
        let first: RowMark
        let last: RowMark
        /// Rows of the page, and those of them that are wanted.
        let count: Int
        let wanted: Int
    }

    private enum Phase {
        case back, forth, tail, closing
    }

    private static let closingRounds = 4

    private let start: String?
    private var phase = Phase.back
    private var size = PageSize()
    private var failedAtOne = false
    private var stretches: [Stretch] = []
    private var seen: Set<UInt64> = []
    private var emitted: Set<UInt64> = []
    private var last: RowMark?
    private var held: [RowMark] = []
    private var gap: Gap?
    private var rounds = 0
    private var tailLimit = 0

    init(after start: String?) {
        self.start = start
    }

    mutating func on(_ event: PagingEvent) -> PagingAction {
        switch event {
        case .start: return fetchBack()
        case .taken: return fetchForth()
        case .cursorVanished: return .fail(.cursorVanished)
        case .unreadable: return unreadable()
        case .page(let rows, let bytes):
            switch phase {
            case .back: return cameBack(rows, bytes)
            case .forth: return cameForth(rows)
            case .tail: return tailCame(rows)
            case .closing: return closed(rows)
            }
        }
    }

    private func fetch(_ cursor: PageRequest.Cursor, _ limit: Int, isKept: Bool = true) -> PagingAction {
        .fetch(PageRequest(order: .unnamed, cursor: cursor, limit: limit, isKept: isKept))
    }

    // MARK: first pass, newest to oldest

    private mutating func fetchBack() -> PagingAction { fetch(backCursor, size.limit, isKept: false) }

    private var backCursor: PageRequest.Cursor { stretches.last.map { .before($0.first.id) } ?? .none }

    private mutating func cameBack(_ rows: [RowMark], _ bytes: Int) -> PagingAction {
        failedAtOne = false
        let (wanted, isAtStart) = cut(rows)
        guard let first = wanted.first, let last = wanted.last else {
            if start != nil, !isAtStart { return .fail(.cursorVanished) }
            return fetchForth()
        }
        let keys = wanted.map(\.key)
        guard seen.isDisjoint(with: keys), Set(keys).count == keys.count else { return .fail(.repeated) }
        seen.formUnion(keys)
        size.arrived(rows: rows.count, bytes: bytes)
        stretches.append(
            Stretch(cursor: backCursor, first: first, last: last, count: rows.count, wanted: wanted.count))
        return isAtStart ? fetchForth() : fetchBack()
    }

    /// The rows behind the start, and whether the start is in the page.
    private func cut(_ rows: [RowMark]) -> ([RowMark], Bool) {
        guard let start, let place = rows.lastIndex(where: { $0.id == start }) else { return (rows, false) }
        return (Array(rows[(place + 1)...]), true)
    }

    // MARK: second pass, oldest to newest

    private mutating func fetchForth() -> PagingAction {
        guard let stretch = stretches.last else { return askNewest() }
        phase = stretches.count == 1 ? .tail : .forth
        if case .tail = phase { tailLimit = stretch.count + 1 }
        return fetch(stretch.cursor, stretch.count)
    }

    private mutating func cameForth(_ rows: [RowMark]) -> PagingAction {
        guard let stretch = stretches.popLast(),
            let place = rows.firstIndex(where: { $0.id == stretch.first.id }),
            rows.last?.id == stretch.last.id, rows.count - place == stretch.wanted
        else { return .fail(.incomplete("a page that was read twice was not the same the second time")) }
        return emit(rows, from: place)
    }

    private mutating func emit(_ rows: [RowMark], from place: Int) -> PagingAction {
        let keys = rows[place...].map(\.key)
        guard emitted.isDisjoint(with: keys) else { return .fail(.repeated) }
        emitted.formUnion(keys)
        (held, last) = (rows, rows.last)
        defer { gap = nil }
        return .emit(place..<rows.count, gap: gap)
    }

    /// The newest page, which may have grown since: it is widened until it
    /// holds the row with which it began.
    private mutating func tailCame(_ rows: [RowMark]) -> PagingAction {
        guard let stretch = stretches.last else { return tailGrew(rows) }
        guard let place = rows.firstIndex(where: { $0.id == stretch.first.id }) else {
            return widenTail(orFail: "the newest page lost the message that it began with")
        }
        stretches.removeLast()
        rounds = 0
        return emit(rows, from: place)
    }

    private mutating func tailGrew(_ rows: [RowMark]) -> PagingAction {
        guard let place = rows.lastIndex(where: { $0.id == last?.id ?? start }), place + 1 < rows.count else {
            return widenTail(orFail: "what was written meanwhile cannot be reached")
        }
        return emit(rows, from: place + 1)
    }

    private mutating func widenTail(orFail reason: String) -> PagingAction {
        rounds += 1
        guard rounds <= Self.closingRounds else { return .fail(.incomplete(reason)) }
        tailLimit = max(PageSize.first, tailLimit * 2)
        phase = .tail
        return fetch(.none, tailLimit)
    }

    // MARK: the end

    private mutating func askNewest() -> PagingAction {
        phase = .closing
        return fetch(.none, 1, isKept: false)
    }

    private mutating func closed(_ rows: [RowMark]) -> PagingAction {
        let newest = rows.last?.id
        if newest == last?.id ?? start || newest == nil && last == nil { return .finish(gap: gap) }
        return widenTail(orFail: "the newest message is not the last one that was read")
    }

    // MARK: what cannot be read

    /// What lies before a row that cannot be shown is out of reach: there is
    /// no way round it without `order`.
    private mutating func unreadable() -> PagingAction {
        guard case .back = phase else {
            return .fail(.incomplete("a page that was readable is not any more"))
        }
        if size.failed() { return fetchBack() }
        if !failedAtOne {
            failedAtOne = true
            return fetchBack()
        }
        gap = Gap(after: start, before: stretches.last?.first.id)
        return stretches.isEmpty ? .finish(gap: gap) : fetchForth()
    }
}
