import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Synchronization
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// Everything on a server, by kind and id, with what could be changed of it.
private func everything(on server: ScriptedServer) -> [String] {
    let world = server.world
    return world.agents.all.map { "agent \($0.id) \($0.name)" }
        + world.blocks.all.map { "block \($0.id) \($0.value) \($0.tags)" }
        + world.tools.all.map { "tool \($0.id) \($0.sourceCode ?? "")" }
        + world.archives.all.map { "archive \($0.id) \($0.name)" }
        + world.passages.all.map { "passage \($0.id) \($0.text)" }
        + world.identities.all.map { "identity \($0.id) \($0.json.text())" }
}

@Suite struct UndoTests {
    private func setting(_ faults: [ScriptedLetta.Fault] = []) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 14, passages: 6, tools: 2)
        setting.target = .small(rows: 4, passages: 2, tools: 0, name: "Bob", seed: "target")
        setting.targetFaults = faults
        return setting
    }

    @Test func `an undone move leaves the target as it was, thing by thing`() async throws {
        try await withCrossing(setting()) { crossing in
            let before = everything(on: crossing.target)
            try await crossing.move()
            #expect(everything(on: crossing.target) != before)
            let result = try await crossing.undo()
            #expect(everything(on: crossing.target) == before)
            #expect(result.run.status == .undone)
            #expect(result.left.isEmpty)
            #expect(result.removed.count { $0.kind == .agent } == 1)
            #expect(try await crossing.journal.mappings(of: result.run.id).isEmpty)
        }
    }

    /// Stops before the n-th write, as a kill would.
    @Test(arguments: 1...24)
    func `a move that was stopped at any write can be undone`(write: Int) async throws {
        let count = Mutex(0)
        let isArmed = Mutex(true)
        var setting = setting()
        setting.before = { call, ends in
            let isWrite = !call.hasPrefix("GET") && call.contains(ends.target.url)
            guard isWrite, isArmed.withLock({ $0 }) else { return }
            let number = count.withLock { number in
                number += 1
                return number
            }
            if number >= write { throw Stopped() }
        }
        try await withCrossing(setting) { crossing in
            let before = everything(on: crossing.target)
            _ = await crossing.ending { try await crossing.move() }
            isArmed.withLock { $0 = false }
            guard try await crossing.newestRun != nil else { return }
            let result = try await crossing.undo()
            #expect(result.run.status == .undone)
            #expect(everything(on: crossing.target) == before)
        }
    }

    @Test(arguments: ["/v1/archives/", "/v1/blocks/", "/v1/tools/"])
    func `an undo that was stopped after its agent was removed goes on to the end`(next: String) async throws
    {
        let isArmed = Mutex(true)
        var setting = setting()
        setting.before = { call, ends in
            let isNext = call.hasPrefix("DELETE") && call.contains(ends.target.url) && call.contains(next)
            if isNext, isArmed.withLock({ $0 }) { throw Stopped() }
        }
        try await withCrossing(setting) { crossing in
            let before = everything(on: crossing.target)
            try await crossing.move()
            await #expect(throws: (any Error).self) { try await crossing.undo() }
            #expect(crossing.target.world.agents(named: "Ada").isEmpty)
            isArmed.withLock { $0 = false }
            let result = try await crossing.undo()
            #expect(result.left.isEmpty, "\(result.left)")
            #expect(everything(on: crossing.target) == before)
        }
    }

    private struct Stopped: Error {}

    @Test func `an agent that was talked to since is kept, and told apart from one that was not`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let ada = try #require(crossing.target.world.agents(named: "Ada").first)
            crossing.target.change { _ = $0.append(World.userRow("Are you there?"), to: ada.id) }
            let moved = everything(on: crossing.target)
            await #expect {
                try await crossing.undo()
            } throws: { error in
                (error as? Failure)?.code == .undoWouldLose
                    && (error as? Failure)?.reason.contains("1 message more") == true
            }
            #expect(everything(on: crossing.target) == moved)
            let result = try await crossing.undo(discardsNewer: true)
            #expect(crossing.target.world.agents(named: "Ada").isEmpty)
            let copy = try #require(result.safetyCopy)
            #expect(try await crossing.storedRows(at: copy).count == 15)
        }
    }

    @Test(arguments: ["value", "passage", "name", "detached", "replaced"])
    func `what was edited since is kept`(what: String) async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let ada = try #require(crossing.target.world.agents(named: "Ada").first)
            crossing.target.change { world in
                switch what {
                case "detached":
                    world.blocks[ada.blockIDs[0]]?.fields["value"] = "Something new."
                    world.agents[ada.id]?.blockIDs.removeFirst()
                case "replaced":
                    let first = world.passages(of: ada.archiveID).first?.id ?? ""
                    world.passages[first]?.text = "Something new."
                case "value": world.blocks[ada.blockIDs[0]]?.fields["value"] = "Something new."
                case "name": world.agents[ada.id]?.name = "Ada Lovelace"
                default: world.addPassages(1, to: ada.id)
                }
            }
            await #expect {
                try await crossing.undo()
            } throws: { ($0 as? Failure)?.code == .undoWouldLose }
            #expect(crossing.target.world.agents[ada.id] != nil)
        }
    }

    @Test func `what another agent uses by now is left and named`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let world = crossing.target.world
            let ada = try #require(world.agents(named: "Ada").first)
            let bob = try #require(world.agents(named: "Bob").first)
            let block = try #require(ada.blockIDs.last)
            let tool = try #require(ada.toolIDs.first { world.tools[$0]?.type == "custom" })
            crossing.target.change { world in
                world.agents[bob.id]?.blockIDs.append(block)
                world.agents[bob.id]?.toolIDs.append(tool)
            }
            let result = try await crossing.undo()
            #expect(Set(result.left.map(\.item.id)) == [block, tool])
            #expect(result.left.allSatisfy { $0.reason.contains("Bob") })
            #expect(crossing.target.world.blocks[block] != nil)
            #expect(crossing.target.world.tools[tool] != nil)
            #expect(crossing.target.world.agents(named: "Ada").isEmpty)
        }
    }

    @Test func `a tool that was overwritten gets its old source back`() async throws {
        var setting = setting()
        let name = try #require(
            setting.source.tools.all.first { $0.type == "custom" }?.name)
        var tool = try #require(setting.source.tool(named: name)?.json)
        tool["source_code"] = "def other():\n    return 'the target's own'\n"
        tool["id"] = nil
        setting.target.addTool(tool)
        try await withCrossing(setting) { crossing in
            let before = everything(on: crossing.target)
            var choices = Crossing.acceptsAll
            choices.tools = .overwrite
            try await crossing.move(choices)
            #expect(crossing.target.world.tool(named: name)?.sourceCode != tool["source_code"]?.string)
            let result = try await crossing.undo()
            #expect(result.restored.map(\.name) == [name])
            #expect(everything(on: crossing.target) == before)
        }
    }

    @Test func `a tool that was changed since it was overwritten is its user's`() async throws {
        var setting = setting()
        let name = try #require(setting.source.tools.all.first { $0.type == "custom" }?.name)
        var tool = try #require(setting.source.tool(named: name)?.json)
        tool["source_code"] = "def other():\n    return 'the target's own'\n"
        tool["id"] = nil
        let id = setting.target.addTool(tool)
        try await withCrossing(setting) { crossing in
            var choices = Crossing.acceptsAll
            choices.tools = .overwrite
            try await crossing.move(choices)
            crossing.target.change { $0.tools[id]?.json["source_code"] = "def mine(): pass" }
            let result = try await crossing.undo()
            #expect(result.left.map(\.item.id) == [id])
            #expect(crossing.target.world.tools[id]?.sourceCode == "def mine(): pass")
        }
    }

    @Test func `what is left of an archive whose agent somebody deleted stays`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            let ada = try #require(crossing.target.world.agents(named: "Ada").first)
            crossing.target.change { world in
                world.addPassages(1, to: ada.id)
                world.agents[ada.id] = nil
            }
            let result = try await crossing.undo()
            #expect(result.left.map(\.item.kind) == [.archive])
            #expect(crossing.target.world.archives[ada.archiveID ?? ""] != nil)
        }
    }

    @Test func `a reader that a killed capture left at the source is removed`() async throws {
        let stuck = ScriptedLetta.Fault("DELETE /v1/agents/{}", .every, .refuse(status: 403))
        var setting = setting()
        setting.source = .small(rows: 60)
        setting.sourceFaults = [stuck]
        try await withCrossing(setting) { crossing in
            _ = await crossing.ending { try await crossing.move() }
            #expect(crossing.leftovers().count == 1)
            crossing.heal()
            _ = try await crossing.undo()
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `a run that is undone is neither undone again nor resumed`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move()
            _ = try await crossing.undo()
            await #expect {
                try await crossing.undo()
            } throws: { ($0 as? Failure)?.code == .runNotUndoable }
        }
    }

    @Test func `an undo that was stopped goes on, and its run is not resumed meanwhile`() async throws {
        let once = ScriptedLetta.Fault("DELETE /v1/blocks/{}", .nth(2), .refuse(status: 400))
        try await withCrossing(setting()) { crossing in
            let before = everything(on: crossing.target)
            try await crossing.move()
            crossing.target.arm([once])
            await #expect(throws: Failure.self) { try await crossing.undo() }
            crossing.heal()
            await #expect {
                try await crossing.resume()
            } throws: { ($0 as? Failure)?.code == .runNotResumable }
            _ = try await crossing.undo()
            #expect(everything(on: crossing.target) == before)
        }
    }
}
