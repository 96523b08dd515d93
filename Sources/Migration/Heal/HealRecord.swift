import Home
import Journal
import LettaModel
import LosslessJSON

/// What the journal says that a heal changed.
struct HealRecord {
    /// Rows in context before and after; nil where the list was not touched.
    private(set) var listBefore: [String]?
    private(set) var listAfter: [String]?
    /// Whether the change of the list may still be on its way.
    private(set) var isListOpen = false
    /// Ids of blocks that were detached, in order.
    private(set) var detached: [String] = []
    /// The blocks that the agent had before, in order; empty where none was
    /// detached.
    private(set) var blocksBefore: [String] = []
    /// A pending approval was denied, or may have been.
    private(set) var hasDenied = false

    private static let after = "after"
    private static let blocks = "blocks"
    private static let context = "context"

    /// - Parameter steps: of one run; those of its undo, which come later,
    ///   bear no `after` and are not looked at.
    init(_ steps: [StepRecord]) {
        for step in steps where !step.isRefused && !step.isAbandoned {
            let details = Self.details(step)
            switch step.intent.kind {
            case Ledger<TargetSide>.kind("patch-agent"):
                guard let list = details?[Self.after]?.strings, listBefore == nil else { continue }
                listBefore = step.intent.preImage.flatMap { try? ContextPatch.list($0) }
                listAfter = list
                isListOpen = step.isOpen
            case Ledger<TargetSide>.kind("detach-block"):
                guard let before = details?[Self.blocks]?.strings else { continue }
                if blocksBefore.isEmpty { blocksBefore = before }
                if let id = details?["id"]?.string { detached.append(id) }
            case Ledger<TargetSide>.kind("deny-approval"): hasDenied = true
            default: continue
            }
        }
    }

    private static func details(_ step: StepRecord) -> JSONValue? {
        step.intent.details.flatMap { try? JSONDocument($0).root }
    }

    /// Whether anything was changed, where no outcome is unknown any more.
    var hasChanged: Bool { !detached.isEmpty || hasDenied || listAfter != nil }

    /// Whether an undo would put something back, as the list is now.
    func stands(in now: [String]) -> Bool {
        guard let before = listBefore, let after = listAfter else { return !detached.isEmpty }
        switch ContextReturn(before: before, after: after, now: now) {
        case .putBack: return true
        case .isBack: return !detached.isEmpty
        case .changed: return false
        }
    }

    static func expecting(list: [String]) -> [(String, JSONNode)] {
        [(after, .array(list.map { .string($0) }))]
    }

    static func expecting(context: [String]) -> [(String, JSONNode)] {
        [(Self.context, .array(context.map { .string($0) }))]
    }

    static func expecting(blocks ids: [String]) -> [(String, JSONNode)] {
        [(blocks, .array(ids.map { .string($0) }))]
    }
}

// MARK: - Steps of unknown outcome

extension HealRecord {
    /// Ends the steps whose outcome nobody knows as what the server shows:
    /// done, or given up. Only what was done is taken back later.
    ///
    /// - Parameter list: rows in context, read when nothing is on its way.
    static func settleOpen(
        _ ledger: Ledger<TargetSide>, of agent: TargetID<AgentKind>, list: [String]
    ) async throws {
        let open = try await ledger.journal.openSteps(ledger.run)
        guard !open.isEmpty else { return }
        let blocks = try await ledger.home.blocks(of: agent).map(\.id.raw)
        for step in open {
            guard let wasDone = wasDone(step, list, blocks) else { continue }
            try await ledger.settleIfOpen(
                step.id,
                wasDone ? .done(details: nil) : .abandoned(reason: "looked at again: it was not done"))
        }
    }

    /// - Returns: nil for what is no change of a heal.
    private static func wasDone(_ step: StepRecord, _ list: [String], _ blocks: [String]) -> Bool? {
        let details = details(step)
        switch step.intent.kind {
        case Ledger<TargetSide>.kind("patch-agent"):
            guard let after = details?[after]?.strings else { return nil }
            let before = step.intent.preImage.flatMap { try? ContextPatch.list($0) } ?? []
            guard case .isBack = ContextReturn(before: before, after: after, now: list) else {
                return true
            }
            return false
        case Ledger<TargetSide>.kind("detach-block"):
            guard details?[Self.blocks] != nil, let id = details?["id"]?.string else { return nil }
            return !blocks.contains(id)
        case Ledger<TargetSide>.kind("deny-approval"):
            return details?[context]?.strings != list
        default: return nil
        }
    }
}

extension JSONValue {
    fileprivate var strings: [String] { elements.compactMap(\.string) }
}

/// The body of a PATCH that sets the rows in context.
enum ContextPatch {
    static func json(_ ids: [String]) -> VerbatimJSON {
        (["message_ids": .array(ids.map { .string($0) })] as JSONNode).bytes()
    }

    static func list(_ json: VerbatimJSON?) throws -> [String]? {
        guard let json, let list = try JSONDocument(json).root["message_ids"] else { return nil }
        return list.elements.compactMap(\.string)
    }
}

/// The rows in context, read when nothing of a stopped heal is on its way any
/// more: a server ends what it has begun though its client has died.
struct LateList {
    let home: any Home<TargetSide>
    let agent: TargetID<AgentKind>

    /// Seconds between looks; a PATCH takes 0.1 s on 0.16.8, an import, the
    /// longest of its requests, went on for 9.8.
    private static let pauses = [0.5, 1, 2, 4, 4]

    func now(after record: HealRecord) async throws -> [String] {
        var list = try await read()
        guard record.isListOpen, let before = record.listBefore else { return list }
        for pause in Self.pauses where list == before {
            try await Task.sleep(for: .seconds(pause))
            list = try await read()
        }
        return list
    }

    func read() async throws -> [String] {
        try await home.agent(agent).messageIDs.map(\.raw)
    }
}
