import HTTP
import HTTPCurl
import Home
import LettaModel
import LettaServer

/// What `--from`, `--to` and `--at` name -> a home. The one place where the
/// decorators of the exchange are put together.
struct ServerResolver {
    let world: World
    let progress: ProgressPrinter

    /// The flag decides which variables may stand in for it.
    enum Role: String {
        case from, to, at
    }

    func source(_ name: String?, _ role: Role = .from, canWrite: Bool) throws -> LettaServer<SourceSide> {
        try home(entry(name, role), canWrite)
    }

    func target(_ name: String?, _ role: Role = .to, canWrite: Bool) throws -> LettaServer<TargetSide> {
        try home(entry(name, role), canWrite)
    }

    /// One that a run remembers in full.
    func target(of entry: ServerEntry) throws -> LettaServer<TargetSide> { try home(entry, true) }

    private func home<Side>(_ entry: ServerEntry, _ canWrite: Bool) throws -> LettaServer<Side> {
        let url = try ServerURL.normalized(entry.url, of: entry.name)
        try refusePlainHTTP(url, entry)
        let token = try TokenReader(environment: world.environment).token(of: entry)
        return try LettaServer(
            name: entry.name, url: url, project: entry.project, token: token,
            exchange: exchange(entry, canWrite))
    }

    /// Socket, record of each attempt, retry, bound; and for whoever must
    /// not write, a wall.
    private func exchange(_ entry: ServerEntry, _ canWrite: Bool) -> any Exchange {
        let socket = CurlExchange(CurlSettings(version: Version.number, caFile: entry.caFile))
        let recorded = RecordingExchange(
            socket, sink: { [progress] record in progress.show(record, at: entry.name) })
        let buffered = BufferedExchange(recorded, bound: 4 << 20)
        let patient = PatientExchange(buffered) { [progress] in progress.show($0, at: entry.name) }
        let limited = LimitedExchange(patient, inFlight: 8)
        return canWrite ? limited : NoWritesExchange(limited)
    }

    // MARK: Names

    /// A configured name, or a URL, or (never for a target) the environment.
    func entry(_ name: String?, _ role: Role) throws -> ServerEntry {
        let file = try ServersFile(in: try world.configFolder())
        guard let name else { return try fromEnvironment(role) }
        if let entry = file.entry(named: name) { return entry }
        guard name.contains("://") else {
            throw ServersFile.unknown(name, among: file.entries)
        }
        if let entry = file.entries.first(where: { Self.isSame($0.url, name) }) { return entry }
        return ServerEntry(name: name, url: name, token: tokenOfURL(role))
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        func plain(_ url: String) -> String {
            var url = url.lowercased()
            while url.hasSuffix("/") { url.removeLast() }
            return url.hasSuffix("/v1") ? String(url.dropLast(3)) : url
        }
        return plain(one) == plain(other)
    }

    /// `LETTA_BASE_URL` and `LETTA_API_KEY` speak for the one server of a
    /// one-server command, never for a target.
    private func fromEnvironment(_ role: Role) throws -> ServerEntry {
        guard role == .at, let url = world.environment["LETTA_BASE_URL"], !url.isEmpty else {
            throw Failure(
                .usage, subject: "--\(role.rawValue)", reason: "names no server",
                remedy: "write --\(role.rawValue) NAME or a URL; `ferry servers` lists the names")
        }
        let hasKey = world.environment["LETTA_API_KEY"]?.isEmpty == false
        return ServerEntry(name: url, url: url, token: hasKey ? .environment("LETTA_API_KEY") : nil)
    }

    private func tokenOfURL(_ role: Role) -> TokenSource? {
        let names: [Role: [String]] = [
            .from: ["LETTA_FROM_API_KEY"], .to: ["LETTA_TO_API_KEY"], .at: ["LETTA_API_KEY"],
        ]
        let set = names[role]?.first { world.environment[$0]?.isEmpty == false }
        return set.map(TokenSource.environment)
    }

    // MARK: Safety

    /// A token over plain HTTP is anyone's.
    func refusePlainHTTP(_ url: String, _ entry: ServerEntry) throws {
        let origin = Origin(url)
        guard entry.token != nil, origin?.scheme != "https", origin?.isLoopback != true else { return }
        guard world.environment["FERRY_ALLOW_PLAIN_HTTP"] != "1" else { return }
        throw Failure(
            .plainHTTPRefused, subject: url, reason: "a token would travel in clear over plain HTTP",
            remedy:
                "use https://, or tunnel it (ssh -L), or say FERRY_ALLOW_PLAIN_HTTP=1 for a network you trust"
        )
    }
}
