import LettaModel
import Snapshot
import Testing

struct DocumentTests {
    private func block(_ number: Int, _ value: String) -> Document {
        Document(
            kind: .block, key: "block-\(number)", name: "label \(number)", position: number,
            json: Array(#"{"id":"block-\#(number)","value":"\#(value)","limit":5e3}"#.utf8))
    }

    private func run(_ scratch: Scratch, _ minutes: Int, _ documents: [Document]) async throws {
        try await withSnapshot(at: scratch.path(), .resumeOrCreate) { (snapshot) async throws in
            _ = try await snapshot.beginGeneration(origin(at: noon.adding(minutes: minutes)))
            try await snapshot.put(documents)
            try await snapshot.finishGeneration(at: noon, .stable)
        }
    }

    @Test func `documents come back by position and byte for byte`() async throws {
        let scratch = try Scratch()
        try await run(scratch, 0, [block(2, "b"), block(0, "z"), block(1, "a")])
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            let documents = try await snapshot.documents(.block)
            #expect(documents.map(\.document) == [block(0, "z"), block(1, "a"), block(2, "b")])
        }
    }

    @Test func `a new run replaces, and unchanged bodies are stored once`() async throws {
        let scratch = try Scratch()
        try await run(scratch, 0, [block(0, "same"), block(1, "old"), block(2, "gone")])
        try await run(scratch, 60, [block(0, "same"), block(1, "new")])
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            #expect(
                try await snapshot.documents(.block).map(\.document) == [block(0, "same"), block(1, "new")])
            let bytes = [block(0, "same"), block(1, "old"), block(2, "gone"), block(1, "new")].map(
                \.json.count)
            #expect(try await snapshot.summary().bodyBytes == bytes.reduce(0, +))
        }
    }

    @Test func `putting twice in one run keeps the last`() async throws {
        let scratch = try Scratch()
        try await run(scratch, 0, [block(0, "first")])
        try await run(scratch, 60, [block(0, "first"), block(0, "second"), block(0, "third")])
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            #expect(try await snapshot.documents(.block).map(\.document) == [block(0, "third")])
        }
    }

    @Test func `no secret value reaches the file`() async throws {
        let scratch = try Scratch()
        let json = #"{"id":"agent-1","secrets":[{"key":"OPENAI_KEY","value":"sk-verysecret"}]}"#
        let agent = Document(kind: .agent, key: "agent-1", name: "ada", json: Array(json.utf8))
        try await run(scratch, 0, [agent])
        try await withSnapshot(at: scratch.path(), .read) { (snapshot) async throws in
            #expect(try await snapshot.documents(.agent).first?.cuts == ["secrets.OPENAI_KEY"])
            #expect(
                try await snapshot.cuts() == [
                    CutSecret(kind: .agent, key: "agent-1", name: "secrets.OPENAI_KEY")
                ])
        }
        #expect(!String(decoding: try scratch.bytes("ada.ferry"), as: UTF8.self).contains("verysecret"))
    }

    @Test func `a document that is no JSON is refused`() async throws {
        let scratch = try Scratch()
        let code = await code {
            try await run(scratch, 0, [Document(kind: .agent, key: "a", name: "a", json: Array("{".utf8))])
        }
        #expect(code == .answerNotUnderstood)
    }

    @Test func `nothing is stored before a run has begun`() async throws {
        let scratch = try Scratch()
        let code = await code {
            try await withSnapshot(at: scratch.path(), .create) { _ = try await $0.put([block(0, "x")]) }
        }
        #expect(code == .internal)
    }
}
