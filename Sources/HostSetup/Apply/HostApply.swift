import Glibc
public import HTTP
public import Host
public import Journal
import LettaModel
import LosslessJSON

/// Carries out plans of hosts as runs of the journal.
public struct HostApply: Sendable {
    public static let job = "host"

    let journal: RunJournal
    let dialer: any Dialer
    let version: String
    let now: @Sendable () -> Int
    let systemd: Systemd
    let progress: @Sendable (String) -> Void
    let interrupt: @Sendable (String) throws -> Void

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - progress: a line a step, without secrets.
    public init(
        journal: RunJournal, dialer: any Dialer, version: String, now: @escaping @Sendable () -> Int,
        progress: @escaping @Sendable (String) -> Void
    ) {
        self.init(
            journal: journal, dialer: dialer, version: version, now: now, progress: progress,
            interrupt: { _ in })
    }

    /// - Parameters:
    ///   - systemd: a test's stand-in.
    ///   - interrupt: a test's kill.
    init(
        journal: RunJournal, dialer: any Dialer, version: String, now: @escaping @Sendable () -> Int,
        systemd: Systemd = Systemd(), progress: @escaping @Sendable (String) -> Void,
        interrupt: @escaping @Sendable (String) throws -> Void
    ) {
        self.journal = journal
        self.dialer = dialer
        self.version = version
        self.now = now
        self.systemd = systemd
        self.progress = progress
        self.interrupt = interrupt
    }

    // MARK: apply

    /// Does what the plan says, proves it, and puts everything back where
    /// something fails.
    ///
    /// **Effects**: a run of the journal; the host.
    /// **Errors**: `run-busy` where another ferry changes this host;
    /// `host-conflict`, `host-unable`, `host-plan-stale`, `host-step-failed`.
    public func apply(_ prepared: HostPrepared, configPath: String) async throws -> HostApplied {
        try prepared.checkMayBegin()
        let lock = try HostLock.take(root: prepared.plan.root, journal: journal.path)
        defer { withExtendedLifetime(lock) {} }
        try await checkNothingIsUnfinished(prepared.plan.root)
        var random = SystemRandomNumberGenerator()
        let draft = RunDraft(
            id: RunID(at: .now(), using: &random), job: Self.job,
            target: RunAddress(
                name: prepared.plan.name, url: prepared.plan.root.isEmpty ? "/" : prepared.plan.root),
            choices: try RunChoices(["config": .text(configPath), "root": .text(prepared.plan.root)]),
            version: version)
        let run = try await journal.create(draft)
        try interrupt("created")
        try await journal.claim(run.id)
        try HostRunFolder(run).save(prepared, configPath: configPath)
        try interrupt("saved")
        try await journal.setStatus(run.id, .running)
        return try await carryOut(run, prepared, planned: prepared.plan.whatStood)
    }

    private func checkNothingIsUnfinished(_ root: String) async throws {
        let place = root.isEmpty ? "/" : root
        let others = try await journal.runs().filter {
            $0.draft.job == Self.job && $0.draft.target?.url == place && !$0.status.isEnded
        }
        for other in others where other.status == .planned {
            // The lock is ours, so whoever began it is gone.
            try await journal.setStatus(
                other.id, .failed, verdict: "was stopped before it began; nothing was changed")
        }
        guard let other = others.first(where: { $0.status != .planned }) else { return }
        throw Failure(
            .hostUnable, subject: other.id.description,
            reason: "works on the same host, and has not come to its end",
            remedy: other.status == .undoing
                ? "ferry undo \(other.id)" : "ferry resume \(other.id), or ferry undo \(other.id)")
    }

    /// Goes on with a run that was stopped, with the config and the plan of
    /// its beginning.
    ///
    /// **Errors**: `run-not-resumable`, `host-plan-stale` where a file is
    /// neither as it was nor as it shall be.
    public func resume(_ run: RunRecord) async throws -> HostApplied {
        guard !run.status.isEnded, run.status != .undoing else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: run.status == .undoing
                    ? "its undo was begun" : "it has ended: \(run.status.rawValue)",
                remedy: run.status == .undoing ? "ferry undo \(run.id)" : "ferry host apply")
        }
        guard run.status != .planned else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "it was stopped before it began; nothing was changed", remedy: "ferry host apply")
        }
        let folder = HostRunFolder(run)
        let (saved, config) = (try folder.plan(), try folder.config())
        try Self.checkMayChange(saved.root)
        let lock = try HostLock.take(root: saved.root, journal: journal.path)
        defer { withExtendedLifetime(lock) {} }
        let (_, secrets) = try HostConfigStore.read(saved.config)
        let prepared = try await HostPlanning.prepare(
            config, secrets, root: saved.root, secretsPath: HostSecrets.path(besides: saved.config),
            dialer: dialer)
        guard saved.host == prepared.plan.host else { throw FilePutter.stale(saved.config) }
        try saved.checkFiles(prepared.files)
        try await journal.claim(run.id)
        try await journal.setStatus(run.id, .running)
        return try await carryOut(run, prepared, planned: saved.whatStood)
    }

    private func carryOut(
        _ run: RunRecord, _ prepared: HostPrepared, planned: [String: String]
    ) async throws -> HostApplied {
        let book = HostBook(journal: journal, run: run.id, interrupt: interrupt)
        do {
            let outcome = try await work(book, run, prepared, planned).carryOut()
            try await book.closeOpenSteps("looked at again: what it was to do is done")
            let warnings = outcome.findings.count { $0.severity == .warning }
            let verdict =
                "applied, and proved by what is served (\(outcome.generation))"
                + (outcome.isWhole
                    ? "; the doctor has no error and \(warnings.counted("warning"))" : "")
            try await journal.setStatus(run.id, .verified, verdict: verdict)
            try await journal.release(run.id)
            return HostApplied(
                run: try await journal.run(run.id.description),
                changed: try await book.changedPaths(), findings: outcome.findings, notes: outcome.notes)
        } catch let killed as HostBook.Killed {
            throw killed
        } catch  where error is CancellationError || Task.isCancelled {
            try await journal.setStatus(run.id, .incomplete, verdict: "stopped by a signal")
            try await journal.release(run.id)
            throw CancellationError()
        } catch {
            throw try await putBack(run, after: error)
        }
    }

    private func work(
        _ book: HostBook, _ run: RunRecord, _ prepared: HostPrepared, _ planned: [String: String]
    ) -> HostWork {
        let (config, paths) = (prepared.rendering.config, prepared.rendering.paths)
        let putter = FilePutter(
            book: book, folder: run.folder,
            owner: paths.base.isEmpty ? HostFacts.Owner(user: 0, group: 0) : prepared.facts.runner,
            planned: planned, base: paths.base)
        let install = HostInstall(
            config: config, paths: paths, secrets: prepared.secrets, facts: prepared.facts, book: book,
            systemd: systemd, progress: progress)
        return HostWork(
            prepared: prepared, book: book, putter: putter, install: install,
            proof: HostProof(config, paths, dialer, now: now), progress: progress)
    }

    // MARK: back

    /// - Returns: what is to be thrown.
    private func putBack(_ run: RunRecord, after error: any Error) async throws -> any Error {
        progress("a step failed; putting everything back")
        let (subject, reason, remedy) = HostApply.words(of: error)
        do {
            let undone = try await undoing(run, discardsNewer: false).takeBack()
            let left = undone.left.isEmpty ? "" : "; left: \(undone.left.joined(separator: "; "))"
            let verdict = "\(subject): \(reason); every file and service was put back\(left)"
            try await journal.setStatus(run.id, .failed, verdict: verdict)
            try await journal.release(run.id)
            return Failure(
                .hostStepFailed, subject: subject,
                reason: "\(reason); every file and service was put back\(left)", remedy: remedy)
        } catch let killed as HostBook.Killed {
            return killed
        } catch let second {
            let (place, why, _) = HostApply.words(of: second)
            let verdict = "\(subject): \(reason); putting back failed at \(place): \(why)"
            try await journal.setStatus(run.id, .incomplete, verdict: verdict)
            try await journal.release(run.id)
            return Failure(
                .hostHalfDone, subject: subject,
                reason: "\(reason); putting back failed at \(place): \(why)",
                remedy: "mend that, then: ferry undo \(run.id)")
        }
    }

    private static func words(of error: any Error) -> (String, String, String) {
        guard let failure = error as? Failure else { return ("ferry", "\(error)", "ferry host plan") }
        return (failure.subject, failure.reason, failure.remedy)
    }

    /// Takes a run back: files, links, folders and services, in reverse.
    ///
    /// **Errors**: `run-not-undoable`; `undo-would-lose` where something is
    /// newer than the run and `discardsNewer` does not say that it may go.
    public func undo(_ run: RunRecord, discardsNewer: Bool) async throws -> HostUndone {
        try Self.checkIsUndoable(run)
        let place = run.draft.target?.url ?? "/"
        try Self.checkMayChange(place == "/" ? "" : place)
        let lock = try HostLock.take(root: place == "/" ? "" : place, journal: journal.path)
        defer { withExtendedLifetime(lock) {} }
        guard run.status != .planned else {
            try await journal.setStatus(run.id, .undone, verdict: "undone; it had changed nothing")
            return HostUndone()
        }
        let undoing = try undoing(run, discardsNewer: discardsNewer)
        try await undoing.checkLosesNothing()
        try await journal.claim(run.id)
        try await journal.setStatus(run.id, .undoing)
        let undone = try await undoing.takeBack()
        try await undoing.book.closeOpenSteps("the run was undone")
        try await journal.setStatus(run.id, .undone, verdict: "undone")
        try await journal.release(run.id)
        return undone
    }

    /// What an undo would do, a line each.
    public func preview(ofUndo run: RunRecord) async throws -> [String] {
        try Self.checkIsUndoable(run)
        return HostUndoing.preview(try await journal.steps(run.id).map(HostStep.init))
    }

    /// Of a run that failed everything was put back then, and what stands
    /// there now is somebody else's.
    static func checkIsUndoable(_ run: RunRecord) throws {
        guard [.undone, .failed].contains(run.status) else { return }
        throw Failure(
            .runNotUndoable, subject: run.id.description,
            reason: run.status == .undone
                ? "it is undone already" : "it failed, and everything was put back then",
            remedy: "ferry show \(run.id)")
    }

    private static func checkMayChange(_ root: String) throws {
        guard root.isEmpty, geteuid() != 0 else { return }
        throw Failure(
            .hostUnable, subject: "/", reason: "only root may change this host",
            remedy: "run the same command with sudo")
    }

    private func undoing(_ run: RunRecord, discardsNewer: Bool) throws -> HostUndoing {
        let folder = HostRunFolder(run)
        let (saved, config) = (try folder.plan(), try folder.config())
        let paths = HostPaths(base: saved.root, name: config.name)
        return HostUndoing(
            book: HostBook(journal: journal, run: run.id, interrupt: interrupt), run: run,
            config: config, paths: paths, proof: HostProof(config, paths, dialer, now: now), systemd: systemd,
            discardsNewer: discardsNewer, progress: progress)
    }
}

/// A run that came to its end.
public struct HostApplied: Sendable {
    public let run: RunRecord
    public let changed: [String]
    /// The doctor's; empty where no Letta was there to be looked at.
    public let findings: [Finding]
    public let notes: [String]
}

/// Config and plan of a run, in its folder: what resume and undo go by.
struct HostRunFolder {
    let folder: String

    init(_ run: RunRecord) { folder = run.folder }

    func save(_ prepared: HostPrepared, configPath: String) throws {
        for missing in HostDisk.missingFolders(above: folder + "/x") {
            try HostDisk.makeFolder(missing, mode: 0o700)
        }
        let config = HostConfigFile.text(prepared.rendering.config)
        try HostDisk.put(Array(config.utf8), at: "\(folder)/host.json", mode: 0o600, owner: nil, group: nil)
        try SavedPlan.write(prepared.plan, config: configPath, to: "\(folder)/plan.json")
    }

    func plan() throws -> SavedPlan { try SavedPlan.read("\(folder)/plan.json") }

    func config() throws -> HostConfig {
        let path = "\(folder)/host.json"
        return try HostConfigFile.read(HostDisk.read(path) ?? [], path: path)
    }
}
