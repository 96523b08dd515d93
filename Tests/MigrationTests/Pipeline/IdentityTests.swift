import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// The identities of an agent, on the way to a target that lacks them, has
/// them, or has others of the same key.
@Suite struct IdentityTests {
    private static let properties: JSONNode = [
        ["key": "city", "value": "Porto", "type": "string"], ["key": "pianos", "value": 3, "type": "number"],
    ]

    private func setting(_ target: World = World(seed: "target")) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 14, passages: 2, tools: 1)
        if let mira = setting.source.identities.ids.first {
            setting.source.identities[mira]?.json["properties"] = Self.properties
        }
        setting.target = target
        return setting
    }

    /// A target that has an identity of the key already.
    private func target(named name: String, _ properties: JSONNode = Self.properties) -> World {
        var world = World(seed: "target")
        let id = world.addIdentity(key: "mira", name: name)
        world.identities[id]?.json["properties"] = properties
        return world
    }

    private func attached(_ crossing: Crossing) -> [String] {
        crossing.target.world.agents(named: "Ada").first?.identityIDs ?? []
    }

    @Test func `an identity is made with its properties, attached, and compared`() async throws {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move()
            let made = try #require(crossing.target.world.identities.all.first)
            #expect(made.json["name"] == "Mira")
            #expect(made.json["properties"]?.elements.count == 2)
            #expect(attached(crossing) == [made.id])
            #expect(result.verdict?.result(of: .identities)?.equal == 1)
            #expect(result.plan?.fidelity.losses.contains { $0.id.hasPrefix("identity") } == false)
            let mapped = try await crossing.journal.mappings(of: result.run.id)
            #expect(mapped.contains { $0.kind == IdentityKind.name && $0.targetID == made.id })
        }
    }

    @Test func `an undo removes the identity that the run made`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let result = try await crossing.undo()
            #expect(crossing.target.world.identities.all.isEmpty)
            #expect(result.removed.contains { $0.kind == .identity })
        }
    }

    @Test func `one that another agent uses by now is left and named`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let mira = try #require(attached(crossing).first)
            crossing.target.change { world in
                let bob = world.addAgent(name: "Bob", rows: 2)
                world.agents[bob]?.identityIDs = [mira]
            }
            let result = try await crossing.undo()
            #expect(crossing.target.world.identities[mira] != nil)
            #expect(result.left.contains { $0.item.kind == .identity })
        }
    }

    @Test func `one that was edited since goes only when that is asked for, and a copy is kept`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let mira = try #require(attached(crossing).first)
            crossing.target.change { $0.identities[mira]?.json["name"] = "Mira T." }
            await #expect {
                try await crossing.undo()
            } throws: { ($0 as? Failure)?.code == .undoWouldLose }
            _ = try await crossing.undo(discardsNewer: true)
            #expect(crossing.target.world.identities[mira] == nil)
        }
    }

    @Test func `one of the target that says the same is used, and stays after an undo`() async throws {
        try await withCrossing(setting(target(named: "Mira"))) { crossing in
            let result = try await crossing.move()
            #expect(crossing.target.world.identities.all.count == 1)
            #expect(attached(crossing) == crossing.target.world.identities.ids)
            #expect(result.verdict?.result(of: .identities)?.isEqual == true)
            _ = try await crossing.undo()
            #expect(crossing.target.world.identities.all.count == 1)
        }
    }

    @Test(arguments: ["name", "properties"])
    func `one of the target that says something else is named before, used, and never changed`(
        what: String
    ) async throws {
        let other = what == "name" ? target(named: "Somebody") : target(named: "Mira", [])
        try await withCrossing(setting(other)) { crossing in
            let before = crossing.target.world.identities.all.map(\.json)
            let result = try await crossing.move()
            let loss = try #require(result.plan?.fidelity.losses.first { $0.id.hasPrefix("identity:") })
            #expect(loss.reason.contains("says something else"))
            #expect(result.verdict?.announced.contains { $0.rule == "identity-kept" } == true)
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.target.world.identities.all.map(\.json) == before)
        }
    }

    @Test func `one that was edited after the move is a difference, and no announced one`() async throws {
        try await withCrossing(setting()) { crossing in
            let moved = try await crossing.move()
            let mira = try #require(attached(crossing).first)
            crossing.target.change { $0.identities[mira]?.json["name"] = "Somebody" }
            let order = try await crossing.engine.verifyOrder(of: moved.run)
            let result = try await crossing.engine.verify(order, at: crossing.to)
            #expect(result.verdict?.differences.map(\.sentence) == ["identity mira: name changed"])
        }
    }

    @Test(arguments: [ScriptedLetta.Fault.Behaviour.workThenClose, .workThenRefuse(status: 500)])
    func `an answer that is lost makes no second one, and an undo leaves what nobody knows the maker of`(
        behaviour: ScriptedLetta.Fault.Behaviour
    ) async throws {
        var setting = setting()
        setting.targetFaults = [.init("POST /v1/identities/", .nth(1), behaviour)]
        try await withCrossing(setting) { crossing in
            var ending = await crossing.ending { try await crossing.move() }
            if !ending.isVerified { ending = await crossing.ending { try await crossing.resume() } }
            #expect(ending.isVerified, "\(ending)")
            #expect(crossing.target.world.identities.all.count == 1)
            let result = try await crossing.undo()
            #expect(crossing.target.world.identities.all.count == 1)
            #expect(result.left.contains { $0.item.kind == .identity && $0.reason.contains("was lost") })
        }
    }

    @Test func `a target that refuses to make one says how to end the run, and without it the run ends`()
        async throws
    {
        var setting = setting()
        setting.targetFaults = [.init("POST /v1/identities/", .every, .refuse(status: 403))]
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect((ending.error as? Failure)?.remedy.contains("--identities leave") == true, "\(ending)")
            _ = try await crossing.undo()
            #expect(crossing.leftovers() == [])
            var choices = Crossing.acceptsAll
            choices.leavesIdentities = true
            let result = try await crossing.move(choices)
            #expect(result.verdict?.isVerified == true)
            #expect(result.plan?.fidelity.losses.contains { $0.id.hasPrefix("identity:") } == true)
            #expect(crossing.target.world.identities.all.isEmpty)
        }
    }

    @Test(arguments: ["the same", "other"])
    func `one of the target's own that was changed after the move is a difference`(before: String)
        async throws
    {
        let other = before == "other" ? target(named: "Somebody") : target(named: "Mira")
        try await withCrossing(setting(other)) { crossing in
            let moved = try await crossing.move()
            #expect(moved.verdict?.isVerified == true)
            let mira = try #require(attached(crossing).first)
            crossing.target.change { $0.identities[mira]?.json["name"] = "Somebody ELSE" }
            let order = try await crossing.engine.verifyOrder(of: moved.run)
            let result = try await crossing.engine.verify(order, at: crossing.to)
            #expect(result.verdict?.differences.map(\.sentence) == ["identity mira: name changed"])
        }
    }

    @Test func `blocks that were hung on it since are not lost with an undo`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let mira = try #require(attached(crossing).first)
            crossing.target.change { $0.identities[mira]?.json["block_ids"] = ["block-of-theirs"] }
            await #expect {
                try await crossing.undo()
            } throws: { ($0 as? Failure)?.code == .undoWouldLose }
        }
    }

    @Test func `a difference of identities leaves the copy under its temporary name`() async throws {
        var setting = setting()
        // The archive is made after the identity.
        setting.before = { call, ends in
            guard call.hasPrefix("POST"), call.hasSuffix("/v1/archives/") else { return }
            ends.target.change { world in
                for id in world.identities.ids { world.identities[id]?.json["name"] = "Somebody" }
            }
        }
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect(!ending.isVerified)
            #expect(crossing.target.world.agents(named: "Ada").isEmpty)
        }
    }

    @Test func `blocks that hang on an identity are named one by one`() async throws {
        var setting = setting()
        if let mira = setting.source.identities.ids.first {
            setting.source.identities[mira]?.json["block_ids"] = ["block-1", "block-2"]
        }
        try await withCrossing(setting) { crossing in
            let result = try await crossing.move()
            let ids = result.plan?.fidelity.losses.map(\.id) ?? []
            #expect(ids.contains("identity-block:block-1") && ids.contains("identity-block:block-2"))
        }
    }

    private static let secretive: [(name: String, property: JSONNode)] = [
        (
            "a login in an address",
            ["key": "home", "type": "json", "value": ["url": "https://mira:a-password@example.org/"]]
        ),
        ("a key by its name", ["key": "api_key", "type": "string", "value": "a-password"]),
    ]

    @Test(arguments: [0, 1])
    func `one with a secret in a property is named before, kept nowhere, and no half of it is made`(
        place: Int
    ) async throws {
        var setting = setting()
        if let mira = setting.source.identities.ids.first {
            setting.source.identities[mira]?.json["properties"] = [Self.secretive[place].property]
        }
        try await withCrossing(setting) { crossing in
            let early = try await Engine.plan(
                "Ada", from: crossing.from, to: crossing.to, crossing.order(Crossing.acceptsAll))
            #expect(early.fidelity.losses.contains { $0.reason.contains("a snapshot keeps none") })
            let result = try await crossing.move()
            let loss = try #require(result.plan?.fidelity.losses.first { $0.id.hasPrefix("identity:") })
            #expect(loss.reason.contains("a snapshot keeps none"))
            #expect(crossing.target.world.identities.all.isEmpty)
            #expect(result.verdict?.isVerified == true)
            let made = crossing.target.change { $0.addIdentity(key: "mira", name: "Mira") }
            let ada = try #require(crossing.target.world.agents(named: "Ada").first)
            crossing.target.change { $0.agents[ada.id]?.identityIDs = [made] }
            let order = try await crossing.engine.verifyOrder(of: result.run)
            let again = try await crossing.engine.verify(order, at: crossing.to)
            #expect(again.verdict?.isVerified == true, "made by hand, as the plan advised")
        }
    }
}
