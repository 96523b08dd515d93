/// Has systemd be as it was before a run. It asks first, so that an undo
/// which was killed can be begun again.
struct ServicesBack: Sendable {
    let systemd: Systemd
    let book: HostBook
    let steps: [HostStep]

    /// By unit, the newest first: the step that says what stood before the run.
    private var firsts: [HostStep] {
        var seen: Set<String> = []
        return steps.filter { $0.kind == HostInstall.unit && seen.insert($0["unit"]).inserted }.reversed()
    }

    /// Before the files go: what the run started is stopped, and what it
    /// enabled is disabled.
    ///
    /// - Returns: a line each.
    func stop() async throws -> [String] {
        var done: [String] = []
        for step in firsts {
            let unit = step["unit"]
            let stops = step["active"].isEmpty && systemd.isUp(unit)
            let disables = step["enabled"].isEmpty && systemd.isEnabled(unit)
            guard stops || disables else { continue }
            try await book.act("host/stop-unit", ["unit": unit]) {
                if stops { try systemd.tell("stop", unit) }
                if disables { try systemd.tell("disable", unit) }
            }
            done.append("\(stops ? "stopped" : "disabled") \(unit)")
        }
        return done
    }

    /// After the files are back: what ran before the run, and was restarted
    /// by it, takes its old settings again.
    ///
    /// - Returns: a line each.
    func restart() async throws -> [String] {
        let restarted = steps.filter { $0.kind == HostInstall.restart }.map { $0["unit"] }
        let units = restarted.enumerated().filter { !restarted.prefix($0.offset).contains($0.element) }
        let isTold =
            !units.isEmpty || !firsts.isEmpty
            || HostDisk.exists("/run/systemd/system")
                && steps.contains { $0.kind == FilePutter.put && $0["path"].hasPrefix("/etc/systemd/") }
        guard isTold else { return [] }
        try systemd.tell("daemon-reload")
        for unit in units.map(\.element) {
            try await book.act("host/restart-unit", ["unit": unit]) { try systemd.tell("restart", unit) }
        }
        return units.map { "restarted \($0.element)" }
    }
}
