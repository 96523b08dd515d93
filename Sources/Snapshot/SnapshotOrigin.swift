public import LettaModel

/// Where and by what means a run read an agent.
public struct SnapshotOrigin: Sendable, Equatable {
    public var serverURL: String
    /// The name in the user's config, or the agent file's path.
    public var serverName: String?
    public var project: String?
    public var serverVersion: String
    public var agentID: SourceID<AgentKind>
    public var agentName: String
    public var agentType: String
    public var reader: ReaderKind
    public var startedAt: Instant

    public init(
        serverURL: String, serverName: String?, project: String?, serverVersion: String,
        agentID: SourceID<AgentKind>, agentName: String, agentType: String, reader: ReaderKind,
        startedAt: Instant
    ) {
        self.serverURL = serverURL
        self.serverName = serverName
        self.project = project
        self.serverVersion = serverVersion
        self.agentID = agentID
        self.agentName = agentName
        self.agentType = agentType
        self.reader = reader
        self.startedAt = startedAt
    }
}

/// How the rows of a history came to their stored form.
public enum ReaderKind: String, Sendable, CaseIterable {
    /// In export form, through a reader agent.
    case native
    /// As the listing shows them; export form is rebuilt when needed.
    case folded
    /// Out of an agent file.
    case agentFile = "agent-file"
}

/// Whether the source stood still while it was read.
public enum Consistency: Sendable, Equatable {
    case stable
    /// - Parameter note: what moved; holds counts and names, no content.
    case sourceChanged(note: String)
}

/// One run into a snapshot.
public struct Generation: Sendable, Equatable {
    /// From 1.
    public let number: Int
    public let origin: SnapshotOrigin
    /// Nil while the run is unfinished.
    public let finishedAt: Instant?
    public let consistency: Consistency?

    public var isFinished: Bool { finishedAt != nil }
}
