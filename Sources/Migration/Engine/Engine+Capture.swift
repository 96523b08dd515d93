import Hashing
public import Home
public import Journal
public import LettaModel
import LosslessJSON
import Plan
import Snapshot

extension Engine {
    /// Reads one agent into a snapshot file; run again, it reads what is new.
    ///
    /// - Parameter path: nil for `<data folder>/snapshots/NAME-DIGEST.ferry`.
    public func snapshot(
        _ agent: String, from source: any Home<SourceSide>, to path: String?, options: CaptureOptions
    ) async throws -> RunRecord {
        let state = try await AgentFinder(source).find(agent)
        let path = path ?? snapshotPath(of: state, at: source.address)
        var draft = try await draft("snapshot", source: source, target: nil)
        draft.agentID = state.id.raw
        draft.agentName = state.name
        draft.snapshotPath = path
        draft.choices = try ChoicesCoding.encode(.init(), options)
        let run = try await journal.create(draft)
        return try await claimed(run.id) {
            try await capture(state, from: source, into: path, run: run.id, options)
            try await journal.setStatus(run.id, .captured, verdict: try await captured(path, state.name))
            return try await journal.run(run.id.description)
        }
    }

    /// Where the snapshot of an agent is kept: a file for each agent at each
    /// address, since a snapshot belongs to both.
    ///
    /// - Parameter run: of a move, whose file is its own: what the copy was
    ///   compared with stays what it was.
    func snapshotPath(of agent: AgentState<SourceSide>, at address: HomeAddress, run: RunID? = nil) -> String
    {
        let own = run.map { "-\($0)" } ?? ""
        return "\(dataFolder)/snapshots/\(snapshotName(of: agent, at: address))\(own).ferry"
    }

    /// `ada-1f2e3d4c5b6a7988`: tells agents and addresses apart in any folder.
    func snapshotName(of agent: AgentState<SourceSide>, at address: HomeAddress) -> String {
        let name = agent.name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : "-" }
        let place: JSONNode = .array([.string(address.url), .string(agent.id.raw)])
        let digest = ContentDigest.ofBytes(place.bytes()).description.prefix(16)
        return "\(String(name.prefix(60)))-\(digest)"
    }

    /// - Parameter head: what sends passages ahead; nil where all of it waits.
    @discardableResult
    func capture(
        _ agent: AgentState<SourceSide>, from source: any Home<SourceSide>, into path: String, run: RunID,
        _ options: CaptureOptions, head: HeadStart? = nil
    ) async throws -> HeadStart.Result? {
        if let slash = path.lastIndex(of: "/") { try PrivateFile.makeFolder(String(path[..<slash])) }
        progress(.stage("capture"))
        let ledger = Ledger(home: source, journal: journal, run: run)
        let reader = ReaderScope(ledger: ledger, progress: progress)
        try await reader.sweep()
        let isMove = try await journal.run(run.description).draft.job == "move"
        let result = try await withSnapshotToFill(path, flag: isMove ? "--snapshot" : "-o") { snapshot in
            var capture = Capture(
                home: source, snapshot: snapshot, reader: options.isReadOnly ? nil : reader, options: options,
                progress: progress)
            guard let head else {
                try await capture.run(agent, named: source.address.name)
                return HeadStart.Result?.none
            }
            let (signals, sender) = AsyncStream.makeStream(
                of: HeadStart.Signal.self, bufferingPolicy: .bufferingNewest(1))
            capture.passagesStored = { sender.yield($0 ? .complete : .stored) }
            async let ahead = head.run(snapshot, signals)
            defer { sender.finish() }
            try await capture.run(agent, named: source.address.name)
            sender.finish()
            return await ahead
        }
        try await reader.sweepLate()
        try await ledger.closeOpenSteps()
        try await journal.note("captured into \(path)", run)
        return result
    }

    /// - Parameter flag: which takes another file with this command.
    private func withSnapshotToFill<Result: Sendable>(
        _ path: String, flag: String, _ body: (AgentSnapshot) async throws -> Result
    ) async throws -> Result {
        do { return try await withSnapshot(at: path, .resumeOrCreate, body) } catch let failure as Failure
            where failure.code == .snapshotOfAnotherAgent
        {
            throw Failure(
                failure.code, subject: failure.subject, reason: failure.reason,
                remedy: "choose another file with \(flag)", end: failure.end,
                underlying: failure.underlying)
        }
    }

    func captured(_ path: String, _ name: String) async throws -> String {
        try await withSnapshot(at: path, .read) { snapshot in
            let summary = try await snapshot.summary()
            let rows = summary.threads.reduce(0) { $0 + $1.rows }
            return
                "\(name): \(rows.counted("message")) and \(summary.passages.counted("passage")) captured into \(path)"
        }
    }

    func draft(
        _ job: String, source: (any Home<SourceSide>)?, target: (any Home<TargetSide>)?
    ) async throws -> RunDraft {
        var draft = RunDraft(id: newRun(), job: job, version: version)
        if let source {
            draft.source = RunAddress(source.address, version: try await source.abilities().version)
        }
        if let target {
            draft.target = RunAddress(target.address, version: try await target.abilities().version)
        }
        return draft
    }

    private func newRun() -> RunID {
        var random = SystemRandomNumberGenerator()
        return RunID(at: Instant.now(), using: &random)
    }

    /// Nothing was written, and going on would end in the same way.
    static func isRefusal(_ error: any Error) -> Bool {
        let codes: [ErrorCode] = [.lossesNotAccepted, .snapshotOfAnotherAgent]
        return error is PlanRefused || (error as? Failure).map { codes.contains($0.code) } == true
    }

    /// Runs the work as the run's one owner; how it failed is in the journal
    /// before the error goes on its way.
    func claimed<Result: Sendable>(_ run: RunID, _ work: () async throws -> Result) async throws -> Result {
        try await journal.claim(run)
        try await journal.setStatus(run, .running)
        do {
            let result = try await work()
            try await journal.release(run)
            return result
        } catch {
            let isRefused = Self.isRefusal(error)
            try? await journal.note("stopped: \(error)", run)
            if try await journal.run(run.description).status == .running || isRefused {
                try? await journal.setStatus(run, isRefused ? .failed : .incomplete, verdict: nil)
            }
            try? await journal.release(run)
            throw error
        }
    }
}

extension RunAddress {
    init(_ address: HomeAddress, version: String) {
        self.init(name: address.name, url: address.url, project: address.project, version: version)
    }
}
