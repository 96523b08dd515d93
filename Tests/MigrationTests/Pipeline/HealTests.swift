import AgentFile
import Home
import Journal
import LettaModel
import LosslessJSON
import Snapshot
import Synchronization
import Testing

@testable import Migration
@testable import ScriptedLetta

/// Agents that answer no more, healed and put back.
@Suite struct HealTests {
    private struct Stopped: Error {}

    /// Ada lives on the target; the rows stand at the end of her context.
    struct Sick: Sendable {
        var setting = Crossing.Setting()
        let agent: String
        private(set) var added: [String] = []

        init(_ rows: [JSONNode]) {
            var world = World.small(rows: 14, passages: 0, tools: 0, seed: "target")
            agent = world.agents.ids.first ?? ""
            for row in rows {
                let id = world.append(row, to: agent)
                world.agents[agent]?.messageIDs.append(id)
                added.append(id)
            }
            setting.target = world
        }

        static var orphan: JSONNode {
            var row = made("tool", #"{"status": "OK", "message": "fine"}"#)
            row["tool_call_id"] = "call-nobody"
            return row
        }

        static var pending: JSONNode {
            var row = made("approval", nil)
            row["tool_calls"] = [
                ["id": "call-1", "type": "function", "function": ["name": "send", "arguments": "{}"]],
                ["id": "call-2", "type": "function", "function": ["name": "send", "arguments": "{}"]],
            ]
            return row
        }

        static var linkedImage: JSONNode {
            var row = made("user", nil)
            row["content"] = [
                ["type": "image", "source": ["type": "url", "url": "https://example.org/a.png"]]
            ]
            return row
        }

        static func made(_ role: String, _ text: String?) -> JSONNode {
            StoredRow.form(
                role: role,
                content: text.map { [["type": "text", "text": .string($0), "signature": nil]] } ?? [],
                created: "2026-11-21T10:00:00.000001+00:00")
        }
    }

    private func list(_ crossing: Crossing) -> [String] {
        crossing.target.world.agents.all.first { $0.name == "Ada" }?.messageIDs ?? []
    }

    private func heal(
        _ crossing: Crossing, deniesApproval: Bool = false,
        confirm: @escaping @Sendable (HealPlan) async throws -> Bool = { _ in true }
    ) async throws -> HealResult {
        try await crossing.engine.heal(
            "Ada", at: crossing.to, HealOrder(deniesApproval: deniesApproval, confirm: confirm))
    }

    /// Of the first heal.
    private func undo(_ crossing: Crossing, discardsNewer: Bool = false) async throws -> UndoResult {
        let run = try #require(
            try await crossing.journal.runs().last { $0.draft.job == Engine.healJob })
        return try await crossing.engine.undo(
            run, at: crossing.to, readable: crossing.targetAsSource, source: nil,
            UndoOrder(discardsNewer: discardsNewer))
    }

    @Test func `an orphaned return goes out of context, stays in the history, and undo puts it back`()
        async throws
    {
        let sick = Sick([Sick.orphan])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            let result = try await heal(crossing)
            #expect(result.state == .healed)
            #expect(result.plan.findings.map(\.rowID) == sick.added)
            #expect(list(crossing) == Array(before.dropLast()))
            #expect(crossing.target.world.agents.ids == [sick.agent])
            let again = try await heal(crossing)
            #expect(again.state == .healthy && again.run.status == .verified)
            let undone = try await undo(crossing)
            #expect(undone.run.status == .undone && undone.restored.map(\.kind) == [.context])
            #expect(list(crossing) == before)
        }
    }

    @Test func `what nobody agrees to is not done`() async throws {
        let sick = Sick([Sick.orphan])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            let result = try await heal(crossing) { _ in false }
            #expect(result.state == .declined && list(crossing) == before)
            #expect(crossing.target.world.agents.ids == [sick.agent])
            await #expect { try await undo(crossing) } throws: {
                ($0 as? Failure)?.code == .runNotUndoable
            }
        }
    }

    // MARK: Agents that are in use

    @Test func `a list that changes while it is looked at is left alone`() async throws {
        let sick = Sick([Sick.orphan])
        let agent = sick.agent
        try await withCrossing(sick.setting) { crossing in
            await #expect {
                _ = try await heal(crossing) { _ in
                    _ = crossing.target.change { $0.agents[agent]?.messageIDs.removeLast() }
                    return true
                }
            } throws: { ($0 as? Failure)?.code == .agentBusy }
            let steps = try await crossing.journal.steps(
                try #require(try await crossing.newestRun).id)
            #expect(!steps.contains { $0.intent.kind == "target/patch-agent" })
        }
    }

    @Test(arguments: ["created", "running", "completed", "stale"])
    func `an agent whose turn is under way is left alone, and an old open turn is none`(status: String)
        async throws
    {
        var sick = Sick([Sick.orphan])
        let began = Instant(
            microseconds: Instant.now().microseconds - (status == "stale" ? 7200 : 5) * 1_000_000)
        sick.setting.target.runs["run-1"] = ScriptedThing(
            id: "run-1",
            json: [
                "id": "run-1", "agent_id": .string(sick.agent), "created_at": .string(began.text),
                "status": .string(status == "stale" ? "created" : status),
            ])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            guard ["created", "running"].contains(status) else {
                let result = try await heal(crossing)
                #expect(result.state == .healed)
                return
            }
            await #expect { try await heal(crossing) } throws: { error in
                let failure = error as? Failure
                return failure?.code == .agentBusy && failure?.reason.contains("run-1") == true
            }
            #expect(list(crossing) == before)
            #expect(try await crossing.newestRun == nil)
        }
    }

    // MARK: Rows that cannot be shown

    @Test func `a row that the server cannot show is found by trial, and goes`() async throws {
        let sick = Sick([Sick.linkedImage, Sick.made("assistant", "Nice.")])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            let result = try await heal(crossing)
            #expect(result.state == .healed)
            #expect(result.plan.findings.map(\.rowID) == [sick.added[0]])
            #expect(result.plan.findings.map(\.kind) == [.poison])
            #expect(list(crossing) == before.filter { $0 != sick.added[0] })
        }
    }

    /// The first exports fail as a server fails that is restarted.
    @Test(arguments: [1, 2, 4, 7], [500, 502])
    func `a server that stumbles has no poisoned rows`(times: Int, status: Int) async throws {
        let sick = Sick([Sick.orphan])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            crossing.target.arm([
                ScriptedLetta.Fault("GET /v1/agents/{}/export", .first(times), .refuse(status: status))
            ])
            do {
                let result = try await heal(crossing)
                #expect(result.plan.findings.map(\.kind) == [.orphanReturn])
                #expect(list(crossing) == Array(before.dropLast()))
            } catch let failure as Failure {
                #expect(failure.code == .readerFailed)
                #expect(list(crossing) == before)
            }
        }
    }

    @Test(arguments: [500, 503])
    func `a server that is not well is not taken for sick rows`(status: Int) async throws {
        let sick = Sick([Sick.orphan])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            crossing.target.arm([
                ScriptedLetta.Fault("GET /v1/agents/{}/export", .every, .refuse(status: status))
            ])
            await #expect { try await heal(crossing) } throws: {
                ($0 as? Failure)?.code == .readerFailed
            }
            #expect(list(crossing) == before)
            #expect(crossing.target.world.agents.ids == [sick.agent])
        }
    }

    @Test func `a listing that fails once is none that fails`() async throws {
        let sick = Sick([Sick.orphan])
        try await withCrossing(sick.setting) { crossing in
            crossing.target.arm([
                ScriptedLetta.Fault("GET /v1/agents/{}/messages", .first(6), .refuse(status: 500))
            ])
            let result = try await heal(crossing)
            #expect(result.plan.listingFault == nil)
        }
    }

    // MARK: The beginning of a context

    @Test func `an empty context gets its system row in front`() async throws {
        var sick = Sick([])
        let system = sick.setting.target.agents[sick.agent]?.messageIDs.first
        sick.setting.target.agents[sick.agent]?.messageIDs = []
        try await withCrossing(sick.setting) { crossing in
            let result = try await heal(crossing)
            #expect(result.state == .healed && list(crossing) == [system].compactMap(\.self))
            _ = try await undo(crossing)
            #expect(list(crossing) == [])
        }
    }

    @Test func `a history without a system row is beyond help, and nothing is changed`() async throws {
        var sick = Sick([])
        let agent = sick.agent
        sick.setting.target.agents[agent]?.history.removeAll { $0.role == "system" }
        sick.setting.target.agents[agent]?.messageIDs.removeFirst()
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            let result = try await heal(crossing)
            #expect(result.state == .beyondHelp && result.run.status == .failed)
            #expect(list(crossing) == before)
        }
    }

    // MARK: Approvals

    @Test func `a pending approval goes out of context and is not denied`() async throws {
        let sick = Sick([Sick.pending])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            let result = try await heal(crossing)
            #expect(result.plan.findings.map(\.kind) == [.pendingApproval])
            #expect(result.plan.denials.isEmpty && list(crossing) == Array(before.dropLast()))
            #expect(crossing.target.world.modelRequests == 0)
            _ = try await undo(crossing)
            #expect(list(crossing) == before)
        }
    }

    @Test func `a pending approval is denied when ordered, once, and no undo takes that back`() async throws {
        let sick = Sick([Sick.pending])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            let result = try await heal(crossing, deniesApproval: true)
            #expect(result.state == .healed && result.plan.denials == ["call-1", "call-2"])
            #expect(list(crossing).starts(with: before) && list(crossing).count == before.count + 3)
            #expect(crossing.target.world.modelRequests == 1)
            #expect(try await heal(crossing, deniesApproval: true).state == .healthy)
            #expect(crossing.target.world.modelRequests == 1)
            await #expect { try await undo(crossing) } throws: { error in
                let failure = error as? Failure
                return failure?.code == .runNotUndoable && failure?.reason.contains("denial") == true
            }
        }
    }

    @Test func `an undo of a heal that denied, too, names what stays`() async throws {
        let sick = Sick([Sick.orphan, Sick.pending])
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            _ = try await heal(crossing, deniesApproval: true)
            let answered = list(crossing).count - (before.count - 1)
            #expect(answered == 3)
            let undone = try await undo(crossing)
            #expect(undone.left.map(\.item.kind) == [.denial])
            #expect(list(crossing).starts(with: before) && list(crossing).count == before.count + 3)
        }
    }

    // MARK: Two blocks of one label

    @Test(arguments: [true, false])
    func `a second block of one label is detached, stays on the server, and comes back`(isSame: Bool)
        async throws
    {
        var sick = Sick([])
        let agent = sick.agent
        let first = try #require(
            sick.setting.target.agents[agent]?.blockIDs.compactMap { sick.setting.target.blocks[$0] }.first)
        sick.setting.target.attachBlock(
            World.block(first.label, isSame ? first.value : "something else"), to: agent)
        if isSame {
            let twin = sick.setting.target.agents[agent]?.blockIDs.last ?? ""
            sick.setting.target.blocks[twin]?.fields = first.fields
        }
        try await withCrossing(sick.setting) { crossing in
            let before = crossing.target.world.agents[agent]?.blockIDs ?? []
            let result = try await heal(crossing)
            #expect(result.plan.twins.map(\.isSame) == [isSame] && result.plan.findings.isEmpty)
            #expect(crossing.target.world.agents[agent]?.blockIDs == Array(before.dropLast()))
            #expect(crossing.target.world.blocks[before.last ?? ""] != nil)
            let undone = try await undo(crossing)
            #expect(undone.restored.map(\.kind) == [.detachedBlock] && undone.left.isEmpty)
            #expect(crossing.target.world.agents[agent]?.blockIDs == before)
        }
    }

    /// Ada with a second persona.
    private func twinned() throws -> (Sick, block: String) {
        var sick = Sick([])
        let agent = sick.agent
        let first = try #require(
            sick.setting.target.agents[agent]?.blockIDs.compactMap { sick.setting.target.blocks[$0] }.first)
        sick.setting.target.attachBlock(World.block(first.label, "something else"), to: agent)
        return (sick, sick.setting.target.agents[agent]?.blockIDs.last ?? "")
    }

    @Test func `blocks that a server names in another order each time are healed and come back`() async throws
    {
        var (sick, _) = try twinned()
        let agent = sick.agent
        sick.setting.target.shufflesBlocks = true
        try await withCrossing(sick.setting) { crossing in
            let before = Set(crossing.target.world.agents[agent]?.blockIDs ?? [])
            for _ in 0..<3 {
                let result = try await heal(crossing)
                #expect(result.state == .healed && result.plan.twins.count == 1)
                let taken = Set(result.plan.twins.map(\.blockID))
                #expect(Set(crossing.target.world.agents[agent]?.blockIDs ?? []) == before.subtracting(taken))
                let undone = try await crossing.engine.undo(
                    result.run, at: crossing.to, readable: crossing.targetAsSource, source: nil, UndoOrder())
                #expect(undone.restored.map(\.kind) == [.detachedBlock] && undone.left.isEmpty)
                #expect(Set(crossing.target.world.agents[agent]?.blockIDs ?? []) == before)
            }
        }
    }

    @Test func `blocks that change while they are looked at are left alone`() async throws {
        let (sick, block) = try twinned()
        let agent = sick.agent
        try await withCrossing(sick.setting) { crossing in
            await #expect {
                _ = try await heal(crossing) { _ in
                    // The other one of the two is taken off meanwhile.
                    _ = crossing.target.change { $0.agents[agent]?.blockIDs.removeFirst() }
                    return true
                }
            } throws: { ($0 as? Failure)?.code == .agentBusy }
            #expect(crossing.target.world.agents[agent]?.blockIDs.contains(block) == true)
        }
    }

    @Test func `a detached block that somebody deleted since is named by undo`() async throws {
        let (sick, block) = try twinned()
        try await withCrossing(sick.setting) { crossing in
            _ = try await heal(crossing)
            crossing.target.change { $0.blocks[block] = nil }
            let undone = try await undo(crossing)
            #expect(undone.left.map(\.item.id) == [block] && undone.restored.isEmpty)
            #expect(undone.left.first?.reason.contains("deleted") == true)
        }
    }

    // MARK: Undo

    @Test func `rows that came since stay in context when the old list comes back`() async throws {
        let sick = Sick([Sick.orphan])
        let agent = sick.agent
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            _ = try await heal(crossing)
            let newer = crossing.target.change { world in
                let id = world.append(World.userRow("Are you there?"), to: agent)
                world.agents[agent]?.messageIDs.append(id)
                return id
            }
            let undone = try await undo(crossing)
            #expect(undone.restored.map(\.kind) == [.context])
            #expect(list(crossing) == before + [newer])
        }
    }

    @Test func `a list that was rewritten since is put back only when told`() async throws {
        let sick = Sick([Sick.orphan])
        let agent = sick.agent
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            _ = try await heal(crossing)
            _ = crossing.target.change { $0.agents[agent]?.messageIDs.remove(at: 1) }
            let changed = list(crossing)
            await #expect { try await undo(crossing) } throws: {
                ($0 as? Failure)?.code == .undoWouldLose
            }
            #expect(list(crossing) == changed)
            _ = try await undo(crossing, discardsNewer: true)
            #expect(list(crossing) == before)
        }
    }

    @Test func `a rewritten list that is put back is in a snapshot first, and what came since stays`()
        async throws
    {
        let sick = Sick([Sick.orphan])
        let agent = sick.agent
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            _ = try await heal(crossing)
            let newer = crossing.target.change { world in
                world.agents[agent]?.messageIDs.remove(at: 1)
                let id = world.append(World.userRow("Are you there?"), to: agent)
                world.agents[agent]?.messageIDs.append(id)
                return id
            }
            let rewritten = list(crossing)
            let undone = try await undo(crossing, discardsNewer: true)
            #expect(list(crossing) == before + [newer])
            let copy = try #require(undone.safetyCopy)
            let snapshot = try await withSnapshot(at: copy, .read) { try await $0.summary() }
            #expect(snapshot.threads.contains { $0.rows > 0 })
            #expect(try await crossing.journal.runs().contains { $0.draft.snapshotPath == copy })
            #expect(undone.replacedContext == rewritten)
        }
    }

    @Test func `what becomes of a list is decided by what stands there now`() {
        func decide(_ now: [String]) -> ContextReturn {
            ContextReturn(before: ["s", "a", "x", "b"], after: ["s", "a", "b"], now: now)
        }
        #expect(decide(["s", "a", "x", "b"]) == .isBack)
        #expect(decide(["s", "a", "x", "b", "c"]) == .isBack)
        #expect(decide(["s", "a", "b"]) == .putBack(["s", "a", "x", "b"], newer: 0))
        #expect(decide(["s", "a", "b", "c"]) == .putBack(["s", "a", "x", "b", "c"], newer: 1))
        #expect(decide(["s", "b", "c"]) == .changed)
        #expect(decide([]) == .changed)
        #expect(ContextReturn(before: [], after: ["s"], now: ["s"]) == .putBack([], newer: 0))
        #expect(ContextReturn(before: [], after: ["s"], now: ["s", "c"]) == .putBack(["c"], newer: 1))
        #expect(ContextReturn(before: [], after: ["s"], now: []) == .isBack)
    }

    // MARK: Heals that are stopped

    /// Stops at the PATCH of Ada, or at the first request after it.
    @Test(arguments: [false, true])
    func `a heal that was killed around its change can be undone, resumed and repeated`(isAfter: Bool)
        async throws
    {
        var sick = Sick([Sick.orphan])
        let state = Mutex((isArmed: true, isSent: false))
        sick.setting.before = { [agent = sick.agent] call, _ in
            try state.withLock { state in
                guard state.isArmed else { return }
                let isChange = call.hasPrefix("PATCH") && call.hasSuffix(agent)
                if state.isSent || (isChange && !isAfter) {
                    state.isSent = true
                    throw Stopped()
                }
                if isChange { state.isSent = true }
            }
        }
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            // On a busy machine the change may be there before the heal has ended.
            await #expect(throws: (any Error).self) { try await heal(crossing) }
            state.withLock { $0.isArmed = false }
            #expect(list(crossing).contains(sick.added[0]) == !isAfter)
            let killed = try #require(try await crossing.newestRun)
            // Agreed to before, so that nobody is asked again.
            let again = try await crossing.engine.resumeHeal(
                killed, at: crossing.to, HealOrder { _ in false })
            #expect(again.state == (isAfter ? .healthy : .healed))
            // What it changed is not passed over in silence, once or later.
            let anew = try await heal(crossing)
            for result in isAfter ? [again, anew] : [] {
                #expect(result.stopped == [killed.id])
                #expect(result.run.verdict?.contains("\(killed.id)") == true, "\(result.run.verdict ?? "")")
            }
            #expect(anew.state == .healthy && (isAfter || anew.stopped.isEmpty))
            #expect(crossing.target.world.agents.ids == [sick.agent])
            #expect(try await crossing.journal.run(killed.id.description).status == .failed)
            guard isAfter else { return }
            _ = try await undo(crossing)
            #expect(list(crossing) == before)
            // Now there is something to heal again, and nothing to take back.
            #expect(try await heal(crossing).stopped.isEmpty)
        }
    }

    @Test func `the undo of a heal that was killed before its change does not touch a later heal`()
        async throws
    {
        var sick = Sick([Sick.orphan])
        let isArmed = Mutex(true)
        sick.setting.before = { [agent = sick.agent] call, _ in
            guard isArmed.withLock({ $0 }), call.hasPrefix("PATCH"), call.hasSuffix(agent) else { return }
            throw Stopped()
        }
        try await withCrossing(sick.setting) { crossing in
            await #expect(throws: (any Error).self) { try await heal(crossing) }
            isArmed.withLock { $0 = false }
            let later = try await heal(crossing)
            #expect(later.state == .healed)
            let healed = list(crossing)
            await #expect { try await undo(crossing) } throws: {
                ($0 as? Failure)?.code == .runNotUndoable
            }
            #expect(list(crossing) == healed)
        }
    }

    @Test func `a heal whose undo has begun is not resumed`() async throws {
        let sick = Sick([Sick.orphan])
        try await withCrossing(sick.setting) { crossing in
            let run = try await heal(crossing).run
            try await crossing.journal.setStatus(run.id, .undoing)
            let undoing = try await crossing.journal.run(run.id.description)
            await #expect {
                _ = try await crossing.engine.resumeHeal(undoing, at: crossing.to, HealOrder { _ in true })
            } throws: { ($0 as? Failure)?.code == .runNotResumable }
        }
    }

    @Test func `a heal whose history cannot be listed is not called verified`() async throws {
        let sick = Sick([Sick.orphan])
        try await withCrossing(sick.setting) { crossing in
            crossing.target.arm([
                ScriptedLetta.Fault("GET /v1/agents/{}/messages", .every, .refuse(status: 500))
            ])
            let result = try await heal(crossing)
            #expect(result.state == .healed && result.plan.listingFault != nil)
            #expect(result.run.status == .different)
            #expect(result.run.verdict?.contains("cannot be listed") == true)
        }
    }

    @Test func `a change whose answer is lost is looked for before anything is said`() async throws {
        var sick = Sick([Sick.orphan])
        sick.setting.impatience = [("PATCH \(sick.agent)", .milliseconds(300))]
        sick.setting.targetFaults = [
            ScriptedLetta.Fault(
                "PATCH /v1/agents/{}", .nth(1), containing: sick.agent, .workLate(milliseconds: 1200))
        ]
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            let result = try await heal(crossing)
            #expect(result.state == .healed)
            #expect(list(crossing) == Array(before.dropLast()))
            // Its step is settled as done: it can be taken back.
            #expect(try await undo(crossing).restored.map(\.kind) == [.context])
            #expect(list(crossing) == before)
        }
    }

    @Test func `a change that comes late, after the heal was killed, is undone and not missed`() async throws
    {
        var sick = Sick([Sick.orphan])
        let state = Mutex((isArmed: true, isSent: false))
        sick.setting.impatience = [("PATCH \(sick.agent)", .milliseconds(300))]
        sick.setting.targetFaults = [
            ScriptedLetta.Fault(
                "PATCH /v1/agents/{}", .nth(1), containing: sick.agent, .workLate(milliseconds: 2500))
        ]
        sick.setting.before = { [agent = sick.agent] call, _ in
            try state.withLock { state in
                guard state.isArmed else { return }
                if state.isSent { throw Stopped() }
                state.isSent = call.hasPrefix("PATCH") && call.hasSuffix(agent)
            }
        }
        try await withCrossing(sick.setting) { crossing in
            let before = list(crossing)
            await #expect(throws: (any Error).self) { try await heal(crossing) }
            state.withLock { $0.isArmed = false }
            let undone = try await undo(crossing)
            #expect(undone.restored.map(\.kind) == [.context])
            #expect(list(crossing) == before)
            try await Task.sleep(for: .seconds(2))
            #expect(list(crossing) == before)
            #expect(crossing.target.world.agents.ids == [sick.agent])
        }
    }
}
