public import LettaModel
public import Plan
public import Verify

/// All that a run leaves to be told.
public struct RunSummary: Sendable {
    /// How a run ended.
    public enum State: String, Sendable, CaseIterable {
        case verified, different
        /// Done, with losses that nobody agreed to.
        case losses
        case refused, incomplete, interrupted, failed, undone
    }

    /// The run's id.
    public var run: String
    /// As typed, without secrets: `ferry move ada --from cloud --to home`.
    public var command: String
    public var state: State
    public var exitCode: Int
    public var startedAt: Instant
    public var finishedAt: Instant
    public var agentName: String
    /// The id that the target gave.
    public var agentID: String?
    /// `cloud (https://…), Letta 0.16.8`.
    public var from: String
    public var to: String
    public var choices: Choices
    public var plan: PlanResult?
    public var verdict: Verdict?
    public var stages: [StageTiming]
    public var files: [FileNote]
    /// Sentences for the reader's attention.
    public var warnings: [String]
    public var failure: Failure?
    /// Commands that come next.
    public var next: [String]

    /// How long a stage took and what it did.
    public struct StageTiming: Sendable, Equatable {
        public var name: String
        /// `4,812 messages`.
        public var work: String
        public var requests: Int
        public var bytes: Int
        public var seconds: Double

        public init(name: String, work: String = "", requests: Int = 0, bytes: Int = 0, seconds: Double) {
            self.name = name
            self.work = work
            self.requests = requests
            self.bytes = bytes
            self.seconds = seconds
        }
    }

    /// A file that the run left.
    public struct FileNote: Sendable, Equatable {
        /// `snapshot`, `report`, `journal`.
        public var what: String
        public var path: String

        public init(what: String, path: String) {
            self.what = what
            self.path = path
        }
    }

    public init(
        run: String, command: String, state: State, exitCode: Int, startedAt: Instant, finishedAt: Instant,
        agentName: String, agentID: String? = nil, from: String, to: String, choices: Choices = Choices(),
        plan: PlanResult? = nil, verdict: Verdict? = nil, stages: [StageTiming] = [], files: [FileNote] = [],
        warnings: [String] = [], failure: Failure? = nil, next: [String] = []
    ) {
        self.run = run
        self.command = command
        self.state = state
        self.exitCode = exitCode
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.agentName = agentName
        self.agentID = agentID
        self.from = from
        self.to = to
        self.choices = choices
        self.plan = plan
        self.verdict = verdict
        self.stages = stages
        self.files = files
        self.warnings = warnings
        self.failure = failure
        self.next = next
    }
}
