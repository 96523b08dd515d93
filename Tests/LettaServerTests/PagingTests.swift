import Testing

@testable import LettaServer

@Suite struct ForwardPagingTests {
    @Test(arguments: [0, 1, 49, 50, 51, 100, 999, 2500])
    func `a history of any length comes whole and in order`(count: Int) {
        var server = SimulatedHistory(count)
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
        #expect(walk.gaps.isEmpty)
        #expect(!walk.turnedBack)
    }

    @Test func `a walk begins behind the row that is named`() {
        var server = SimulatedHistory(300)
        let walk = forward(&server, after: "message-120")
        #expect(walk.fault == nil)
        #expect(walk.emitted == Array(server.rows[121...]))
    }

    @Test func `a walk from the newest row is empty`() {
        var server = SimulatedHistory(10)
        let walk = forward(&server, after: "message-9")
        #expect(walk.fault == nil)
        #expect(walk.emitted.isEmpty)
    }

    @Test func `a start that is gone is refused`() {
        var server = SimulatedHistory(10)
        #expect(forward(&server, after: "message-99").fault == .cursorVanished)
    }

    @Test func `a server that begins again at an unknown cursor is refused`() {
        var server = SimulatedHistory(300)
        server.ignoresCursor = true
        #expect(forward(&server, after: "message-200").fault == .cursorVanished)
    }

    @Test(arguments: [51, 260, 2000])
    func `a server that ignores the order is found out before anything is emitted`(count: Int) {
        var server = SimulatedHistory(count)
        server.knowsOrder = false
        let walk = forward(&server)
        #expect(walk.turnedBack)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test(arguments: [1, 50]) func `a history of one page does not need the order`(count: Int) {
        var server = SimulatedHistory(count)
        server.knowsOrder = false
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test func `a page that repeats stops the walk`() {
        var server = SimulatedHistory(500)
        // The check of what stands before the first row must still be honest.
        server.happens = { number, server in if number == 3 { server.ignoresCursor = true } }
        let walk = forward(&server)
        #expect(walk.fault == .repeated)
        #expect(walk.requests < 20)
    }

    @Test(arguments: [1, 49, 50, 200]) func `rows that are left out once are fetched after all`(count: Int) {
        var server = SimulatedHistory(500)
        server.happens = { number, server in server.skips = number == 3 ? ("message-48", count) : nil }
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test func `rows that are left out for ever are missed`() {
        var server = SimulatedHistory(500)
        server.happens = { _, server in
            guard case .after(let id)? = server.requests.last?.cursor else { return }
            server.skips = (id, 30)
        }
        guard case .incomplete = forward(&server).fault else {
            Issue.record("a history with holes passed")
            return
        }
    }

    @Test func `an end that the opposite order denies is no end`() {
        var server = SimulatedHistory(500)
        server.endsAfter = "message-250"
        guard case .incomplete = forward(&server).fault else {
            Issue.record("a short history passed")
            return
        }
    }

    @Test func `an empty history that has a newest row is refused`() {
        var empty = SimulatedHistory(0)
        empty.happens = { _, server in
            let asc = server.requests.last?.order == .asc
            server.rows = asc ? [] : (0..<5).map { SimulatedHistory.row($0) }
        }
        #expect(forward(&empty).fault == .orderIgnored)
    }

    @Test(arguments: [1, 2, 5, 40]) func `a cursor that vanishes is gone round`(gone: Int) {
        var server = SimulatedHistory(400)
        server.happens = { number, server in
            // After the second page was emitted its last rows are deleted.
            if number == 4 { server.rows.removeSubrange(250 - gone..<250) }
        }
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == (0..<400).map { SimulatedHistory.row($0) })
    }

    @Test func `rows that arrive during the walk are read, too`() {
        var server = SimulatedHistory(120)
        server.happens = { number, server in
            if number < 12 { server.rows.append(SimulatedHistory.row(1000 + number)) }
        }
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test func `two rows of one id and different content are two rows`() {
        var server = SimulatedHistory(300)
        server.rows[10] = RowMark(id: "message-7", key: 99)
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test func `a duplicate id at a page's end is gone round by an earlier row`() {
        var server = SimulatedHistory(300)
        server.rows[49] = RowMark(id: "message-7", key: 99)
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test func `rows that are listed as nothing do not end the walk`() {
        var server = SimulatedHistory(600)
        server.invisible = Set((50..<260).map { "message-\($0)" })
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows.filter { !server.invisible.contains($0.id) })
    }

    @Test func `a newest row that is listed as nothing does not hide the end`() {
        var server = SimulatedHistory(60)
        server.invisible = ["message-59"]
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted.count == 59)
    }

    @Test(arguments: [0, 1, 49, 50, 51, 777, 998])
    func `one row that cannot be shown costs that row alone`(place: Int) {
        var server = SimulatedHistory(1000)
        server.poison = ["message-\(place)"]
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows.filter { $0.id != "message-\(place)" })
        let before = place == 0 ? nil : "message-\(place - 1)"
        #expect(walk.gaps == [Gap(after: before, before: "message-\(place + 1)")])
        #expect(walk.requests < 80)
    }

    @Test func `a newest row that cannot be shown is told at the end`() {
        var server = SimulatedHistory(200)
        server.poison = ["message-199"]
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == Array(server.rows.dropLast()))
        #expect(walk.gaps == [Gap(after: "message-198", before: nil)])
    }

    @Test func `what lies between two such rows is told as one gap`() {
        var server = SimulatedHistory(300)
        server.poison = ["message-100", "message-200"]
        let walk = forward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == Array(server.rows[..<100] + server.rows[201...]))
        #expect(walk.gaps == [Gap(after: "message-99", before: "message-201")])
    }

    @Test func `a history in which nothing can be shown is no empty history`() {
        var server = SimulatedHistory(3)
        server.poison = ["message-0", "message-1", "message-2"]
        guard case .incomplete = forward(&server).fault else {
            Issue.record("it passed for empty")
            return
        }
    }

    @Test func `a failure that passes leaves no gap`() {
        var server = SimulatedHistory(500)
        server.happens = { number, server in server.poison = number == 4 ? ["message-60"] : [] }
        let walk = forward(&server)
        #expect(walk.emitted == server.rows)
        #expect(walk.gaps.isEmpty)
    }

    /// Nothing is lost, doubled or turned round, whatever the mixture.
    @Test(arguments: 0..<60) func `a walk never lies`(seed: UInt64) {
        var random = Seeded(seed)
        var server = SimulatedHistory(Int.random(in: 0...700, using: &random))
        server.knowsOrder = Int.random(in: 0..<4, using: &random) > 0
        for _ in 0..<Int.random(in: 0...3, using: &random) where !server.rows.isEmpty {
            let victim = server.rows.randomElement(using: &random)?.id ?? ""
            if Bool.random(using: &random) {
                server.poison.insert(victim)
            } else {
                server.invisible.insert(victim)
            }
        }
        if Int.random(in: 0..<5, using: &random) == 0 {
            server.endsAfter = server.rows.randomElement(using: &random)?.id
        }
        let walk = forward(&server)
        guard walk.fault == nil else { return }
        let visible = server.rows.filter { !server.invisible.contains($0.id) && !isInGap($0, walk, server) }
        #expect(walk.emitted == visible)
        #expect(walk.requests < 200)
    }

    private func isInGap(_ row: RowMark, _ walk: Walk, _ server: SimulatedHistory) -> Bool {
        let place = server.rows.firstIndex(of: row) ?? 0
        return walk.gaps.contains { gap in
            let after = gap.after.flatMap { id in server.rows.firstIndex { $0.id == id } } ?? -1
            let before =
                gap.before.flatMap { id in server.rows.firstIndex { $0.id == id } } ?? server.rows.count
            return place > after && place < before
        }
    }
}

@Suite struct BackwardPagingTests {
    @Test(arguments: [0, 1, 50, 51, 260, 2500])
    func `a history without order comes oldest first`(count: Int) {
        var server = SimulatedHistory(count)
        server.knowsOrder = false
        let walk = backward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test func `it begins behind the row that is named`() {
        var server = SimulatedHistory(300)
        server.knowsOrder = false
        #expect(backward(&server, after: "message-120").emitted == Array(server.rows[121...]))
    }

    @Test func `a start that is not in the history is refused`() {
        var server = SimulatedHistory(300)
        server.knowsOrder = false
        #expect(backward(&server, after: "message-999").fault == .cursorVanished)
    }

    @Test func `a page that repeats stops the walk`() {
        var server = SimulatedHistory(300)
        (server.knowsOrder, server.ignoresCursor) = (false, true)
        #expect(backward(&server).fault == .repeated)
    }

    @Test func `rows that arrive between the passes are read, too`() {
        var server = SimulatedHistory(300)
        server.knowsOrder = false
        server.happens = { number, server in
            if number % 3 == 0, number < 20 { server.rows.append(SimulatedHistory.row(1000 + number)) }
        }
        let walk = backward(&server)
        #expect(walk.fault == nil)
        #expect(walk.emitted == server.rows)
    }

    @Test func `a page that changed between the passes is refused`() {
        var server = SimulatedHistory(300)
        server.knowsOrder = false
        server.happens = { number, server in if number == 4 { server.rows.remove(at: 100) } }
        #expect(backward(&server).fault != nil)
    }

    @Test func `what lies before a row that cannot be shown is told`() {
        var server = SimulatedHistory(300)
        server.knowsOrder = false
        server.poison = ["message-100"]
        let walk = backward(&server)
        #expect(walk.emitted == Array(server.rows[101...]))
        #expect(walk.gaps == [Gap(after: nil, before: "message-101")])
    }
}

@Suite struct PageSizeTests {
    @Test func `pages grow towards two megabytes and stop at a thousand rows`() {
        var size = PageSize()
        #expect(size.limit == 50)
        size.arrived(rows: 50, bytes: 50 * 700)
        #expect(size.limit == 200)
        for _ in 0..<3 { size.arrived(rows: size.limit, bytes: size.limit * 700) }
        #expect(size.limit == 1000)
    }

    @Test func `pages of heavy rows shrink`() {
        var size = PageSize()
        size.arrived(rows: 50, bytes: 50 << 20)
        #expect(size.limit == 2)
        size.arrived(rows: 2, bytes: 40 << 20)
        #expect(size.limit == 1)
    }

    @Test func `a page that fails is halved down to one row`() {
        var size = PageSize()
        var limits: [Int] = []
        while size.failed() { limits.append(size.limit) }
        #expect(limits == [25, 12, 6, 3, 1])
    }
}

struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
