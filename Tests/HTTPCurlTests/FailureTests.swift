import HTTP
import HTTPCurl
import Testing

@Suite(.timeLimit(.minutes(5))) struct FailureTests {
    /// What reading one answer of a server with this behaviour throws.
    private func failure(
        _ effect: Request.Effect = .read, timeout: Duration? = nil, stall: Duration = .seconds(20),
        _ behave: @escaping @Sendable (ServerConnection) -> Void
    ) async throws -> HTTPError? {
        let server = try LoopbackServer { _, connection in behave(connection) }
        defer { server.stop() }
        return try await withCurlExchange(.forTests) { exchange in
            await thrown {
                _ = try await exchange.bytes(
                    Request(.post, server.url, effect: effect, timeout: timeout, stall: stall))
            }
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nonly this",
    ])
    func `a body that ends early is truncated`(_ answer: String) async throws {
        let error = try await failure { connection in
            connection.write(answer)
            connection.close()
        }
        #expect(error?.code == .truncated)
        #expect(error?.mayHaveArrived == true)
    }

    @Test func `what came before a truncation can be read`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            connection.close()
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(Request(.get, server.url, effect: .read))
            var read: [UInt8] = []
            let error = await thrown { for try await chunk in response.body { read += chunk } }
            #expect(error?.code == .truncated)
            #expect(read == Array("only this".utf8))
        }
    }

    @Test(arguments: [Request.Effect.read, .create(marker: "m")])
    func `a reset instead of an answer may have arrived`(_ effect: Request.Effect) async throws {
        let error = try await failure(effect) { $0.reset() }
        #expect(error?.code == .connectionLost)
        #expect(error?.mayHaveArrived == true)
    }

    @Test func `a farewell instead of an answer may have arrived`() async throws {
        let error = try await failure { $0.close() }
        #expect(error?.code == .connectionLost)
        #expect(error?.mayHaveArrived == true)
    }

    @Test func `a reset in the body loses the connection`() async throws {
        let error = try await failure { connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            connection.reset()
        }
        #expect(error?.code == .connectionLost)
    }

    @Test func `silence before the head times out`() async throws {
        let error = try await failure(stall: .milliseconds(300)) { connection in
            _ = connection.waitsUntilPeerCloses(milliseconds: 5000)
            connection.close()
        }
        #expect(error?.code == .timedOut)
        #expect(error?.mayHaveArrived == true)
    }

    @Test func `silence in the body times out`() async throws {
        let error = try await failure(stall: .milliseconds(300)) { connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            _ = connection.waitsUntilPeerCloses(milliseconds: 5000)
            connection.close()
        }
        #expect(error?.code == .timedOut)
    }

    @Test func `an answer that drips does not stall`() async throws {
        let error = try await failure(stall: .milliseconds(400)) { connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
            for _ in 0..<8 {
                _ = connection.waitsUntilPeerCloses(milliseconds: 100)
                connection.write("x")
            }
        }
        #expect(error == nil)
    }

    @Test func `a reader that takes its time does not stall`() async throws {
        let body = [UInt8](repeating: 1, count: 30_000_000)
        let server = try LoopbackServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n")
            connection.write(body)
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(
                Request(.get, server.url, effect: .read, stall: .milliseconds(300)))
            try await Task.sleep(for: .milliseconds(600))
            let bytes = try await response.body.collect(upTo: 30_000_000)
            #expect(bytes.count == 30_000_000)
        }
    }

    @Test func `a total time ends even a lively answer`() async throws {
        let error = try await failure(timeout: .milliseconds(200)) { connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
            repeat { connection.write("x") } while !connection.waitsUntilPeerCloses(milliseconds: 20)
            connection.close()
        }
        #expect(error?.code == .timedOut)
    }

    @Test func `an answer that is not HTTP is not taken for a body`() async throws {
        let error = try await failure { connection in
            connection.write("SSH-2.0-OpenSSH_9.2p1\r\n")
            connection.close()
        }
        #expect(error?.code == .other)
    }

    @Test func `a port where nobody listens refuses`() async throws {
        let server = try LoopbackServer { _, _ in }
        server.stop()
        let error = await CurlExchange.failure(of: Request(.get, server.url, effect: .read))
        #expect(error?.code == .connectionRefused)
        #expect(error?.mayHaveArrived == false)
    }

    @Test func `a name that does not exist is not found`() async {
        let error = await CurlExchange.failure(of: Request(.get, "http://ferry.invalid/", effect: .read))
        #expect(error?.code == .nameNotFound)
        #expect(error?.mayHaveArrived == false)
    }

    @Test(arguments: [
        "", "localhost", "ftp://localhost/", "http://", "http://user:pw@localhost/", "file:///etc/passwd",
    ])
    func `an address that is none is refused`(_ url: String) async {
        #expect(await CurlExchange.failure(of: Request(.get, url, effect: .read))?.code == .badURL)
    }

    @Test func `a form file that is not there is named`() async throws {
        let server = try echoServer()
        defer { server.stop() }
        let part = FormPart.file(
            name: "file", path: "/nowhere/a.af", fileName: "a.af", contentType: "text/plain")
        let error = await CurlExchange.failure(
            of: Request(.post, server.url, body: .form([part]), effect: .create(marker: "m")))
        #expect(error == HTTPError(.fileUnreadable, detail: "/nowhere/a.af", mayHaveArrived: false))
        #expect(server.requests == 0)
    }

    @Test(arguments: [
        HeaderField("A", "b\r\nC: d"), HeaderField("A\n", "b"), HeaderField("A: b", "c"),
        HeaderField("", "c"),
    ])
    func `a header that would be two is refused`(_ field: HeaderField) async {
        let request = Request(.get, "http://127.0.0.1:1", headers: [field], effect: .read)
        #expect(await CurlExchange.failure(of: request)?.code == .badHeader)
    }

    @Test func `an empty header is sent as such`() async throws {
        let server = try LoopbackServer { request, connection in
            connection.answer(200, headers: ["X-Seen: <\(request.headers["x-empty"] ?? "absent")>"])
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let request = Request(.get, server.url, headers: [HeaderField("X-Empty", "")], effect: .read)
            let seen = try await exchange.send(request).header("X-Seen")
            #expect(seen == "<>")
        }
    }
}

/// A server that hangs up on the second request of each connection.
@Suite(.timeLimit(.minutes(5))) struct StaleConnectionTests {
    private static func server() throws -> LoopbackServer {
        try LoopbackServer { request, connection in
            if connection.served > 1 {
                connection.reset()
            } else {
                connection.answer(Array(request.target.utf8))
            }
        }
    }

    @Test func `a read on a connection that proves dead is repeated`() async throws {
        let server = try Self.server()
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            for _ in 0..<2 { _ = try await exchange.bytes(Request(.get, server.url, effect: .read)) }
        }
        #expect(server.connections == 2)
        #expect(server.requests == 3)
    }

    @Test func `a create never travels on a used connection`() async throws {
        let server = try Self.server()
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            _ = try await exchange.bytes(Request(.get, server.url, effect: .read))
            for _ in 0..<3 {
                _ = try await exchange.bytes(Request(.post, server.url, effect: .create(marker: "m")))
            }
        }
        #expect(server.connections == 4)
        #expect(server.requests == 4)
    }

    @Test func `a create that is lost is sent once`() async throws {
        let server = try LoopbackServer { _, connection in connection.reset() }
        defer { server.stop() }
        let error = await CurlExchange.failure(
            of: Request(
                .post, server.url, body: .bytes([1], contentType: "x/y"), effect: .create(marker: "m")))
        #expect(error?.code == .connectionLost)
        #expect(server.requests == 1)
    }
}

extension CurlExchange {
    /// What sending and reading it throws.
    static func failure(of request: Request, _ settings: CurlSettings = .forTests) async -> HTTPError? {
        let exchange = CurlExchange(settings)
        let error = await thrown { _ = try await exchange.bytes(request) }
        await exchange.shutdown()
        return error
    }
}
