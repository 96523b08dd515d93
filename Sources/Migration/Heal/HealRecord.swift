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

    /// - Parameter steps: of one run; those of its undo, which come later,
    ///   bear no `after` and are not looked at.
    init(_ steps: [StepRecord]) {
        for step in steps where !Self.isVoid(step) {
            let details = step.intent.details.flatMap { try? JSONDocument($0).root }
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

    /// The server answered, and nothing was changed.
    private static func isVoid(_ step: StepRecord) -> Bool {
        if case .refused = step.outcome { return true }
        return false
    }

    /// Rows may have come since: they stand at the end.
    func isMade(in list: [String]) -> Bool {
        !detached.isEmpty || hasDenied || listAfter.map { list.starts(with: $0) } ?? false
    }

    static func expecting(list: [String]) -> [(String, JSONNode)] {
        [(after, .array(list.map { .string($0) }))]
    }

    static func expecting(blocks ids: [String]) -> [(String, JSONNode)] {
        [(blocks, .array(ids.map { .string($0) }))]
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
