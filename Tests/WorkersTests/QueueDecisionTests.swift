import LettaModel
import Testing

@testable import Workers

@Suite struct QueueDecisionTests {
    struct Case: Sendable, CustomStringConvertible {
        let row: QueueEntry
        let history: HistoryAnswer
        let action: QueueFate.Action
        let notice: QueueFate.Notice?
        var description: String { "\(row.status) \(row.attempts) \(row.response ?? "-") \(history)" }
    }

    private static func row(
        _ status: String, attempts: Int = 0, response: String? = nil, isProcessed: Bool = false
    ) -> QueueEntry {
        QueueEntry(id: 7, status: status, attempts: attempts, response: response, isProcessed: isProcessed)
    }

    static let table: [Case] = [
        Case(row: row("pending"), history: .unknown, action: .carry, notice: nil),
        Case(
            row: row("pending"), history: .answered("yes"), action: .completeWith("yes"),
            notice: .maybeUndelivered),
        Case(row: row("pending"), history: .unanswered, action: .carry, notice: .seen),
        Case(row: row("pending"), history: .unseen, action: .carry, notice: nil),
        Case(row: row("pending", attempts: 2), history: .unknown, action: .carry, notice: .maybeSeen),
        Case(row: row("pending", attempts: 2), history: .unseen, action: .carry, notice: nil),
        Case(row: row("pending", attempts: 1), history: .unanswered, action: .carry, notice: .seen),
        Case(row: row("pending", attempts: 1), history: .answered("x"), action: .carry, notice: .seen),
        Case(
            row: row("processing", response: "hi"), history: .unknown, action: .complete,
            notice: .maybeUndelivered),
        Case(
            row: row("processing"), history: .answered("yes"), action: .completeWith("yes"),
            notice: .maybeUndelivered),
        Case(row: row("processing"), history: .unanswered, action: .makePending, notice: .seen),
        Case(row: row("processing"), history: .unseen, action: .makePending, notice: nil),
        Case(row: row("processing", attempts: 3), history: .unknown, action: .fail, notice: .undecided),
        Case(
            row: row("completed", response: "Failed to send: x"), history: .unknown, action: .carry,
            notice: .undelivered),
        Case(
            row: row("completed", response: "Failed to send: x", isProcessed: true), history: .unknown,
            action: .carry, notice: nil),
        Case(row: row("completed", response: "ok"), history: .unknown, action: .carry, notice: nil),
        Case(row: row("failed"), history: .unseen, action: .carry, notice: nil),
        Case(row: row("flushed"), history: .unseen, action: .carry, notice: nil),
        Case(row: row("done"), history: .unknown, action: .carry, notice: .unknownStatus),
    ]

    @Test(arguments: table) func `a row becomes what the table says`(_ one: Case) {
        let fate = QueueDecision.fate(of: one.row, history: one.history)
        #expect(fate.action == one.action)
        #expect(fate.notice == one.notice)
    }

    @Test func `only rows that nothing else decides ask the history`() {
        #expect(Self.row("processing").needsHistory)
        #expect(Self.row("pending", attempts: 1).needsHistory)
        #expect(Self.row("pending").needsHistory)
        #expect(!Self.row("processing", response: "x").needsHistory)
        #expect(!Self.row("completed").needsHistory)
    }
}

@Suite struct AnswerSearchTests {
    private static func search(_ rows: [(String, String)], isWhole: Bool = true) -> AnswerSearch {
        AnswerSearch(
            rows: rows.enumerated().map { place, row in
                SaidRow(
                    date: Instant("2026-11-20T10:\(10 + place):00Z"),
                    userWords: row.0 == "user" ? row.1 : nil,
                    assistantWords: row.0 == "assistant" ? row.1 : nil)
            }, isWhole: isWhole)
    }

    private func look(
        _ search: AnswerSearch, _ text: String, at time: String? = "2026-11-20 10:10:30",
        by sender: String? = "42"
    ) -> HistoryAnswer {
        let entry = QueueEntry(
            id: 7, userID: 1, status: "processing", attempts: 1, text: text, receivedAt: time)
        let senders = [1: Set([sender].compactMap { $0 })] as [Int64: Set<String>]
        return search.answers(to: [entry], senders: senders)[7] ?? .unknown
    }

    @Test func `a message with an answer behind it is answered`() {
        let search = Self.search([
            ("user", "[Username: @mira, Telegram ID: 42] Is it late? 🌙"), ("tool", "…"),
            ("assistant", "Very."),
            ("assistant", "Sleep."), ("user", "Other"), ("assistant", "No"),
        ])
        #expect(look(search, "Is it late? 🌙") == .answered("Very.\nSleep."))
    }

    @Test func `an answer to the next message is none to this one`() {
        let search = Self.search([
            ("user", "[Telegram ID: 42] one"), ("user", "[Telegram ID: 43] two"), ("assistant", "to two"),
        ])
        #expect(look(search, "one") == .unanswered)
    }

    @Test func `of two senders of the same words the named one counts`() {
        let search = Self.search([
            ("user", "[Username: @a, Telegram ID: 42] ok"), ("assistant", "for 42"),
            ("user", "[Username: @b, Telegram ID: 421] ok"), ("assistant", "for 421"),
        ])
        #expect(look(search, "ok") == .answered("for 42"))
        #expect(look(search, "ok", by: "421") == .answered("for 421"))
    }

    @Test func `words inside other words are no message`() {
        #expect(look(Self.search([("user", "[ID: 42] book"), ("assistant", "x")]), "ok") == .unseen)
    }

    @Test func `an older row of the same words is another message`() {
        let search = Self.search([("user", "[ID: 42] ok"), ("assistant", "x")])
        #expect(look(search, "ok", at: "2026-11-20 10:20 UTC") == .unseen)
    }

    @Test func `a history that does not reach back says nothing`() {
        let search = Self.search([("user", "later"), ("assistant", "x")], isWhole: false)
        #expect(look(search, "ok", at: "2026-11-20T09:00:00.123456") == .unknown)
        #expect(look(search, "ok", at: "2026-11-20T11:00:00") == .unseen)
    }

    @Test(arguments: [nil, "yesterday", ""] as [String?])
    func `a message without a time is not looked for`(time: String?) {
        #expect(look(Self.search([("user", "[ID: 42] ok")]), "ok", at: time) == .unknown)
    }

    @Test(
        arguments: [
            ("[Username: @a, Telegram ID: 42] ", .sender), ("", .nobody), ("[Telegram ID: 421] ", .another),
            ("[Telegram ID: 421] [Telegram ID: 42] ", .another), ("[Telegram ID: 42] I said ", .unclear),
            ("[Mira] ", .unclear), ("[Username: @a, Matrix ID: @ada:example.net] ", .sender),
            ("[Username: @a, Matrix ID: @ada:example.net] I said ", .unclear),
            ("[Matrix ID: @ada] ", .unclear), ("so ", .unclear), ("[ID: 42, ID: 7]", .another),
            ("[42]\n", .sender),
        ] as [(String, Speaker)])
    func `who speaks is what the brackets say`(head: String, speaker: Speaker) {
        #expect(Speaker(head, ["42", "web-9", "@ada:example.net"]) == speaker)
    }

    @Test func `words without a sender are nobody's answer`() {
        let search = Self.search([("user", "ok"), ("assistant", "to somebody in ADE")])
        #expect(look(search, "ok") == .unknown)
        #expect(look(search, "ok", by: nil) == .unknown)
    }

    @Test func `of a user whose ids nobody knows nothing is taken`() {
        let search = Self.search([("user", "[Telegram ID: 42] ok"), ("assistant", "x")])
        #expect(look(search, "ok", by: nil) == .unknown)
    }

    @Test func `earlier tries of an answered message are not another's`() {
        let said = "[Telegram ID: 42] ok"
        let search = Self.search([
            ("user", said), ("assistant", "dropped"), ("user", said), ("assistant", "sent"),
        ])
        func entry(_ id: Int64, _ status: String, _ attempts: Int, _ response: String?) -> QueueEntry {
            QueueEntry(
                id: id, userID: 1, status: status, attempts: attempts, text: "ok",
                receivedAt: "2026-11-20 10:10", response: response)
        }
        let open = entry(2, "processing", 1, nil)
        let retried = search.answers(to: [entry(1, "completed", 2, "sent"), open], senders: [1: ["42"]])
        #expect(retried[2] == .unknown)
        let failed = search.answers(
            to: [entry(1, "failed", 1, nil), open, entry(3, "completed", 1, "sent")], senders: [1: ["42"]])
        #expect(failed[2] == .unknown)
        let both = search.answers(
            to: [entry(1, "completed", 1, "another form of it"), open], senders: [1: ["42"]])
        #expect(both[2] == .answered("sent"))
    }
}

@Suite struct RowLedgerTests {
    private func ids(_ ids: Int64...) -> IDRanges {
        var found = IDRanges()
        for id in ids { found.add(id) }
        return found
    }

    @Test func `rows in a row are kept as their ends, and read back`() {
        let some = ids(-3, -2, 1, 2, 3, 7, .max)
        #expect(
            some.text == "-3..-2,1..3,7,9223372036854775807"
                && some.words == "-3--2, 1-3, 7, 9223372036854775807")
        #expect(IDRanges(text: some.text) == some)
        #expect(IDRanges(text: "x,3..1,..,5") == ids(5))
        #expect(some.contains(2) && some.contains(.max) && !some.contains(4) && !ids().contains(0))
    }

    @Test func `what is left without others is what a set would leave`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let sets = (0..<2).map { _ in
                Set(
                    (0..<Int.random(in: 0...12, using: &random)).map { _ in
                        Int64.random(in: 0...15, using: &random)
                    })
            }
            let ranges = sets.map { set in
                set.sorted().reduce(into: IDRanges()) { $0.add($1) }
            }
            let left = ranges[0].subtracting(ranges[1])
            let wanted = sets[0].subtracting(sets[1])
            #expect((Int64(-1)...16).filter(left.contains) == wanted.sorted(), "\(sets)")
            #expect(left.isEmpty == wanted.isEmpty)
        }
        #expect(ids(.max).subtracting(ids(.max)).isEmpty)
    }
}
