public import Journal

/// What an agent lacks that a file holds, and what is not added. Pure value.
public struct RepairPlan: Sendable, Equatable {
    public let agentID: String
    public let agentName: String
    /// Name of the server, as typed in commands.
    public let server: String
    /// The snapshot or agent file, as typed.
    public let file: String
    /// Which agent of a file with several, as typed.
    public let agentOfFile: String?
    /// A part of it was added before the run was stopped.
    public let isResumed: Bool
    /// In the order in which they are added.
    public let additions: [Addition]
    /// What is not as the file has it and stays so.
    public let left: [Left]

    public struct Addition: Sendable, Equatable {
        public enum Kind: String, Sendable {
            case block
            /// A custom tool that the server lacks: made and attached.
            case tool
            /// A tool that the server has: attached.
            case attachedTool = "attached-tool"
            /// A tool of the server that gets the file's source, for every
            /// agent there.
            case overwrittenTool = "overwritten-tool"
            case passages
        }

        public let kind: Kind
        /// Label, name; of passages the first words of some.
        public let name: String
        /// 1 but for passages.
        public let count: Int
        /// Other agents that get it, too: those that share the archive.
        public let sharedWith: [String]

        init(kind: Kind, name: String, count: Int, sharedWith: [String] = []) {
            self.kind = kind
            self.name = name
            self.count = count
            self.sharedWith = sharedWith
        }
    }

    public struct Left: Sendable, Equatable {
        public enum Kind: String, Sendable {
            case block, tool, messages, passages, identity, conversation
        }

        public let kind: Kind
        /// `block human`, `320 messages`.
        public let item: String
        public let reason: String
        public let remedy: String
    }

    public var isComplete: Bool { additions.isEmpty }
}

/// What came of a repair.
public struct RepairResult: Sendable {
    public enum State: String, Sendable {
        /// The agent has everything of the file that can be added.
        case complete
        /// It was added, read back, and found equal.
        case repaired
        /// It was added, and what was read back is not equal.
        case different
        /// Somebody said no, or nobody could be asked; nothing was changed.
        case declined
    }

    public let run: RunRecord
    public let plan: RepairPlan
    public let state: State
    /// What is not equal, in words; of `different` only.
    public let differences: [String]
}

/// What the user ordered for a repair.
public struct RepairOrder: Sendable {
    /// Whether tools of the server with other source are overwritten.
    public var overwritesTools: Bool
    /// Asked once before anything is added.
    public var confirm: @Sendable (RepairPlan) async throws -> Bool

    public init(
        overwritesTools: Bool = false, confirm: @escaping @Sendable (RepairPlan) async throws -> Bool
    ) {
        self.overwritesTools = overwritesTools
        self.confirm = confirm
    }
}
