public import AgentFile
public import Journal

/// What is wrong with an agent, and the smallest change that mends it.
public struct HealPlan: Sendable, Equatable {
    public let agentID: String
    public let agentName: String
    /// Name of the server, as typed in commands.
    public let server: String
    /// In the order of the list in context.
    public let findings: [ContextDiagnosis.Finding]
    /// Ids of rows, as the server has them now.
    public let before: [String]
    /// Ids of rows, as they shall be; `before` where the list stays.
    public let after: [String]
    /// The context has to begin with a system row and does not.
    public let lacksSystemRow: Bool
    /// The system row that is put in front; nil where one is there, or where
    /// the history has none.
    public let systemRow: String?
    /// Calls that wait for an approval and are denied; empty unless ordered.
    public let denials: [String]
    /// Blocks whose label an earlier block of the agent bears, too.
    public let twins: [TwinBlock]
    /// What the server says where its listing fails, which no list of rows in
    /// context can mend; nil where it can be listed.
    public let listingFault: String?

    /// A second block of one label: older servers let it be attached, and
    /// then one of the two is never seen.
    public struct TwinBlock: Sendable, Equatable {
        public let blockID: String
        public let label: String
        /// The one that stays attached: the first in the agent's order.
        public let keptID: String
        /// Whether both hold the same.
        public let isSame: Bool
    }

    public var changesList: Bool { after != before }

    /// No change of an agent in place helps: its history has no system row.
    public var isBeyondHelp: Bool { lacksSystemRow && systemRow == nil }

    /// An id that no row has is dropped by the server itself at the next turn.
    public var isHealthy: Bool {
        !lacksSystemRow && denials.isEmpty && twins.isEmpty
            && findings.allSatisfy { $0.kind == .unknownRow }
    }
}

/// What came of a heal.
public struct HealResult: Sendable {
    public enum State: String, Sendable {
        /// Nothing was wrong in context, and nothing was changed.
        case healthy
        /// It was changed, read again, and nothing is wrong in it now.
        case healed
        /// Somebody said no, or nobody could be asked; nothing was changed.
        case declined
        /// Only a new import helps; nothing was changed.
        case beyondHelp = "beyond-help"
    }

    public let run: RunRecord
    public let plan: HealPlan
    public let state: State
    /// Earlier heals of this agent that were stopped after their change, which
    /// still stood when this one began, the newest first: `undo` takes it back.
    public let stopped: [RunID]
}

/// What the user ordered for a heal.
public struct HealOrder: Sendable {
    /// A pending approval is denied instead of taken out of context. The
    /// model gets a turn, and no undo takes that back.
    public var deniesApproval: Bool
    /// Asked once before anything is changed.
    public var confirm: @Sendable (HealPlan) async throws -> Bool

    public init(
        deniesApproval: Bool = false, confirm: @escaping @Sendable (HealPlan) async throws -> Bool
    ) {
        self.deniesApproval = deniesApproval
        self.confirm = confirm
    }
}
