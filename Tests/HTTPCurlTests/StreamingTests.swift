import HTTP
import HTTPCurl
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct StreamingTests {
    @Test func `a slow reader pauses the server and loses no byte`() async throws {
        let size = 64 << 20
        let sent = Atomic(0)
        let server = try LoopbackServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            var piece = [UInt8](repeating: 0, count: 65_536)
            for index in 0..<(size / piece.count) {
                piece[0] = UInt8(truncatingIfNeeded: index)
                guard connection.write(piece) else { return }
                sent.add(piece.count, ordering: .relaxed)
            }
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(Request(.get, server.url, effect: .read))
            try await Task.sleep(for: .milliseconds(300))
            #expect(sent.load(ordering: .relaxed) < 24 << 20, "sockets hold some megabytes, a body 64")
            var position = 0
            var wrong = 0
            for try await chunk in response.body {
                #expect(chunk.count <= 1 << 20)
                wrong += Self.misplaced(chunk, at: position)
                position += chunk.count
            }
            #expect(position == size)
            #expect(wrong == 0)
        }
    }

    /// The first byte of each 64 KiB piece is its number.
    private static func misplaced(_ chunk: [UInt8], at position: Int) -> Int {
        let first = (position + 65_535) / 65_536 * 65_536
        return stride(from: first, to: position + chunk.count, by: 65_536).count { start in
            chunk[start - position] != UInt8(truncatingIfNeeded: start / 65_536)
        }
    }

    @Test func `a chunked answer is put together`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for word in ["one", "two", "three"] { connection.write("\(word.utf8.count)\r\n\(word)\r\n") }
            connection.write("0\r\nX-Trailer: ignored\r\n\r\n")
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(Request(.get, server.url, effect: .read))
            #expect(try await response.body.collect(upTo: 100) == Array("onetwothree".utf8))
            #expect(response.header("X-Trailer") == nil)
        }
    }

    @Test func `the head is there before the body`() async throws {
        let release = Gate()
        let server = try LoopbackServer { _, connection in
            connection.write(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n")
            release.wait()
            connection.write("ok")
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(Request(.get, server.url, effect: .read))
            #expect(response.status == 202)
            release.open()
            #expect(try await response.body.collect(upTo: 2) == Array("ok".utf8))
        }
    }

    @Test func `an answer that comes before the body was sent is an answer`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.answer(413, headers: ["Connection: close"], Array("too large".utf8))
            _ = connection.waitsUntilPeerCloses(milliseconds: 5000)
            connection.close()
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let body = RequestBody.bytes([UInt8](repeating: 1, count: 20_000_000), contentType: "a/b")
            let request = Request(
                .post, server.url, headers: [HeaderField("X-Early", "1")], body: body,
                effect: .create(marker: "m"))
            let response = try await exchange.send(request)
            #expect(response.status == 413)
            #expect(try await response.body.collect(upTo: 100) == Array("too large".utf8))
        }
    }

    @Test func `a compressed answer is unpacked, also for a slow reader`() async throws {
        let body = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 8) }
        let packed = gzip(body)
        let server = try LoopbackServer { request, connection in
            let accepts = request.headers["accept-encoding"] ?? "none"
            connection.answer(200, headers: ["Content-Encoding: gzip", "X-Accepts: \(accepts)"], packed)
        }
        defer { server.stop() }
        var settings = CurlSettings.forTests
        settings.compression = .always
        settings.bufferBound = 100_000
        try await withCurlExchange(settings) { exchange in
            let response = try await exchange.send(Request(.get, server.url, effect: .read))
            #expect(response.header("X-Accepts") == "gzip")
            var received: [UInt8] = []
            for try await chunk in response.body {
                received += chunk
                if received.count < 500_000 { try await Task.sleep(for: .milliseconds(2)) }
            }
            #expect(received.count == body.count)
            #expect(received == body)
        }
    }

    @Test func `a server on this machine is not asked to compress`() async throws {
        let server = try LoopbackServer { request, connection in
            connection.answer(Array((request.headers["accept-encoding"] ?? "none").utf8))
        }
        defer { server.stop() }
        let asked = try await withCurlExchange(.forTests) { exchange in
            try await exchange.bytes(Request(.get, server.url, effect: .read))
        }
        #expect(asked == Array("none".utf8))
    }

    @Test func `a redirect is an answer`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.answer(307, headers: ["Location: /elsewhere"])
        }
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let response = try await exchange.send(Request(.get, server.url, effect: .read))
            #expect(response.status == 307)
            #expect(response.header("location") == "/elsewhere")
        }
        #expect(server.requests == 1)
    }

    @Test func `a hundred requests at once all come back`() async throws {
        let server = try LoopbackServer { request, connection in
            connection.answer(Array(request.target.utf8))
        }
        defer { server.stop() }
        let answers = try await withCurlExchange(.forTests) { exchange in
            try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let bytes = try await exchange.bytes(
                            Request(.get, "\(server.url)/\(number)", effect: .read))
                        return String(decoding: bytes, as: UTF8.self)
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
        }
        #expect(answers == Set((0..<100).map { "/\($0)" }))
        #expect(server.connections <= 100)
    }

    @Test func `a form with a file arrives byte for byte`() async throws {
        let file = try TemporaryFile((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let server = try echoServer()
        defer { server.stop() }
        try await withCurlExchange(.forTests) { exchange in
            let form = RequestBody.form([
                .field(name: "override", value: "false"),
                .file(name: "file", path: file.path, fileName: "a \"b\".af", contentType: "application/json"),
            ])
            let response = try await exchange.send(
                Request(.post, server.url, body: form, effect: .create(marker: "m")))
            let received = try await response.body.collect(upTo: 4_000_000)
            let type = try #require(response.header("X-Type"))
            let boundary = try #require(type.split(separator: "boundary=").last)
            let expected = Self.form(file.bytes, boundary: String(boundary))
            #expect(received.count == expected.count)
            #expect(received == expected)
        }
    }

    private static func form(_ bytes: [UInt8], boundary: String) -> [UInt8] {
        let field = "--\(boundary)\r\nContent-Disposition: form-data; name=\"override\"\r\n\r\nfalse\r\n"
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.af\"\r\n"
            + "Content-Type: application/json\r\n\r\n"
        return Array((field + head).utf8) + bytes + Array("\r\n--\(boundary)--\r\n".utf8)
    }
}

/// A gzip file of stored blocks.
private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var packed: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var start = 0
    while start < bytes.count {
        let block = bytes[start..<min(start + 65_535, bytes.count)]
        start = block.endIndex
        packed.append(start == bytes.count ? 1 : 0)
        packed += littleEndian(UInt32(block.count), 2) + littleEndian(~UInt32(block.count), 2) + block
    }
    return packed + littleEndian(checksum(bytes), 4) + littleEndian(UInt32(bytes.count), 4)
}

private func littleEndian(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
}

/// CRC-32 as gzip wants it.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
    let table = (0..<256 as Range<UInt32>).map { index in
        (0..<8).reduce(index) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
    return ~bytes.reduce(~0) { sum, byte in table[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
}
