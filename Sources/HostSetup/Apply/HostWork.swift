import Host
import LettaModel

/// The steps of one run, in their order. Each looks first, so that the same
/// code goes on with a run that was stopped.
struct HostWork: Sendable {
    let prepared: HostPrepared
    let book: HostBook
    let putter: FilePutter
    let install: HostInstall
    let proof: HostProof
    let progress: @Sendable (String) -> Void

    private var rendering: Rendering { prepared.rendering }
    private var config: HostConfig { rendering.config }
    private var paths: HostPaths { rendering.paths }
    private var control: NginxControl { NginxControl(config: config, paths: paths, systemd: install.systemd) }

    static let nginx = "host/nginx"
    static let unlink = "host/unlink"

    func carryOut() async throws -> HostOutcome {
        try await install.packages()
        try await install.users()
        try await folders()
        let site = prepared.files.filter { $0.path == paths.site }
        try await put(prepared.files.filter { $0.path != paths.site })
        let notes = try install.verifyFirewall(prepared.files)
        try await install.programs()
        try install.verifyUnits(prepared.files)
        // Also what was put before the run was stopped and gone on with.
        try await install.restart(Set(try await book.changedPaths()))
        try await install.services { !["nginx.service", "certbot.timer"].contains($0) }
        try await removeDefaultSite()
        try await CertificateIssue(
            rendering: rendering, install: install, putter: putter, proof: proof,
            activate: { try await activate() }
        ).bring(prepared.facts.certificate)
        try await put(site)
        try await activate()
        try await install.services { ["nginx.service", "certbot.timer"].contains($0) }
        var outcome = try await prove(site.first?.text ?? "")
        outcome.notes = prepared.plan.notes + notes + outcome.notes
        return outcome
    }

    // MARK: files

    /// What nginx needs below a root of its own, and what certbot writes to.
    private func folders() async throws {
        var wanted = config.certificate == "acme" ? [paths.webroot] : []
        if !paths.base.isEmpty { wanted += paths.foldersOfScratch }
        for folder in wanted { try await putter.makeFolder(folder) }
    }

    private func put(_ files: [DesiredFile]) async throws {
        for file in files where try await putter.put(file) { progress("put \(file.path)") }
    }

    /// The link alone, and only where it is Debian's: also one that came with
    /// the package just now.
    private func removeDefaultSite() async throws {
        guard config.defaultSite == "remove", case .link(let target) = HostDisk.see(paths.defaultSite),
            target.hasSuffix("/sites-available/default")
        else { return }
        try await book.act(Self.unlink, ["path": paths.defaultSite, "target": target]) {
            try HostDisk.remove(paths.defaultSite)
        }
    }

    // MARK: the edge

    /// The whole tree is tested before nginx is told anything.
    private func activate() async throws {
        let before = control.isRunning ? "running" : "stopped"
        progress(before == "running" ? "reloading nginx" : "starting nginx")
        try control.test()
        try await book.act(Self.nginx, ["before": before]) { try control.startOrReload() }
    }

    private func prove(_ site: String) async throws -> HostOutcome {
        progress("looking at what is served")
        try await proof.serves(site)
        try await proof.servesCertificateOnDisk()
        var outcome = HostOutcome(generation: NginxSite.generation(of: site) ?? "", findings: [], notes: [])
        guard try await lettaIsThere() else {
            outcome.isWhole = false
            outcome.notes.append(
                "no Letta answers on 127.0.0.1:\(config.lettaPort), so nothing behind the edge was looked at")
            return outcome
        }
        outcome.findings = await proof.checkup(prepared.secrets)
        guard let worst = outcome.findings.first(where: { $0.severity == .error }) else { return outcome }
        throw Failure(
            .hostStepFailed,
            subject: [worst.id, worst.subject].filter { !$0.isEmpty }.joined(separator: " of "),
            reason: worst.seen, remedy: worst.remedy)
    }

    /// One that ferry starts is waited for.
    private func lettaIsThere() async throws -> Bool {
        let isOurs = config.letta != "running" && config.services == "systemd" && paths.base.isEmpty
        guard isOurs || config.letta == "running" else { return try await proof.lettaAnswers(within: 1) }
        guard try await proof.lettaAnswers(within: isOurs ? 240 : 5) else {
            throw Failure(
                .hostStepFailed, subject: "Letta", reason: "does not answer on 127.0.0.1:\(config.lettaPort)",
                remedy: "see why: journalctl -u letta -n 50")
        }
        return true
    }
}

/// What was seen at the end of a run.
struct HostOutcome: Sendable {
    var generation: String
    /// False where nothing behind the edge was looked at.
    var isWhole = true
    var findings: [Finding]
    var notes: [String]
}
