import Glibc
import HTTP
import HTTPCurl
import Host
import LettaModel
import LettaServer
import LosslessJSON

/// `ferry host doctor`.
enum HostDoctorCommand {
    static let spec = CommandSpec(
        path: ["host", "doctor"], summary: "look at a host as ADE's browser would, and say what it will meet",
        arguments: [ArgumentSpec(name: "URL", help: "https://HOST[:PORT], or a name of `ferry servers`")],
        flags: [
            FlagSpec(
                name: "origin", value: "ORIGIN", help: "a page that calls the API, as https://host[:port]",
                isRepeatable: true),
            FlagSpec(
                name: "port", value: "N", help: "a further port on which the API must be", isRepeatable: true),
            FlagSpec(name: "http-port", value: "N", help: "the port that sends plain HTTP on to https"),
            FlagSpec(
                name: "ca-file", value: "PATH", help: "a PEM file with the authority of its certificate"),
            FlagSpec(
                name: "token-env", value: "VARIABLE", help: "the environment variable that holds its token"),
            FlagSpec(
                name: "token-file", value: "PATH",
                help: "a file that holds its token, or PATH#KEY of a .env file"),
            FlagSpec(
                name: "import-size", value: "MIB", help: "the size of the largest agent file to be imported"),
            FlagSpec(
                name: "live",
                help:
                    "hear one streamed reply of a throwaway agent, which is deleted; costs the model's tokens"
            ),
            FlagSpec(name: "model", value: "HANDLE", help: "the model of that reply"),
            FlagSpec(
                name: "on-host",
                help: "this is the host: read nginx, sockets, certificates, database, logs and room here too"
            ),
            FlagSpec(
                name: "env-file", value: "PATH", help: "with --on-host: a file with Letta's environment",
                isRepeatable: true),
            FlagSpec(
                name: "log", value: "PATH", help: "with --on-host: a further log that must hold no password",
                isRepeatable: true),
            FlagSpec(
                name: "nginx-conf", value: "PATH",
                help: "with --on-host: nginx's main file, where it is not Debian's"
            ),
            FlagSpec(
                name: "letta-port", value: "N",
                help: "Letta's own port, which must be closed to whoever is not on the host"),
        ],
        discussion: """
            Looks from outside and changes nothing (but for --live): name and address, TLS, redirects, health, password, the
            CORS answers that ADE needs, and how large an import may be (asked without sending one). The
            token goes only where the certificate was verified. Exit code 1 if there is an error.
            """,
        examples: [
            .init(
                command: "ferry host doctor https://letta.example.org --token-env LETTA_PASSWORD",
                meaning: "ports 443, 8283 and 80, as ADE at app.letta.com meets them"),
            .init(
                command: "ferry host doctor https://10.0.0.5:9443 --ca-file ca.pem --origin https://ade.lan",
                meaning: "one port, a private authority, a page of your own"),
        ]
    ) { invocation, world in
        let words = DoctorErrand(world: world)
        let errand = try words.read(invocation)
        try words.checkIsOnHost(invocation)
        let start = Session.steadySeconds()
        var sighting =
            invocation.has("live")
            ? try await DoctorRun.sighting(
                errand, at: try words.entry(invocation), model: invocation.value("model"), world)
            : await Survey(errand, dialer: CurlDialer()).sighting { Int(world.now()) }
        try Task.checkCancellation()
        if invocation.has("on-host") {
            sighting.machine = await MachineSight(of: errand, try words.ground(invocation), CurlDialer())
        }
        try Task.checkCancellation()
        let checkup = Checkup(
            address: errand.origin.description, findings: Probe.findings(sighting),
            seconds: Session.steadySeconds() - start)
        world.terminal.out(
            world.options.isJSON ? checkup.json.text() + "\n" : DoctorText(world: world).render(checkup))
        return checkup.worst == .error ? .findings : .clean
    }
}

/// The words of a command line -> what the doctor is asked.
struct DoctorErrand {
    let world: World

    func read(_ invocation: Invocation) throws -> Errand {
        let entry = try entry(invocation)
        if let caFile = entry.caFile, access(caFile, R_OK) != 0 {
            throw Failure(
                .fileUnreadable, subject: caFile, reason: "the file of authorities cannot be read",
                remedy: "name a readable PEM file: --ca-file PATH")
        }
        return Errand(
            try origin(entry),
            ports: try invocation.values("port").map { try number($0, "port", 1...65_535) },
            redirect: try invocation.value("http-port").map { try number($0, "http-port", 1...65_535) },
            pages: try invocation.values("origin").map(page), caFile: entry.caFile,
            token: try TokenReader(environment: world.environment).token(of: entry),
            importSize: try invocation.value("import-size").map {
                try number($0, "import-size", 1...65_536) << 20
            }
                ?? 100 << 20,
            rawPort: try invocation.value("letta-port").map { try number($0, "letta-port", 1...65_535) })
    }

    /// Flags go before what the config says.
    func entry(_ invocation: Invocation) throws -> ServerEntry {
        let name = try invocation.required(0)
        var entry = ServerEntry(name: name, url: name)
        if !name.contains("://") {
            let file = try ServersFile(in: try world.configFolder())
            guard let known = file.entry(named: name) else {
                throw ServersFile.unknown(name, among: file.entries)
            }
            entry = known
        }
        guard invocation.value("token-env") == nil || invocation.value("token-file") == nil else {
            throw Failure(
                .usage, subject: "ferry host doctor", reason: "a token comes from one place",
                remedy: "give one of --token-env, --token-file")
        }
        if let variable = invocation.value("token-env") { entry.token = .environment(variable) }
        if let path = invocation.value("token-file") { entry.token = .file(AbsolutePath.of(path)) }
        if let path = invocation.value("ca-file") { entry.caFile = AbsolutePath.of(path) }
        return entry
    }

    /// Paths of this machine say nothing where it is not looked at.
    func checkIsOnHost(_ invocation: Invocation) throws {
        guard !invocation.has("on-host") else { return }
        for name in ["env-file", "log", "nginx-conf"] {
            guard let value = invocation.values(name).first else { continue }
            throw UsageError.badValue(name, value, "is looked at on the host alone", "add --on-host")
        }
    }

    /// Where the machine's own things lie.
    func ground(_ invocation: Invocation) throws -> ThisMachine {
        let files = invocation.values("env-file").map { AbsolutePath.of($0) }
        let logs = invocation.values("log").map { AbsolutePath.of($0) }
        let conf = invocation.value("nginx-conf").map { AbsolutePath.of($0) }
        for path in files + logs + [conf].compactMap({ $0 }) where access(path, R_OK) != 0 {
            throw Failure(
                .fileUnreadable, subject: path, reason: String(cString: strerror(errno)).lowercased(),
                remedy: "name one that is there and that you may read, or run the doctor as root")
        }
        return ThisMachine(
            nginx: conf.map { ["nginx", "-c", $0] } ?? ["nginx"], envFiles: files, logs: logs)
    }

    private func origin(_ entry: ServerEntry) throws -> Origin {
        let url = try ServerURL.normalized(entry.url, of: ServerURL.redacted(entry.name))
        guard let origin = Origin(url) else {
            throw UsageError.badValue("URL", url, "is no http or https URL", "write https://HOST[:PORT]")
        }
        guard url.filter({ $0 == "/" }).count == 2 else {
            throw Failure(
                .usage, subject: url,
                reason: "has a path; ADE drops it for some calls, so the API must be at the root of a host",
                remedy: "give the API a host name of its own: ferry host doctor \(origin)")
        }
        return origin
    }

    /// As a browser sends it: scheme, host, a port only where it is not the
    /// scheme's own, no slash.
    private func page(_ text: String) throws -> String {
        guard let origin = Origin(text), !text.hasSuffix("/"), text.filter({ $0 == "/" }).count == 2 else {
            throw UsageError.badValue(
                "origin", text, "is no origin", "write it as a browser does: --origin https://app.letta.com")
        }
        let isUsual = origin.port == (origin.scheme == "https" ? 443 : 80)
        let shown = origin.description
        return isUsual ? String(shown[..<(shown.lastIndex(of: ":") ?? shown.endIndex)]) : shown
    }

    private func number(_ text: String, _ flag: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw UsageError.badValue(
                flag, text, "is no number from \(range.lowerBound) to \(range.upperBound)",
                "write --\(flag) N")
        }
        return number
    }
}
