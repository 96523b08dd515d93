import HTTP
import HTTPCurl
import Testing

@Suite(.timeLimit(.minutes(5))) struct CancellationTests {
    /// Answers without end; opens the gates when the client came and went.
    private static func endlessServer(came: Gate = Gate(), gone: Gate) throws -> LoopbackServer {
        try LoopbackServer { _, connection in
            came.open()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
            let piece = [UInt8](repeating: 1, count: 65_536)
            while connection.write(piece) {}
            gone.open()
            connection.close()
        }
    }

    /// Never answers.
    private static func silentServer(_ came: Gate, _ gone: Gate) throws -> LoopbackServer {
        try LoopbackServer { _, connection in
            came.open()
            if connection.waitsUntilPeerCloses(milliseconds: 10_000) { gone.open() }
            connection.close()
        }
    }

    @Test func `a task cancelled in the body ends the transfer`() async throws {
        let (came, gone) = (Gate(), Gate())
        let server = try Self.endlessServer(came: came, gone: gone)
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            await withTaskGroup(of: HTTPError.Code?.self) { group in
                group.addTask {
                    await errorCode { try await exchange.drain(Request(.get, server.url, effect: .read)) }
                }
                await came.opened()
                try? await Task.sleep(for: .milliseconds(20))
                group.cancelAll()
                #expect(await group.next() == .cancelled)
            }
            await gone.opened()
        }
    }

    @Test func `a task cancelled before the head ends the transfer`() async throws {
        let (came, gone) = (Gate(), Gate())
        let server = try Self.silentServer(came, gone)
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            await withTaskGroup(of: HTTPError?.self) { group in
                group.addTask {
                    await thrown { _ = try await exchange.send(Request(.get, server.url, effect: .read)) }
                }
                await came.opened()
                group.cancelAll()
                let error = await group.next() ?? nil
                #expect(error?.code == .cancelled)
                #expect(error?.mayHaveArrived == true)
            }
            await gone.opened()
        }
    }

    @Test func `a task cancelled beforehand sends nothing`() async throws {
        let server = try LoopbackServer { _, connection in connection.answer() }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let error = await withTaskGroup(of: HTTPError?.self) { group in
                group.cancelAll()
                group.addTask {
                    await thrown { _ = try await exchange.send(Request(.get, server.url, effect: .read)) }
                }
                return await group.next() ?? nil
            }
            #expect(error == HTTPError(.cancelled, detail: "cancelled", mayHaveArrived: false))
        }
        #expect(server.requests == 0)
    }

    @Test func `an answer dropped before its end ends the transfer`() async throws {
        let gone = Gate()
        let server = try Self.endlessServer(gone: gone)
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            do {
                let response = try await exchange.send(Request(.get, server.url, effect: .read))
                #expect(response.status == 200)
            }
            await gone.opened()
        }
    }

    @Test func `a loop left early ends the transfer`() async throws {
        let gone = Gate()
        let server = try Self.endlessServer(gone: gone)
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            do {
                let response = try await exchange.send(Request(.get, server.url, effect: .read))
                for try await chunk in response.body where !chunk.isEmpty { break }
            }
            await gone.opened()
        }
    }

    @Test func `shutting down ends what is under way and refuses what follows`() async throws {
        let (came, gone) = (Gate(), Gate())
        let server = try Self.silentServer(came, gone)
        defer { server.stop() }
        let exchange = CurlExchange(.forTests)
        await withTaskGroup(of: HTTPError.Code?.self) { group in
            group.addTask {
                await errorCode { _ = try await exchange.send(Request(.get, server.url, effect: .read)) }
            }
            await came.opened()
            await exchange.shutdown()
            #expect(await group.next() == .cancelled)
        }
        await gone.opened()
        #expect(
            await errorCode { _ = try await exchange.send(Request(.get, server.url, effect: .read)) }
                == .cancelled)
        await exchange.shutdown()
    }

    @Test func `an exchange that was never used shuts down`() async {
        await CurlExchange(.forTests).shutdown()
    }

    @Test func `an exchange that goes out of use closes its connections`() async throws {
        let gone = Gate()
        let server = try LoopbackServer { _, connection in
            connection.answer()
            if connection.waitsUntilPeerCloses(milliseconds: 10_000) { gone.open() }
        }
        defer { server.stop() }
        do {
            let exchange = CurlExchange(.forTests)
            _ = try await exchange.bytes(Request(.get, server.url, effect: .read))
        }
        await gone.opened()
    }

    @Test func `an answer can be read after its exchange went out of use`() async throws {
        let release = Gate()
        let server = try LoopbackServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            release.wait()
            connection.write("ok")
        }
        defer { server.stop() }
        let response = try await CurlExchange(.forTests).send(Request(.get, server.url, effect: .read))
        release.open()
        #expect(try await response.body.collect(upTo: 2) == Array("ok".utf8))
    }

    @Test func `many tasks cancelled at any moment leave the rest alone`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.answer([UInt8](repeating: 7, count: 200_000))
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            for round in 0..<20 {
                let whole = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            let bytes = try? await exchange.bytes(Request(.get, server.url, effect: .read))
                            return bytes?.count == 200_000
                        }
                    }
                    try? await Task.sleep(for: .microseconds(round * 300))
                    group.cancelAll()
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect((0...16).contains(whole))
            }
            let last = try await exchange.bytes(Request(.get, server.url, effect: .read))
            #expect(last.count == 200_000)
        }
    }
}
