/// One thing that a run made or changed, as it stands now.
public struct UndoItem: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case agent, block, archive, tool, identity
        /// A tool that was there before the run, and was overwritten.
        case overwrittenTool = "overwritten-tool"
        /// A tool that was there before the run, and was attached.
        case attachedTool = "attached-tool"
        /// What another run made for agents that share it, and was attached.
        case sharedBlock = "shared-block"
        case sharedArchive = "shared-archive"
        /// Passages that a run added to an archive that was there.
        case passages
        /// The rows in context of an agent that was healed.
        case context
        /// A second block of one label, that a heal detached.
        case detachedBlock = "detached-block"
        /// An approval that a heal denied; it stays denied.
        case denial

        /// Something that was there before the run, and is put back.
        var isRestored: Bool { [.overwrittenTool, .context, .detachedBlock].contains(self) }
    }

    public let kind: Kind
    public let id: String
    public let name: String
    /// It comes off the agent, and stays on the server.
    public var isTakenOff: Bool { [.attachedTool, .sharedBlock, .sharedArchive].contains(kind) }
    /// Other agents that have it; empty for an agent.
    public let users: [String]
    /// What came since the run, in words; nil where nothing did.
    public let newer: String?
    /// Why it has to stay whatever the user says; nil where it needn't.
    public let obstacle: String?

    public init(
        kind: Kind, id: String, name: String, users: [String] = [], newer: String? = nil,
        obstacle: String? = nil
    ) {
        self.obstacle = obstacle
        self.kind = kind
        self.id = id
        self.name = name
        self.users = users
        self.newer = newer
    }

    /// The same with what came since.
    func holding(_ newer: String) -> UndoItem {
        UndoItem(kind: kind, id: id, name: name, users: users, newer: newer, obstacle: obstacle)
    }

    /// `block persona (block-…)`.
    public var sentence: String {
        let word: String =
            switch kind {
            case .overwrittenTool, .attachedTool: "tool"
            case .passages: "passages:"
            case .detachedBlock, .sharedBlock: "block"
            case .sharedArchive: "archive"
            case .context: "context of"
            case .denial: "denial by"
            default: kind.rawValue
            }
        return name.isEmpty || name == id ? "\(word) \(id)" : "\(word) \(name) (\(id))"
    }
}

/// What an undo does with everything that its run made. Pure.
public struct UndoPlan: Sendable, Equatable {
    /// In the order in which they are removed.
    public private(set) var removals: [UndoItem] = []
    /// Put back as they were before the run.
    public private(set) var restorations: [UndoItem] = []
    /// Left as they are, each with its reason.
    public private(set) var left: [Left] = []
    /// What would be lost with the removals: an undo that was not told to
    /// discard it is refused.
    public private(set) var newer: [UndoItem] = []

    public struct Left: Sendable, Equatable {
        public let item: UndoItem
        public let reason: String
    }

    /// - Parameter discards: whether what is newer than the run may go.
    init(_ items: [UndoItem], discards: Bool) {
        for item in items.sorted(by: { Self.rank($0.kind) < Self.rank($1.kind) }) { decide(item, discards) }
    }

    public var isEmpty: Bool { removals.isEmpty && restorations.isEmpty }

    private mutating func decide(_ item: UndoItem, _ discards: Bool) {
        if let obstacle = item.obstacle { return left.append(Left(item: item, reason: obstacle)) }
        if item.kind.isRestored { return restore(item, discards) }
        guard item.users.isEmpty else {
            return left.append(Left(item: item, reason: "in use by \(item.users.joined(separator: ", "))"))
        }
        if item.newer != nil { newer.append(item) }
        removals.append(item)
    }

    /// A tool that somebody changed since is theirs.
    private mutating func restore(_ item: UndoItem, _ discards: Bool) {
        if let words = item.newer, !discards {
            left.append(Left(item: item, reason: "\(words) since the run"))
        } else {
            if item.newer != nil { newer.append(item) }
            restorations.append(item)
        }
    }

    /// The agent first, for what it has is in use as long as it lives.
    private static func rank(_ kind: UndoItem.Kind) -> Int {
        switch kind {
        case .agent: 0
        case .block: 1
        case .archive: 2
        case .tool: 3
        case .overwrittenTool: 4
        case .attachedTool, .passages: 0
        case .context: 5
        case .detachedBlock: 6
        case .denial: 7
        // They come off with the agent.
        case .sharedBlock, .sharedArchive: 8
        case .identity: 4
        }
    }
}
