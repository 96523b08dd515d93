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
    let interrupt: @Sendable (String) throws -> Void

    /// What came of it.
    public struct Installed: Sendable {
        /// Nil where nothing was to be done.
        public let run: RunRecord?
        public let changed: [String]
        /// What remains to be typed; empty where the timer runs.
        public let next: [String]
    }

    public init(journal: RunJournal, version: String, progress: @escaping @Sendable (String) -> Void) {
        self.init(journal: journal, version: version, progress: progress) { _ in }
    }

    /// - Parameter interrupt: a test's kill.
    init(
        journal: RunJournal, version: String, progress: @escaping @Sendable (String) -> Void,
        interrupt: @escaping @Sendable (String) throws -> Void
    ) {
        self.journal = journal
        self.version = version
        self.progress = progress
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
        if isPut, !starts || Self.isRunning(timer) {
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
            try await journal.setStatus(run.id, .failed, verdict: "failed; both units were put back")
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

    private func start(_ timer: BackupTimer, _ book: HostBook) async throws {
        progress("starting \(BackupTimer.timer)")
        try Self.tool(timer.isOwn, ["daemon-reload"])
        try await book.act(HostInstall.unit, ["unit": BackupTimer.timer, "own": timer.isOwn ? "yes" : ""]) {
            try Self.tool(timer.isOwn, ["enable", BackupTimer.timer])
            // One that runs already keeps its old time until it is started anew.
            try Self.tool(timer.isOwn, ["restart", BackupTimer.timer])
        }
    }

    private static func isRunning(_ timer: BackupTimer) -> Bool {
        let own = timer.isOwn ? ["--user"] : []
        return Tool(words: ["systemctl"] + own + ["is-active", BackupTimer.timer]).run()?.succeeded == true
    }

    static func tool(_ isOwn: Bool, _ words: [String]) throws {
        let line = ["systemctl"] + (isOwn ? ["--user"] : []) + words
        let result = Tool(words: line).run(seconds: 120)
        guard result?.succeeded == true else {
            throw Failure(
                .hostStepFailed, subject: line.joined(separator: " "),
                reason: result?.lastWords ?? "systemctl is not installed", remedy: line.joined(separator: " ")
            )
        }
    }

    private static func next(_ timer: BackupTimer) -> [String] {
        let systemctl = timer.isOwn ? "systemctl --user" : "systemctl"
        let linger = timer.isOwn ? ["loginctl enable-linger"] : []
        return ["\(systemctl) daemon-reload", "\(systemctl) enable --now \(BackupTimer.timer)"] + linger
    }

    /// **Errors**: `run-not-undoable`; `undo-would-lose` where a unit was
    /// changed since and `discardsNewer` does not say that it may go.
    public func undo(_ run: RunRecord, discardsNewer: Bool) async throws -> HostUndone {
        guard run.status != .undone else {
            throw Failure(
                .runNotUndoable, subject: run.id.description, reason: "it is undone already",
                remedy: "ferry show \(run.id)")
        }
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

    /// Stops the timer where the run brought it, and has it keep the time of
    /// before where the run only changed it.
    ///
    /// - Parameter isRollback: systemd has refused already, and the files go
    ///   back whatever it says of that.
    private func takeBack(
        _ run: RunRecord, _ book: HostBook, discardsNewer: Bool, isRollback: Bool = false
    ) async throws -> HostUndone {
        let steps = try await book.steps()
        let started = steps.last { $0.kind == HostInstall.unit }
        let isNew = steps.contains {
            $0.kind == FilePutter.put && $0["path"].hasSuffix(BackupTimer.timer)
                && $0["was"] == SeenFile.absent.essence
        }
        if let started, isNew {
            do {
                try await book.act("host/stop-unit", ["unit": started["unit"]]) {
                    try Self.tool(!started["own"].isEmpty, ["disable", "--now", started["unit"]])
                }
            } catch  where isRollback {}
        }
        let undone = try await RunFiles(book: book, run: run, discardsNewer: discardsNewer).takeBack()
        if let started {
            do {
                try Self.tool(!started["own"].isEmpty, ["daemon-reload"])
                if !isNew { try Self.tool(!started["own"].isEmpty, ["restart", started["unit"]]) }
            } catch  where isRollback {}
        }
        return undone
    }
}
