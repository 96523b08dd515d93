import WorkerTree

/// One thing that was looked at, and whether it is as it must be.
public struct WorkersFinding: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case agent, blocks = "attached-blocks", users, secrets, tools, toolServers = "tool-servers", leftovers
        case modes, database, queue, redis, settings
    }

    public var kind: Kind
    /// Which worker, file or thing.
    public var subject: String
    public var isGood: Bool
    /// false for what could not be looked at from here; the remedy says how.
    public var isSeen = true
    /// Not as it will be, and nothing is wrong yet: a program of the tree
    /// that has not been started.
    public var isPending = false
    /// A sentence without its full stop.
    public var text: String
    /// What to do; empty where it is good.
    public var remedy: String

    public init(_ kind: Kind, _ subject: String, isGood: Bool, _ text: String, remedy: String = "") {
        self.kind = kind
        self.subject = subject
        self.isGood = isGood
        self.text = text
        self.remedy = remedy
    }

    /// Neither good nor bad: nobody has looked.
    static func unseen(_ kind: Kind, _ subject: String, _ text: String, remedy: String) -> WorkersFinding {
        var finding = WorkersFinding(kind, subject, isGood: true, text, remedy: remedy)
        finding.isSeen = false
        return finding
    }

    /// To be seen once a program of the tree runs.
    static func pending(_ kind: Kind, _ subject: String, _ text: String, remedy: String) -> WorkersFinding {
        var finding = unseen(kind, subject, text, remedy: remedy)
        finding.isPending = true
        return finding
    }
}

/// What a check of moved workers found.
public struct WorkersCheck: Sendable {
    public var folder: String
    public var server: String
    /// The move that made the folder; nil where the journal knows none.
    public var run: String?
    public var findings: [WorkersFinding]
    public var steps: [String]

    public var isGood: Bool { findings.allSatisfy(\.isGood) }
}

/// One line of `who`: which agent on which server a worker speaks to.
public struct WorkersWho: Sendable, Equatable {
    public enum Standing: String, Sendable, CaseIterable {
        /// The agent that the last finished move made for it.
        case right
        /// The old agent, which has moved.
        case moved
        /// Not the one that the move which made the tree gave it.
        case another = "another-agent"
        /// Another server.
        case otherServer = "other-server"
        /// An agent that the server does not have.
        case gone
        /// An agent of the server that no move knows.
        case unmoved
        /// It serves no agent, or nothing says which.
        case none
    }

    public var worker: String
    public var kind: String
    public var codeFolder: String
    public var agent: String?
    public var agentName: String?
    public var server: String?
    public var standing: Standing
    /// The agent that it should speak to; nil where it does.
    public var expected: String?
    public var run: String?
    public var isRetired: Bool
    /// Lines that set another agent for it, and that nobody has agreed to:
    /// `broca/run.sh:3 sets AGENT_ID to agent-…`.
    public var otherAgents: [String] = []

    /// Whether a message could reach the wrong agent, or none. An SMCP may
    /// serve a server's agents all alike; a Broca without one does not start.
    public var isWrong: Bool {
        guard !isRetired else { return false }
        guard otherAgents.isEmpty else { return true }
        return switch standing {
        case .moved, .another, .otherServer, .gone: true
        case .none: kind == WorkerKind.broca.rawValue
        case .right, .unmoved: false
        }
    }
}
