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

/// Agents that share a block and an archive, moved one after the other.
@Suite struct SharingTests {
    private struct Stopped: Error {}

    /// Ada and others, with her block `words` and her archive in common.
    private func setting(_ others: [String] = ["Bob"]) -> Crossing.Setting {
        var setting = Crossing.Setting()
        var world = World.small(rows: 14, passages: 6, tools: 1)
        let ada = world.agents.ids.first ?? ""
        let words = world.blocks.all.first { $0.label == "words" }
        for name in others {
            let id = world.addAgent(name: name, rows: 9)
            world.attachBlock(World.block("persona", "I am \(name)."), tags: [], to: id)
            world.agents[id]?.blockIDs += [words?.id ?? ""]
            let archive = world.agents[ada]?.archiveID
            world.agents[id]?.archiveID = archive
        }
        setting.source = world
        return setting
    }

    private func everything(on server: ScriptedServer) -> [String] {
        let world = server.world
        return world.agents.all.map { "agent \($0.id) \($0.name) \($0.blockIDs) \($0.archiveID ?? "")" }
            + world.blocks.all.map { "block \($0.id) \($0.value) \($0.tags)" }
            + world.archives.all.map { "archive \($0.id) \($0.name)" }
            + world.passages.all.map { "passage \($0.id) \($0.text)" }
    }

    private func agent(_ name: String, _ crossing: Crossing) throws -> ScriptedAgent {
        try #require(crossing.target.world.agents(named: name).first)
    }

    private func words(of name: String, _ crossing: Crossing) throws -> ScriptedBlock {
        let world = crossing.target.world
        let found = try agent(name, crossing).blockIDs.compactMap { world.blocks[$0] }
        return try #require(found.first { $0.label == "words" })
    }

    private func losses(_ result: RunResult) -> [Omission] {
        result.plan?.fidelity.losses.filter { $0.id.hasPrefix("shared-") } ?? []
    }

    // MARK: Together

    @Test(arguments: [false, true])
    func `what two agents share is one on the target, written once, and compared by id and content`(
        hasHeadStart: Bool
    ) async throws {
        var setting = setting()
        setting.hasHeadStart = hasHeadStart
        try await withCrossing(setting) { crossing in
            let first = try await crossing.move("Ada")
            #expect(losses(first).map { $0.id.prefix(14) } == ["shared-block:b", "shared-archive"])
            #expect(losses(first).allSatisfy { $0.reason.hasPrefix("Bob has it") })
            #expect(losses(first).allSatisfy { $0.remedy.contains("ferry move Bob") })
            let before = crossing.target.world
            let second = try await crossing.move("Bob")
            #expect(second.verdict?.isVerified == true)
            #expect(second.verdict?.result(of: .blocks)?.method == "field by field, 1 shared by id")
            #expect(second.verdict?.result(of: .passages)?.method.hasSuffix("shared archive by id") == true)
            #expect(losses(second) == [])
            let steps = second.plan?.loadPlan.steps ?? []
            #expect(steps.contains { if case .attachBlock = $0 { true } else { false } })
            #expect(steps.contains { if case .attachArchive = $0 { true } else { false } })
            let moved = second.plan?.fidelity.moves.map(\.detail).joined(separator: "\n") ?? ""
            #expect(
                moved.contains(
                    "words (shared with Ada: the run \(first.run.id) made it, it will be attached)"))
            #expect(try words(of: "Bob", crossing).id == words(of: "Ada", crossing).id)
            #expect(try agent("Bob", crossing).archiveID == agent("Ada", crossing).archiveID)
            let world = crossing.target.world
            #expect(world.passages.ids == before.passages.ids)
            #expect(world.archives.ids == before.archives.ids)
            #expect(world.blocks.all.count == before.blocks.all.count + 1)
            #expect(try words(of: "Ada", crossing).tags == before.blocks[words(of: "Ada", crossing).id]?.tags)
            let attached = try await crossing.journal.steps(second.run.id).filter {
                ["target/attach-block", "target/attach-archive"].contains($0.intent.kind)
            }
            #expect(attached.count == 2 && attached.allSatisfy { !$0.isOpen })
        }
    }

    @Test func `the sharers that are still to come are named, until none is left`() async throws {
        try await withCrossing(setting(["Bob", "Cyd"])) { crossing in
            let first = try await crossing.move("Ada")
            #expect(losses(first).allSatisfy { $0.reason.hasPrefix("Bob and Cyd have it") })
            let second = try await crossing.move("Bob")
            #expect(losses(second).allSatisfy { $0.reason.hasPrefix("Cyd has it") })
            #expect(losses(second).count == 2)
            let third = try await crossing.move("Cyd")
            #expect(losses(third) == [])
            #expect(try words(of: "Cyd", crossing).id == words(of: "Ada", crossing).id)
        }
    }

    @Test func `agents that follow in the same command are no loss`() async throws {
        try await withCrossing(setting()) { crossing in
            var order = crossing.order()
            order.following = Set(crossing.source.world.agents(named: "Bob").map(\.id))
            let result = try await crossing.engine.move(
                "Ada", from: crossing.from, to: crossing.to, snapshotAt: nil, order)
            #expect(losses(result) == [])
        }
    }

    @Test func `snapshots that are loaded one after the other share, too`() async throws {
        try await withCrossing(setting()) { crossing in
            for name in ["Ada", "Bob"] {
                let path = "\(crossing.folder)/\(name).ferry"
                _ = try await crossing.engine.snapshot(name, from: crossing.from, to: path, options: .init())
                _ = try await crossing.engine.load(path, to: crossing.to, crossing.order())
            }
            #expect(try words(of: "Bob", crossing).id == words(of: "Ada", crossing).id)
            #expect(crossing.target.world.passages.all.count == 6)
        }
    }

    // MARK: Apart

    @Test func `a second copy of one agent shares nothing with the first`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            var choices = Crossing.acceptsAll
            choices.name = "Ada Two"
            try await crossing.move("Ada", choices)
            #expect(try words(of: "Ada Two", crossing).id != words(of: "Ada", crossing).id)
            #expect(try agent("Ada Two", crossing).archiveID != agent("Ada", crossing).archiveID)
        }
        // Nor what the first shares with another.
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            try await crossing.move("Bob")
            for name in ["Ada", "Bob"] {
                var choices = Crossing.acceptsAll
                choices.name = "\(name) Two"
                let result = try await crossing.move(name, choices)
                #expect(losses(result).count == (name == "Ada" ? 2 : 0))
            }
            #expect(try words(of: "Ada Two", crossing).id != words(of: "Ada", crossing).id)
            #expect(try words(of: "Bob Two", crossing).id == words(of: "Ada Two", crossing).id)
            #expect(try agent("Bob Two", crossing).archiveID == agent("Ada Two", crossing).archiveID)
            #expect(try agent("Bob Two", crossing).archiveID != agent("Ada", crossing).archiveID)
        }
    }

    @Test func `what was undone, or deleted since, is not looked for`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            try await crossing.undo()
            let second = try await crossing.move("Bob")
            #expect(second.verdict?.isVerified == true)
            #expect(losses(second).allSatisfy { $0.reason.hasPrefix("Ada has it") })
            // Bob has them now; Ada joins him.
            try await crossing.move("Ada")
            #expect(try words(of: "Ada", crossing).id == words(of: "Bob", crossing).id)
        }
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            let old = try words(of: "Ada", crossing).id
            let ada = try agent("Ada", crossing)
            crossing.target.change {
                $0.agents[ada.id] = nil
                $0.blocks[old] = nil
            }
            let second = try await crossing.move("Bob")
            #expect(second.verdict?.isVerified == true)
            #expect(losses(second).count == 2)
        }
    }

    @Test func `a block and an archive that say something else by now are named, and left as they are`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            let ada = try agent("Ada", crossing)
            let old = try words(of: "Ada", crossing).id
            crossing.target.change { world in
                world.blocks[old]?.fields["value"] = "Ada wrote this at home."
                world.addPassages(1, to: ada.id)
            }
            let before = Set(everything(on: crossing.target))
            let second = try await crossing.move("Bob")
            #expect(second.verdict?.isVerified == true)
            let reasons = losses(second).map(\.reason)
            #expect(reasons.count == 2)
            #expect(
                reasons.first?.contains("says something else by now: value changed") == true, "\(reasons)")
            #expect(reasons.last?.contains("it holds 7 passages, the source's 6") == true, "\(reasons)")
            #expect(before.isSubset(of: Set(everything(on: crossing.target))))
            #expect(try words(of: "Bob", crossing).id != old)
            #expect(try agent("Bob", crossing).archiveID != ada.archiveID)
        }
    }

    @Test(arguments: ["block", "archive"])
    func `what changes while it is attached is a difference, and a resumed run gives it back`(
        what: String
    ) async throws {
        let isArmed = Mutex(false)
        var setting = setting()
        setting.before = { call, ends in
            // The reader of the comparison is made after everything is attached.
            guard call.hasPrefix("POST"), call.contains(ends.target.url), call.hasSuffix("/v1/agents/"),
                isArmed.withLock({ armed in
                    defer { armed = false }
                    return armed
                })
            else { return }
            ends.target.change { world in
                let ada = world.agents(named: "Ada").first
                if what == "block" {
                    for id in ada?.blockIDs ?? [] where world.blocks[id]?.label == "words" {
                        world.blocks[id]?.fields["value"] = "Ada wrote this at home."
                    }
                } else {
                    world.addPassages(1, to: ada?.id ?? "")
                }
            }
        }
        try await withCrossing(setting) { crossing in
            try await crossing.move("Ada")
            isArmed.withLock { $0 = true }
            let ending = await crossing.ending { try await crossing.move("Bob") }
            #expect(ending.isDifferent, "\(ending)")
            let resumed = try await crossing.resume()
            #expect(resumed.verdict?.isVerified == true, "\(resumed.verdict?.differences ?? [])")
            if what == "block" {
                #expect(try words(of: "Ada", crossing).value == "Ada wrote this at home.")
                #expect(try words(of: "Bob", crossing).id != words(of: "Ada", crossing).id)
            } else {
                #expect(crossing.target.world.passages.all.count == 7 + 6)
                #expect(try agent("Bob", crossing).archiveID != agent("Ada", crossing).archiveID)
            }
            #expect(losses(resumed).count == 1)
        }
    }

    @Test func `a copy with the same content is not what the others have`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            let moved = try await crossing.move("Bob")
            let order = try await crossing.engine.verifyOrder(of: moved.run)
            let again = try await crossing.engine.verify(order, at: crossing.to)
            #expect(again.verdict?.isVerified == true)
            let shared = try words(of: "Bob", crossing)
            let bob = try agent("Bob", crossing).id
            crossing.target.change { world in
                let copy = world.makeBlock("words", shared.value, ["tags": []])
                world.blocks[copy.id]?.fields = shared.fields
                world.agents[bob]?.blockIDs.removeAll { $0 == shared.id }
                world.agents[bob]?.blockIDs.append(copy.id)
            }
            let result = try await crossing.engine.verify(order, at: crossing.to)
            #expect(
                result.verdict?.differences.map(\.sentence) == [
                    "block words: is not the shared one, \(shared.id)"
                ])
        }
    }

    @Test func `an archive with the same passages is not what the others have`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            let moved = try await crossing.move("Bob")
            let order = try await crossing.engine.verifyOrder(of: moved.run)
            let bob = try agent("Bob", crossing)
            crossing.target.change { world in
                let copy = world.addArchive(name: "copy", summary: nil, embedding: nil)
                for passage in world.passages(of: bob.archiveID) {
                    world.add(
                        passage: passage.text, tags: passage.tags, metadata: passage.metadata,
                        created: passage.created, to: copy)
                }
                world.agents[bob.id]?.archiveID = copy
            }
            let result = try await crossing.engine.verify(order, at: crossing.to)
            #expect(
                result.verdict?.differences.map(\.sentence) == [
                    "archive: is not the shared one, \(bob.archiveID ?? "")"
                ])
        }
    }

    // MARK: Back

    @Test func `an undo of the later one leaves the earlier as it was, and takes off what they share`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            let empty = everything(on: crossing.target)
            let first = try await crossing.move("Ada")
            let before = everything(on: crossing.target)
            try await crossing.move("Bob")
            let result = try await crossing.undo()
            #expect(everything(on: crossing.target) == before)
            #expect(result.left.isEmpty)
            #expect(
                result.removed.map(\.kind) == [.agent, .block, .sharedBlock, .sharedArchive],
                "\(result.removed)")
            // Ada's map is whole: Bob finds it again.
            let again = try await crossing.move("Bob")
            #expect(losses(again) == [])
            try await crossing.undo()
            _ = try await crossing.engine.undo(
                crossing.journal.run(first.run.id.description), at: crossing.to,
                readable: crossing.targetAsSource, source: nil, UndoOrder())
            #expect(everything(on: crossing.target) == empty)
        }
    }

    @Test func `an undo of the earlier one leaves what the later one has, and says so`() async throws {
        try await withCrossing(setting()) { crossing in
            let first = try await crossing.move("Ada")
            try await crossing.move("Bob")
            let shared = try words(of: "Bob", crossing).id
            let result = try await crossing.engine.undo(
                crossing.journal.run(first.run.id.description), at: crossing.to,
                readable: crossing.targetAsSource, source: nil, UndoOrder())
            #expect(result.left.map(\.item.kind) == [.block, .archive])
            #expect(result.left.allSatisfy { $0.reason.contains("in use by Bob") })
            #expect(try words(of: "Bob", crossing).id == shared)
            #expect(crossing.target.world.passages.all.count == 6)
            let last = try await crossing.undo()
            #expect(last.left.map(\.item.kind) == [.sharedBlock, .sharedArchive])
            #expect(
                last.left.allSatisfy { $0.reason.contains("the run \(first.run.id) made it, and is undone") })
            #expect(crossing.target.world.blocks[shared] != nil)
            try await crossing.move("Bob")
            // Moved anew, Ada finds it with Bob.
            let again = try await crossing.move("Ada")
            #expect(again.verdict?.isVerified == true)
            #expect(try words(of: "Ada", crossing).id == words(of: "Bob", crossing).id)
        }
    }

    // MARK: Kills

    /// Stops before the n-th write of Bob's move, as a kill would.
    private func stopping(at write: Int) -> (Crossing.Setting, arm: @Sendable (Bool) -> Void) {
        let state = Killer()
        var setting = setting()
        setting.before = { call, ends in
            let isWrite = !call.hasPrefix("GET") && call.contains(ends.target.url)
            if isWrite, state.counts(to: write) { throw Stopped() }
        }
        return (setting, { state.arm($0) })
    }

    private final class Killer: Sendable {
        private let state = Mutex((isArmed: false, count: 0))
        func arm(_ isArmed: Bool) { state.withLock { $0.isArmed = isArmed } }
        func counts(to write: Int) -> Bool {
            state.withLock { state in
                guard state.isArmed else { return false }
                state.count += 1
                return state.count >= write
            }
        }
    }

    @Test(arguments: 1...9)
    func `a move that was stopped at any write goes on and makes nothing twice`(write: Int) async throws {
        let (setting, arm) = stopping(at: write)
        try await withCrossing(setting) { crossing in
            try await crossing.move("Ada")
            let blocks = crossing.target.world.blocks.all.count
            arm(true)
            let ending = await crossing.ending { try await crossing.move("Bob") }
            arm(false)
            if !ending.isVerified { _ = try await crossing.resume() }
            #expect(try words(of: "Bob", crossing).id == words(of: "Ada", crossing).id)
            #expect(crossing.target.world.blocks.all.count == blocks + 1)
            #expect(crossing.target.world.archives.all.count == 1)
            #expect(crossing.target.world.passages.all.count == 6)
        }
    }

    @Test(arguments: 1...9)
    func `a move that was stopped at any write can be undone`(write: Int) async throws {
        let (setting, arm) = stopping(at: write)
        try await withCrossing(setting) { crossing in
            try await crossing.move("Ada")
            let before = everything(on: crossing.target)
            arm(true)
            _ = await crossing.ending { try await crossing.move("Bob") }
            arm(false)
            try await crossing.undo()
            #expect(everything(on: crossing.target) == before)
        }
    }

    /// Stops the run at a write whose line contains `part`, once.
    private func stopping(atCall part: String) -> Crossing.Setting {
        let isArmed = Mutex(true)
        var setting = setting()
        setting.before = { call, ends in
            guard call.contains(ends.target.url), !call.hasPrefix("GET"), call.contains(part) else { return }
            let stops = isArmed.withLock { armed in
                defer { armed = false }
                return armed
            }
            if stops { throw Stopped() }
        }
        return setting
    }

    @Test(arguments: [false, true])
    func `a block that a stopped run had made is removed for the shared one only where nobody else has it`(
        isUsed: Bool
    ) async throws {
        try await withCrossing(stopping(atCall: "/v1/archives")) { crossing in
            _ = await crossing.ending { try await crossing.move("Ada") }
            let run = try #require(try await crossing.newestRun)
            let made = try #require(crossing.target.world.blocks.all.first { $0.label == "words" })
            try await crossing.move("Bob")
            if isUsed {
                crossing.target.change { world in
                    let id = world.addAgent(name: "Carl", rows: 1)
                    world.agents[id]?.blockIDs.append(made.id)
                }
            }
            let result = try await crossing.engine.resume(
                run, from: crossing.from, to: crossing.to, run.resumeOrder)
            #expect(result.verdict?.isVerified == true)
            #expect(try words(of: "Ada", crossing).id == words(of: "Bob", crossing).id)
            #expect((crossing.target.world.blocks[made.id] != nil) == isUsed)
            if isUsed { #expect(try agent("Carl", crossing).blockIDs.contains(made.id)) }
        }
    }

    @Test func `a shared block that was taken off while the run was stopped is not looked for by it`()
        async throws
    {
        // His agent, then the block, then the archive.
        let (setting, arm) = stopping(at: 3)
        try await withCrossing(setting) { crossing in
            try await crossing.move("Ada")
            let shared = try words(of: "Ada", crossing).id
            arm(true)
            _ = await crossing.ending { try await crossing.move("Bob") }
            arm(false)
            let bob = try #require(crossing.target.world.agents.all.first { $0.name != "Ada" })
            #expect(bob.blockIDs.contains(shared))
            crossing.target.change { world in
                for id in world.agents.ids { world.agents[id]?.blockIDs.removeAll { $0 == shared } }
            }
            let result = try await crossing.resume()
            #expect(result.verdict?.isVerified == true, "\(result.verdict?.differences ?? [])")
            #expect(try words(of: "Bob", crossing).id != shared)
        }
    }

    @Test func `a second copy shares nothing with the first, though the run of the first was forgotten`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            let first = try await crossing.move("Ada")
            try await crossing.move("Bob")
            _ = try await crossing.journal.remove(first.run.id)
            var choices = Crossing.acceptsAll
            choices.name = "Ada Two"
            try await crossing.move("Ada", choices)
            #expect(try words(of: "Ada Two", crossing).id != words(of: "Ada", crossing).id)
            #expect(try agent("Ada Two", crossing).archiveID != agent("Ada", crossing).archiveID)
        }
    }

    @Test(arguments: [
        "PATCH /v1/agents/{}/core-memory/blocks/attach/{}", "PATCH /v1/agents/{}/archives/attach/{}",
    ])
    func `an answer to an attachment that is lost is looked for`(route: String) async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move("Ada")
            crossing.target.arm([.init(route, .nth(1), .workThenClose)])
            var ending = await crossing.ending { try await crossing.move("Bob") }
            if !ending.isVerified { ending = await crossing.ending { try await crossing.resume() } }
            #expect(ending.isVerified, "\(ending)")
            #expect(try words(of: "Bob", crossing).id == words(of: "Ada", crossing).id)
            try await crossing.undo()
            #expect(try agent("Ada", crossing).archiveID != nil)
        }
    }
}

extension Crossing {
    @discardableResult
    fileprivate func move(_ name: String, _ choices: Choices = acceptsAll) async throws -> RunResult {
        try await engine.move(name, from: from, to: to, snapshotAt: nil, order(choices))
    }
}
