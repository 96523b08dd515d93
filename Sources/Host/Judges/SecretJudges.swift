/// Passwords where others read them. Says the variable's name, never a value.
enum SecretJudges {
    static let probes = [
        Probe(
            id: "env.perms", asks: "can nobody but their owner read the files with the passwords?",
            worst: .error,
            judge: modes),
        Probe(
            id: "logs.secret", asks: "do the logs hold none of the passwords that the host knows?",
            worst: .warning, judge: logs),
        Probe(
            id: "argv.secret", asks: "does no process carry a password in its command line?", worst: .error,
            judge: words),
    ]

    private static func modes(_ seen: Sighting) -> [Finding] {
        (seen.machine?.secrets ?? []).map { file in
            let shown = String(file.bits, radix: 8)
            if file.bits & 0o077 == 0 { return Finding("env.perms", .ok, file.path, seen: "0\(shown)") }
            return Finding(
                "env.perms", .error, file.path, seen: "mode 0\(shown)",
                means: "other accounts of the machine can read the server's password",
                remedy: "sudo chmod 600 \(file.path)")
        }
    }

    private static func logs(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine else { return [] }
        guard machine.knownSecrets > 0 else {
            return [
                Finding(
                    "logs.secret", .note, "", seen: "no password is known here, so none was looked for",
                    means: "whether logs give the password away was not looked at",
                    remedy: "as root, or with the token: --token-env VARIABLE, --env-file PATH")
            ]
        }
        let unread = machine.unreadLogs.map { path in
            Finding(
                "logs.secret", .note, path, seen: "it cannot be read",
                means: "whether it gives the password away was not looked at",
                remedy: "sudo ferry host doctor \(seen.errand.origin) --on-host")
        }
        let leaks = machine.logLeaks.map { leak in
            Finding(
                "logs.secret", .warning, leak.place,
                seen: "it holds the value of \(leak.names.joined(separator: ", "))",
                means: "whoever reads the log can use every agent as ADE does",
                remedy: leak.place.hasPrefix("/")
                    ? "change the password, then: sudo truncate -s 0 \(leak.place) (older copies lie beside it)"
                    : "change the password; in the unit StandardOutput=null, then: sudo journalctl --rotate --vacuum-time=1s"
            )
        }
        guard leaks.isEmpty, machine.searchedLogs > 0 else { return leaks + unread }
        return [Finding("logs.secret", .ok, "", seen: "none in \(machine.searchedLogs) logs")] + unread
    }

    private static func words(_ seen: Sighting) -> [Finding] {
        guard let machine = seen.machine, machine.knownSecrets > 0 else { return [] }
        guard !machine.wordLeaks.isEmpty else { return [Finding("argv.secret", .ok, "", seen: "none")] }
        return machine.wordLeaks.map { leak in
            Finding(
                "argv.secret", .error, leak.place,
                seen: "its command line holds the value of \(leak.names.joined(separator: ", "))",
                means: "every account of the machine can read the password with ps",
                remedy:
                    "put it into a file of mode 0600 that the unit names: EnvironmentFile=/etc/letta/letta.env"
            )
        }
    }
}
