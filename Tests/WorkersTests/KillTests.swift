import Glibc
import Journal
import LettaModel
import ScriptedLetta
import Synchronization
import Testing

@testable import Workers

/// A kill at every point of every step, then the same command again.
@Suite(.serialized) struct KillTests {
    final class Counter: Sendable {
        private let seen = Mutex<[String]>([])
        let limit: Int

        init(limit: Int) { self.limit = limit }

        var points: [String] { seen.withLock { $0 } }

        @Sendable func reach(_ point: String) throws {
            let count = seen.withLock { seen in
                seen.append(point)
                return seen.count
            }
            if count == limit { throw StepBook.Killed() }
        }
    }

    /// A sample; all of them with FERRY_KILL_MATRIX.
    private static let width = getenv("FERRY_KILL_MATRIX") == nil ? 7 : 1

    private func points(retires: Bool) async throws -> Int {
        let scene = try Scene(users: 3)
        let counter = Counter(limit: .max)
        _ = try await scene.with(interrupt: counter.reach) { try await $0.move(order(scene, retires), $1) }
        return counter.points.count
    }

    private func order(_ scene: Scene, _ retires: Bool) -> WorkersOrder {
        var order = scene.order()
        order.retires = retires
        return order
    }

    @Test func `a kill at any point, then the same command, ends in the same state`() async throws {
        let count = try await points(retires: true)
        #expect(count > 20)
        for place in stride(from: 1, through: count, by: Self.width) {
            let scene = try Scene(users: 3)
            let counter = Counter(limit: place)
            do {
                _ = try await scene.with(interrupt: counter.reach) {
                    try await $0.move(order(scene, true), $1)
                }
                Issue.record("point \(place) was not reached")
            } catch is StepBook.Killed {}
            let run = try await scene.with { try await $0.move(order(scene, true), $1).run }
            try EndState(scene).check()
            let runs = try await scene.with { engine, _ in try await engine.journal.runs().map(\.id) }
            #expect(runs.count == 2, "after \(counter.points.last ?? "")")
            let open = try await scene.with { engine, _ in
                try await engine.journal.openSteps(run.id).map(\.intent.kind)
            }
            #expect(open.isEmpty, "after \(counter.points.last ?? "")")
            #expect(FileKind.at(scene.tree.root + "/FERRY-RETIRED") != nil)
        }
    }

    @Test func `a kill in the middle of an undo, then undo again, leaves nothing`() async throws {
        let whole = try Scene(users: 3)
        let run = try await whole.with { try await $0.move(order(whole, true), $1).run }
        let all = Counter(limit: .max)
        _ = try await whole.with(interrupt: all.reach) { try await $0.undo(run, $1.target) }
        for place in stride(from: 1, through: all.points.count, by: Self.width) {
            let scene = try Scene(users: 3)
            let before = try Manifest(of: scene.tree.root)
            let run = try await scene.with { try await $0.move(order(scene, true), $1).run }
            await #expect(throws: StepBook.Killed.self) {
                try await scene.with(interrupt: Counter(limit: place).reach) {
                    try await $0.undo(run, $1.target)
                }
            }
            _ = try await scene.with { try await $0.undo(run, $1.target) }
            #expect(try Manifest(of: scene.tree.root) == before)
            #expect(try FileKind.names(in: scene.folder + "/new").isEmpty)
            #expect(scene.target.world.identities.all.isEmpty)
            #expect(scene.target.world.blocks.all.allSatisfy { $0.label != "human" })
        }
    }

    @Test func `a kill at any point of a move, then undo, leaves nothing and loses nothing`() async throws {
        let count = try await points(retires: true)
        for place in stride(from: 1, through: count, by: Self.width) {
            let scene = try Scene(users: 3)
            let before = try Manifest(of: scene.tree.root)
            let counter = Counter(limit: place)
            await #expect(throws: StepBook.Killed.self) {
                try await scene.with(interrupt: counter.reach) {
                    try await $0.move(order(scene, true), $1)
                }
            }
            let point = counter.points.last ?? ""
            let found = try await scene.with { engine, _ in
                try await engine.journal.runs().first { $0.draft.job == WorkersEngine.job }
            }
            let run = try #require(found, "after \(point)")
            _ = try await scene.with { try await $0.undo(run, $1.target) }
            #expect(try Manifest(of: scene.tree.root) == before, "after \(point)")
            #expect(try FileKind.names(in: scene.folder + "/new").isEmpty, "after \(point)")
            #expect(scene.target.world.identities.all.isEmpty, "after \(point)")
            #expect(
                scene.target.world.blocks.all.allSatisfy { $0.label != "human" }, "after \(point)")
        }
    }

    @Test func `a kill before the last rename, then a failure, then undo, takes nothing for published`()
        async throws
    {
        let scene = try Scene(users: 3)
        await #expect(throws: StepBook.Killed.self) {
            try await scene.with(interrupt: { point in
                if point == "intended target/publish" { throw StepBook.Killed() }
            }) { try await $0.move(scene.order(), $1) }
        }
        #expect(try FileKind.names(in: scene.folder + "/new").count == 1)
        let holder = Holder(scene.tree.database)
        _ = await BadTreeTests.failure { try await scene.with { try await $0.move(scene.order(), $1) } }
        withExtendedLifetime(holder) {}
        #expect(try FileKind.names(in: scene.folder + "/new").isEmpty)
        // Somebody's own, made since at the place.
        try PrivateTree.makeFolder(scene.destination)
        try PrivateTree.write([1], to: scene.destination + "/mine")
        let found = try await scene.with { engine, _ in
            try await engine.journal.runs().first { $0.draft.job == WorkersEngine.job }
        }
        let run = try #require(found)
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(try FileKind.names(in: scene.destination) == ["mine"])
        #expect(scene.target.world.identities.all.isEmpty)
    }

    @Test(arguments: ["POST /v1/blocks/", "POST /v1/identities/"], [1, 2])
    func `a lost answer makes nothing twice`(route: String, number: Int) async throws {
        let scene = try Scene(users: 4, faults: [Fault(route, .nth(number), .workThenClose)])
        do { _ = try await scene.with { try await $0.move(scene.order(), $1) } } catch let failure as Failure
        {
            #expect(failure.code == .outcomeUnknown)
        }
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        try EndState(scene).check()
    }
}
