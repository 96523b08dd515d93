import LettaModel

/// What nobody looks at by day: dumps, snapshots, and workers that were moved
/// and never started.
enum NightJudges {
    static let probes = [
        Probe(
            id: "dump.last", asks: "was the last nightly dump of the database good, and is it young?",
            worst: .error, judge: dump),
        Probe(
            id: "backup.last", asks: "was the last nightly backup of the agents good, and is it young?",
            worst: .error, judge: backup),
        Probe(
            id: "workers.python", asks: "is the Python there that the workers' units start?", worst: .error,
            judge: python),
    ]

    /// A night, and what it may be late.
    static let patience = 26 * 3600

    private static func dump(_ seen: Sighting) -> [Finding] {
        guard let night = seen.machine?.dumps else { return [] }
        return [
            judge(
                "dump.last", night, seen, what: "dump",
                means: "after a broken disk or a bad upgrade there is no young copy of what agents remember",
                log: "letta-dump")
        ]
    }

    private static func backup(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine else { return [] }
        let means = "an agent that is spoilt today can be had back only as it was then, if at all"
        guard let night = machine.backups else {
            guard machine.dumps != nil else { return [] }
            return [
                Finding(
                    "backup.last", .note, "", seen: "no nightly backup of the agents is installed",
                    means: "a dump has the whole database or nothing; an agent by itself cannot be had back",
                    remedy: "sudo ferry host backup install --from NAME --into /srv/backups --drill NAME")
            ]
        }
        return [judge("backup.last", night, seen, what: "backup", means: means, log: "ferry-backup")]
    }

    private static func judge(
        _ id: String, _ night: NightSight, _ seen: Sighting, what: String, means: String, log: String
    ) -> Finding {
        func finding(_ severity: Severity, _ words: String, _ remedy: String) -> Finding {
            Finding(id, severity, night.folder, seen: words, means: means, remedy: remedy)
        }
        let start = "sudo systemctl start \(log).service"
        let look = "sudo journalctl -u \(log) -n 50; then: \(start)"
        let age = night.newest.map { "the newest is \(hours(seen.now - $0)) old" } ?? "there is none"
        if let result = night.result, result != "success" {
            return finding(.error, "the last \(what) failed (\(result)); \(age)", look)
        }
        if let trouble = night.trouble {
            return finding(.error, "the last \(what) is not whole: \(trouble); \(age)", look)
        }
        if night.isHidden {
            return finding(
                .note, "the folder cannot be read", "sudo ferry host doctor \(seen.errand.origin) --on-host")
        }
        guard let newest = night.newest else { return finding(.warning, "no \(what) was made yet", start) }
        guard seen.now - newest <= patience else {
            return finding(.error, age, "systemctl list-timers \(log).timer; \(look)")
        }
        return Finding(id, .ok, night.folder, seen: age)
    }

    private static func hours(_ seconds: Int) -> String {
        let hours = max(0, seconds) / 3600
        return hours < 72 ? "\(hours) h" : "\(hours / 24) days"
    }

    private static func python(_ seen: Sighting) -> [Finding] {
        (seen.machine?.workers ?? []).map { lacking in
            if lacking.isThere {
                return Finding("workers.python", .ok, lacking.unit, seen: lacking.python)
            }
            let folder = String(lacking.python.dropLast("/bin/python".count))
            let lists = lacking.lists.map { " -r \(ShellWord.quoted($0))" }.joined()
            return Finding(
                "workers.python", .error, lacking.unit, seen: "\(lacking.python) is not there",
                means: "the unit cannot start: the agent answers nobody by its channels, or has no tools",
                remedy: "sudo /usr/bin/python3 -m venv \(folder) && sudo \(folder)/bin/pip install"
                    + (lists.isEmpty ? " -r REQUIREMENTS (what the old one had: pip freeze)" : lists))
        }
    }
}
