import HTTP
import LettaModel

@testable import Host

/// A healthy host that nobody has seen, for judges to judge.
enum MadeUp {
    static let now = 1_790_000_000
    static let page = Errand.usualPage

    static func errand(_ url: String = "https://letta.example", token: String? = "t") -> Errand {
        Errand(origin(url), token: token.map { Secret($0) })
    }

    static func origin(_ url: String) -> Origin {
        guard let origin = Origin(url) else { preconditionFailure("no URL") }
        return origin
    }

    /// Ports 443 and 8283 with the API, and 80 with a redirect.
    static func sighting(
        _ errand: Errand = errand(), _ change: (inout Sighting) -> Void = { _ in }
    ) -> Sighting {
        var seen = Sighting(
            errand, lookup: Lookup(addresses: ["203.0.113.7"]),
            ports: [port(443), port(8283), redirect], now: now)
        seen.raw = [.init("203.0.113.7", HTTPError(.refused, detail: "refused"))]
        change(&seen)
        return seen
    }

    static func port(_ number: Int, _ role: Errand.Role = .api) -> PortSight {
        PortSight(
            number, role, connections: [.init("203.0.113.7")], speech: .tls,
            plain: .answer(HTTPAnswer(308, [HeaderField("Location", "https://letta.example/")])), tls: tls,
            api: api(at: number))
    }

    static let redirect: PortSight = {
        var port = PortSight(
            80, .redirect, connections: [.init("203.0.113.7")], speech: .plain,
            plain: .answer(HTTPAnswer(308, [HeaderField("Location", "https://letta.example/v1/health/")])))
        port.challenge = edge(404)
        return port
    }()

    static let tls = TLSSight(
        certificate: ServedCertificate(
            issuer: "An authority", names: ["letta.example"], expires: now + 60 * 86_400, expiry: "then",
            pem: "-----BEGIN CERTIFICATE-----\nMIIB\nxyz=\n-----END CERTIFICATE-----\n"))

    static let machine: MachineSight = {
        var port = MachineSight.Port(443)
        port.upstreams = ["127.0.0.1:18283"]
        port.buffering = "off"
        port.readTimeout = "3600s"
        port.certificate = "MIIBxyz="
        port.certificatePath = "/etc/letsencrypt/live/x/fullchain.pem"
        var machine = MachineSight(
            listening: [ListeningSocket("127.0.0.1", 18283), ListeningSocket("::1", 5432)], ports: [port],
            secrets: [.init(path: "/etc/letta/letta.env", bits: 0o600, owner: 0)],
            rooms: [.init("/", 50 << 30)], freeMemory: 4 << 30, timer: "enabled")
        machine.database = .seen(version: "15.14", vector: "0.8.0", revision: .at("1c28e167b74f"))
        machine.redis = .answers("127.0.0.1:6379")
        machine.dumps = NightSight("/var/backups/letta", result: "success", newest: now - 3600)
        machine.backups = NightSight("/srv/backups", result: "success", newest: now - 3600)
        machine.workers = [WorkerPython("broca@ada", python: "/srv/ada/venv/bin/python", isThere: true)]
        machine.knownSecrets = 2
        machine.unheard = []
        machine.searchedLogs = 3
        return machine
    }()

    static func api(at port: Int) -> APISight {
        APISight(
            health: health(), slashless: moved(to: "https://letta.example:\(port)/v1/health/"), bare: refusal,
            wrong: refusal, token: list, preflights: Survey.methods.map { .init(page, $0, preflight()) },
            actual: [.init(page, "GET", allowed(401))], stranger: .answer(HTTPAnswer(400)),
            edgeError: allowed(413), body: .enough)
    }

    static func health(_ version: String = "0.16.8", date: String = "Mon, 21 Sep 2026 14:13:20 GMT") -> Heard
    {
        .answer(
            HTTPAnswer(
                200, [HeaderField("Date", date), HeaderField("Strict-Transport-Security", "max-age=300")],
                body: Array(#"{"version":"\#(version)","status":"ok"}"#.utf8)))
    }

    static func moved(to place: String) -> Heard {
        .answer(HTTPAnswer(307, [HeaderField("Location", place)]))
    }

    static let refusal = Heard.answer(HTTPAnswer(401))
    static let list = Heard.answer(HTTPAnswer(200, body: Array("[]".utf8)))
    static let gone = Heard.failed(HTTPError(.timedOut, detail: "no byte"))

    static func edge(_ status: Int) -> Heard {
        .answer(
            HTTPAnswer(status, [HeaderField("Server", "nginx"), HeaderField("Content-Type", "text/html")]))
    }

    static func allowed(_ status: Int, _ origins: [String] = [page]) -> Heard {
        .answer(HTTPAnswer(status, origins.map { HeaderField("access-control-allow-origin", $0) }))
    }

    static func preflight(
        _ status: Int = 200, origins: [String] = [page], methods: String = "DELETE, GET, PATCH, POST, PUT",
        fields: String = "authorization,content-type", credentials: Bool = true
    ) -> Heard {
        .answer(
            HTTPAnswer(
                status,
                origins.map { HeaderField("Access-Control-Allow-Origin", $0) } + [
                    HeaderField("Access-Control-Allow-Methods", methods),
                    HeaderField("Access-Control-Allow-Headers", fields),
                ] + (credentials ? [HeaderField("Access-Control-Allow-Credentials", "true")] : [])))
    }
}
