import LosslessJSON

/// What a route answers.
struct Answer: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Written as it is made, chunk by chunk; `emit` is false where the
        /// client is gone.
        case stream(@Sendable (_ emit: ([UInt8]) -> Bool) -> Void)
    }

    var status: Int
    var headers: [(String, String)]
    var body: Body

    init(
        _ status: Int, headers: [(String, String)] = [], contentType: String = "application/json",
        _ body: Body
    ) {
        self.status = status
        self.headers = [("content-type", contentType)] + headers
        self.body = body
    }

    static func json(_ node: JSONNode, status: Int = 200) -> Answer { Answer(status, .bytes(node.bytes())) }

    /// `{"detail": …}`, the shape of nearly every refusal.
    static func detail(_ status: Int, _ text: String) -> Answer {
        json(["detail": .string(text)], status: status)
    }

    static func html(_ status: Int, _ title: String = "Welcome") -> Answer {
        let page =
            "<!DOCTYPE html><html><head><title>\(title)</title></head><body><h1>\(title)</h1></body></html>"
        return Answer(status, contentType: "text/html; charset=utf-8", .bytes(Array(page.utf8)))
    }

    /// The same answer with its body in one piece.
    func whole() -> (Answer, [UInt8]) {
        var bytes: [UInt8] = []
        switch body {
        case .bytes(let all): bytes = all
        case .stream(let make):
            make { chunk in
                bytes += chunk
                return true
            }
        }
        var copy = self
        copy.body = .bytes(bytes)
        return (copy, bytes)
    }

    /// - Parameter length: nil for a chunked body.
    func head(length: Int?) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.reason(status))\r\nserver: uvicorn\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        text += length.map { "content-length: \($0)\r\n\r\n" } ?? "transfer-encoding: chunked\r\n\r\n"
        return Array(text.utf8)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 307: "Temporary Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 422: "Unprocessable Entity"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}

/// Thrown by a route to answer something else than its result.
struct Refused: Error {
    let answer: Answer

    init(_ status: Int, _ detail: String) { answer = .detail(status, detail) }
    init(_ answer: Answer) { self.answer = answer }
}

extension Socket {
    /// False where the client is gone.
    func write(_ answer: Answer) -> Bool {
        switch answer.body {
        case .bytes(let bytes):
            return write(answer.head(length: bytes.count)) && (bytes.isEmpty || write(bytes))
        case .stream(let make):
            guard write(answer.head(length: nil)) else { return false }
            var isThere = true
            make { chunk in
                isThere = isThere && (chunk.isEmpty || write(Self.framed(chunk)))
                return isThere
            }
            return isThere && write("0\r\n\r\n".utf8)
        }
    }

    private static func framed(_ chunk: [UInt8]) -> [UInt8] {
        var frame = Array((String(chunk.count, radix: 16) + "\r\n").utf8)
        frame.reserveCapacity(frame.count + chunk.count + 2)
        frame += chunk
        frame += [0x0D, 0x0A]
        return frame
    }
}
