import Home
import LettaModel
import Testing

@testable import Migration

@Suite struct PassageBatcherTests {
    private func batches(_ times: [String], limit: Int) -> [[String]] {
        var batcher = PassageBatcher(PassagePace(most: limit))
        var batches: [[PassageDraft]] = []
        for time in times {
            if let full = batcher.add(PassageDraft(createdAt: time, json: [])) { batches.append(full) }
        }
        if let rest = batcher.finish() { batches.append(rest) }
        return batches.map { $0.map(\.createdAt) }
    }

    @Test func `ascending passages fill batches up to the limit`() {
        #expect(batches(["1", "2", "3", "4", "5"], limit: 2) == [["1", "2"], ["3", "4"], ["5"]])
    }

    @Test func `two passages of one instant never share a batch`() {
        #expect(batches(["1", "1", "2", "2", "2"], limit: 10) == [["1"], ["1", "2"], ["2"], ["2"]])
    }

    @Test func `a passage that goes back in time begins a new batch`() {
        #expect(batches(["2", "1", "3"], limit: 10) == [["2"], ["1", "3"]])
    }

    @Test func `a request holds no more bytes than the server is sent at once`() {
        var batcher = PassageBatcher()
        let big = [UInt8](repeating: 32, count: 3_000_000)
        let isFirstHeld = batcher.add(PassageDraft(createdAt: "1", json: big)) == nil
        #expect(isFirstHeld)
        let full = batcher.add(PassageDraft(createdAt: "2", json: big))
        #expect(full?.map(\.createdAt) == ["1"])
    }

    @Test func `no passages make no batch`() {
        #expect(batches([], limit: 10).isEmpty)
    }
}

@Suite struct PassagePaceTests {
    @Test func `a quick target gets as many at once as are allowed`() {
        var pace = PassagePace()
        #expect(pace.limit == 50)
        pace.took(2, for: 50)
        #expect(pace.limit == 500)
    }

    @Test func `a slow embedder gets what it answers before a proxy gives up`() {
        var pace = PassagePace()
        pace.took(50, for: 50)
        #expect(pace.limit == 25)
        pace.took(100, for: 25)
        #expect(pace.limit == 10)
        pace.took(5, for: 10)
        #expect(pace.limit == 50)
    }

    @Test func `a target that takes one at a time always gets one`() {
        var pace = PassagePace(most: 1)
        pace.took(0.01, for: 1)
        #expect(pace.limit == 1)
    }
}

@Suite struct PassageLedgerTests {
    private let one = ContentDigest(bytes: [UInt8](repeating: 1, count: 32))
    private let two = ContentDigest(bytes: [UInt8](repeating: 2, count: 32))

    @Test func `what is there already is not sent again`() {
        var ledger = PassageLedger()
        ledger.want(one)
        ledger.want(two)
        ledger.found(one, id: "passage-1")
        #expect(ledger.missingCount == 1)
        let isOneTaken = ledger.take(one)
        #expect(!isOneTaken)
        let isTaken = ledger.take(two)
        #expect(isTaken)
        #expect(ledger.isSettled)
    }

    @Test func `equal passages count one by one`() {
        var ledger = PassageLedger()
        ledger.want(one)
        ledger.want(one)
        ledger.found(one, id: "passage-1")
        #expect(ledger.missingCount == 1)
        ledger.found(one, id: "passage-2")
        #expect(ledger.isSettled)
        ledger.found(one, id: "passage-3")
        #expect(ledger.surplus == ["passage-3"])
    }

    @Test func `a passage that the run never sent is somebody else's and is left alone`() {
        var ledger = PassageLedger()
        ledger.found(two, id: "passage-9")
        #expect(ledger.surplus.isEmpty)
        #expect(ledger.strangers == 1)
        #expect(ledger.isSettled)
    }
}

@Suite struct PassageFormTests {
    private func digest(_ json: String) throws -> ContentDigest { try PassageForm(Array(json.utf8)).digest }

    private let plain =
        #"{"id":"p","text":"sea","tags":["a","b"],"metadata":{"k":1},"created_at":"2026-01-02T03:04:05.000006+00:00"}"#

    @Test(arguments: [
        #"{"text":"sea","tags":["b","a"],"metadata":{"k":1},"created_at":"2026-01-02T03:04:05.000006+00:00"}"#,
        #"{"text":"sea","tags":["a","b"],"metadata":{"k":1.0},"created_at":"2026-01-02T04:04:05.000006+01:00"}"#,
        #"{"text":"sea","tags":["a","b","a"],"metadata":{"k":1},"created_at":"2026-01-02T03:04:05.000006Z"}"#,
    ])
    func `order of tags, zone and spelling of numbers do not matter`(json: String) throws {
        #expect(try digest(json) == digest(plain))
    }

    @Test func `a target that takes no metadata knows a passage without it`() throws {
        let sent = try PassageForm(Array(plain.utf8), hasMetadata: false)
        let bare = plain.replacing(#"{"k":1}"#, with: "null")
        #expect(try sent.digest == PassageForm(Array(bare.utf8), hasMetadata: false).digest)
        #expect(try sent.digest != digest(plain))
    }

    @Test(arguments: [
        #"{"text":"seA","tags":["a","b"],"metadata":{"k":1},"created_at":"2026-01-02T03:04:05.000006+00:00"}"#,
        #"{"text":"sea","tags":["a"],"metadata":{"k":1},"created_at":"2026-01-02T03:04:05.000006+00:00"}"#,
        #"{"text":"sea","tags":["a","b"],"metadata":{},"created_at":"2026-01-02T03:04:05.000006+00:00"}"#,
        #"{"text":"sea","tags":["a","b"],"metadata":{"k":1},"created_at":"2026-01-02T03:04:05.000007+00:00"}"#,
    ])
    func `text, tags, metadata and time matter`(json: String) throws {
        #expect(try digest(json) != digest(plain))
    }
}
