public import Journal
import LettaModel
import LosslessJSON

/// Puts the units of a nightly backup and starts the timer, as a run of the
/// journal that `undo` takes back.
public struct BackupInstaller: Sendable {
    public static let job = "backup-timer"

    let journal: RunJournal
    let version: String
    let progress: @Sendable (String) -> Void
    let systemd: Systemd
    let interrupt: @Sendable (String) throws -> Void

    /// What came of it.
    public struct Installed: Sendable {
        /// Nil where nothing was to be done.
        public let run: RunRecord?
        public let changed: [String]
        /// What remains to be typed; empty where the timer runs.
        public var next: [String]
    }

    public init(journal: RunJournal, version: String, progress: @escaping @Sendable (String) -> Void) {
        self.init(journal: journal, version: version, progress: progress) { _ in }
    }

    /// - Parameters:
    ///   - systemd: a test's stand-in.
    ///   - interrupt: a test's kill.
    init(
        journal: RunJournal, version: String, progress: @escaping @Sendable (String) -> Void,
        systemd: Systemd = Systemd(), interrupt: @escaping @Sendable (String) throws -> Void
    ) {
        self.journal = journal
        self.version = version
        self.progress = progress
        self.systemd = systemd
        self.interrupt = interrupt
    }

    /// - Parameter starts: false below a root that is not the machine's.
    /// **Effects**: two files; `systemctl daemon-reload` and `enable --now`
    /// where systemd is there.
    /// **Errors**: `host-conflict` where a unit of that name is not ferry's, or
    /// was changed by hand; `host-step-failed` where systemd refuses it: then
    /// all is put back.
    public func install(_ timer: BackupTimer, starts: Bool) async throws -> Installed {
        let files = timer.files
        let seen = files.map { HostDisk.see($0.path) }
        for (file, there) in zip(files, seen) { try Self.check(there, file) }
        let isPut = zip(files, seen).allSatisfy { $0.text == $1.text }
        if isPut, !starts || isStarted(timer) {
            return Installed(run: nil, changed: [], next: starts ? [] : Self.next(timer))
        }
        var random = SystemRandomNumberGenerator()
        let draft = RunDraft(
            id: RunID(at: .now(), using: &random), job: Self.job,
            target: RunAddress(name: timer.units, url: timer.units), version: version)
        let run = try await journal.create(draft)
        try await journal.claim(run.id)
        try await journal.setStatus(run.id, .running)
        let book = HostBook(journal: journal, run: run.id, interrupt: interrupt)
        do {
            return try await carryOut(run, book, timer, seen, starts: starts)
        } catch let killed as HostBook.Killed {
            throw killed
        } catch {
            _ = try await takeBack(run, book, discardsNewer: false, isRollback: true)
            try await book.closeOpenSteps("put back")
            try await journal.setStatus(run.id, .failed, verdict: "failed; the units were put back")
            try await journal.release(run.id)
            throw error
        }
    }

    private func carryOut(
        _ run: RunRecord, _ book: HostBook, _ timer: BackupTimer, _ seen: [SeenFile], starts: Bool
    ) async throws -> Installed {
        let files = timer.files
        for missing in HostDisk.missingFolders(above: run.folder + "/x") {
            try HostDisk.makeFolder(missing, mode: 0o700)
        }
        let planned = Dictionary(uniqueKeysWithValues: zip(files.map(\.path), seen.map(\.essence)))
        let putter = FilePutter(book: book, folder: run.folder, owner: .current, planned: planned)
        for file in files where try await putter.put(file) { progress("put \(file.path)") }
        if let result = Tool(words: ["systemd-analyze", "verify"] + files.map(\.path)).run(),
            !result.succeeded
        {
            throw Failure(
                .hostStepFailed, subject: timer.units, reason: "systemd-analyze verify: \(result.lastWords)",
                remedy: "look at what is named, then run the command again")
        }
        if starts { try await start(timer, book) }
        try await book.closeOpenSteps("looked at again")
        let next = starts ? [] : Self.next(timer)
        try await journal.setStatus(
            run.id, .verified,
            verdict: starts ? "the timer runs" : "the units are in place; the timer is not started")
        try await journal.release(run.id)
        return Installed(
            run: try await journal.run(run.id.description), changed: try await book.changedPaths(), next: next
        )
    }

    private static func check(_ seen: SeenFile, _ file: DesiredFile) throws {
        if seen == .absent { return }
        if let text = seen.text, ManagedText.origin(of: text) == .ours { return }
        let what = seen.text.map {
            ManagedText.origin(of: $0) == .changed ? "was changed by hand" : "is not ferry's"
        }
        throw Failure(
            .hostConflict, subject: file.path, reason: what ?? "is no file",
            remedy: "move it away, then run the command again")
    }

    /// One that runs already keeps its old time until it is started anew.
    private func start(_ timer: BackupTimer, _ book: HostBook) async throws {
        let systemd = systemd(isOwn: timer.isOwn)
        let before = systemd.state(BackupTimer.timer)
        let details = ["unit": BackupTimer.timer, "own": timer.isOwn ? "yes" : ""]
        progress("starting \(BackupTimer.timer)")
        try systemd.tell("daemon-reload")
        if !before.isEnabled || !before.isUp {
            try await book.act(HostInstall.unit, details.merging(before.details) { $1 }) {
                try systemd.tell("enable", BackupTimer.timer, now: true)
            }
        }
        if before.isUp {
            try await book.act(HostInstall.restart, details) {
                try systemd.tell("restart", BackupTimer.timer)
            }
        }
    }

    private func systemd(isOwn: Bool) -> Systemd {
        var systemd = systemd
        systemd.isOwn = isOwn
        return systemd
    }

    private func isStarted(_ timer: BackupTimer) -> Bool {
        systemd(isOwn: timer.isOwn).state(BackupTimer.timer) == .init(isEnabled: true, isUp: true)
    }

    private static func next(_ timer: BackupTimer) -> [String] {
        let systemctl = timer.isOwn ? "systemctl --user" : "systemctl"
        let linger = timer.isOwn ? ["loginctl enable-linger"] : []
        return ["\(systemctl) daemon-reload", "\(systemctl) enable --now \(BackupTimer.timer)"] + linger
    }

    /// What an undo would do, a line each.
    public func preview(ofUndo run: RunRecord) async throws -> [String] {
        try HostApply.checkIsUndoable(run)
        return HostUndoing.preview(try await journal.steps(run.id).map(HostStep.init))
    }

    /// **Errors**: `run-not-undoable`; `undo-would-lose` where a unit was
    /// changed since and `discardsNewer` does not say that it may go.
    public func undo(_ run: RunRecord, discardsNewer: Bool) async throws -> HostUndone {
        try HostApply.checkIsUndoable(run)
        let book = HostBook(journal: journal, run: run.id, interrupt: interrupt)
        let files = RunFiles(book: book, run: run, discardsNewer: discardsNewer)
        try await files.checkLosesNothing()
        try await journal.claim(run.id)
        try await journal.setStatus(run.id, .undoing)
        let undone = try await takeBack(run, book, discardsNewer: discardsNewer)
        try await book.closeOpenSteps("the run was undone")
        try await journal.setStatus(run.id, .undone, verdict: "undone")
        try await journal.release(run.id)
        return undone
    }

    /// Stops the timer where the run started it, and has it keep the time of
    /// before where it ran already.
    ///
    /// - Parameter isRollback: systemd has refused already, and the files go
    ///   back whatever it says of that.
    private func takeBack(
        _ run: RunRecord, _ book: HostBook, discardsNewer: Bool, isRollback: Bool = false
    ) async throws -> HostUndone {
        let steps = try await book.steps()
        let isOwn = steps.contains { !$0["own"].isEmpty }
        let services = ServicesBack(systemd: systemd(isOwn: isOwn), book: book, steps: steps)
        var done: [String] = []
        do { done += try await services.stop() } catch let failure as Failure {
            guard isRollback else { throw failure }
        }
        var undone = try await RunFiles(book: book, run: run, discardsNewer: discardsNewer).takeBack()
        do { done += try await services.restart() } catch let failure as Failure {
            guard isRollback else { throw failure }
        }
        undone.done = done + undone.done
        return undone
    }
}
