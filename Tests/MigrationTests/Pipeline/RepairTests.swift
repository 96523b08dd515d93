import Glibc
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Synchronization
import Testing

@testable import Migration
@testable import ScriptedLetta

/// Agents that an earlier move by hand left incomplete.
@Suite struct RepairTests {
    private struct Stopped: Error {}

    private static func setting() -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 14, passages: 6, tools: 3)
        setting.target = .small(rows: 4, passages: 2, tools: 0, name: "Bob", seed: "target")
        return setting
    }

    /// Everything on a server, by kind and id, with what could be changed.
    private func everything(_ crossing: Crossing) -> [String] {
        let world = crossing.target.world
        var found = world.agents.all.map {
            "agent \($0.id) \($0.name) \($0.blockIDs) \($0.toolIDs.sorted()) \($0.archiveID ?? "") \($0.messageIDs)"
        }
        found += world.blocks.all.map { "block \($0.id) \($0.value) \($0.tags)" }
        found += world.tools.all.map {
            "tool \($0.id) \($0.sourceCode ?? "") \($0.json["tags"]?.text() ?? "")"
        }
        found += world.archives.all.map { "archive \($0.id) \($0.name)" }
        return (found + world.passages.all.map { "passage \($0.id) \($0.text)" }).sorted()
    }

    /// What Ada has, whatever ids it bears.
    private func content(_ crossing: Crossing) -> [String] {
        let world = crossing.target.world
        guard let ada = world.agents(named: "Ada").first else { return [] }
        var found = ada.blockIDs.compactMap { world.blocks[$0] }.map { "\($0.label) \($0.value) \($0.tags)" }
        found += ada.toolIDs.compactMap { world.tools[$0] }.map { "\($0.name) \($0.sourceCode ?? "")" }
        found += world.passages(of: ada.archiveID).map {
            "\($0.text) \($0.tags.sorted()) \($0.metadata.text()) \($0.created.text)"
        }
        return found.sorted()
    }

    /// Moves Ada, and takes away what a move by hand leaves behind.
    ///
    /// - Returns: what she had.
    private func cripple(
        _ crossing: Crossing, _ more: @escaping @Sendable (inout World, ScriptedAgent) -> Void = { _, _ in }
    ) async throws -> [String] {
        try await crossing.move()
        let whole = content(crossing)
        crossing.target.change { world in
            guard let ada = world.agents(named: "Ada").first else { return }
            let block = ada.blockIDs[1]
            world.blocks[block] = nil
            world.agents[ada.id]?.blockIDs.removeAll { $0 == block }
            let custom = ada.toolIDs.filter { world.tools[$0]?.type == "custom" }
            world.tools[custom[0]] = nil
            world.agents[ada.id]?.toolIDs.removeAll { $0 == custom[0] || $0 == custom[1] }
            for passage in world.passages(of: ada.archiveID).dropFirst(2) { world.passages[passage.id] = nil }
            more(&world, ada)
        }
        return whole
    }

    private func repair(
        _ crossing: Crossing, overwrites: Bool = false,
        confirm: @escaping @Sendable (RepairPlan) async throws -> Bool = { _ in true }
    ) async throws -> RepairResult {
        try await crossing.engine.repair(
            "Ada", at: crossing.to, with: crossing.snapshotPath, file: "ada.ferry",
            RepairOrder(overwritesTools: overwrites, confirm: confirm))
    }

    private func run(_ crossing: Crossing) async throws -> RunRecord {
        try #require(try await crossing.journal.runs().first { $0.draft.job == Engine.repairJob })
    }

    private func undo(_ crossing: Crossing, discardsNewer: Bool = false) async throws -> UndoResult {
        try await crossing.engine.undo(
            try await run(crossing), at: crossing.to, readable: crossing.targetAsSource, source: nil,
            UndoOrder(discardsNewer: discardsNewer))
    }

    @Test func `what an agent lacks is added and compared, and undo takes exactly that away`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            let whole = try await cripple(crossing)
            let before = everything(crossing)
            let result = try await repair(crossing)
            #expect(result.state == .repaired && result.differences.isEmpty)
            #expect(result.plan.left.isEmpty && result.run.status == .verified)
            #expect(
                result.plan.additions.map { "\($0.kind.rawValue) \($0.count)" } == [
                    "tool 1", "attached-tool 1", "block 1", "passages 4",
                ])
            #expect(content(crossing) == whole)
            #expect(try await repair(crossing).state == .complete)
            let undone = try await crossing.engine.undo(
                result.run, at: crossing.to, readable: crossing.targetAsSource, source: nil, UndoOrder())
            #expect(undone.left.isEmpty && undone.run.status == .undone)
            #expect(everything(crossing) == before)
        }
    }

    @Test func `what nobody agrees to is not added`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing)
            let before = everything(crossing)
            let result = try await repair(crossing) { _ in false }
            #expect(result.state == .declined && everything(crossing) == before)
        }
    }

    @Test func `other content of one name is named and not touched, and messages are counted`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing) { world, ada in
                world.blocks[ada.blockIDs[0]]?.fields["value"] = "Somebody else."
                let tool = ada.toolIDs.last { world.tools[$0]?.type == "custom" } ?? ""
                world.tools[tool]?.json["source_code"] = "def other():\n    return 1\n"
                world.agents[ada.id]?.history.removeAll { $0.role == "user" }
            }
            let rows = crossing.target.world.agents(named: "Ada").first?.history.count
            let result = try await repair(crossing)
            #expect(result.state == .repaired, "\(result.differences)")
            #expect(result.plan.left.map(\.kind) == [.tool, .block, .messages])
            #expect(result.plan.left.last?.item.hasSuffix("of 14") == true)
            let world = crossing.target.world
            let ada = try #require(world.agents(named: "Ada").first)
            #expect(world.blocks[ada.blockIDs[0]]?.value == "Somebody else.")
            #expect(ada.history.count == rows)
        }
    }

    @Test func `a tool is overwritten when told, and gets its old source back`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            let whole = try await cripple(crossing) { world, ada in
                let tool = ada.toolIDs.last { world.tools[$0]?.type == "custom" } ?? ""
                world.tools[tool]?.json["source_code"] = "def other():\n    return 1\n"
            }
            let before = everything(crossing)
            let result = try await repair(crossing, overwrites: true)
            #expect(result.state == .repaired && result.plan.left.isEmpty)
            #expect(content(crossing) == whole)
            let undone = try await undo(crossing)
            #expect(undone.restored.map(\.kind) == [.overwrittenTool])
            #expect(everything(crossing) == before)
        }
    }

    @Test func `a tool that was overwritten and attached comes off again with its old source`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            let whole = try await cripple(crossing) { world, _ in
                // The server has it, with other source, and Ada does not.
                let free = world.tools.all.first { tool in
                    tool.type == "custom" && !world.agents.all.contains { $0.toolIDs.contains(tool.id) }
                }
                world.tools[free?.id ?? ""]?.json["source_code"] = "def other():\n    return 1\n"
            }
            let before = everything(crossing)
            let result = try await repair(crossing, overwrites: true)
            #expect(result.plan.additions.map(\.kind).contains(.overwrittenTool))
            #expect(result.state == .repaired && content(crossing) == whole)
            let undone = try await undo(crossing)
            #expect(undone.restored.map(\.kind) == [.overwrittenTool])
            #expect(everything(crossing) == before)
        }
    }

    @Test func `an agent without an archive gets one, and undo takes it away`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            let whole = try await cripple(crossing) { world, ada in
                for passage in world.passages(of: ada.archiveID) { world.passages[passage.id] = nil }
                if let archive = ada.archiveID { world.archives[archive] = nil }
                world.agents[ada.id]?.archiveID = nil
            }
            let before = everything(crossing)
            #expect(try await repair(crossing).state == .repaired)
            #expect(content(crossing) == whole)
            _ = try await undo(crossing)
            #expect(everything(crossing) == before)
        }
    }

    @Test func `what was edited since is kept until told`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing)
            let before = everything(crossing)
            _ = try await repair(crossing)
            crossing.target.change { world in
                guard let block = world.agents(named: "Ada").first?.blockIDs.last else { return }
                world.blocks[block]?.fields["value"] = "Something new."
            }
            let edited = everything(crossing)
            await #expect { try await undo(crossing) } throws: {
                ($0 as? Failure)?.code == .undoWouldLose
            }
            #expect(everything(crossing) == edited)
            let undone = try await undo(crossing, discardsNewer: true)
            #expect(undone.safetyCopy != nil && everything(crossing) == before)
        }
    }

    @Test func `a passage that the agent kept since stays when a repair is undone`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing)
            let before = everything(crossing)
            _ = try await repair(crossing)
            crossing.target.change { world in
                guard let ada = world.agents(named: "Ada").first else { return }
                world.addPassages(1, to: ada.id)
            }
            _ = try await undo(crossing)
            #expect(everything(crossing).count == before.count + 1)
            #expect(Set(everything(crossing)).isSuperset(of: before))
        }
    }

    /// The agent has no archive, and the repair is stopped before its first
    /// passage: the archive that it made is empty.
    private func withEmptyArchive(
        _ body: (Crossing, _ before: [String], _ archive: String) async throws -> Void
    ) async throws {
        let isArmed = Mutex(true)
        var setting = Self.setting()
        setting.before = { call, ends in
            guard call.hasPrefix("POST"), call.contains("passages/batch"),
                call.contains(ends.target.url), ends.target.world.agents(named: "Ada").first != nil,
                isArmed.withLock({ $0 }), ends.target.world.blocks.all.count > 0
            else { return }
            if ends.target.world.archives.all.contains(where: { $0.name == "spare" }) { throw Stopped() }
        }
        try await withCrossing(setting) { crossing in
            _ = try await cripple(crossing) { world, ada in
                for passage in world.passages(of: ada.archiveID) { world.passages[passage.id] = nil }
                if let archive = ada.archiveID { world.archives[archive] = nil }
                world.agents[ada.id]?.archiveID = nil
                _ = world.addArchive(name: "spare", summary: nil, embedding: nil)
            }
            let before = everything(crossing)
            await #expect(throws: (any Error).self) { try await repair(crossing) }
            isArmed.withLock { $0 = false }
            let archive = try #require(crossing.target.world.agents(named: "Ada").first?.archiveID)
            try await body(crossing, before, archive)
        }
    }

    @Test func `an archive that a stopped repair made, and that others filled since, is kept until told`()
        async throws
    {
        try await withEmptyArchive { crossing, before, archive in
            crossing.target.change { world in
                guard let ada = world.agents(named: "Ada").first else { return }
                world.addPassages(2, to: ada.id)
                for passage in world.passages(of: archive) {
                    world.passages[passage.id]?.text = "Kept by somebody: \(passage.id)"
                }
            }
            await #expect { try await undo(crossing) } throws: {
                ($0 as? Failure)?.code == .undoWouldLose
                    && ($0 as? Failure)?.reason.contains("2 passages more") == true
            }
            #expect(crossing.target.world.passages(of: archive).count == 2)
            let undone = try await undo(crossing, discardsNewer: true)
            #expect(everything(crossing) == before)
            let copy = try #require(undone.safetyCopy)
            #expect(try await crossing.storedPassages(at: copy).count == 2)
        }
    }

    @Test func `an empty archive that a stopped repair made goes without a word`() async throws {
        try await withEmptyArchive { crossing, before, _ in
            let undone = try await undo(crossing)
            #expect(undone.left.isEmpty)
            #expect(everything(crossing) == before)
        }
    }

    @Test(arguments: ["deleted", "detached"])
    func `an archive that a repair made and nobody can read any more stays, and is named`(what: String)
        async throws
    {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing) { world, ada in
                for passage in world.passages(of: ada.archiveID) { world.passages[passage.id] = nil }
                if let archive = ada.archiveID { world.archives[archive] = nil }
                world.agents[ada.id]?.archiveID = nil
            }
            _ = try await repair(crossing)
            let ada = try #require(crossing.target.world.agents(named: "Ada").first)
            crossing.target.change { world in
                if what == "deleted" {
                    world.agents[ada.id] = nil
                } else {
                    world.agents[ada.id]?.archiveID = nil
                }
            }
            let undone = try await undo(crossing, discardsNewer: true)
            #expect(undone.left.map(\.item.kind).contains(.archive))
            #expect(crossing.target.world.passages(of: ada.archiveID).count == 6)
        }
    }

    @Test func `others who have the archive are named before passages go into it`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing) { world, ada in
                let bob = world.agents(named: "Bob").first?.id ?? ""
                world.agents[bob]?.archiveID = ada.archiveID
            }
            let result = try await repair(crossing) { _ in false }
            let passages = try #require(result.plan.additions.first { $0.kind == .passages })
            #expect(passages.sharedWith.count == 1 && passages.sharedWith[0].hasPrefix("Bob ("))
        }
    }

    @Test func `a tool that the server refused to attach is not taken off by undo`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing)
            crossing.target.arm([
                ScriptedLetta.Fault("PATCH /v1/agents/{}/tools/attach/{}", .every, .refuse(status: 403))
            ])
            await #expect(throws: (any Error).self) { try await repair(crossing) }
            crossing.heal()
            let world = crossing.target.world
            let ada = try #require(world.agents(named: "Ada").first)
            let steps = try await crossing.journal.steps(try await run(crossing).id)
            let refused = try #require(
                steps.first { $0.intent.kind == "target/attach-tool" }?.intent.details.flatMap {
                    try JSONDocument($0).root["id"]?.string
                })
            // Somebody attaches it by hand.
            guard world.tools[refused]?.json["tags"]?.text().contains("ferry") != true else { return }
            crossing.target.change { $0.agents[ada.id]?.toolIDs.append(refused) }
            _ = try await undo(crossing)
            #expect(crossing.target.world.agents[ada.id]?.toolIDs.contains(refused) == true)
        }
    }

    @Test(arguments: [ScriptedLetta.Fault.Behaviour.wrongShape, .html, .truncateJSON(keeping: 40)])
    func `a batch whose answer names nothing is looked for, and its undo is exact`(
        behaviour: ScriptedLetta.Fault.Behaviour
    ) async throws {
        try await withCrossing(Self.setting()) { crossing in
            let whole = try await cripple(crossing)
            let before = everything(crossing)
            crossing.target.arm([
                ScriptedLetta.Fault("POST /v1/archives/{}/passages/batch", .nth(1), behaviour)
            ])
            let result = try await repair(crossing)
            #expect(result.state == .repaired && content(crossing) == whole)
            _ = try await undo(crossing)
            #expect(everything(crossing) == before)
        }
    }

    // MARK: Repairs that are stopped

    /// Counts writes to the target from when it is armed, and stops at one.
    private final class Stopper: Sendable {
        private let state = Mutex((isArmed: false, writes: 0, at: 0))

        func arm(at write: Int) { state.withLock { $0 = (true, 0, write) } }
        func disarm() { state.withLock { $0.isArmed = false } }

        func check(_ call: String, _ ends: Crossing.Ends) throws {
            try state.withLock { state in
                guard state.isArmed, !call.hasPrefix("GET"), call.contains(ends.target.url) else { return }
                state.writes += 1
                if state.writes >= state.at { throw Stopped() }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18])
    func `a repair that was stopped at any write is resumed without a duplicate`(write: Int) async throws {
        let stopper = Stopper()
        var setting = Self.setting()
        setting.before = { try stopper.check($0, $1) }
        try await withCrossing(setting) { crossing in
            let whole = try await cripple(crossing)
            let before = everything(crossing)
            stopper.arm(at: write)
            let isDone = (try? await repair(crossing)) != nil
            stopper.disarm()
            if !isDone {
                let result = try await crossing.engine.resumeRepair(
                    try await run(crossing), at: crossing.to, RepairOrder { _ in true })
                #expect(result.state == .repaired, "\(result.differences)")
            }
            #expect(content(crossing) == whole)
            _ = try await undo(crossing)
            #expect(everything(crossing) == before)
        }
    }

    @Test(arguments: [1, 2, 3, 5, 7, 8, 9, 10, 12, 14, 16])
    func `a repair that was stopped at any write goes on when it is ordered again`(write: Int) async throws {
        let stopper = Stopper()
        var setting = Self.setting()
        setting.before = { try stopper.check($0, $1) }
        try await withCrossing(setting) { crossing in
            let whole = try await cripple(crossing)
            let before = everything(crossing)
            stopper.arm(at: write)
            let isDone = (try? await repair(crossing)) != nil
            stopper.disarm()
            let result = try await repair(crossing)
            #expect(result.state == (isDone ? .complete : .repaired), "\(result.differences)")
            #expect(content(crossing) == whole)
            let runs = try await crossing.journal.runs().filter { $0.draft.job == Engine.repairJob }
            #expect(runs.allSatisfy { $0.status.isEnded }, "\(runs.map(\.status))")
            for run in runs where !isDone && run.status == .verified {
                _ = try await crossing.engine.undo(
                    run, at: crossing.to, readable: crossing.targetAsSource, source: nil, UndoOrder())
            }
            if !isDone { #expect(everything(crossing) == before) }
        }
    }

    @Test func `a repair whose file is damaged is not left to be resumed`() async throws {
        try await withCrossing(Self.setting()) { crossing in
            _ = try await cripple(crossing)
            let path = crossing.snapshotPath + ".bad.ferry"
            try Array("SQLite format 3\u{0} and no more".utf8).withUnsafeBytes { bytes in
                let file = try #require(fopen(path, "w"))
                fwrite(bytes.baseAddress, 1, bytes.count, file)
                fclose(file)
            }
            await #expect {
                _ = try await crossing.engine.repair(
                    "Ada", at: crossing.to, with: path, file: "bad.ferry", RepairOrder { _ in true })
            } throws: { ($0 as? Failure)?.code == .snapshotUnreadable }
            #expect(try await run(crossing).status == .failed)
        }
    }

    @Test func `a stopped repair stands in the way of another one, and says how to end it`() async throws {
        let stopper = Stopper()
        var setting = Self.setting()
        setting.before = { try stopper.check($0, $1) }
        try await withCrossing(setting) { crossing in
            _ = try await cripple(crossing)
            stopper.arm(at: 9)
            _ = try? await repair(crossing)
            stopper.disarm()
            let stopped = try await run(crossing)
            let there = everything(crossing)
            await #expect {
                _ = try await repair(crossing, overwrites: true)
            } throws: {
                guard let failure = $0 as? Failure, failure.code == .agentBusy else { return false }
                return failure.remedy.contains("ferry resume \(stopped.id)")
                    && failure.remedy.contains("ferry undo \(stopped.id)")
            }
            #expect(everything(crossing) == there)
        }
    }

    @Test(arguments: [1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16])
    func `a repair that was stopped at any write can be undone`(write: Int) async throws {
        let stopper = Stopper()
        var setting = Self.setting()
        setting.before = { try stopper.check($0, $1) }
        try await withCrossing(setting) { crossing in
            _ = try await cripple(crossing)
            let before = everything(crossing)
            stopper.arm(at: write)
            _ = try? await repair(crossing)
            stopper.disarm()
            _ = try await undo(crossing)
            #expect(everything(crossing) == before)
        }
    }

    @Test(arguments: [
        ScriptedLetta.Fault.Behaviour.workThenClose, .workLate(milliseconds: 800), .closeBeforeReading,
    ])
    func `a batch whose answer is lost is looked for, not sent twice`(
        behaviour: ScriptedLetta.Fault.Behaviour
    ) async throws {
        var setting = Self.setting()
        setting.impatience = [("POST passages/batch", .milliseconds(400))]
        try await withCrossing(setting) { crossing in
            let whole = try await cripple(crossing)
            let before = everything(crossing)
            crossing.target.arm([
                ScriptedLetta.Fault("POST /v1/archives/{}/passages/batch", .nth(1), behaviour)
            ])
            let result = try await repair(crossing)
            #expect(result.state == .repaired && content(crossing) == whole)
            _ = try await undo(crossing)
            #expect(everything(crossing) == before)
        }
    }
}
