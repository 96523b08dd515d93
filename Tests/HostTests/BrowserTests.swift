import HTTP
import HTTPCurl
import Host
import LettaModel
import LosslessJSON
import Testing

/// A real Chromium at https://app.letta.com, which a resolver of its own leads
/// to loopback: what it meets is what the doctor said that it would meet.
@Suite(
    .timeLimit(.minutes(3)), .serialized,
    .enabled(
        if: RealLab.isUp && Tool.isInstalled("chromium") && Tool.isInstalled("certutil")
            && Tool.isInstalled("nginx"), "needs the Lab, nginx, chromium and certutil"))
struct BrowserTests {
    /// Cases of the table, and what the browser itself says, which must stand
    /// in what the doctor said that it means.
    static let words: [(name: String, says: String)] = [
        ("plain HTTP on the TLS port", "ERR_SSL_PROTOCOL_ERROR"), ("expired", "ERR_CERT_DATE_INVALID"),
        ("another name", "ERR_CERT_COMMON_NAME_INVALID"), ("signed by itself", "ERR_CERT_AUTHORITY_INVALID"),
        ("without its intermediate", "ERR_CERT_AUTHORITY_INVALID"),
        ("a name that it does not know", "ERR_SSL_UNRECOGNIZED_NAME_ALERT"),
        ("redirect to http", "Mixed Content"), ("redirect without the port", "ERR_CONNECTION_REFUSED"),
        ("CORS twice", "header contains multiple values"),
        ("a method list without PATCH", "Method PATCH is not allowed by Access-Control-Allow-Methods"),
        ("a preflight that is redirected", "Redirect is not allowed for a preflight request."),
        (
            "a preflight without the fields",
            "Request header field authorization is not allowed by Access-Control-Allow-Headers"
        ),
        ("an answer that cannot be read", "No 'Access-Control-Allow-Origin' header is present"),
        ("a 413 without CORS", "No 'Access-Control-Allow-Origin' header is present"),
        ("bodies of 1 MiB", "413"),
    ]

    @Test func `ADE lists agents, patches a block and hears a reply as it is made`() async throws {
        let agent = try await RealLab.send(.post, "/v1/agents/", Self.agent)
        let id = try #require(agent["id"]?.string)
        let block = try #require(agent["memory"]?["blocks"]?[0]?["id"]?.string)
        do {
            try await talk(id, block)
        } catch {
            try await remove(id, block)
            throw error
        }
        try await remove(id, block)
    }

    private func talk(_ id: String, _ block: String) async throws {
        // By HTTP/2 nginx 1.22 keeps nothing back, whatever it is told.
        let edges = try RealEdges([
            EdgeCase("healthy", [], Edge()), EdgeCase("old-fashioned", [], Edge(speaksHTTP2: false)),
            EdgeCase("buffered", [], Edge(buffering: "on", speaksHTTP2: false)),
        ])
        let browser = Browser(edges.town)
        let patch: JSONNode = ["value": "as patched by a browser"]
        let message: JSONNode = [
            "messages": [["role": "user", "content": "stub: sleep 2"]],
            "stream_tokens": true, "include_pings": true,
        ]
        let said = try browser.say([
            browser.call("list", "healthy", edges, "GET", "/v1/agents/?limit=50"),
            browser.call("slashless", "healthy", edges, "GET", "/v1/agents?limit=50"),
            browser.call("patch", "healthy", edges, "PATCH", "/v1/blocks/\(block)", patch),
            browser.call("stream", "healthy", edges, "POST", "/v1/agents/\(id)/messages/stream", message),
            browser.call(
                "pieces", "old-fashioned", edges, "POST", "/v1/agents/\(id)/messages/stream", message),
            browser.call("lump", "buffered", edges, "POST", "/v1/agents/\(id)/messages/stream", message),
        ])
        for name in ["list", "slashless", "patch", "stream", "pieces", "lump"] {
            #expect(said[name]?["status"]?.int == 200, "\(name): \(Browser.shown(said[name]))")
        }
        #expect(said["list"]?["text"]?.string?.contains(id) == true)
        let patched = try await RealLab.send(.get, "/v1/blocks/\(block)")
        #expect(patched["value"]?.string == "as patched by a browser")
        let stream = try #require(said["stream"])
        #expect(stream["text"]?.string?.contains("data: [DONE]") == true)
        // The model thinks for two seconds; a ping comes at once, unless the edge keeps it.
        let lump = said["lump"]
        for heard in [stream, said["pieces"]] {
            #expect(Browser.number("last", heard) > 1900, "\(Browser.times(heard))")
            #expect(Browser.number("first", heard) < 1500, "\(Browser.times(heard))")
        }
        #expect(Browser.number("first", lump) > 1900, "\(Browser.times(lump))")
    }

    private func remove(_ id: String, _ block: String) async throws {
        try await RealLab.send(.delete, "/v1/agents/\(id)")
        try await RealLab.send(.delete, "/v1/blocks/\(block)")
    }

    private static let agent: JSONNode = [
        "name": "ferry-doctor-browser", "model": .string(RealLab.variable("FERRY_LAB_MODEL") ?? ""),
        "embedding": .string(RealLab.variable("FERRY_LAB_EMBEDDING") ?? ""),
        "memory_blocks": [["label": "persona", "value": "as it was"]], "include_base_tools": false,
    ]

    @Test func `the browser says of each wrong edge what the doctor said that it would say`() async throws {
        let cases = EdgeCase.all.filter { edge in Self.words.contains { $0.name == edge.name } }
        #expect(cases.count == Self.words.count)
        let edges = try RealEdges(cases)
        let browser = Browser(edges.town)
        let said = try browser.say(cases.map { browser.call($0, edges) })
        for edge in cases {
            let word = try #require(Self.words.first { $0.name == edge.name }?.says)
            let met = said[edge.name]
            // A 413 can be read where the edge says who may; elsewhere it looks like CORS.
            let words =
                (met?["errors"]?.elements.compactMap(\.string) ?? []) + ["\(met?["status"]?.int ?? 0)"]
            #expect(words.contains { $0.contains(word) }, "\(edge.name): \(Browser.shown(met))")
            let findings = try await edges.findings(edge).filter { $0.severity > .note }
            #expect(
                findings.contains { "\($0.seen) \($0.means)".contains(word) }, "\(edge.name): \(findings)")
        }
    }

    @Test func `an API at http is blocked as mixed content, and nobody at a port is a refused connection`()
        async throws
    {
        let edges = try RealEdges(EdgeCase.all.filter { $0.name == "healthy" })
        let browser = Browser(edges.town)
        let said = try browser.say([
            browser.call("http", "http://\(Edge.name):\(edges.town.ports[0])/v1/health/"),
            browser.call("closed", "https://\(Edge.name):\(edges.town.closed)/v1/health/"),
        ])
        let mixed = Browser.shown(said["http"])
        #expect(mixed.contains("Mixed Content") && mixed.contains("mixed-content"), "\(mixed)")
        #expect(Browser.shown(said["closed"]).contains("ERR_CONNECTION_REFUSED"))
    }
}

extension BrowserTests {
    @Test func `after HSTS a plain port of the same name is a protocol error, as the doctor says`()
        async throws
    {
        let wanted = ["healthy", "plain HTTP on the TLS port"]
        let edges = try RealEdges(EdgeCase.all.filter { wanted.contains($0.name) })
        let browser = Browser(edges.town)
        let place = try #require(edges.cases.firstIndex { $0.name == wanted[1] })
        let plain = "http://\(Edge.name):\(edges.town.ports[place])/v1/health/"
        let said = try browser.say([
            browser.call("before", plain, "VISIT"),
            browser.call("secure", "healthy", edges, "GET", "/v1/health/"),
            browser.call("after", plain, "VISIT"),
        ])
        #expect(said["before"]?["errors"]?.elements.isEmpty == true, "\(Browser.shown(said["before"]))")
        #expect(said["secure"]?["status"]?.int == 200)
        #expect(Browser.shown(said["after"]).contains("ERR_SSL_PROTOCOL_ERROR"))
        let healthy = try #require(edges.cases.first { $0.name == wanted[0] })
        var errand = try edges.errand(healthy)
        errand.ports.append(Errand.Port(edges.town.ports[place], .api))
        let findings = Probe.findings(
            await Survey(errand, dialer: CurlDialer()).sighting(now: { Wall.seconds() }))
        let told = findings.first { $0.id == "hsts.plain-port" && $0.severity == .error }
        #expect(told?.means.contains("ERR_SSL_PROTOCOL_ERROR") == true, "\(findings)")
    }
}

/// `ade.py` with a HOME of its own, in which the tests' authority is trusted.
private struct Browser {
    let town: Town
    private let home: TemporaryFolder

    init(_ town: Town) {
        self.town = town
        home = TemporaryFolder()
    }

    private static let script =
        (#filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()) + "/Browser/ade.py"

    func call(_ name: String, _ url: String, _ method: String = "GET", _ body: JSONNode? = nil) -> JSONNode {
        [
            "name": .string(name), "url": .string(url), "method": .string(method),
            "headers": [
                "Authorization": .string("Bearer \(RealLab.token)"), "Content-Type": "application/json",
            ],
            "body": body.map { .string($0.text()) } ?? .null,
        ]
    }

    func call(
        _ name: String, _ edge: String, _ edges: RealEdges, _ method: String, _ path: String,
        _ body: JSONNode? = nil
    ) -> JSONNode {
        let place = edges.cases.firstIndex { $0.name == edge } ?? 0
        return call(name, "https://\(Edge.name):\(edges.town.ports[place])\(path)", method, body)
    }

    /// The call that such an edge spoils.
    func call(_ edge: EdgeCase, _ edges: RealEdges) -> JSONNode {
        switch edge.name {
        case "a method list without PATCH":
            call(edge.name, edge.name, edges, "PATCH", "/v1/blocks/block-x", [:])
        case "bodies of 1 MiB", "a 413 without CORS":
            call(
                edge.name, edge.name, edges, "POST", "/v1/agents/",
                ["name": .string(String(repeating: "x", count: 1 << 20))])
        case "redirect to http", "redirect without the port":
            call(edge.name, edge.name, edges, "GET", "/v1/agents?limit=1")
        default: call(edge.name, edge.name, edges, "GET", "/v1/agents/?limit=1")
        }
    }

    /// What came of each call, by its name.
    func say(_ calls: [JSONNode]) throws -> [String: JSONValue] {
        let store = home.path + "/.pki/nssdb"
        try Tool.run("mkdir", ["-p", store], in: home.path)
        try Tool.run("certutil", ["-d", "sql:" + store, "-N", "--empty-password"], in: home.path)
        try Tool.run(
            "certutil",
            ["-d", "sql:" + store, "-A", "-t", "C,,", "-n", "ferry", "-i", town.certificates.authority],
            in: home.path)
        let job: JSONNode = [
            "home": .string(home.path), "page": "https://app.letta.com/",
            "rules": .string("MAP app.letta.com:443 127.0.0.1:\(town.page),MAP \(Edge.name) 127.0.0.1"),
            "calls": .array(calls),
        ]
        TextFile.write(job.text(), to: home.path + "/job.json")
        try Tool.run(
            "python3", [Self.script, home.path + "/job.json", home.path + "/said.json"], in: home.path)
        let root = try JSONDocument(Array(TextFile.read(home.path + "/said.json").utf8)).root
        return Dictionary(uniqueKeysWithValues: root.members.map { ($0.key, $0.value) })
    }

    static func shown(_ value: JSONValue?) -> String {
        value.map { String(decoding: $0.raw.prefix(1500), as: UTF8.self) } ?? "nothing"
    }

    static func times(_ value: JSONValue?) -> String {
        ["chunks", "first", "last"].map { key in
            "\(key) \(value?[key].map { String(decoding: $0.raw, as: UTF8.self) } ?? "none")"
        }.joined(separator: ", ")
    }

    /// Milliseconds.
    static func number(_ key: String, _ value: JSONValue?) -> Double {
        value?[key].flatMap { Double(String(decoding: $0.raw, as: UTF8.self)) } ?? 0
    }
}
