/// Walks a history with `order=asc` and `after`, and proves that it got all
/// of it.
///
/// - It ends only at an empty page, and only when the newest row that the
///   server shows in the opposite order is the last row of the walk.
/// - What stands before the first row is asked for: nothing may stand there
///   (or, for a start within the history, the row that was named). A server
///   that ignores `order` shows its newest page first and is found out here,
///   before anything was emitted.
/// - Every page is asked for from the row before the last one, so that it
///   begins with the last row of the walk: nothing lies between. Where it
///   does not, what stands before its first new row is asked for and must be
///   a row of the walk.
/// - Every other row is new. A page that brings old rows elsewhere is asked
///   for again from earlier rows, and refused if that does not help. The same
///   way round a cursor that vanished.
/// - A page that cannot be read is made smaller down to one row; then the
///   walk goes round that row from the newest end, emits what it reaches
///   behind it, and says which stretch it could not see.
struct ForwardPaging: PagingMachine {
    private enum Phase {
        case opening, walking
        /// What stands before the first row was asked for.
        case preceding(String, Int)
        /// What stands before the first new row of a page was asked for: its
        /// place in the page, and how many rows were asked.
        case joining(Int, Int)
        /// The newest row was asked for; with the number of rows asked.
        case closing(Int)
        case rounding
    }

    private static let trailLength = 64
    private static let retriesOfRepeat = 4
    private static let closingRounds = 4

    private let start: String?
    private var phase = Phase.opening
    private var size = PageSize()
    /// The last rows emitted, newest last.
    private var trail: [RowMark] = []
    private var seen: Set<UInt64> = []
    /// How many rows before the last one the cursor stands.
    private var back = 0
    private var repeats = 0
    private var rounds = 0
    /// The last attempt at a single row failed once; a second time is final.
    private var failedAtOne = false
    /// The page kept last, whose rows are not yet emitted.
    private var held: [RowMark] = []
    /// Of the walk round: the oldest page reached from the newest end.
    private var isBehindGap = false

    /// - Parameter start: the row after which to begin; nil for the oldest.
    init(after start: String?) {
        self.start = start
    }

    private var lastID: String? { trail.last?.id ?? start }

    mutating func on(_ event: PagingEvent) -> PagingAction {
        switch event {
        case .start: return fetchOn()
        case .taken: return fetchOn()
        case .page(let rows, let bytes): return arrived(rows, bytes)
        case .cursorVanished: return vanished()
        case .unreadable: return unreadable()
        }
    }

    private mutating func arrived(_ rows: [RowMark], _ bytes: Int) -> PagingAction {
        switch phase {
        case .opening: return opened(rows, bytes)
        case .preceding: return preceded(rows)
        case .walking: return walked(rows, bytes)
        case .joining(let place, _): return joined(rows, place)
        case .closing(let limit): return closed(rows, limit)
        case .rounding: return rounded(rows, bytes)
        }
    }

    // MARK: going on

    private mutating func fetchOn() -> PagingAction {
        if trail.isEmpty {
            phase = .opening
            return .fetch(
                PageRequest(order: .asc, cursor: start.map { .after($0) } ?? .none, limit: size.limit))
        }
        phase = .walking
        let cursor = trail[trail.count - 1 - back].id
        return .fetch(PageRequest(order: .asc, cursor: .after(cursor), limit: size.limit + back))
    }

    private mutating func emit(_ range: Range<Int>, gap: Gap? = nil) -> PagingAction {
        for row in held[range] { seen.insert(row.key) }
        // What is before a gap is no place to read on from.
        trail = Array(((gap == nil ? trail : []) + held[range]).suffix(Self.trailLength))
        (back, repeats, rounds) = (min(1, trail.count - 1), 0, 0)
        phase = .walking
        return .emit(range, gap: gap)
    }

    // MARK: the beginning

    private mutating func opened(_ rows: [RowMark], _ bytes: Int) -> PagingAction {
        failedAtOne = false
        guard let first = rows.first else { return askNewest(1) }
        if Set(rows.map(\.key)).count < rows.count { return .fail(.repeated) }
        size.arrived(rows: rows.count, bytes: bytes)
        held = rows
        return askPreceding(first.id, 20)
    }

    private mutating func askPreceding(_ first: String, _ limit: Int) -> PagingAction {
        phase = .preceding(first, limit)
        return .fetch(PageRequest(order: .desc, cursor: .before(first), limit: limit, isKept: false))
    }

    private mutating func preceded(_ rows: [RowMark]) -> PagingAction {
        if let start {
            let isStart = rows.last?.id == start
            return isStart ? emit(0..<held.count) : .fail(.cursorVanished)
        }
        return rows.isEmpty ? emit(0..<held.count) : .turnBack
    }

    // MARK: the middle

    private mutating func walked(_ rows: [RowMark], _ bytes: Int) -> PagingAction {
        failedAtOne = false
        let overlap = rows.prefix { seen.contains($0.key) }.count
        let new = rows[overlap...]
        guard joins(rows[..<overlap]), !new.contains(where: { seen.contains($0.key) }),
            Set(new.map(\.key)).count == new.count
        else { return stepBack(orFail: .repeated) }
        guard let first = new.first else { return askNewest(1) }
        if first.id == lastID { return .fail(.incomplete("one message is split over two pages")) }
        size.arrived(rows: rows.count, bytes: bytes)
        held = rows
        if overlap > 0, rows[overlap - 1].id == lastID { return emit(overlap..<rows.count) }
        return askJoining(overlap, 20)
    }

    private mutating func askJoining(_ place: Int, _ limit: Int) -> PagingAction {
        phase = .joining(place, limit)
        let cursor = PageRequest.Cursor.before(held[place].id)
        return .fetch(PageRequest(order: .desc, cursor: cursor, limit: limit, isKept: false))
    }

    /// The row that stands before the new ones is of the walk, or some were
    /// left out.
    private mutating func joined(_ rows: [RowMark], _ place: Int) -> PagingAction {
        if let before = rows.last, trail.contains(where: { $0.id == before.id }) {
            return emit(place..<held.count)
        }
        return stepBack(orFail: leftOut)
    }

    private var leftOut: PagingFault {
        .incomplete("the server left out what follows \(lastID ?? "the beginning")")
    }

    /// Whether these rows are what the walk emitted after its cursor, some
    /// of which may be gone by now.
    private func joins(_ overlap: ArraySlice<RowMark>) -> Bool {
        var expected = trail.suffix(back)
        for row in overlap {
            guard let place = expected.firstIndex(of: row) else { return false }
            expected = expected[(place + 1)...]
        }
        return true
    }

    /// Asks again from an earlier row.
    private mutating func stepBack(orFail fault: PagingFault) -> PagingAction {
        repeats += 1
        let further = min(max(1, back * 2), trail.count - 1)
        guard repeats <= Self.retriesOfRepeat || fault == .cursorVanished, further > back else {
            return .fail(fault)
        }
        back = further
        return fetchOn()
    }

    private mutating func vanished() -> PagingAction {
        switch phase {
        case .walking, .joining: break
        default: return .fail(.cursorVanished)
        }
        return stepBack(orFail: .cursorVanished)
    }

    // MARK: the end

    private mutating func askNewest(_ limit: Int) -> PagingAction {
        phase = .closing(limit)
        return .fetch(PageRequest(order: .desc, cursor: .none, limit: limit, isKept: false))
    }

    /// A row without content is listed as nothing, so one empty answer may
    /// hide a row: a wider look follows.
    private mutating func closed(_ rows: [RowMark], _ limit: Int) -> PagingAction {
        if rows.isEmpty {
            if lastID == nil { return limit == 1 ? askNewest(50) : .finish(gap: nil) }
            return limit == 1 ? askNewest(50) : .fail(.incomplete("the server shows no newest message"))
        }
        if rows.last?.id == lastID { return .finish(gap: nil) }
        rounds += 1
        guard rounds <= Self.closingRounds else { return .fail(closingFault(rows)) }
        size.widen(round: rounds)
        if rounds > 2 { back = 0 }
        return fetchOn()
    }

    private func closingFault(_ rows: [RowMark]) -> PagingFault {
        if trail.isEmpty, start == nil { return .orderIgnored }
        let newest = rows.last?.id ?? "none"
        return .incomplete(
            "the newest message is \(newest), and reading on from \(lastID ?? "none") does not reach it")
    }

    // MARK: round what cannot be read

    private mutating func unreadable() -> PagingAction {
        switch phase {
        case .preceding(_, 1): return .fail(.cursorVanished)
        case .preceding(let first, _): return start == nil ? .turnBack : askPreceding(first, 1)
        case .joining(_, 1): return stepBack(orFail: leftOut)
        case .joining(let place, _): return askJoining(place, 1)
        case .closing: return .fail(.incomplete("the server cannot show its newest message"))
        case .opening, .walking, .rounding: break
        }
        if size.failed() { return again() }
        if !failedAtOne {
            failedAtOne = true
            return again()
        }
        failedAtOne = false
        if case .rounding = phase { return behindGap() }
        return goRound()
    }

    private mutating func again() -> PagingAction {
        if case .rounding = phase { return fetchBehind() }
        return fetchOn()
    }

    private mutating func goRound() -> PagingAction {
        phase = .rounding
        size.restart()
        held = []
        return fetchBehind()
    }

    private mutating func fetchBehind() -> PagingAction {
        let cursor = held.first.map { PageRequest.Cursor.before($0.id) } ?? .none
        return .fetch(PageRequest(order: .desc, cursor: cursor, limit: size.limit))
    }

    private mutating func rounded(_ rows: [RowMark], _ bytes: Int) -> PagingAction {
        failedAtOne = false
        if rows.isEmpty { return reachedBeginning() }
        if let first = held.first, rows.contains(first) { return .fail(.repeated) }
        size.arrived(rows: rows.count, bytes: bytes)
        if let place = rows.lastIndex(where: { $0.id == lastID }) { return closeRanks(rows, after: place) }
        if rows.contains(where: { seen.contains($0.key) }) { return .fail(.repeated) }
        held = rows
        return fetchBehind()
    }

    /// The row could be shown after all: the page from behind holds the
    /// walk's last row.
    private mutating func closeRanks(_ rows: [RowMark], after place: Int) -> PagingAction {
        size.restart()
        let reachedOnlyWhatIsThere = place + 1 == rows.count
        if reachedOnlyWhatIsThere { return fetchOn() }
        held = rows
        return emit(place + 1..<rows.count)
    }

    private mutating func reachedBeginning() -> PagingAction {
        guard lastID == nil, !held.isEmpty else {
            return .fail(
                .incomplete("reading back from the newest message does not reach \(lastID ?? "any")"))
        }
        size.restart()
        return emit(0..<held.count)
    }

    private mutating func behindGap() -> PagingAction {
        size.restart()
        if held.isEmpty, trail.isEmpty { return .fail(.incomplete("no message of it can be listed")) }
        let gap = Gap(after: lastID, before: held.first?.id)
        return held.isEmpty ? .finish(gap: gap) : emit(0..<held.count, gap: gap)
    }
}
