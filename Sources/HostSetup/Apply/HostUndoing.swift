import Journal
import LettaModel

/// What an undo came to, a line each.
public struct HostUndone: Sendable, Equatable {
    public var done: [String] = []
    /// What it did not touch, and why.
    public var left: [String] = []
}

/// Puts back what one run changed. It goes by what stands there now, not by
/// how far the run said it had come: it may have been killed.
struct HostUndoing: Sendable {
    let book: HostBook
    let run: RunRecord
    let config: HostConfig
    let paths: HostPaths
    let proof: HostProof
    let systemd: Systemd
    let discardsNewer: Bool
    let progress: @Sendable (String) -> Void

    private var control: NginxControl { NginxControl(config: config, paths: paths, systemd: systemd) }

    private var files: RunFiles { RunFiles(book: book, run: run, discardsNewer: discardsNewer) }

    /// **Errors**: `undo-would-lose`.
    func checkLosesNothing() async throws {
        try await files.checkLosesNothing()
        if !discardsNewer { try await checkIsNewest() }
    }

    /// A later run of the same host may have put other files, and served them
    /// by what this one has put and started.
    private func checkIsNewest() async throws {
        let later = try await book.journal.runs().prefix { $0.id != run.id }.first {
            $0.draft.job == run.draft.job && $0.draft.target?.url == run.draft.target?.url
                && ![.undone, .failed, .planned].contains($0.status)
        }
        guard let later else { return }
        throw Failure(
            .undoWouldLose, subject: run.id.description, reason: "a later run, \(later.id), stands on it",
            remedy: "take that back first: ferry undo \(later.id)")
    }

    // MARK: putting back

    func takeBack() async throws -> HostUndone {
        let steps = try await book.steps()
        var undone = HostUndone()
        let services = ServicesBack(systemd: systemd, book: book, steps: steps)
        undone.done += try await services.stop()
        let nginx = steps.filter { $0.kind == HostWork.nginx }
        let wasRunning = nginx.first.map { $0["before"] == "running" }
        if wasRunning == false, control.isRunning {
            progress("stopping nginx")
            try await book.act("host/stop-nginx", [:]) { try control.stop() }
            undone.done.append("stopped nginx")
        }
        let site = HostDisk.see(paths.site).text
        let first = RunFiles.firstPuts(steps)
        for step in steps.reversed() {
            if let known = first[step["path"]] == step.number ? RunFiles.known(steps)[step["path"]] : nil {
                try await files.restore(step, known, &undone)
            }
            if step.kind == HostWork.unlink { try await relink(step, &undone) }
            if step.kind == CertificateIssue.probe { try HostDisk.remove(step["path"]) }
        }
        undone.done += try await services.restart()
        let isServed = wasRunning == true ? try await reload(&undone) : false
        if !nginx.isEmpty { try await proveGone(site, isRunning: isServed) }
        try files.removeCopies(steps)
        try await files.removeFolders(steps, &undone)
        undone.left += Self.remains(steps)
        return undone
    }

    private func relink(_ step: HostStep, _ undone: inout HostUndone) async throws {
        guard HostDisk.see(step["path"]) == .absent else { return }
        try await book.act("host/restore", ["path": step["path"]]) {
            try HostDisk.link(step["path"], to: step["target"])
        }
        undone.done.append("put back \(step["path"])")
    }

    // MARK: the edge

    /// - Returns: false where there is no nginx any more to be told.
    private func reload(_ undone: inout HostUndone) async throws -> Bool {
        guard control.isRunning || HostDisk.exists(paths.nginxMain) else {
            undone.left.append("nginx: it does not run, and \(paths.nginxMain) is not there")
            return false
        }
        progress("reloading nginx")
        try control.test()
        try await book.act("host/reload-nginx", [:]) { try control.startOrReload() }
        undone.done.append("reloaded nginx")
        return true
    }

    /// The site of before on its own ports, and the run's nowhere.
    ///
    /// - Parameter site: what stood there when the undo began.
    private func proveGone(_ site: String?, isRunning: Bool) async throws {
        let old = HostDisk.see(paths.site).text
        if let old, isRunning { try await proof.serves(old) }
        if let site, site != old { try await proof.servesNoMore(site) }
    }

    // MARK: before it

    /// What an undo of these steps would do, a line each, for whoever is asked.
    static func preview(_ steps: [HostStep]) -> [String] {
        let first = RunFiles.firstPuts(steps)
        return steps.reversed().compactMap { step in
            switch step.kind {
            case FilePutter.put where first[step["path"]] == step.number:
                step["was"] == SeenFile.absent.essence ? "remove \(step["path"])" : "put back \(step["path"])"
            case HostWork.unlink: "put back \(step["path"])"
            case HostInstall.unit: step["active"].isEmpty ? "stop \(step["unit"])" : "disable \(step["unit"])"
            case HostInstall.restart: "restart \(step["unit"])"
            case HostWork.nginx: step["before"] == "running" ? "reload nginx" : "stop nginx"
            default: nil
            }
        }.reduce(into: []) { lines, line in if !lines.contains(line) { lines.append(line) } }
    }

    // MARK: what remains

    private static func remains(_ steps: [HostStep]) -> [String] {
        let programs = steps.filter { $0.kind == HostInstall.run && !$0["what"].hasPrefix("certbot") }.map {
            "\($0["what"]): what a program has installed or made is not taken away"
        }
        let issued = steps.filter { $0.kind == CertificateIssue.issue }.map {
            "the certificate of \($0["name"]): authorities count how many they issue"
        }
        return programs + issued
    }
}
