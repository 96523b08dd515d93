import HTTP
import HTTPCurl
import Testing

@Suite(.timeLimit(.minutes(5))) struct ExchangeTests {
    @Test func `an answer has its status, its headers and its whole body`() async throws {
        let server = try LoopbackServer { request, connection in
            connection.answer(
                207, headers: ["X-Seen: \(request.method) \(request.target)"], Array("hello".utf8))
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(Request(.get, server.url + "/a?b=c", effect: .read))
            #expect(response.status == 207)
            #expect(response.header("x-seen") == "GET /a?b=c")
            #expect(try await response.body.collect(upTo: 100) == Array("hello".utf8))
        }
    }

    @Test(arguments: [Request.Method.post, .put, .patch, .delete])
    func `a body arrives byte for byte`(_ method: Request.Method) async throws {
        let server = try echoServer()
        defer { server.stop() }
        let sent = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await withCurlExchange(.forTests) { exchange in
            let request = Request(
                method, server.url, body: .bytes(sent, contentType: "application/json"), effect: .idempotent)
            let response = try await exchange.send(request)
            #expect(try await response.body.collect(upTo: sent.count) == sent)
            #expect(response.header("X-Type") == "application/json")
            #expect(response.header("X-Method") == method.rawValue)
        }
    }

    @Test func `a post without a body says so`() async throws {
        let server = try echoServer()
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(Request(.post, server.url, effect: .idempotent))
            #expect(response.header("X-Length") == "0")
            #expect(response.header("X-Type") == "none")
        }
    }

    @Test func `requests one after another share a connection`() async throws {
        let server = try LoopbackServer { _, connection in connection.answer([1, 2, 3]) }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            for _ in 0..<20 { _ = try await exchange.bytes(Request(.get, server.url, effect: .read)) }
        }
        #expect(server.connections == 1)
        #expect(server.requests == 20)
    }
}

extension ServerConnection {
    func answer(_ body: [UInt8]) { answer(200, body) }
}

/// Sends back the body; method, length and type in headers.
func echoServer() throws -> LoopbackServer {
    try LoopbackServer { request, connection in
        let fields = [
            "X-Method: \(request.method)", "X-Length: \(request.headers["content-length"] ?? "none")",
            "X-Type: \(request.headers["content-type"] ?? "none")",
        ]
        connection.answer(200, headers: fields, request.body)
    }
}

extension CurlSettings {
    /// Connections are kept however slow the machine is.
    static let forTests = CurlSettings(version: "test", idleBound: .seconds(600))
}

extension Exchange {
    func bytes(_ request: Request) async throws -> [UInt8] {
        try await send(request).body.collect(upTo: 1 << 30)
    }

    /// Reads it all and keeps nothing.
    func drain(_ request: Request) async throws {
        for try await _ in try await send(request).body {}
    }
}
