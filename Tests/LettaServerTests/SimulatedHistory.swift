@testable import LettaServer

/// A message listing that can misbehave, as the paging machines meet it.
struct SimulatedHistory {
    var rows: [RowMark]
    var knowsOrder = true
    var ignoresCursor = false
    /// Rows on which every page fails that holds them.
    var poison: Set<String> = []
    /// Rows that are stored and listed as nothing.
    var invisible: Set<String> = []
    /// Pages of `asc` that begin behind this row skip so many rows.
    var skips: (after: String, count: Int)?
    /// From here on, pages of `asc` are empty.
    var endsAfter: String?
    /// Called before each request, with its number.
    var happens: (Int, inout SimulatedHistory) -> Void = { _, _ in }
    private(set) var requests: [PageRequest] = []

    init(_ count: Int) {
        rows = (0..<count).map { Self.row($0) }
    }

    static func row(_ number: Int, content: UInt64 = 0) -> RowMark {
        RowMark(id: "message-\(number)", key: UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ content)
    }

    mutating func answer(_ request: PageRequest) -> PagingEvent {
        requests.append(request)
        happens(requests.count, &self)
        guard let window = window(request) else { return .cursorVanished }
        let page = rows[window]
        if page.contains(where: { poison.contains($0.id) }) { return .unreadable }
        let shown = page.filter { !invisible.contains($0.id) }
        return .page(Array(shown), bytes: shown.count * 700)
    }

    private func window(_ request: PageRequest) -> Range<Int>? {
        let ascends = request.order == .asc && knowsOrder
        var range = 0..<rows.count
        switch ignoresCursor ? .none : request.cursor {
        case .none: break
        case .after(let id):
            guard let place = rows.firstIndex(where: { $0.id == id }) else { return nil }
            range = place + 1..<rows.count
        case .before(let id):
            guard let place = rows.firstIndex(where: { $0.id == id }) else { return nil }
            range = 0..<place
        }
        if ascends, let skips, case .after(let id) = request.cursor, id == skips.after {
            range = min(range.upperBound, range.lowerBound + skips.count)..<range.upperBound
        }
        if ascends, let end = endsAfter.flatMap({ end in rows.firstIndex { $0.id == end } }) {
            range = range.clamped(to: 0..<end + 1)
        }
        return ascends
            ? range.prefix(request.limit).startIndex..<range.lowerBound + min(range.count, request.limit)
            : range.upperBound - min(range.count, request.limit)..<range.upperBound
    }
}

/// What came out of a walk.
struct Walk {
    var emitted: [RowMark] = []
    var gaps: [Gap] = []
    var fault: PagingFault?
    var turnedBack = false
    var requests = 0

    var ids: [String] { emitted.map(\.id) }

    /// Runs a machine against a history to its end, changing machines where
    /// it says so.
    init(_ first: any PagingMachine, over server: inout SimulatedHistory, after start: String? = nil) {
        var machine = first
        var kept: [RowMark] = []
        var action = machine.on(.start)
        while requests < 20_000 {
            switch action {
            case .fetch(let request):
                requests += 1
                let event = server.answer(request)
                if case .page(let rows, _) = event, request.isKept, !rows.isEmpty { kept = rows }
                action = machine.on(event)
            case .emit(let range, let gap):
                emitted += kept[range]
                gaps += [gap].compactMap { $0 }
                action = machine.on(.taken)
            case .turnBack:
                turnedBack = true
                machine = BackwardPaging(after: start)
                action = machine.on(.start)
            case .finish(let gap):
                gaps += [gap].compactMap { $0 }
                return
            case .fail(let fault):
                self.fault = fault
                return
            }
        }
        fault = .incomplete("does not end")
    }
}

func forward(_ server: inout SimulatedHistory, after start: String? = nil) -> Walk {
    Walk(ForwardPaging(after: start), over: &server, after: start)
}

func backward(_ server: inout SimulatedHistory, after start: String? = nil) -> Walk {
    Walk(BackwardPaging(after: start), over: &server, after: start)
}
