import Home
import Journal
import LettaModel
import LosslessJSON

/// What becomes of the list of rows in context when a heal is undone. Pure.
enum ContextReturn: Equatable {
    /// The old list stands there already.
    case isBack
    /// - Parameter newer: how many rows came since; they stay, at the end.
    case putBack([String], newer: Int)
    /// Somebody else changed the list: compacted it, or set it.
    case changed

    init(before: [String], after: [String], now: [String]) {
        // One may begin with the other; then the longer one stands there.
        let isAfter = now.starts(with: after)
        if now.starts(with: before), !isAfter || before.count >= after.count {
            self = .isBack
        } else if isAfter {
            let newer = now[after.count...].filter { !before.contains($0) }
            self = .putBack(before + newer, newer: newer.count)
        } else {
            self = .changed
        }
    }
}

extension Engine {
    /// Puts back what a heal changed: the rows in context and the blocks.
    /// Rows that came since stay in context.
    ///
    /// **Errors**: `undo-would-lose` where somebody else changed the list
    /// since, unless told to discard that, with a snapshot before;
    /// `agent-busy`; `run-not-undoable` where the heal changed nothing.
    func takeBackHeal(
        _ run: RunRecord, _ target: any Home<TargetSide>, _ readable: any Home<SourceSide>, _ order: UndoOrder
    ) async throws -> UndoResult {
        progress(.stage("undo"))
        let ledger = Ledger(home: target, journal: journal, run: run.id)
        try await ReaderScope(ledger: ledger, progress: progress).sweep()
        let record = HealRecord(try await journal.steps(run.id))
        try Self.checkHasUndo(record, run)
        let undoing = HealUndoing(
            ledger: ledger, progress: progress, record: record, agent: TargetID(run.draft.agentID ?? ""),
            name: run.draft.agentName ?? "")
        let outcome: HealUndoing.Outcome
        do {
            outcome = try await undoing.run(order) { plan in
                try await safetyCopy(of: plan, run, target, readable, host: undoing.agent)
            }
        } catch let failure as Failure where failure.code == .agentUnknown {
            let gone = undoing.item(.context, obstacle: "its agent is gone from the server")
            outcome = HealUndoing.Outcome(plan: UndoPlan([gone], discards: false))
        }
        let plan = outcome.plan
        try await ledger.closeOpenSteps(because: "the run was undone")
        try await journal.setStatus(run.id, .undone, verdict: undoing.sentence(plan))
        return UndoResult(
            run: try await journal.run(run.id.description), removed: [], restored: plan.restorations,
            left: plan.left, safetyCopy: outcome.copy, replacedContext: outcome.replaced)
    }

    private static func checkHasUndo(_ record: HealRecord, _ run: RunRecord) throws {
        guard record.listBefore == nil, record.detached.isEmpty else { return }
        guard run.status.isEnded || record.hasDenied else { return }
        throw Failure(
            .runNotUndoable, subject: run.id.description,
            reason: record.hasDenied
                ? "a denial cannot be taken back: the model has answered it" : "it changed nothing",
            remedy: "ferry show \(run.id)")
    }
}

/// The undo of one heal.
struct HealUndoing {
    let ledger: Ledger<TargetSide>
    let progress: ProgressSink
    let record: HealRecord
    let agent: TargetID<AgentKind>
    let name: String

    /// What was done.
    struct Outcome {
        var plan: UndoPlan
        /// The snapshot of what was discarded, and the list that was.
        var copy: String?
        var replaced: [String]?
    }

    /// The list that is to be set.
    private struct Wanted {
        let list: [String]
        /// Whether it stands in place of what somebody else made of it.
        let discards: Bool
    }

    private var list: LateList { LateList(home: ledger.home, agent: agent) }
    private var again: String { "ferry undo \(ledger.run)" }

    /// - Parameter keep: takes a snapshot of what a plan discards.
    func run(_ order: UndoOrder, keep: (UndoPlan) async throws -> String?) async throws -> Outcome {
        try await AgentIdleness(home: ledger.home).check(agent, named: name, again: again)
        // What is still on its way would undo the undo.
        let now = try await list.now(after: record)
        let wanted = try wanted(now, order)
        let (lacking, gone) = try await lackingBlocks()
        var outcome = Outcome(plan: UndoPlan(items(wanted, lacking, gone), discards: true))
        guard try await order.confirm(outcome.plan) else {
            throw Failure(
                .runNotUndoable, subject: ledger.run.description, reason: "you said no; nothing was changed",
                remedy: "\(again), when you are sure")
        }
        guard !outcome.plan.restorations.isEmpty else { return outcome }
        if wanted?.discards == true {
            outcome.copy = try await keep(outcome.plan)
            outcome.replaced = now
        }
        try await ledger.journal.setStatus(ledger.run, .undoing)
        if let wanted { try await put(wanted.list, over: now) }
        let stuck = try await attach(lacking)
        if !stuck.isEmpty {
            outcome.plan = UndoPlan(items(wanted, lacking, gone, stuck: stuck), discards: true)
        }
        return outcome
    }

    /// - Returns: nil where the old list stands there.
    private func wanted(_ now: [String], _ order: UndoOrder) throws -> Wanted? {
        guard let before = record.listBefore, let after = record.listAfter else { return nil }
        switch ContextReturn(before: before, after: after, now: now) {
        case .isBack: return nil
        case .putBack(let list, let newer):
            note(newer)
            return Wanted(list: list, discards: false)
        case .changed:
            guard order.discardsNewer else { throw changedSince }
            let known = Set(before + after)
            let newer = now.filter { !known.contains($0) }
            note(newer.count)
            return Wanted(list: before + newer, discards: true)
        }
    }

    private func note(_ newer: Int) {
        guard newer > 0 else { return }
        progress(.note("\(newer.counted("row")) in context came since the run and stay at its end"))
    }

    private static let rewritten = "rewritten since the run: compacted, or set by somebody else"

    private var changedSince: Failure {
        Failure(
            .undoWouldLose, subject: item(.context).sentence,
            reason: "its context was \(Self.rewritten)",
            remedy: "keep it; or put the old list back all the same (no message leaves the history): "
                + "\(again) --discard-newer, which takes a snapshot first", end: .target)
    }

    private func put(_ wanted: [String], over now: [String]) async throws {
        guard try await list.read() == now else {
            throw Failure(
                .agentBusy, subject: "\(name) (\(agent))",
                reason: "its context changed while it was looked at; nothing was put back",
                remedy: "stop what talks to it, then: \(again)")
        }
        try await ledger.perform(
            .patchAgent(agent, json: ContextPatch.json(wanted)), preImage: ContextPatch.json(now))
        guard try await list.read() == wanted else {
            throw Failure(
                .different, subject: item(.context).sentence, reason: "its list is not what it was set to",
                remedy: "stop what talks to it, then: \(again)")
        }
    }

    // MARK: Blocks

    /// Those that were detached and are not attached: what is there of them,
    /// and the ids of those that somebody deleted since.
    private func lackingBlocks() async throws -> ([Block<TargetSide>], gone: [String]) {
        guard !record.detached.isEmpty else { return ([], []) }
        let attached = Set(try await ledger.home.blocks(of: agent).map(\.id.raw))
        var lacking: [Block<TargetSide>] = []
        var gone: [String] = []
        for id in record.detached where !attached.contains(id) {
            guard let block = try await ledger.home.block(TargetID(id)) else {
                gone.append(id)
                continue
            }
            lacking.append(block)
        }
        return (lacking, gone)
    }

    /// One by one as a server takes it; else the whole list as it was.
    ///
    /// - Returns: ids of blocks that no way brought back.
    private func attach(_ blocks: [Block<TargetSide>]) async throws -> Set<String> {
        guard !blocks.isEmpty else { return [] }
        do {
            for block in blocks { try await ledger.perform(.attachBlock(block.id, to: agent)) }
        } catch let failure as Failure where failure.code == .serverRefused {
            try await attachAll(blocks)
        }
        let attached = Set(try await ledger.home.blocks(of: agent).map(\.id.raw))
        return Set(blocks.map(\.id.raw)).subtracting(attached)
    }

    private func attachAll(_ blocks: [Block<TargetSide>]) async throws {
        let now = try await ledger.home.blocks(of: agent).map(\.id.raw)
        let there = Set(now + blocks.map(\.id.raw))
        let wanted =
            record.blocksBefore.filter(there.contains) + now.filter { !record.blocksBefore.contains($0) }
        func json(_ ids: [String]) -> VerbatimJSON {
            (["block_ids": .array(ids.map { .string($0) })] as JSONNode).bytes()
        }
        try await ledger.perform(.patchAgent(agent, json: json(wanted)), preImage: json(now))
        // A server that keeps one of a label only may have let go of the other.
        let kept = Set(try await ledger.home.blocks(of: agent).map(\.id.raw))
        guard !Set(now).isSubset(of: kept) else { return }
        try await ledger.perform(.patchAgent(agent, json: json(now)), preImage: json(wanted))
    }

    // MARK: Words

    func item(_ kind: UndoItem.Kind, obstacle: String? = nil) -> UndoItem {
        UndoItem(kind: kind, id: agent.raw, name: name, obstacle: obstacle)
    }

    private func items(
        _ wanted: Wanted?, _ blocks: [Block<TargetSide>], _ gone: [String], stuck: Set<String> = []
    ) -> [UndoItem] {
        var items =
            wanted.map { [$0.discards ? item(.context).holding(Self.rewritten) : item(.context)] } ?? []
        items += blocks.map { block in
            UndoItem(
                kind: .detachedBlock, id: block.id.raw, name: block.label,
                obstacle: stuck.contains(block.id.raw)
                    ? "the server attaches no second block of this label; the block itself is there" : nil)
        }
        items += gone.map {
            UndoItem(
                kind: .detachedBlock, id: $0, name: $0,
                obstacle: "somebody deleted it since: there is nothing to attach again")
        }
        if record.hasDenied {
            items.append(item(.denial, obstacle: "the model has answered the denial"))
        }
        return items
    }

    func sentence(_ plan: UndoPlan) -> String {
        let back = plan.restorations.map { $0.kind == .context ? "the previous context" : "a block" }
        let words =
            back.isEmpty ? "nothing was there to put back" : "\(back.joined(separator: ", ")) put back"
        return "\(ledger.run) undone: \(words)"
            + (plan.left.isEmpty ? "" : ", \(plan.left.count.grouped) left")
    }
}
