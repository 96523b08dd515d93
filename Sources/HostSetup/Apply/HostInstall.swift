import LettaModel

/// What lies outside of files: packages, accounts, programs, services. In a
/// scratch root nothing of it is done.
struct HostInstall: Sendable {
    let config: HostConfig
    let paths: HostPaths
    let secrets: HostSecrets
    let facts: HostFacts
    let book: HostBook
    let systemd: Systemd
    var docker = Docker()
    let progress: @Sendable (String) -> Void

    static let run = "host/run"
    static let unit = "host/unit"
    static let restart = "host/restart"

    private var isScratch: Bool { !paths.base.isEmpty }

    func packages() async throws {
        let missing = HostPackages.of(config).filter { !facts.packages.contains($0) }
        guard !isScratch, !missing.isEmpty else { return }
        progress("installing \(missing.joined(separator: ", "))")
        try await program("packages", ["apt-get", "update", "-q"], 600)
        try await program(
            "packages \(missing.joined(separator: " "))",
            ["apt-get", "install", "-y", "-q", "--no-install-recommends"] + missing, 1800)
    }

    func users() async throws {
        guard !isScratch else { return }
        let homes = [
            ("letta", paths.at("/var/lib/letta"), config.letta == "systemd"),
            ("sanctum", "/srv", !config.agents.isEmpty),
        ]
        for (name, home, isWanted) in homes where isWanted && !facts.users.contains(name) {
            try await program(
                "user \(name)",
                [
                    "useradd", "--system", "--user-group", "--home-dir", home, "--no-create-home", "--shell",
                    "/usr/sbin/nologin", name,
                ], 60)
        }
    }

    /// Postgres first, then its extension, then Letta, then its tables.
    func programs() async throws {
        guard !isScratch else { return }
        try await images()
        guard config.letta == "systemd" else { return }
        if config.ownsDatabase, !facts.hasDatabase {
            if config.pgvector != "present" { try await script("postgres-install", "pgvector", 1800) }
            if config.pgvector == "wheel" { try await enable("letta-postgres.service") }
            try await script("postgres-setup", "database letta", 120)
        }
        try await script("letta-install", "Letta \(config.lettaVersion)", 1800)
        if !facts.hasTables(config) { try await script("letta-schema", "tables of letta", 600) }
    }

    /// Some GiB at the first time: within the start of a service systemd would
    /// run out of patience.
    private func images() async throws {
        let images = Rendering.images(config)
        guard !images.isEmpty, !docker.has(images) else { return }
        progress("pulling \(images.joined(separator: ", "))")
        try await program(
            "images \(images.joined(separator: " "))",
            [docker.compose, "-f", "\(paths.letta)/compose.yaml", "pull"], 1800)
    }

    private func script(_ name: String, _ what: String, _ seconds: Int) async throws {
        progress("\(name): \(what)")
        try await program(what, ["\(paths.tools)/\(name)"], seconds)
    }

    /// Those before the edge, or those that look after it.
    func services(_ wanted: (String) -> Bool) async throws {
        guard !isScratch, config.services == "systemd" else { return }
        for unit in HostUnits.of(config) where wanted(unit) && !facts.services.contains(unit) {
            try await enable(unit)
        }
    }

    /// What stood before goes into the journal: an undo goes back to that.
    private func enable(_ unit: String) async throws {
        let before = systemd.state(unit)
        guard !before.isEnabled || !before.isUp else { return }
        progress("starting \(unit)")
        try systemd.tell("daemon-reload")
        try await book.act(Self.unit, before.details.merging(["unit": unit]) { $1 }) {
            try systemd.tell("enable", unit, now: true, seconds: HostUnits.patience(unit, config))
        }
    }

    /// A service that runs an older text of its unit or its settings.
    ///
    /// - Parameter changed: every file that the run has put, also before it
    ///   was stopped and gone on with.
    func restart(_ changed: Set<String>) async throws {
        guard !isScratch, config.services == "systemd" else { return }
        try systemd.tell("daemon-reload")
        for unit in HostUnits.toRestart(config, paths, changed) where facts.running.contains(unit) {
            progress("restarting \(unit)")
            try await book.act(Self.restart, ["unit": unit]) {
                try systemd.tell("restart", unit, seconds: HostUnits.patience(unit, config))
            }
        }
    }

    func program(_ what: String, _ words: [String], _ seconds: Int, _ added: [String: String] = [:])
        async throws
    {
        try await book.act(Self.run, ["what": what]) { try await tool(words, seconds, added) }
    }

    private func tool(_ words: [String], _ seconds: Int, _ added: [String: String] = [:]) async throws {
        guard let result = Tool(words: words, environment: added, inherits: .network).run(seconds: seconds)
        else {
            throw Failure(
                .hostStepFailed, subject: words[0], reason: "is not installed",
                remedy: "apt-get install the package that has it")
        }
        try Task.checkCancellation()
        if result.succeeded { return }
        throw Failure(
            .hostStepFailed, subject: words[0],
            reason: (result.isOutOfTime ? "was ended after \(seconds) s" : "ended with \(result.status)")
                + ": \(secrets.masked(result.lastWords))",
            remedy: Self.remedy(words, result))
    }

    /// dpkg that was ended in the middle says no more until it was mended.
    private static func remedy(_ words: [String], _ result: Tool.Result) -> String {
        guard result.isOutOfTime else { return "mend what it says, then: ferry host plan" }
        return (words[0] == "apt-get" ? "dpkg --configure -a; " : "")
            + "see why it takes so long (network, disk), then: ferry host plan"
    }

    // MARK: looking before starting

    /// Each unit of ferry's: systemd ends with 0 where it does not know a key,
    /// so any word about it counts.
    func verifyUnits(_ files: [DesiredFile]) throws {
        guard config.services == "systemd" else { return }
        for path in files.map(\.path)
        where path.hasPrefix(paths.units + "/") && !path.contains("@") && !path.hasSuffix(".conf") {
            guard let result = Tool(words: ["systemd-analyze", "verify", "--man=no", path]).run() else {
                return
            }
            let name = String(path.dropFirst(paths.units.count + 1))
            let lines = result.text.split(separator: "\n").filter {
                $0.contains(name) && !(isScratch && $0.contains("is not executable"))
            }
            guard let first = lines.first else { continue }
            throw Failure(
                .hostStepFailed, subject: path, reason: String(first),
                remedy: "look at it: systemd-analyze verify \(path)")
        }
    }

    /// - Returns: what could not be looked at; the kernel is asked, and it
    ///   answers root alone.
    func verifyFirewall(_ files: [DesiredFile]) throws -> [String] {
        for path in files.map(\.path) where path.hasSuffix(".nft") {
            guard let result = Tool(words: ["nft", "-c", "-f", path]).run() else {
                return ["nft is not installed, so nothing has looked at \(path)"]
            }
            if result.succeeded { continue }
            if isScratch, result.text.contains("Operation not permitted") {
                return ["only root may have nft look at \(path), so nothing has"]
            }
            throw Failure(
                .hostStepFailed, subject: path, reason: result.lastWords,
                remedy: "look at it: nft -c -f \(path)")
        }
        return []
    }
}
