import Home
import Journal
import LettaModel
import Plan
import Synchronization
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// Passages that go to the target while the source is still being read.
@Suite struct HeadStartTests {
    private static let batch = "POST /v1/archives/{}/passages/batch"

    private func setting(_ targetFaults: [ScriptedLetta.Fault] = []) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 60, passages: 6)
        setting.targetFaults = targetFaults
        setting.hasHeadStart = true
        return setting
    }

    private func steps(_ crossing: Crossing) async throws -> [String] {
        guard let run = try await crossing.newestRun else { return [] }
        return try await crossing.journal.steps(run.id).map { String($0.intent.kind) }
    }

    @Test func `the archive is made before the agent, and nothing is sent twice`() async throws {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.problems() == [])
            let kinds = try await steps(crossing)
            let archive = try #require(kinds.firstIndex(of: "target/create-archive"))
            let agent = try #require(kinds.firstIndex(of: "target/import-file"))
            #expect(archive < agent)
            #expect(crossing.target.count("POST /v1/archives/") == 1)
            // Nothing is read back in order to find out what is missing.
            let lists = crossing.target.count("GET /v1/agents/{}/archival-memory")
            try await withCrossing(Self.without(setting())) { usual in
                _ = try await usual.move()
                #expect(lists == usual.target.count("GET /v1/agents/{}/archival-memory"))
            }
        }
    }

    private static func without(_ setting: Crossing.Setting) -> Crossing.Setting {
        var setting = setting
        setting.hasHeadStart = false
        return setting
    }

    static let writes = LostWrite.all.filter { $0.route.contains("archive") || $0.route.contains("import") }

    @Test(arguments: writes)
    func `a write whose answer is lost is done once in the end`(write: LostWrite) async throws {
        var setting = setting([.init(write.route, .nth(write.number), write.behaviour)])
        if write.behaviour == .workThenHang {
            setting.impatience = [
                ("POST /v1/agents/import", .seconds(1)), ("POST /passages/batch", .seconds(1)),
                ("POST /v1/archives", .seconds(1)),
            ]
        }
        try await withCrossing(setting) { crossing in
            var ending = await crossing.ending { try await crossing.move() }
            for _ in 0..<2 where !ending.isVerified {
                #expect(ending.error is Failure, "\(ending)")
                ending = await crossing.ending { try await crossing.resume() }
            }
            #expect(ending.isVerified, "\(ending)")
            #expect(crossing.problems() == [])
            let run = try #require(try await crossing.newestRun)
            #expect(try await crossing.journal.openSteps(run.id).isEmpty)
        }
    }

    @Test(arguments: Array(stride(from: 9, through: 99, by: 10)))
    func `a move that is cancelled leaves nothing ahead, and resume finishes it`(request: Int) async throws {
        try await withCrossing(setting()) { crossing in
            await crossing.cancelling(atRequest: request) { _ = try await crossing.move() }
            let ending = await crossing.ending {
                guard try await crossing.newestRun != nil else { return try await crossing.move() }
                return try await crossing.resume()
            }
            #expect(ending.isVerified, "\(ending)")
            #expect(crossing.problems() == [])
        }
    }

    /// What a kill leaves: an archive with passages that nobody has compared.
    @Test func `what a killed run sent ahead is removed by resume and sent anew`() async throws {
        var setting = setting()
        let stop = Mutex(true)
        setting.before = { name, ends in
            guard name.contains("/import"), stop.withLock({ $0 }) else { return }
            throw Failure(.connectionLost, subject: name, reason: "killed", remedy: "resume", end: .target)
        }
        try await withCrossing(setting) { crossing in
            let first = await crossing.ending { try await crossing.move() }
            #expect(!first.isVerified)
            #expect(crossing.target.world.archives.count == 1)
            stop.withLock { $0 = false }
            let second = await crossing.ending { try await crossing.resume() }
            #expect(second.isVerified, "\(second)")
            #expect(crossing.problems() == [])
            #expect(crossing.target.world.archives.count == 1)
            #expect(crossing.target.count("POST /v1/archives/") == 2)
        }
    }

    @Test func `a run that was stopped with passages ahead is undone without a trace`() async throws {
        var setting = setting()
        setting.before = { name, _ in
            guard name.contains("/import") else { return }
            throw Failure(.connectionLost, subject: name, reason: "killed", remedy: "resume", end: .target)
        }
        try await withCrossing(setting) { crossing in
            _ = await crossing.ending { try await crossing.move() }
            #expect(crossing.target.world.archives.count == 1)
            let run = try #require(try await crossing.newestRun)
            let result = try await crossing.engine.undo(
                run, at: crossing.to, readable: crossing.targetAsSource, source: crossing.from, UndoOrder())
            #expect(result.left.isEmpty)
            #expect(crossing.target.world.archives.count == 0)
            #expect(crossing.target.world.passages.count == 0)
        }
    }

    @Test func `a passage that is rewritten while the source is read arrives as it is in the end, once`()
        async throws
    {
        var setting = setting()
        let ada = setting.source.agents.ids.first ?? ""
        let isDone = Mutex(false)
        setting.before = { name, ends in
            guard name.contains("passages/batch") || name.contains("POST"), name.contains("/archives/"),
                isDone.withLock({ done in
                    defer { done = true }; return !done
                })
            else { return }
            ends.source.change { world in
                let first = world.passages(of: world.agents[ada]?.archiveID ?? "").first?.id ?? ""
                world.passages[first]?.text = "Rewritten."
                world.append(World.userRow("One more."), to: ada)
            }
        }
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect(ending.isVerified, "\(ending)")
            #expect(crossing.problems() == [])
            #expect(isDone.withLock { $0 })
        }
    }

    @Test func `where the exact plan is refused nothing of what went ahead stays`() async throws {
        var setting = setting()
        // The page cannot be listed: a loss that the first plan did not know.
        setting.sourceFaults = [.init("GET /v1/agents/{}/messages", .every, .poisonRow(at: 20))]
        let asked = Mutex(0)
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending {
                try await crossing.engine.move(
                    crossing.ada, from: crossing.from, to: crossing.to, snapshotAt: crossing.snapshotPath,
                    LoadOrder(choices: Crossing.acceptsAll) { _ in
                        asked.withLock { count in
                            count += 1
                            return count == 1
                        }
                    })
            }
            #expect(ending.code == "losses-not-accepted")
            #expect(asked.withLock { $0 } == 2)
            // Something had gone ahead.
            #expect(crossing.target.count("POST /v1/archives/") == 1)
            #expect(crossing.target.world.archives.count == 0)
            #expect(crossing.target.world.passages.count == 0)
        }
    }

    @Test func `a source that fails in the middle leaves nothing on the target`() async throws {
        var setting = setting()
        let isAgreed = Mutex(false)
        // The history is refused when the archive is there, not before.
        setting.before = { name, ends in
            guard isAgreed.withLock({ $0 }), name.hasPrefix("GET \(ends.source.url)"),
                name.contains("/messages")
            else { return }
            for _ in 0..<1_000 where ends.target.world.archives.count == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            ends.source.arm([.init("GET /v1/agents/{}/messages", .every, .refuse(status: 403))])
        }
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending {
                try await crossing.engine.move(
                    crossing.ada, from: crossing.from, to: crossing.to, snapshotAt: crossing.snapshotPath,
                    LoadOrder(choices: Crossing.acceptsAll) { _ in
                        isAgreed.withLock { $0 = true }
                        return true
                    })
            }
            #expect(!ending.isVerified)
            #expect(crossing.target.count("POST /v1/archives/") == 1)
            #expect(crossing.target.world.archives.count == 0)
        }
    }

    @Test func `less than a wanted multiset is what is left of it, and more is nothing`() {
        func ledger(_ numbers: [UInt8]) -> PassageLedger {
            var ledger = PassageLedger()
            for number in numbers { ledger.want(ContentDigest(bytes: [UInt8](repeating: number, count: 32))) }
            return ledger
        }
        #expect(ledger([1, 1, 2]).less(ledger([1]))?.missingCount == 2)
        #expect(ledger([1, 1, 2]).less(ledger([1, 1, 2]))?.isSettled == true)
        #expect(ledger([1, 2]).less(ledger([1, 1])) == nil)
        #expect(ledger([1, 2]).less(ledger([3])) == nil)
    }
}
