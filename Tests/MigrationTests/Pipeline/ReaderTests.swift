import Home
import Journal
import LettaModel
import LettaServer
import Plan
import Snapshot
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// The temporary reader agent is gone on every way out.
@Suite struct ReaderTests {
    private static let makesReader = "POST /v1/agents/"
    private static let export = "GET /v1/agents/{}/export"

    private func setting(_ faults: [Fault] = []) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 60)
        setting.sourceFaults = faults
        return setting
    }

    @Test func `it is gone after a capture and after a whole move, at both ends`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            #expect(crossing.source.count(Self.makesReader) == 1)
            #expect(crossing.target.count(Self.makesReader) == 1)
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `it is gone after a failure, and the rest is rebuilt and named as a loss`() async throws {
        try await withCrossing(setting([Fault(Self.export, .from(2), .refuse(status: 500))])) { crossing in
            let result = try await crossing.move()
            #expect(crossing.leftovers() == [])
            #expect(result.plan?.fidelity.losses.contains { $0.id == "folding" } == true)
            #expect(crossing.notes.all.contains { $0.contains("rebuilt from its listing") })
        }
    }

    @Test(arguments: [1, 2])
    func `one whose order was lost without a trace is ordered again`(times: Int) async throws {
        let lost = (1...times).map { Fault(Self.makesReader, .nth($0), .refuse(status: 500)) }
        try await withCrossing(setting(lost)) { crossing in
            try await crossing.capture()
            #expect(try await crossing.storedRows().allSatisfy { $0.native != nil })
            #expect(crossing.leftovers() == [])
            #expect(crossing.source.count(Self.makesReader) == times + 1)
        }
    }

    @Test(arguments: [
        "PATCH /v1/agents/{}", "GET /v1/agents/{}/export", "POST /v1/agents/", "DELETE /v1/agents/{}",
    ])
    func `it is gone when the capture is cancelled in the middle of a slice`(route: String) async throws {
        let hold = Fault(route, .nth(route.hasSuffix("export") ? 2 : 1), .answerLate(milliseconds: 400))
        try await withCrossing(setting([hold])) { crossing in
            await crossing.cancelling(atRequest: route, number: route.hasSuffix("export") ? 2 : 1) {
                _ = try await crossing.capture()
            }
            #expect(crossing.leftovers() == [])
            #expect(try await crossing.newestRun?.status == .incomplete)
            _ = try await crossing.resume()
            #expect(try await crossing.storedRows().allSatisfy { $0.native != nil })
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `one whose order comes late, when nobody waits for it any more, is removed`() async throws {
        let late = Fault(Self.makesReader, .nth(1), .answerLate(milliseconds: 1500))
        try await withCrossing(setting([late])) { crossing in
            await crossing.cancelling(atRequest: Self.makesReader, number: 1) {
                _ = try await crossing.capture()
            }
            #expect(crossing.leftovers() == [])
            let run = try #require(try await crossing.newestRun)
            #expect(try await crossing.journal.openSteps(run.id).isEmpty)
        }
    }

    @Test func `one that a killed process left is removed by resume`() async throws {
        try await withCrossing(setting([Fault("DELETE /v1/agents/{}", .every, .refuse(status: 403))])) {
            crossing in
            let ending = await crossing.ending {
                _ = try await crossing.capture()
                return try await crossing.resume()
            }
            #expect(ending.code == "reader-left-behind")
            #expect(crossing.leftovers().count == 1)
            crossing.heal()
            _ = try await crossing.resume()
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `one that was ordered and whose process was killed before the answer is removed by resume`()
        async throws
    {
        try await withCrossing(setting([Fault(Self.export, .every, .refuse(status: 401))])) { crossing in
            _ = await crossing.ending {
                _ = try await crossing.capture()
                return try await crossing.resume()
            }
            let run = try #require(try await crossing.newestRun)
            crossing.heal()
            // As a kill leaves it: an intent without an outcome, and the reader on the server.
            let attempt = try await crossing.journal.nextAttempt(run.id)
            let marker = Marker(run: run.id.description, attempt: attempt)
            _ = try await crossing.journal.intend(
                run.id, StepIntent(kind: "source/create-reader", marker: marker))
            let state = try await crossing.from.agent(SourceID(crossing.ada))
            _ = try await crossing.from.perform(.createReader(marker, template: state.json))
            #expect(crossing.leftovers().count == 1)
            _ = try await crossing.resume()
            #expect(crossing.leftovers() == [])
            #expect(try await crossing.journal.openSteps(run.id).isEmpty)
        }
    }

    @Test func `one on the target that a killed verification left is removed when it is resumed`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            let moved = try await crossing.move()
            crossing.target.arm([Fault("DELETE /v1/agents/{}", .every, .refuse(status: 403))])
            let order = try await crossing.engine.verifyOrder(of: moved.run)
            let ending = await crossing.ending { try await crossing.engine.verify(order, at: crossing.to) }
            #expect(ending.code == "reader-left-behind")
            #expect(crossing.leftovers().count == 1)
            crossing.heal()
            let result = try await crossing.resume()
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.leftovers() == [])
        }
    }
}

extension Crossing {
    /// Runs the work and cancels it once the servers have met that request.
    func cancelling(
        atRequest route: String, number: Int, _ work: @escaping @Sendable () async throws -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await work() }
            group.addTask {
                while source.count(route) + target.count(route) < number, !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(3))
                }
            }
            await group.next()
            group.cancelAll()
            await group.waitForAll()
        }
    }
}
