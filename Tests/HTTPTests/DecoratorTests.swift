import HTTP
import Synchronization
import Testing

@Suite struct NoWritesTests {
    @Test(arguments: [
        Request.put, .create, Request(.delete, "https://letta.test/v1/agents/a", effect: .read),
        Request(.patch, "https://letta.test/v1/agents/a", effect: .read),
    ])
    func `what would write is refused by name and not sent`(_ request: Request) async {
        let base = ScriptedExchange()
        let error = await thrown { _ = try await NoWritesExchange(base).send(request) }
        #expect(error?.code == .refused)
        #expect(error?.mayHaveArrived == false)
        #expect(error?.detail == "\(request.method.rawValue) \(request.shownPath) would write")
        #expect(base.requests.isEmpty)
    }

    @Test func `reads pass, by POST as well`() async throws {
        let base = ScriptedExchange()
        let exchange = NoWritesExchange(base)
        _ = try await exchange.send(.read)
        _ = try await exchange.send(Request(.post, "https://letta.test/v1/passages/search", effect: .read))
        #expect(base.requests.count == 2)
    }
}

@Suite struct AuthorizedTests {
    private let origin = Origin("https://letta.test")
    private let secret = HeaderSecret { "s3cret" }

    @Test func `the origin gets the token and the fields`() async throws {
        let base = ScriptedExchange()
        let exchange = AuthorizedExchange(
            base, origin: try #require(origin), bearer: secret, fields: [HeaderField("X-Project", "p")])
        _ = try await exchange.send(.read)
        #expect(
            base.requests[0].headers == [
                HeaderField("Authorization", "Bearer s3cret"), HeaderField("X-Project", "p"),
            ])
    }

    @Test(arguments: [
        "http://letta.test/", "https://letta.test:8443/", "https://letta.test.evil/",
        "https://evil/letta.test",
        "https://user@letta.test/",
    ])
    func `another origin gets neither`(_ url: String) async throws {
        let base = ScriptedExchange()
        let exchange = AuthorizedExchange(
            base, origin: try #require(origin), bearer: secret, fields: [HeaderField("X-Project", "p")])
        _ = try await exchange.send(Request(.get, url, effect: .read))
        #expect(base.requests[0].headers.isEmpty)
    }

    @Test func `a field that the request brings is left alone`() async throws {
        let base = ScriptedExchange()
        let exchange = AuthorizedExchange(
            base, origin: try #require(origin), bearer: nil, fields: [HeaderField("X-Project", "p")])
        var request = Request.read
        request.headers = [HeaderField("x-project", "mine")]
        _ = try await exchange.send(request)
        #expect(base.requests[0].headers == [HeaderField("x-project", "mine")])
    }

    @Test func `no secret is ever printed`() {
        var request = Request(.get, "https://letta.test/v1/x?api_key=s3cret&limit=5", effect: .read)
        request.headers = [
            "Authorization", "authorization", "X-BARE-PASSWORD", "Cookie", "X-Api-Key", "X-Auth-Token",
        ]
        .map { HeaderField($0, "s3cret") }
        var dumped = ""
        dump(request, to: &dumped)
        dump(request.headers, to: &dumped)
        dump(secret, to: &dumped)
        let shown = [
            dumped, "\(request)", String(reflecting: request), "\(request.headers)", "\(secret)",
            String(reflecting: secret), "\([secret])", request.shownURL, request.shownPath,
        ]
        for text in shown { #expect(!text.contains("s3cret"), "\(text)") }
        #expect(request.shownPath == "/v1/x?api_key=***&limit=5")
    }

    @Test func `what is no secret is printed`() {
        let request = Request(
            .post, "https://letta.test/v1/x", headers: [HeaderField("X-Project", "p")],
            body: .bytes([1, 2], contentType: "a/b"), effect: .idempotent)
        #expect("\(request)" == "POST https://letta.test/v1/x [X-Project: p] 2 bytes of a/b")
    }
}

@Suite struct OriginTests {
    @Test(arguments: [
        ("https://Letta.Test", "https://letta.test:443"), ("HTTP://a:8283/v1", "http://a:8283"),
        ("http://[::1]:80/", "http://[::1]:80"), ("https://a?b", "https://a:443"),
        ("https://a:/", "https://a:443"),
    ])
    func `scheme, host and port are read`(_ url: String, _ expected: String) {
        #expect(Origin(url)?.description == expected)
    }

    @Test(arguments: [
        "", "a", "//a", "ftp://a", "http:/a", "http://", "http:///a", "http://a:b", "http://a:99999",
        "http://[::1",
        "http://u@a", "http://u:p@a/", "http://:80",
    ])
    func `anything else is none`(_ url: String) {
        #expect(Origin(url) == nil)
    }

    @Test(arguments: [
        ("http://localhost", true), ("http://127.0.0.1:1", true), ("http://127.9.9.9", true),
        ("http://[::1]", true),
        ("http://a.localhost", true), ("http://127.0.0.1.evil", false), ("http://127.evil", false),
        ("http://letta.test", false), ("http://10.0.0.1", false),
    ])
    func `this machine is known`(_ url: String, _ isLoopback: Bool) {
        #expect(Origin(url)?.isLoopback == isLoopback)
    }
}

@Suite struct RecordingTests {
    private final class Log: Sendable {
        private let records = Mutex<[ExchangeRecord]>([])
        var all: [ExchangeRecord] { records.withLock { $0 } }
        func add(_ record: ExchangeRecord) { records.withLock { $0.append(record) } }
    }

    @Test func `an exchange is reported when its body ends`() async throws {
        let (log, time) = (Log(), ManualTime())
        let base = ScriptedExchange { _, _ in
            time.advance(.seconds(2))
            return .ok("four", 201)
        }
        let exchange = RecordingExchange(base, time: time.piece) { log.add($0) }
        let response = try await exchange.send(
            Request(.post, "http://a/b?token=s3cret", effect: .create(marker: "m")))
        #expect(log.all.isEmpty)
        _ = try await response.text()
        let record = try #require(log.all.first)
        #expect(record.path == "/b?token=***")
        #expect(record.method == .post && record.status == 201 && record.received == 4)
        #expect(record.outcome == .complete)
        #expect(record.duration == .seconds(2))
        #expect(log.all.count == 1)
    }

    @Test func `no answer, a broken one and a dropped one are told apart`() async throws {
        let log = Log()
        let base = ScriptedExchange { _, number in
            if number == 1 { throw HTTPError(.timedOut, detail: "") }
            let broken = ResponseBody.chunks(["abc"], then: HTTPError(.truncated, detail: ""))
            return Response(status: 200, headers: [], body: broken)
        }
        let exchange = RecordingExchange(base) { log.add($0) }
        _ = try? await exchange.send(.read)
        _ = try? await exchange.send(.read).text()
        _ = try await exchange.send(.put).status
        #expect(log.all.map(\.outcome) == [.failed(.timedOut), .failed(.truncated), .dropped])
        #expect(log.all.map(\.status) == [nil, 200, 200])
        var totals = ExchangeTotals()
        (totals.requests, totals.writes, totals.failures, totals.received) = (3, 1, 2, 3)
        #expect(exchange.totals == totals)
    }
}

@Suite struct BufferedTests {
    @Test func `a long answer streams on without loss`() async throws {
        let words = (0..<50).map { "chunk \($0);" }
        let base = ScriptedExchange { _, _ in
            Response(status: 200, headers: [], body: .chunks(words))
        }
        let text = try await BufferedExchange(base, bound: 40).send(.read).text()
        #expect(text == words.joined())
    }

    @Test func `a long answer that breaks off fails in its body`() async throws {
        let base = ScriptedExchange { _, _ in
            let body = ResponseBody.chunks(
                ["0123456789", "0123456789"], then: HTTPError(.truncated, detail: ""))
            return Response(status: 200, headers: [], body: body)
        }
        let response = try await BufferedExchange(base, bound: 8).send(.read)
        #expect(await thrown { _ = try await response.text() }?.code == .truncated)
    }

    @Test func `an answer as long as the bound is whole`() async throws {
        let base = ScriptedExchange { _, _ in
            Response(
                status: 200, headers: [], body: .chunks(["01234567"], then: HTTPError(.truncated, detail: ""))
            )
        }
        #expect(
            await thrown { _ = try await BufferedExchange(base, bound: 8).send(.read) }?.code == .truncated)
    }
}

@Suite struct JSONAnswerTests {
    @Test(arguments: ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"])
    func `JSON is read`(_ type: String) async throws {
        let response = Response.ok("{}", headers: [HeaderField("Content-Type", type)])
        #expect(try await response.jsonBytes(upTo: 10) == Array("{}".utf8))
    }

    @Test func `a page is not`() async {
        let response = Response.ok("<html>", 502, headers: [HeaderField("Content-Type", "text/html")])
        let error = await thrown { _ = try await response.jsonBytes(upTo: 10) }
        #expect(error?.code == .notJSON)
        #expect(error?.detail == "status 502 with text/html instead of JSON")
    }

    @Test func `too much is refused`() async {
        #expect(await thrown { _ = try await Response.ok("[1,2,3]").jsonBytes(upTo: 3) }?.code == .tooLarge)
    }
}
