public import LettaModel
import LosslessJSON

/// What the target has of a block or an archive that agents of the source
/// share: made by an earlier run for one of them.
public struct SharedCopy: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable { case block, archive }

    public enum State: Sendable, Equatable {
        /// It says what the source's says.
        case same
        /// It has the right number of passages; they are compared one by one
        /// before it is attached.
        case counted
        /// It says something else by now: what differs, in words.
        case differs(String)
    }

    /// An agent that was moved before and has this copy.
    public struct Holder: Sendable, Equatable {
        /// At the source.
        public let sourceID: String
        /// On the target.
        public let id: String
        public let name: String

        public init(sourceID: String, id: String, name: String) {
            self.sourceID = sourceID
            self.id = id
            self.name = name
        }
    }

    public let kind: Kind
    /// Of the block or the archive at the source.
    public let sourceID: String
    /// The block's label, the archive's name.
    public let name: String
    public let targetID: String
    /// The run that made it.
    public let run: String
    /// At least one.
    public let holders: [Holder]
    public let state: State

    public init(
        kind: Kind, sourceID: String, name: String, targetID: String, run: String, holders: [Holder],
        state: State
    ) {
        self.kind = kind
        self.sourceID = sourceID
        self.name = name
        self.targetID = targetID
        self.run = run
        self.holders = holders
        self.state = state
    }

    /// Whether the agent gets this one instead of a copy of its own.
    public var isAttached: Bool {
        if case .differs = state { false } else { true }
    }

    /// `Ada and Bob`.
    public var names: String { holders.map(\.name).listed }
}

/// The agents that have a block or an archive besides the one that moves, as
/// the source tells it.
public struct Sharing: Sendable, Equatable {
    public let kind: SharedCopy.Kind
    public let id: String
    public let name: String
    public let agents: [(id: String, name: String)]

    /// Nil for anything but a shared block or archive.
    public init?(_ thing: Surrounding) {
        switch thing.kind {
        case .sharedBlock: kind = .block
        case .sharedArchive: kind = .archive
        default: return nil
        }
        id = thing.id
        name = thing.name
        let listed = (try? JSONDocument(thing.json))?.root["agents"]?.elements ?? []
        agents = listed.compactMap { agent in
            agent["id"]?.string.map { ($0, agent["name"]?.string ?? $0) }
        }
    }

    public static func == (one: Sharing, other: Sharing) -> Bool {
        one.kind == other.kind && one.id == other.id && one.name == other.name
            && one.agents.map(\.id) == other.agents.map(\.id)
    }
}

extension [String] {
    /// `Ada`, `Ada and Bob`, `Ada, Bob and 3 more`.
    var listed: String {
        guard count > 1, let last else { return first ?? "" }
        if count > 4 { return prefix(3).joined(separator: ", ") + " and \((count - 3).grouped) more" }
        return dropLast().joined(separator: ", ") + " and \(last)"
    }
}

extension PlanContext {
    /// The target's copy that the agent gets instead of one of its own.
    func attached(_ kind: SharedCopy.Kind, _ sourceID: String) -> SharedCopy? {
        target.shared.first { $0.kind == kind && $0.sourceID == sourceID && $0.isAttached }
    }

    var attachedBlocks: [SharedCopy] { source.blocks.compactMap { attached(.block, $0.id) } }

    /// An agent has one archive at most.
    var attachedArchive: SharedCopy? {
        target.shared.first { $0.kind == .archive && $0.isAttached }
    }
}

/// What of the sharing is lost, thing by thing.
struct SharingPlanner {
    let context: PlanContext

    var omissions: [Omission] {
        let listed = context.source.surroundings.compactMap { thing in
            Sharing(thing).flatMap { omission(of: $0, sentence: thing.sentence) }
        }
        // One that the source does not share any more: its agents are gone there.
        let known = Set(context.source.surroundings.compactMap(Sharing.init).map(\.id))
        return listed
            + context.target.shared.filter { !known.contains($0.sourceID) }.compactMap { copy in
                difference(of: copy).map {
                    Omission(
                        id: "shared-\(copy.kind.rawValue):\(copy.sourceID)", class: .loss,
                        item: "shared \(copy.kind.rawValue) “\(copy.name)”", reason: $0.reason,
                        remedy: $0.remedy)
                }
            }
    }

    private func omission(of sharing: Sharing, sentence: String) -> Omission? {
        let copy = context.target.shared.first { $0.kind == sharing.kind && $0.sourceID == sharing.id }
        guard let why = copy.flatMap(difference) ?? lacking(sharing, copy) else { return nil }
        return Omission(
            id: "shared-\(sharing.kind.rawValue):\(sharing.id)", class: .loss, item: sentence,
            reason: why.reason, remedy: why.remedy)
    }

    /// The target's copy was changed since: nobody's words are written over.
    private func difference(of copy: SharedCopy) -> (reason: String, remedy: String)? {
        guard case .differs(let what) = copy.state, let holder = copy.holders.first else { return nil }
        return (
            "that of \(copy.names) on the target (\(copy.targetID), made by the run \(copy.run)) says something "
                + "else by now: \(what); the agent gets its own, and nothing of either is lost",
            "to share again, put what both say into that of \(holder.name), then give it to the agent: "
                + byHand(copy)
        )
    }

    private func byHand(_ copy: SharedCopy) -> String {
        switch copy.kind {
        case .block:
            "`PATCH /v1/agents/{id}/core-memory/blocks/detach/{its own}`, then `…/attach/\(copy.targetID)`"
        case .archive:
            "`PATCH /v1/agents/{id}/archives/detach/{its own}`, then `…/attach/\(copy.targetID)`"
        }
    }

    /// Agents that have it at the source, and not on the target.
    private func lacking(_ sharing: Sharing, _ copy: SharedCopy?) -> (reason: String, remedy: String)? {
        let there = Set((copy?.holders ?? []).map(\.sourceID)).union(context.target.following)
        if sharing.agents.isEmpty, copy == nil, let row = FidelityTable.row("shared-\(sharing.kind.rawValue)")
        {
            return (row.lost, row.remedy)
        }
        let lacking = sharing.agents.filter { !there.contains($0.id) }
        guard let next = lacking.first else { return nil }
        let isOne = lacking.count == 1
        return (
            "\(lacking.map(\.name).listed) \(isOne ? "has" : "have") it at the source and not on the target: "
                + "not moved yet, or with \(isOne ? "a copy of its own" : "copies of their own") there",
            "move \(isOne ? "that one" : "those"), too, and it is attached: "
                + "`ferry move \(next.name.quoted) --from … --to …`"
        )
    }
}
