import Journal
import LettaModel
import ScriptedLetta
import Testing

@testable import Workers

/// What the old agent hears between its own move and that of its workers.
@Suite(.serialized) struct LaterTests {
    private static func hear(
        _ words: String, _ scene: Scene, at time: String = "2026-11-21T09:00:00.000001+00:00"
    ) {
        hear(words, scene.source, scene.oldAgent, at: time)
    }

    /// Older than the run by its clock: what counts is whether the run read it.
    private static func hear(
        _ words: String, _ source: ScriptedServer, _ agent: String,
        at time: String = "2026-11-21T09:00:00.000001+00:00"
    ) {
        source.change { world in _ = world.append(World.userRow(words, at: time), to: agent) }
    }

    private static func id(_ scene: Scene) -> String { "later:\(scene.oldAgent)" }

    @Test func `what the old agent heard after its move is a loss of its own that a move refuses`()
        async throws
    {
        let scene = try Scene()
        let still = try await scene.with { try await $0.plan(scene.order(), $1) }
        #expect(!still.omissions.contains { $0.id.hasPrefix("later:") })
        Self.hear("[Username: @user0, Telegram ID: 100] my dog has died", scene)
        let plan = try await scene.with { try await $0.plan(scene.order(), $1) }
        let loss = plan.unaccepted(scene.order()).first
        #expect(loss?.id == Self.id(scene))
        #expect(loss?.reason.contains("1 message came after run 1move") == true, "\(loss?.reason ?? "")")
        await #expect {
            try await scene.with { try await $0.move(scene.order(), $1) }
        } throws: {
            ($0 as? Failure)?.code == .lossesNotAccepted
        }
        #expect(FileKind.at(scene.destination) == nil)
        var order = scene.order()
        order.accepted.insert(Self.id(scene))
        let agreed = order
        let done = try await scene.with { try await $0.move(agreed, $1) }
        #expect(done.run.status == .verified)
    }

    @Test func `what the old agent hears while its workers are copied stops the move before it is published`()
        async throws
    {
        let scene = try Scene()
        let (source, agent) = (scene.source, scene.oldAgent)
        await #expect {
            try await scene.with(interrupt: { step in
                if step.contains("target/remap") { Self.hear("one more thing", source, agent) }
            }) { try await $0.move(scene.order(), $1) }
        } throws: {
            let failure = $0 as? Failure
            return failure?.code == .sourceChanged && failure?.subject.contains(scene.oldAgent) == true
        }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test func `a later retire looks for what the old agent heard since, too`() async throws {
        let scene = try Scene()
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        Self.hear("written in ADE", scene)
        var order = scene.order()
        order.retires = true
        let asked = order
        await #expect { try await scene.with { try await $0.move(asked, $1) } } throws: {
            ($0 as? Failure)?.code == .sourceChanged
        }
        #expect(FileKind.at(scene.tree.root + "/broca/FERRY-RETIRED") == nil)
    }

    @Test
    func
        `without the run's snapshot rows are judged by their time, and an old server that is not asked is said`()
        async throws
    {
        let scene = try Scene()
        _ = try await scene.with { try await $0.plan(scene.order(), $1) }
        try PrivateTree.remove(scene.snapshotPath)
        Self.hear("from the future", scene, at: "2126-11-21T09:00:00.000001+00:00")
        let plan = try await scene.with { try await $0.plan(scene.order(), $1) }
        #expect(plan.unaccepted(scene.order()).map(\.id) == [Self.id(scene)])
        var order = scene.order()
        order.accepted.insert("source-gone")
        let alone = order
        let unasked = try await scene.with {
            try await $0.plan(
                alone, WorkersServers(source: nil, target: $1.target, targetName: "new"))
        }
        let said = unasked.omissions.first { $0.id == Self.id(scene) }
        #expect(said?.class == .inherent)
        #expect(said?.reason.contains("not asked") == true)
    }
}
