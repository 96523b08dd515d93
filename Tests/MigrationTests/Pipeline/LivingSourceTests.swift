import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// A source that is used, loses rows or fails while it is read.
@Suite struct LivingSourceTests {
    private static let listing = "GET /v1/agents/{}/messages"

    private func setting(_ faults: [Fault], rows: Int = 110) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: rows)
        setting.sourceFaults = faults
        return setting
    }

    /// Rows that arrive or appear at each request of the listing.
    @Test(arguments: [Fault.Change.appendRow, .insertRow(beforeLast: 2), .insertRow(beforeLast: 90)], 2...5)
    func `a row that comes while pages are read is in the file, or the capture says that it moved`(
        change: Fault.Change, request: Int
    ) async throws {
        try await withCrossing(setting([Fault(Self.listing, .nth(request), .change(change))])) { crossing in
            try await crossing.capture()
            let held = crossing.source.world.rows(of: crossing.ada).compactMap { $0["id"]?.string }
            #expect(try await crossing.storedRows().map(\.id.raw) == held)
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `a passage that comes after the archive was read is in the file`() async throws {
        // The first is the capture's, the second that of the archive's reading.
        let late = Fault("GET /v1/agents/{}/context", .nth(3), .change(.addPassage))
        try await withCrossing(setting([late])) { crossing in
            try await crossing.capture()
            #expect(try await crossing.storedPassages().sorted() == crossing.heldPassages())
        }
    }

    @Test func `passages of one instant at the end of an archive are all read`() async throws {
        var setting = setting([])
        setting.source.makePassagesOfOneInstant()
        try await withCrossing(setting) { crossing in
            try await crossing.capture()
            #expect(try await crossing.storedPassages().sorted() == crossing.heldPassages())
            #expect(try await crossing.storedPassages().count > 2)
        }
    }

    @Test func `a passage that was rewritten when the history moved is read again`() async throws {
        let slow = Fault("GET /v1/agents/{}/export", .nth(1), .answerLate(milliseconds: 150))
        try await withCrossing(setting([slow])) { crossing in
            let ada = crossing.ada
            async let captured = crossing.capture()
            while crossing.source.count("GET /v1/agents/{}/export") == 0
                || crossing.source.count("GET /v1/agents/{}/archival-memory") == 0
            {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await Task.sleep(for: .milliseconds(50))
            crossing.source.change { world in
                let first = world.passages(of: world.agents[ada]?.archiveID ?? "").first?.id ?? ""
                world.passages[first]?.text = "Rewritten."
                world.append(World.userRow("One more."), to: ada)
            }
            _ = try await captured
            #expect(try await crossing.storedPassages().contains("Rewritten."))
            #expect(try await crossing.storedPassages().sorted() == crossing.heldPassages())
        }
    }

    @Test func `a source that never stands still is refused, and the capture goes on when it does`()
        async throws
    {
        let busy = Fault("GET /v1/agents/{}/context", .every, .change(.appendRow))
        try await withCrossing(setting([busy])) { crossing in
            let ending = await crossing.ending {
                _ = try await crossing.capture()
                return try await crossing.resume()
            }
            #expect(ending.code == "source-changed")
            #expect(try await crossing.newestRun?.status == .incomplete)
            crossing.heal()
            _ = try await crossing.resume()
            #expect(
                try await crossing.storedRows().count == crossing.source.world.rows(of: crossing.ada).count)
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `a source that never stands still may be taken as it is`() async throws {
        let busy = Fault("GET /v1/agents/{}/context", .every, .change(.appendRow))
        try await withCrossing(setting([busy])) { crossing in
            try await crossing.capture(CaptureOptions(acceptsChanges: true))
            let generations = try await withSnapshot(at: crossing.snapshotPath, .read) {
                try await $0.generations()
            }
            guard case .sourceChanged = generations.last?.consistency else {
                Issue.record("the file does not say that the source moved")
                return
            }
        }
    }

    @Test func `a row that vanishes between listing and reading in full is marked gone`() async throws {
        // The agent's own export comes between the two.
        let slow = Fault("GET /v1/agents/{}/export", .nth(1), .answerLate(milliseconds: 150))
        try await withCrossing(setting([slow])) { crossing in
            let ada = crossing.ada
            let vanishing = crossing.source.world.agents[ada]?.history.id(at: 30) ?? ""
            async let captured = crossing.capture()
            while crossing.source.count("GET /v1/agents/{}/export") == 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
            crossing.source.change { world in
                world.agents[ada]?.history.removeAll { $0.id == vanishing }
                world.agents[ada]?.messageIDs.removeAll { $0 == vanishing }
            }
            _ = try await captured
            #expect(try await crossing.storedRows().count == 109)
            #expect(try await crossing.storedRows().allSatisfy { $0.native != nil })
            #expect(crossing.leftovers() == [])
        }
    }

    @Test(arguments: [0, 1, 17, 60, 108, 109])
    func `a row that no page can show is a loss with a name, in the plan and in the report`(place: Int)
        async throws
    {
        try await withCrossing(setting([Fault(Self.listing, .every, .poisonRow(at: place))])) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            guard let result = ending.result else {
                // The newest row cannot be vouched for in any other way.
                #expect(ending.code == "history-incomplete")
                return
            }
            #expect(result.verdict?.isVerified == true)
            let losses = result.plan?.fidelity.losses.map(\.id) ?? []
            #expect(losses.contains("gap:0"), "\(losses)")
            let kept = try await crossing.journal.omissions(result.run.id)
            #expect(kept.contains { $0.omission.id == "gap:0" })
            // Without its instructions an agent is given them anew.
            guard place > 0 else { return }
            #expect(
                crossing.problems(lost: [
                    crossing.source.world.agents[crossing.ada]?.history.id(at: place) ?? ""
                ]) == [])
        }
    }

    @Test func `a loss by a broken row is not forgotten by the next capture`() async throws {
        try await withCrossing(setting([Fault(Self.listing, .every, .poisonRow(at: 17))])) { crossing in
            try await crossing.capture()
            try await crossing.capture()
            let gaps = try await withSnapshot(at: crossing.snapshotPath, .read) {
                try await $0.documents(.gap)
            }
            #expect(gaps.count == 1)
            crossing.heal()
            let ada = crossing.ada
            crossing.source.change { _ = $0.append(World.userRow("One more."), to: ada) }
            try await crossing.capture()
            #expect(try await crossing.storedRows().count >= 110)
        }
    }
}

extension Crossing {
    /// The texts of Ada's passages on the source, in the order of their letters.
    fileprivate func heldPassages() -> [String] {
        let world = source.world
        return world.passages(of: world.agents[ada]?.archiveID ?? "").map(\.text).sorted()
    }
}

extension World {
    /// As a batch without times of its own leaves them.
    fileprivate mutating func makePassagesOfOneInstant() {
        let instant = passages.all.last?.created
        for passage in passages.all { passages[passage.id]?.created = instant ?? passage.created }
    }
}
