import HTTP
import HTTPCurl
import Host
import LettaModel
import Testing

/// A way to set an edge up wrongly, and exactly what the doctor must say.
struct EdgeCase: Sendable, CustomTestStringConvertible {
    let name: String
    let edge: Edge
    /// Warnings and errors, as `id severity`; notes are free.
    let expected: Set<String>
    /// What one of them must show of what it means or has seen.
    var words = ""
    var isAskedByHTTP = false

    var testDescription: String { name }

    init(_ name: String, _ expected: Set<String>, words: String = "", byHTTP: Bool = false, _ edge: Edge) {
        self.name = name
        self.expected = expected
        self.words = words
        self.edge = edge
        isAskedByHTTP = byHTTP
    }

    private static let page = Edge.page
    private static let ownPreflight = """
        if ($request_method = OPTIONS) {
            add_header Access-Control-Allow-Origin \(page) always;
            add_header Access-Control-Allow-Methods "GET, POST, PUT, DELETE, OPTIONS" always;
            add_header Access-Control-Allow-Headers "Authorization, Content-Type" always;
            return 204;
        }
        """
    private static let hidden = "proxy_hide_header Access-Control-Allow-Origin;"

    /// An add_header of a location cancels those around it.
    private static let unreadable = hidden + "add_header Vary Origin always;"

    static let all: [EdgeCase] = [
        EdgeCase("healthy", [], Edge(hsts: "add_header Strict-Transport-Security max-age=300 always;")),
        EdgeCase(
            "plain HTTP on the TLS port", ["tls.proto error"], words: "ERR_SSL_PROTOCOL_ERROR",
            Edge(speaksTLS: false)),
        EdgeCase(
            "http URL of a TLS port", ["tls.proto error"], words: "plain HTTP request was sent to HTTPS port",
            byHTTP: true, Edge()),
        EdgeCase(
            "expired", ["tls.expiry error"], words: "ERR_CERT_DATE_INVALID", Edge(certificate: .expired)),
        EdgeCase("ten days left", ["tls.expiry warning"], words: "days left", Edge(certificate: .soon)),
        EdgeCase(
            "another name", ["tls.name error"], words: "ERR_CERT_COMMON_NAME_INVALID",
            Edge(certificate: .otherName)),
        EdgeCase(
            "signed by itself", ["tls.chain error"], words: "ERR_CERT_AUTHORITY_INVALID",
            Edge(certificate: .selfSigned)),
        EdgeCase(
            "without its intermediate", ["tls.chain error"], words: "no intermediate is sent",
            Edge(certificate: .bare)),
        EdgeCase(
            "a name that it does not know", ["tls.proto error"], words: "ERR_SSL_UNRECOGNIZED_NAME_ALERT",
            Edge(knowsAnotherName: true)),
        EdgeCase(
            "old TLS", ["tls.version warning"], words: "1.0 or 1.1",
            Edge(protocols: "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT@SECLEVEL=0;")),
        EdgeCase(
            "no TLS 1.3", ["tls.version warning"], words: "1.3 is not offered",
            Edge(protocols: "ssl_protocols TLSv1.2;")),
        EdgeCase(
            "the API in clear on its TLS port", ["http.plain error"], words: "in clear",
            Edge(server: "error_page 497 =200 /in-clear; location = /in-clear { return 200 hello; }")),
        EdgeCase("no upstream", ["api.health error"], words: "502", Edge(behind: .nobody)),
        EdgeCase("a web page", ["api.health error"], words: "cannot connect", Edge(behind: .website)),
        EdgeCase(
            "health not proxied", ["api.health error"], words: "404",
            Edge(server: "location /v1/health { return 404; }")),
        EdgeCase("auth off", ["auth.required error"], words: "--secure", Edge(behind: .openLetta)),
        EdgeCase(
            "the edge eats the token", ["auth.token error"], words: "password is wrong",
            Edge(location: "proxy_set_header Authorization \"\";")),
        EdgeCase("no database", ["db.live error"], words: "health is green", Edge(behind: .deadData)),
        EdgeCase(
            "redirect to http", ["api.redirect error"], words: "Mixed Content", Edge(forwardsScheme: false)),
        EdgeCase(
            "redirect without the port", ["api.redirect error"], words: "ERR_CONNECTION_REFUSED",
            Edge(host: "$host")),
        EdgeCase(
            "an origin that is not let in", ["cors.preflight error"], words: "HTTP ok status",
            Edge(behind: .otherOrigins)),
        EdgeCase(
            "CORS twice", ["cors.duplicate error"], words: "multiple values",
            Edge(errorFields: "add_header Access-Control-Allow-Origin \(page) always;")),
        EdgeCase(
            "a method list without PATCH", ["cors.method error"], words: "Method PATCH is not allowed",
            Edge(location: ownPreflight)),
        EdgeCase(
            "a preflight that is redirected", ["cors.redirect error"], words: "Redirect is not allowed",
            Edge(location: "if ($request_method = OPTIONS) { return 308 https://$http_host/; }")),
        EdgeCase(
            "a preflight without the fields", ["cors.headers error"], words: "field authorization",
            Edge(location: "proxy_hide_header Access-Control-Allow-Headers;")),
        EdgeCase(
            "a star with credentials", ["cors.wildcard warning", "cors.evil warning"], words: "wildcard",
            Edge(errorFields: "add_header Access-Control-Allow-Origin * always;", location: hidden)),
        EdgeCase(
            "every origin", ["cors.evil warning"], words: "any page",
            Edge(errorFields: "add_header Access-Control-Allow-Origin $http_origin always;", location: hidden)
        ),
        EdgeCase(
            "an answer that cannot be read", ["cors.actual error", "cors.errors warning"],
            words: "No 'Access-Control-Allow-Origin'",
            Edge(location: ownPreflight.replacing("GET, POST", with: "PATCH, GET, POST") + unreadable)),
        EdgeCase(
            "errors without CORS", ["cors.errors warning"], words: "hides what really happened",
            Edge(errorFields: "")),
        EdgeCase(
            "a 413 without CORS", ["body.limit error", "cors.errors warning"],
            words: "hides what really happened", Edge(bodySize: "1m", errorFields: "")),
        EdgeCase(
            "bodies of 1 MiB", ["body.limit error"], words: "1048576 bytes", Edge(bodySize: "1m")),
        EdgeCase(
            "buffered", [], Edge(buffering: "on")),
        EdgeCase(
            "bodies of an odd size", ["body.limit error"], words: "2 MiB is taken, one of 4 MiB",
            Edge(bodySize: "3m")),
    ]
}

@Suite(
    .timeLimit(.minutes(5)), .serialized,
    .enabled(if: Tool.isInstalled("nginx") && Tool.isInstalled("openssl"), "needs nginx and openssl"))
struct EdgeTests {
    private static let town = Result { try Town(EdgeCase.all.map(\.edge)) }

    private func checkup(
        _ port: Int, scheme: String = "https", ports: [Int] = [], redirect: Int? = nil,
        token: String = Town.token, now: (@Sendable () -> Int)? = nil, live: LiveWish? = nil,
        onHost: Bool = false, rawPort: Int? = nil
    ) async throws -> [Finding] {
        let town = try Self.town.get()
        let origin = try #require(Origin("\(scheme)://127.0.0.1:\(port)"))
        let errand = Errand(
            origin, ports: ports, redirect: redirect, caFile: town.certificates.authority,
            token: Secret(token), rawPort: rawPort)
        var sighting = await Survey(errand, dialer: CurlDialer(), live: live).sighting(
            now: now ?? { Wall.seconds() })
        if onHost {
            sighting.machine = await MachineSight(
                of: errand, ThisMachine(nginx: town.nginxWords), CurlDialer())
        }
        return Probe.findings(sighting)
    }

    private func port(of name: String) throws -> Int {
        let place = try #require(EdgeCase.all.firstIndex { $0.name == name })
        return try Self.town.get().ports[place]
    }

    private func complaints(_ findings: [Finding]) -> Set<String> {
        Set(findings.filter { $0.severity > .note }.map { "\($0.id) \($0.severity.rawValue)" })
    }

    @Test(arguments: EdgeCase.all)
    func `an edge is told exactly what is wrong with it`(edge: EdgeCase) async throws {
        let findings = try await checkup(
            try port(of: edge.name), scheme: edge.isAskedByHTTP ? "http" : "https")
        #expect(complaints(findings) == edge.expected, "\(findings.filter { $0.severity > .ok })")
        let told = findings.filter { $0.severity > .note }.flatMap { [$0.seen, $0.means, $0.remedy] }
        #expect(edge.words.isEmpty || told.contains { $0.contains(edge.words) }, "\(told)")
        #expect(findings.allSatisfy { $0.severity == .ok || !$0.means.isEmpty && !$0.remedy.isEmpty })
    }

    @Test func `a healthy edge with a redirect is looked at within five seconds`() async throws {
        let town = try Self.town.get()
        let start = ContinuousClock.now
        let findings = try await checkup(
            try port(of: "healthy"), redirect: town.redirect, rawPort: town.closed)
        #expect(start.duration(to: .now) < .seconds(5))
        #expect(complaints(findings) == [])
        let ids = Set(findings.map(\.id))
        #expect(
            ids.isSuperset(of: Probe.outside.map(\.id)),
            "\(Probe.outside.map(\.id).filter { !ids.contains($0) })")
    }

    @Test func `a second port is looked at like the first`() async throws {
        let findings = try await checkup(try port(of: "healthy"), ports: [try port(of: "bodies of 1 MiB")])
        #expect(complaints(findings) == ["body.limit error"])
        #expect(
            findings.first { $0.id == "body.limit" && $0.severity == .error }?.subject.contains("port")
                == true)
    }

    @Test func `a plain port beside HSTS is what the browser cannot reach`() async throws {
        let findings = try await checkup(
            try port(of: "healthy"), ports: [try port(of: "plain HTTP on the TLS port")])
        #expect(complaints(findings) == ["tls.proto error", "hsts.plain-port error"])
    }

    @Test func `a port where nobody listens`() async throws {
        let closed = try Self.town.get().closed
        #expect(complaints(try await checkup(try port(of: "healthy"), ports: [closed])) == ["tcp.open error"])
        #expect(
            complaints(try await checkup(try port(of: "healthy"), redirect: closed)) == [
                "http.redirect warning"
            ])
    }

    @Test func `a port that redirects to nothing of this host`() async throws {
        let plain = try port(of: "plain HTTP on the TLS port")
        let findings = try await checkup(try port(of: "healthy"), redirect: plain)
        #expect(complaints(findings) == ["http.redirect warning", "acme.path warning"])
    }

    @Test func `Letta's own port that lets others in`() async throws {
        let open = try port(of: "plain HTTP on the TLS port")
        let findings = try await checkup(try port(of: "healthy"), rawPort: open)
        #expect(complaints(findings) == ["raw.outside error"])
    }

    @Test func `a challenge that ends at Letta`() async throws {
        let town = try Self.town.get()
        let findings = try await checkup(try port(of: "healthy"), redirect: town.blindRedirect)
        #expect(complaints(findings) == ["acme.path warning"])
    }

    @Test func `a wrong token`() async throws {
        let findings = try await checkup(try port(of: "healthy"), token: "another-token")
        #expect(complaints(findings) == ["auth.token error"])
        #expect(!findings.contains { "\($0)".contains("another-token") })
    }

    @Test func `a live reply comes in pieces, or in one lump where the edge buffers`() async throws {
        let wish = LiveWish(name: "ferry-doctor-test")
        let streamed = try await checkup(try port(of: "healthy"), live: wish)
        #expect(complaints(streamed) == [])
        #expect(streamed.contains { $0.id == "stream.live" && $0.severity == .ok })
        let lump = try await checkup(try port(of: "buffered"), live: wish)
        #expect(complaints(lump) == ["stream.live error"])
        #expect(lump.contains { $0.seen.contains("in one lump") })
        #expect(try Self.town.get().agentNames.isEmpty, "the throwaway agent is gone")
    }

    @Test func `on the host the settings of nginx and the certificate on the disk are read`() async throws {
        let healthy = try await checkup(try port(of: "healthy"), onHost: true)
        let told = Set(healthy.filter { $0.severity == .ok }.map(\.id))
        #expect(told.isSuperset(of: ["nginx.read", "sse.static", "tls.fresh", "bind.api"]), "\(healthy)")
        let buffered = try await checkup(try port(of: "buffered"), onHost: true)
        #expect(complaints(buffered).contains("sse.static error"))
        #expect(complaints(buffered).contains("timeout.static warning"))
    }

    @Test func `a clock that is off`() async throws {
        let findings = try await checkup(try port(of: "healthy"), now: { Wall.seconds() + 400 })
        #expect(complaints(findings) == ["clock.skew warning"])
    }
}
