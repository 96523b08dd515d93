import LettaModel
import Snapshot
import Testing

struct PassageTests {
    private func passage(_ number: Int, text: String = "note") -> Passage<SourceSide> {
        let date = noon.adding(minutes: number / 2).text
        let json =
            #"{"id":"passage-\#(number)","text":"\#(text) \#(number)","created_at":"\#(date)","tags":[]}"#
        return Passage(id: SourceID("passage-\(number)"), createdAt: date, json: Array(json.utf8))
    }

    private func run(_ scratch: Scratch, _ minutes: Int, _ passages: [Passage<SourceSide>]) async throws {
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin(at: noon.adding(minutes: minutes)))
            try await read(passages, into: snapshot)
            try await snapshot.finishGeneration(at: noon, .stable)
        }
    }

    private func read(_ passages: [Passage<SourceSide>], into snapshot: AgentSnapshot) async throws {
        try await snapshot.beginPassages()
        for start in stride(from: 0, to: passages.count, by: 64) {
            try await snapshot.appendPassages(Array(passages[start..<min(start + 64, passages.count)]))
        }
        try await snapshot.finishPassages()
    }

    private func stored(_ scratch: Scratch) async throws -> [Passage<SourceSide>] {
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            var passages: [StoredPassage] = []
            for try await batch in snapshot.passageBatches() { passages += batch }
            #expect(try await snapshot.passageCount() == passages.count)
            return passages.map(\.passage)
        }
    }

    @Test func `passages come back by time and id`() async throws {
        let scratch = try Scratch()
        let passages = (100..<300).map { passage($0) }
        try await run(scratch, 0, passages.reversed())
        #expect(try await stored(scratch) == passages)
    }

    @Test func `a passage that is gone or changed is not read back`() async throws {
        let scratch = try Scratch()
        try await run(scratch, 0, (0..<6).map { passage($0) })
        let now = [passage(0), passage(2, text: "new"), passage(4), passage(5), passage(6)]
        try await run(scratch, 60, now)
        #expect(try await stored(scratch) == now)
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            #expect(try await snapshot.summary().gonePassages == 3)
        }
    }

    @Test func `an interrupted reading begins anew without doubles`() async throws {
        let scratch = try Scratch()
        try await run(scratch, 0, [passage(0), passage(1)])
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin(at: noon.adding(minutes: 60)))
            try await snapshot.beginPassages()
            try await snapshot.appendPassages([passage(0), passage(2), passage(3)])
        }
        try await run(scratch, 61, [passage(0), passage(1), passage(3)])
        #expect(try await stored(scratch) == [passage(0), passage(1), passage(3)])
    }

    @Test func `passages of one id are different passages`() async throws {
        let scratch = try Scratch()
        let twins = [passage(1, text: "a"), passage(1, text: "b"), passage(1, text: "b")]
        try await run(scratch, 0, twins)
        try await run(scratch, 60, twins)
        #expect(try await stored(scratch) == twins)
    }

    @Test func `an embedding is dropped at the door`() async throws {
        let scratch = try Scratch()
        let json = #"{"id":"p","text":"t","embedding":[0.5,0.25],"n":1.0}"#
        try await run(scratch, 0, [Passage(id: SourceID("p"), createdAt: "", json: Array(json.utf8))])
        #expect(text(try await stored(scratch).first?.json) == #"{"id":"p","text":"t","n":1.0}"#)
    }
}
