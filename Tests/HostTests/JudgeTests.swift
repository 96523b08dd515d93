import HTTP
import LettaModel
import Testing

@testable import Host

/// One thing changed of a healthy host, and what the judges then say.
struct JudgeCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Everything that is not `ok`, as `id severity`.
    let expected: Set<String>
    let errand: Errand
    let change: @Sendable (inout Sighting) -> Void

    var testDescription: String { name }

    init(
        _ name: String, _ expected: Set<String>, _ errand: Errand = MadeUp.errand(),
        _ change: @escaping @Sendable (inout Sighting) -> Void = { _ in }
    ) {
        self.name = name
        self.expected = expected
        self.errand = errand
        self.change = change
    }

    /// The change is made to the API of port 443.
    static func api(
        _ name: String, _ expected: Set<String>, _ change: @escaping @Sendable (inout APISight) -> Void
    ) -> JudgeCase {
        JudgeCase(name, expected) { seen in
            if var api = seen.ports[0].api {
                change(&api)
                seen.ports[0].api = api
            }
        }
    }

    static func tls(
        _ name: String, _ expected: Set<String>, _ change: @escaping @Sendable (inout TLSSight) -> Void
    ) -> JudgeCase {
        JudgeCase(name, expected) { seen in
            var tls = MadeUp.tls
            change(&tls)
            seen.ports[0].tls = tls
        }
    }

    private static func rejected(_ tls: inout TLSSight, _ code: Int) {
        tls.failure = HTTPError(.certificateRejected, detail: "no")
        tls.verifyCode = code
    }

    private static let refused = HTTPError(.connectionRefused, detail: "refused")
    private static let plainAnswer = Heard.answer(HTTPAnswer(200))

    static let names: [JudgeCase] = [
        JudgeCase("healthy", []),
        JudgeCase("no address", ["dns.resolve error"]) {
            $0.lookup = Lookup(addresses: [], failure: "Name or service not known")
            $0.ports = []
        },
        JudgeCase("an address of a home network", ["dns.space warning"]) {
            $0.lookup.addresses = ["192.168.1.4"]
        },
        JudgeCase("carrier-grade NAT", ["dns.space warning"]) { $0.lookup.addresses = ["100.64.0.9"] },
        JudgeCase("loopback, and meant so", ["dns.space note"], MadeUp.errand("https://127.0.0.1")) {
            $0.lookup.addresses = ["127.0.0.1"]
            $0.ports = []
        },
        JudgeCase(
            "plain http to another machine", ["url.scheme error"], MadeUp.errand("http://letta.example")
        ) {
            $0.ports = []
        },
        JudgeCase("refused on a port of the API", ["tcp.open error"]) {
            $0.ports[0] = PortSight(443, .api, connections: [.init("203.0.113.7", refused)], speech: .closed)
        },
        JudgeCase("no answer on one of two addresses", ["tcp.open error"]) {
            $0.ports[0].connections.append(.init("2001:db8::7", HTTPError(.timedOut, detail: "4 s")))
        },
        JudgeCase("refused on the other usual port", ["tcp.open warning"]) {
            $0.ports[1] = PortSight(
                8283, .usual, connections: [.init("203.0.113.7", refused)], speech: .closed)
        },
        JudgeCase("plain HTTP where TLS should be", ["tls.proto error", "hsts.plain-port error"]) {
            $0.ports[1].speech = .plain
            $0.ports[1].tls = nil
            $0.ports[1].plain = plainAnswer
        },
        JudgeCase("neither TLS nor HTTP", ["tls.proto error"]) {
            $0.ports[1] = PortSight(8283, .api, connections: [.init("203.0.113.7")], speech: .other)
        },
        JudgeCase("a handshake that fails", ["tls.proto error"]) {
            $0.ports[1].tls = TLSSight(failure: HTTPError(.tlsFailed, detail: "alert unrecognized name"))
            $0.ports[1].api = nil
        },
        JudgeCase("another site on 443", ["api.health note"]) {
            $0.ports[0].role = .usual
            $0.ports[0].api?.health = MadeUp.edge(404)
        },
        JudgeCase("no redirect", ["http.redirect warning"]) { $0.ports[2].plain = plainAnswer },
        JudgeCase("a redirect to another host", ["http.redirect warning"]) {
            $0.ports[2].plain = MadeUp.moved(to: "https://www.letta.example/")
        },
        JudgeCase("nobody on port 80", ["http.redirect warning"]) {
            $0.ports[2] = PortSight(
                80, .redirect, connections: [.init("203.0.113.7", refused)], speech: .closed)
        },
        JudgeCase("served in clear on a TLS port", ["http.plain error"]) { $0.ports[1].plain = plainAnswer },
    ]

    static let certificates: [JudgeCase] = [
        tls("expired", ["tls.expiry error"]) {
            $0.certificate?.expires = MadeUp.now - 1
            rejected(&$0, 10)
        },
        tls("seven days left", ["tls.expiry error"]) { $0.certificate?.expires = MadeUp.now + 7 * 86_400 },
        tls("twenty-one days left", ["tls.expiry warning"]) {
            $0.certificate?.expires = MadeUp.now + 21 * 86_400
        },
        tls("twenty-two days left", []) { $0.certificate?.expires = MadeUp.now + 22 * 86_400 },
        tls("another name", ["tls.name error"]) {
            $0.certificate?.names = ["other.example"]
            rejected(&$0, 1)
        },
        tls("a star for one label", []) { $0.certificate?.names = ["*.example"] },
        tls("a star is no dot", ["tls.name error"]) { $0.certificate?.names = ["*.letta.example"] },
        tls("signed by itself", ["tls.chain error"]) { rejected(&$0, 18) },
        tls("unknown issuer", ["tls.chain error"]) { rejected(&$0, 20) },
        tls("an issuer has expired", ["tls.chain error"]) { rejected(&$0, 10) },
        tls("outdated TLS", ["tls.version warning"]) { $0.takesOutdated = true },
        tls("no TLS 1.3", ["tls.version warning"]) { $0.takesNewest = false },
    ]

    static let apis: [JudgeCase] = [
        api("gateway error", ["api.health error"]) { $0.health = MadeUp.edge(502) },
        api("no answer", ["api.health error"]) { $0.health = MadeUp.gone },
        api("JSON of somebody else", ["api.health error"]) {
            $0.health = .answer(HTTPAnswer(200, body: Array(#"{"ok":true}"#.utf8)))
        },
        api("two versions", ["api.version error"]) { $0.health = MadeUp.health("0.16.4") },
        api("HSTS that takes itself back", ["hsts.sent note"]) {
            $0.health = .answer(
                HTTPAnswer(
                    200, [HeaderField("Strict-Transport-Security", "max-age=0; includeSubDomains")],
                    body: Array(#"{"version":"0.16.8","status":"ok"}"#.utf8)))
        },
        api("no HSTS on one port", ["hsts.sent note"]) {
            $0.health = .answer(HTTPAnswer(200, body: Array(#"{"version":"0.16.8"}"#.utf8)))
        },
        JudgeCase("an older line", ["api.version note"]) { seen in
            for place in 0...1 { seen.ports[place].api?.health = MadeUp.health("0.12.1") }
        },
        JudgeCase("a line that nobody knows", ["api.version warning"]) { seen in
            for place in 0...1 { seen.ports[place].api?.health = MadeUp.health("0.17.0") }
        },
        api("redirect to http", ["api.redirect error"]) {
            $0.slashless = MadeUp.moved(to: "http://letta.example/v1/health/")
        },
        api("redirect to another port", ["api.redirect error"]) {
            $0.slashless = MadeUp.moved(to: "https://letta.example:8283/v1/health/")
        },
        api("redirect by a path", []) { $0.slashless = MadeUp.moved(to: "/v1/health/") },
        api("open without a token", ["auth.required error"]) { $0.bare = MadeUp.list },
        api("open with any token", ["auth.required error"]) { $0.wrong = MadeUp.list },
        api("a token that is refused", ["auth.token error"]) { $0.token = MadeUp.refusal },
        api("no token", ["auth.token note"]) {
            $0.token = nil
            $0.withheld = "no token was given"
        },
        api("no database", ["db.live error", "auth.required note"]) {
            let error = Heard.answer(HTTPAnswer(500, body: Array(#"{"detail":"x"}"#.utf8)))
            ($0.bare, $0.wrong, $0.token) = (error, error, error)
        },
        api("bodies up to 1 MiB", ["body.limit error"]) {
            $0.body = .refused(fits: 1 << 20, above: (1 << 20) + 1)
        },
        api("an unclear limit", ["body.limit note"]) { $0.body = .unclear("status 500") },
        JudgeCase("a clock ahead", ["clock.skew warning"]) { seen in
            seen.ports[0].api?.health = MadeUp.health(date: "Fri, 06 Nov 2099 08:49:37 GMT")
        },
    ]

    private static func preflights(_ api: inout APISight, _ heard: Heard) {
        api.preflights = Survey.methods.map { .init(MadeUp.page, $0, heard) }
    }

    static let crossings: [JudgeCase] = [
        api("refused", ["cors.preflight error"]) { preflights(&$0, MadeUp.preflight(400, origins: [])) },
        api("allowed for another page", ["cors.preflight error"]) {
            preflights(&$0, MadeUp.preflight(origins: ["https://other.example"]))
        },
        api("no answer to a preflight", ["cors.preflight error"]) { preflights(&$0, MadeUp.gone) },
        api("twice in two lines", ["cors.duplicate error"]) {
            preflights(&$0, MadeUp.preflight(origins: [MadeUp.page, MadeUp.page]))
        },
        api("twice in one line", ["cors.duplicate error"]) {
            preflights(&$0, MadeUp.preflight(origins: ["\(MadeUp.page), *"]))
        },
        api("twice in the answer only", ["cors.duplicate error"]) {
            $0.actual = [.init(MadeUp.page, "GET", MadeUp.allowed(401, [MadeUp.page, MadeUp.page]))]
        },
        api("no PATCH", ["cors.method error"]) {
            preflights(&$0, MadeUp.preflight(methods: "GET, POST, PUT, DELETE"))
        },
        api("every method by a star", []) { preflights(&$0, MadeUp.preflight(methods: "*")) },
        api("a star does not cover Authorization", ["cors.headers error"]) {
            preflights(&$0, MadeUp.preflight(fields: "*"))
        },
        api("redirected", ["cors.redirect error"]) { preflights(&$0, MadeUp.preflight(308, origins: [])) },
        api("a star and credentials", ["cors.wildcard warning"]) {
            preflights(&$0, MadeUp.preflight(origins: ["*"]))
        },
        api("a star without credentials", []) {
            preflights(&$0, MadeUp.preflight(origins: ["*"], credentials: false))
        },
        api("an answer without the field", ["cors.actual error"]) {
            $0.actual = [.init(MadeUp.page, "GET", MadeUp.refusal)]
        },
        api("strangers let in", ["cors.evil warning"]) {
            $0.stranger = MadeUp.preflight(origins: [Survey.strangerPage])
        },
        api("errors of the edge without the field", ["cors.errors warning"]) {
            $0.edgeError = MadeUp.edge(413)
        },
        api("no error of the edge", []) { $0.edgeError = MadeUp.refusal },
    ]
}

extension JudgeCase {
    static let outside: [JudgeCase] = [
        JudgeCase("Letta's own port is open", ["raw.outside error"]) { $0.raw[0].failure = nil },
        JudgeCase("a challenge that Letta answers", ["acme.path warning"]) {
            $0.ports[2].challenge = MadeUp.refusal
        },
    ]

    static let all = outside + names + certificates + apis + crossings + live + machine

    private static func live(_ name: String, _ expected: Set<String>, _ outcome: LiveSight.Outcome)
        -> JudgeCase
    {
        JudgeCase(name, expected) { $0.live = LiveSight("port 443", outcome) }
    }

    static let live: [JudgeCase] = [
        live("a stream", [], .streamed(first: 0.1, last: 5, events: 40, isFinished: true)),
        live("a short stream", [], .streamed(first: 0.1, last: 0.6, events: 9, isFinished: true)),
        live("a lump", ["stream.live error"], .streamed(first: 5, last: 5.1, events: 40, isFinished: true)),
        live(
            "too quick", ["stream.live note"], .streamed(first: 0.3, last: 0.3, events: 9, isFinished: true)),
        live(
            "broken off", ["stream.live error"], .streamed(first: 0.1, last: 5, events: 3, isFinished: false)),
        live("no reply", ["stream.live error"], .failed("status 500")),
        live("not tried", ["stream.live note"], .notTried("no model")),
        JudgeCase("left behind", ["stream.live error"]) {
            let outcome = LiveSight.Outcome.streamed(first: 0.1, last: 5, events: 40, isFinished: true)
            $0.live = LiveSight("port 443", outcome, leftover: "agent-1")
        },
    ]

    /// One change of a healthy machine.
    private static func machine(
        _ name: String, _ expected: Set<String>,
        _ change: @escaping @Sendable (inout MachineSight) -> Void = { _ in }
    ) -> JudgeCase {
        JudgeCase(name, expected) { seen in
            var machine = MadeUp.machine
            change(&machine)
            seen.machine = machine
        }
    }

    static let machine: [JudgeCase] = [
        machine("a healthy machine", []),
        machine("Letta open to all", ["bind.api error"]) {
            $0.listening.append(ListeningSocket("0.0.0.0", 18283))
        },
        machine("Letta open by IPv6", ["bind.api error"]) {
            $0.listening.append(ListeningSocket("::", 18283))
        },
        machine("Postgres open", ["bind.db error"]) {
            $0.listening.append(ListeningSocket("192.168.1.2", 5432))
        },
        machine("Redis open", ["bind.db error"]) { $0.listening.append(ListeningSocket("0.0.0.0", 6379)) },
        machine("buffering by default", ["sse.static error"]) { $0.ports[0].buffering = nil },
        machine("buffering on", ["sse.static error"]) { $0.ports[0].buffering = "on" },
        machine("a minute's patience", ["timeout.static warning"]) { $0.ports[0].readTimeout = nil },
        machine("another certificate", ["tls.fresh error"]) { $0.ports[0].certificate = "other" },
        machine("readable passwords", ["env.perms error"]) { $0.secrets[0].bits = 0o640 },
        machine("little disk", ["disk.free warning"]) { $0.rooms[0].free = 1 << 30 },
        machine("Letta's process open to all", ["bind.api error"]) {
            $0.lettaPorts = [9000]
            $0.listening.append(ListeningSocket("0.0.0.0", 9000))
        },
        machine("settings that nginx refuses", ["nginx.test error"]) {
            $0.nginxTrouble = "nginx: [emerg] unknown directive"
            $0.nginxRefuses = true
        },
        machine("a reload that changed nothing", ["nginx.heard error"]) { $0.unheard = [8283] },
        machine("Postgres gone", ["pg.reach error"]) { $0.database = .unreachable("Connection refused") },
        machine("no URI", ["pg.reach note"]) { $0.database = .unasked("no LETTA_PG_URI") },
        machine("no pgvector", ["pg.vector error"]) {
            $0.database = .seen(version: "15", vector: nil, revision: .at("1c28e167b74f"))
        },
        machine("another schema", ["pg.schema error"]) {
            $0.database = .seen(version: "15", vector: "0.8.0", revision: .at("d0880aae6cee"))
        },
        machine("no schema", ["pg.schema error"]) {
            $0.database = .seen(version: "15", vector: "0.8.0", revision: .absent)
        },
        machine("no Redis wanted", ["redis.reach note"]) { $0.redis = .unset },
        machine("Redis gone", ["redis.reach error"]) { $0.redis = .silent("127.0.0.1:6379") },
        machine("a dump that failed", ["dump.last error"]) { $0.dumps?.result = "exit-code" },
        machine("a dump of last week", ["dump.last error"]) { $0.dumps?.newest = MadeUp.now - 7 * 86_400 },
        machine("no dump yet", ["dump.last warning"]) { $0.dumps?.newest = nil },
        machine("dumps that cannot be seen", ["dump.last note"]) {
            $0.dumps?.newest = nil
            $0.dumps?.isHidden = true
        },
        machine("a backup that was killed", ["backup.last error"]) { $0.backups?.result = "oom-kill" },
        machine("a backup that lost one", ["backup.last error"]) {
            $0.backups?.trouble = "1 of 2 agents were not saved, Bob among them"
        },
        machine("a backup of yesterday's yesterday", ["backup.last error"]) {
            $0.backups?.newest = MadeUp.now - 27 * 3600
        },
        machine("dumps and no backup", ["backup.last note"]) { $0.backups = nil },
        machine("neither dumps nor a backup", []) { ($0.dumps, $0.backups) = (nil, nil) },
        machine("workers without their Python", ["workers.python error"]) {
            $0.workers[0].isThere = false
        },
        machine("a password in a log", ["logs.secret warning"]) {
            $0.logLeaks = [.init("/var/log/letta/Letta.log", ["LETTA_SERVER_PASSWORD"])]
        },
        machine("a log that cannot be read", ["logs.secret note"]) { $0.unreadLogs = ["/var/log/x"] },
        machine("no password known", ["logs.secret note"]) { $0.knownSecrets = 0 },
        machine("a password among words", ["argv.secret error"]) {
            $0.wordLeaks = [.init("process 7 (docker)", ["LETTA_SERVER_PASSWORD"])]
        },
        machine("little memory", ["mem.free warning"]) { $0.freeMemory = 1 << 30 },
        machine("no timer", ["cert.timer warning"]) { $0.timer = "disabled" },
        machine("no systemd", []) { $0.timer = nil },
        machine("no nginx", ["nginx.read note"]) {
            $0.nginxTrouble = "nginx is not installed"
            $0.ports = []
        },
    ]
}

@Suite struct JudgeTests {
    @Test(arguments: JudgeCase.all)
    func `one change of a healthy host is told, and nothing else`(item: JudgeCase) {
        let findings = Probe.findings(MadeUp.sighting(item.errand, item.change))
        let told = findings.filter { $0.severity > .ok }
        #expect(Set(told.map { "\($0.id) \($0.severity.rawValue)" }) == item.expected)
        #expect(told.allSatisfy { !$0.seen.isEmpty && !$0.means.isEmpty && !$0.remedy.isEmpty })
    }

    @Test func `every probe says something good of a healthy host`() {
        let seen = MadeUp.sighting {
            $0.machine = MadeUp.machine
            $0.live = LiveSight("port 443", .streamed(first: 0.1, last: 5, events: 40, isFinished: true))
        }
        #expect(Set(Probe.findings(seen).map(\.id)) == Set(Probe.all.map(\.id)))
    }

    @Test func `no probe says worse than its table allows`() {
        let cases = JudgeCase.all
        let worst = Dictionary(Probe.all.map { ($0.id, $0.worst) }) { one, _ in one }
        #expect(worst.count == Probe.all.count, "ids are unique")
        for item in cases {
            for finding in Probe.findings(MadeUp.sighting(item.errand, item.change)) {
                #expect(finding.severity <= worst[finding.id] ?? .ok, "\(finding.id)")
            }
        }
    }

    @Test func `methods that meet the same problem stand in one finding`() {
        let seen = MadeUp.sighting {
            $0.ports[0].api?.preflights = Survey.methods.map {
                .init(MadeUp.page, $0, MadeUp.preflight(400, origins: []))
            }
        }
        let found = Probe.findings(seen).filter { $0.id == "cors.preflight" && $0.severity == .error }
        #expect(found.count == 1)
        #expect(found.first?.seen.contains("GET, POST, PATCH, PUT, DELETE") == true)
    }
}
