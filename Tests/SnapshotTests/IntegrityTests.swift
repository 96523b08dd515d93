import LettaModel
import SQLite
import Testing

@testable import Snapshot

/// A snapshot looked at alone: what was changed behind its back is named.
@Suite struct IntegrityTests {
    private func make(_ scratch: Scratch, isFinished: Bool = true) async throws {
        try await withSnapshot(at: scratch.path(), .create) { snapshot in
            _ = try await snapshot.beginGeneration(origin())
            try await snapshot.put([
                Document(
                    kind: .block, key: "block-1", name: "persona", position: 0,
                    json: Array(#"{"value":"I am Ada"}"#.utf8))
            ])
            var position = try await snapshot.beginListing(.main, from: .beginning)
            position = try await snapshot.record((0..<20).map { listed($0) }, at: position)
            try await snapshot.finishListing(at: position)
            try await snapshot.storeNative((0..<20).map { (ordinal: $0, json: native($0)) }, thread: .main)
            try await snapshot.beginPassages()
            try await snapshot.appendPassages(
                (0..<3).map {
                    Passage(
                        id: SourceID("passage-\($0)"), createdAt: "2026-05-02T10:11:1\($0)Z",
                        json: Array(#"{"text":"fact \#($0)"}"#.utf8))
                })
            try await snapshot.finishPassages()
            if isFinished { try await snapshot.finishGeneration(at: noon, .stable) }
        }
    }

    private func integrity(_ scratch: Scratch) async throws -> SnapshotIntegrity {
        try await withSnapshot(at: scratch.path(), .inspect) { try await $0.integrity() }
    }

    @Test func `a snapshot as it was written is sound, and reading changes nothing`() async throws {
        let scratch = try Scratch()
        try await make(scratch)
        let before = try scratch.bytes("ada.ferry")
        let found = try await integrity(scratch)
        #expect(found.isSound)
        #expect(found.damages == 0)
        #expect([found.messages, found.passages, found.documents] == [20, 3, 1])
        #expect(found.agentName == "ada")
        #expect(try scratch.bytes("ada.ferry") == before)
    }

    @Test func `one that was not finished is not sound, though nothing is damaged`() async throws {
        let scratch = try Scratch()
        try await make(scratch, isFinished: false)
        let found = try await integrity(scratch)
        #expect(found.damages == 0)
        #expect(found.state == .paused)
        #expect(!found.isSound)
    }

    /// Each changes one thing that the schema does not forbid.
    static let damages: [(change: String, kind: String, item: String)] = [
        (
            "UPDATE bodies SET data = CAST(replace(CAST(data AS TEXT), 'row 7\"', 'row 8\"') AS BLOB)",
            "message", "message-7"
        ),
        (
            "UPDATE bodies SET data = CAST(replace(CAST(data AS TEXT), 'fact 1', 'fact 9') AS BLOB)",
            "passage", "passage-1"
        ),
        (
            "UPDATE bodies SET data = CAST(replace(CAST(data AS TEXT), 'I am Ada', 'I am Bob') AS BLOB)",
            "document", "block block-1"
        ),
        (
            "UPDATE rows SET native_digest = listed_digest WHERE source_id = 'message-3'", "message",
            "message-3"
        ),
        (
            "UPDATE bodies SET data = substr(data, 1, size - 1) WHERE id = (SELECT native FROM rows WHERE source_id = 'message-4')",
            "message", "message-4"
        ),
        (
            "UPDATE bodies SET data = x'7b', size = 1 WHERE id = (SELECT body FROM passages WHERE source_id = 'passage-2')",
            "passage", "passage-2"
        ),
        ("DELETE FROM members WHERE ordinal = 5", "file", "thread main"),
    ]

    @Test(arguments: damages.indices)
    func `what was changed behind its back is named`(place: Int) async throws {
        let (change, kind, item) = Self.damages[place]
        let scratch = try Scratch()
        try await make(scratch)
        try Database(scratch.path(), .readWrite).execute(change)
        let found = try await integrity(scratch)
        #expect(!found.isSound)
        #expect(found.damaged.contains { $0.kind == kind && $0.item == item }, "\(found.damaged)")
        #expect(found.damages == found.damaged.count)
    }

    @Test func `however much is damaged, a hundred are named and all are counted`() async throws {
        let scratch = try Scratch()
        try await withSnapshot(at: scratch.path(), .create) { snapshot in
            _ = try await snapshot.beginGeneration(origin())
            var position = try await snapshot.beginListing(.main, from: .beginning)
            position = try await snapshot.record((0..<300).map { listed($0) }, at: position)
            try await snapshot.finishListing(at: position)
            try await snapshot.finishGeneration(at: noon, .stable)
        }
        try Database(scratch.path(), .readWrite)
            .execute("UPDATE bodies SET data = CAST(replace(CAST(data AS TEXT), 'row', 'raw') AS BLOB)")
        let found = try await integrity(scratch)
        #expect(found.damages == 300)
        #expect(found.damaged.count == SnapshotIntegrity.namedAtMost)
    }
}
