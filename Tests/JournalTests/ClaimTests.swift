import LettaModel
import Testing

@testable import Journal

struct ClaimTests {
    @Test func `a living process keeps its run`() async throws {
        let scratch = try Scratch()
        let one = try scratch.open(pid: 1)
        let run = try await one.make("1a")
        try await one.claim(run)
        let other = try scratch.open(pid: 2)
        #expect(await code { try await other.claim(run) } == .runBusy)
        #expect(try await other.run("1a").isClaimed)
        try await other.release(run)
        #expect(await code { try await other.claim(run) } == .runBusy, "only the owner can let go")
        try await one.release(run)
        try await other.claim(run)
    }

    @Test func `claiming twice is claiming once`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1a")
        try await journal.claim(run)
        try await journal.claim(run)
    }

    @Test func `the run of a dead process is taken over, and that is said`() async throws {
        let scratch = try Scratch()
        let one = try scratch.open(pid: 1)
        let run = try await one.make("1a")
        try await one.claim(run)
        let other = try scratch.open(pid: 2, dead: [1])
        #expect(try await other.run("1a").isClaimed == false)
        try await other.claim(run)
        #expect(try await other.events(run).map(\.text) == ["taken over from dead process 1"])
    }

    @Test func `this process is alive, and nobody is it by pid alone`() {
        let me = ProcessTable.live.current
        #expect(ProcessTable.live.isAlive(me))
        let reused = ProcessIdentity(pid: me.pid, startedAt: me.startedAt - 1, boot: me.boot)
        let rebooted = ProcessIdentity(pid: me.pid, startedAt: me.startedAt, boot: "other boot")
        #expect(!ProcessTable.live.isAlive(reused))
        #expect(!ProcessTable.live.isAlive(rebooted))
    }

    @Test func `two connections at once never both have a run`() async throws {
        let scratch = try Scratch()
        let runs = try await (0..<20).asyncMap { try await scratch.open().make("1r\($0)") }
        let won = try await withThrowingTaskGroup(of: [RunID].self) { group in
            for pid in Int32(1)...2 {
                group.addTask {
                    let journal = try scratch.open(pid: pid)
                    var won: [RunID] = []
                    for run in runs where await code(of: { try await journal.claim(run) }) == nil {
                        won.append(run)
                    }
                    return won
                }
            }
            var all: [RunID] = []
            for try await some in group { all += some }
            return all
        }
        #expect(won.sorted() == runs.sorted())
    }
}

struct RemovalTests {
    private func made(_ status: RunStatus, _ outcome: StepOutcome?) async throws -> (
        Scratch, RunJournal, RunID
    ) {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1a")
        let step = try await journal.intend(
            run, StepIntent(kind: "create-archive", marker: Marker(run: "1a", attempt: 1)))
        if let outcome { try await journal.settle(step, outcome) }
        try await journal.setStatus(run, status)
        return (scratch, journal, run)
    }

    @Test func `a run that ended is removed with its folder`() async throws {
        let (scratch, journal, run) = try await made(.verified, .done(details: nil))
        let folder = try await journal.run("1a").folder
        try scratch.write("{}", to: folder + "/spool/ada.af")
        #expect(try await journal.remove(run) == .removed(lost: []))
        #expect(!scratch.exists(folder))
        #expect(await code { _ = try await journal.run("1a") } == .runUnknown)
    }

    @Test func `a run that may still have things on a server is kept`() async throws {
        let (_, journal, run) = try await made(.failed, nil)
        let losses = ["what became of create-archive ferry-1a-1: its outcome is not known"]
        #expect(try await journal.remove(run) == .refused(losing: losses))
        #expect(try await journal.losses(of: run) == losses)
        #expect(try await journal.remove(run, isForced: true) == .removed(lost: losses))
    }

    @Test func `a run that can be resumed is kept`() async throws {
        let (_, journal, run) = try await made(.incomplete, .done(details: nil))
        guard case .refused = try await journal.remove(run) else {
            Issue.record("it was removed")
            return
        }
    }

    @Test func `what a removal makes impossible is said, and the id map stays`() async throws {
        let (_, journal, run) = try await made(.verified, .done(details: nil))
        let mapping = IDMapping(
            kind: "agent", sourceServer: "a", sourceID: "agent-1", targetServer: "b", targetID: "agent-2",
            run: run)
        try await journal.map([mapping])
        #expect(try await journal.remove(run) == .removed(lost: ["the undo of 1 things made on the target"]))
        let found = try await journal.find(
            kind: "agent", sourceServer: "a", sourceID: "agent-1", targetServer: "b")
        #expect(found == [mapping])
    }

    @Test func `a run that has the only copy of what it wrote over is kept, until it is undone`() async throws
    {
        let (_, journal, run) = try await made(.verified, .done(details: nil))
        let step = try await journal.intend(
            run,
            StepIntent(
                kind: "target/patch-agent", preImage: Array(#"{"message_ids":["message-1"]}"#.utf8),
                details: Array(#"{"id":"agent-7"}"#.utf8)))
        try await journal.settle(step, .done(details: nil))
        let losses = ["the only copy of what the run changed at agent-7: it could not be put back"]
        #expect(try await journal.remove(run) == .refused(losing: losses))
        try await journal.setStatus(run, .undone)
        #expect(try await journal.remove(run) == .removed(lost: []))
    }

    /// A request whose answer was lost may have been carried out.
    @Test(arguments: ["move", "heal"])
    func `what a step that was given up wrote over is kept, unless it was looked at`(job: String)
        async throws
    {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.create(RunDraft(id: try runID("1a"), job: job)).id
        let step = try await journal.intend(
            run,
            StepIntent(
                kind: "target/patch-tool", preImage: Array(#"{"id":"tool-7"}"#.utf8),
                details: Array(#"{"id":"tool-7"}"#.utf8)))
        try await journal.settle(step, .abandoned(reason: "looked at again"))
        try await journal.setStatus(run, .verified)
        #expect(try await journal.losses(of: run).isEmpty == (job == "heal"))
    }

    @Test func `which blocks a heal detached is kept with its run`() async throws {
        let scratch = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.create(RunDraft(id: try runID("1a"), job: "heal")).id
        let step = try await journal.intend(
            run,
            StepIntent(
                kind: "target/detach-block",
                details: Array(#"{"blocks":["block-1","block-2"],"id":"block-2"}"#.utf8)))
        try await journal.settle(step, .done(details: nil))
        try await journal.setStatus(run, .verified)
        guard case .refused = try await journal.remove(run) else {
            Issue.record("it was removed")
            return
        }
    }

    @Test func `the run of a living process is never removed`() async throws {
        let (scratch, journal, run) = try await made(.verified, .done(details: nil))
        try await journal.claim(run)
        let other = try scratch.open(pid: 2)
        #expect(await code { _ = try await other.remove(run, isForced: true) } == .runBusy)
    }
}

struct CrashTests {
    @Test func `what was intended before a kill is open after it`() async throws {
        let scratch = try Scratch()
        let copy = try Scratch()
        let journal = try scratch.open()
        let run = try await journal.make("1a")
        let first = try await journal.intend(run, StepIntent(kind: "one"))
        try await journal.settle(first, .done(details: nil))
        _ = try await journal.intend(run, StepIntent(kind: "two"))
        try scratch.copyJournal(to: copy)
        let after = try copy.open(pid: 2)
        #expect(try await after.openSteps(run).map(\.intent.kind) == ["two"])
        #expect(try await after.steps(run).count == 2)
    }
}

extension Sequence {
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
