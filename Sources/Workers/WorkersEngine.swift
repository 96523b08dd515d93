public import Home
public import Journal
public import LettaModel
import WorkerTree

/// Moves Broca and SMCP after their agents. The one module that knows the
/// order: look, plan, prove that the source stands still, build the whole
/// result beside its place, compare, prove again, publish.
///
/// Every job is re-entrant: the same order goes on where a run was stopped.
public struct WorkersEngine: Sendable {
    public let journal: RunJournal
    /// Of ferry, for the journal.
    public let version: String
    public let progress: @Sendable (WorkersEvent) -> Void
    /// For private copies of databases while a plan is made.
    let temporaryFolder: String
    let survey: @Sendable (String, HostView) throws -> WorkerInventory
    let interrupt: @Sendable (String) throws -> Void

    public init(
        journal: RunJournal, version: String, temporaryFolder: String,
        progress: @escaping @Sendable (WorkersEvent) -> Void
    ) {
        self.init(
            journal: journal, version: version, temporaryFolder: temporaryFolder, progress: progress,
            survey: { try WorkerSurvey.of($0, on: $1) }, interrupt: { _ in })
    }

    /// - Parameters survey: looks at a tree. interrupt: a test's kill.
    init(
        journal: RunJournal, version: String, temporaryFolder: String,
        progress: @escaping @Sendable (WorkersEvent) -> Void,
        survey: @escaping @Sendable (String, HostView) throws -> WorkerInventory,
        interrupt: @escaping @Sendable (String) throws -> Void
    ) {
        self.journal = journal
        self.version = version
        self.temporaryFolder = temporaryFolder
        self.progress = progress
        self.survey = survey
        self.interrupt = interrupt
    }

    /// The job's name in the journal.
    public static let job = "workers-move"
}

/// The plan says no; nothing was written.
public struct WorkersRefused: Error, Sendable {
    public let plan: WorkersPlan

    public init(plan: WorkersPlan) { self.plan = plan }
}

/// The servers at both ends of a move of workers.
public struct WorkersServers: Sendable {
    /// nil where the workers stay with their server.
    public var source: (any Home<SourceSide>)?
    public var target: any Home<TargetSide>
    /// As the user types it: `--at NAME`.
    public var targetName: String

    public init(source: (any Home<SourceSide>)?, target: any Home<TargetSide>, targetName: String) {
        self.source = source
        self.target = target
        self.targetName = targetName
    }
}
