import Home
public import Journal
public import LettaModel
public import Plan
import Snapshot
public import Verify

/// The one module that knows the order: capture, plan, load, verify, commit,
/// report. Every job is re-entrant; `resume` calls the same code again.
public struct Engine: Sendable {
    public let journal: RunJournal
    /// `$XDG_DATA_HOME/ferry`: where a move keeps its snapshot.
    public let dataFolder: String
    /// Of ferry, for the journal.
    public let version: String
    public let progress: ProgressSink
    /// Seconds on a steady clock.
    let clock: @Sendable () -> Double
    /// Fewer are inserted before the history has been read.
    public static let usualHeadStart = 200
    /// Of so many passages a move sends the first while it reads the rest.
    let headStartFrom: Int

    public init(
        journal: RunJournal, dataFolder: String, version: String, progress: @escaping ProgressSink,
        headStartFrom: Int = Engine.usualHeadStart, clock: @escaping @Sendable () -> Double
    ) {
        self.headStartFrom = headStartFrom
        self.journal = journal
        self.dataFolder = dataFolder
        self.version = version
        self.progress = progress
        self.clock = clock
    }
}

/// The plan says no; nothing was written.
public struct PlanRefused: Error, Sendable {
    public let plan: PlanResult

    public init(plan: PlanResult) {
        self.plan = plan
    }
}

/// Asked once before the first write: shall it be done?
public typealias Confirmation = @Sendable (PlanResult) async throws -> Bool

/// What the user ordered for a load, of whatever origin.
public struct LoadOrder: Sendable {
    public var choices: Choices
    public var options: CaptureOptions
    /// Values by name.
    public var secrets: [String: Secret]
    public var confirm: Confirmation
    /// Trees of workers that the user named. Kept with the run for whoever
    /// ends it; the engine looks at none of them.
    public var workers: [String] = []
    /// Source ids of agents that the same command moves after this one.
    public var following: Set<String> = []

    public init(
        choices: Choices, options: CaptureOptions = CaptureOptions(), secrets: [String: Secret] = [:],
        confirm: @escaping Confirmation = { _ in true }
    ) {
        self.choices = choices
        self.options = options
        self.secrets = secrets
        self.confirm = confirm
    }
}

/// What came of a run.
public struct RunResult: Sendable {
    public let run: RunRecord
    public let plan: PlanResult?
    public let verdict: Verdict?
    public let agent: TargetID<AgentKind>?
    /// Losses that nobody accepted: exit code 3.
    public let unaccepted: [Omission]

    public init(
        run: RunRecord, plan: PlanResult?, verdict: Verdict?, agent: TargetID<AgentKind>?,
        unaccepted: [Omission]
    ) {
        self.run = run
        self.plan = plan
        self.verdict = verdict
        self.agent = agent
        self.unaccepted = unaccepted
    }
}
