/// One client: requests are taken off it one after another.
struct Connection {
    let socket: Socket
    private var pending: [UInt8] = []

    init(_ socket: Socket) { self.socket = socket }

    /// nil when the client closed, idled or spoke something else.
    mutating func head() -> RequestHead? {
        var searched = 0
        while true {
            if let end = Self.headEnd(in: pending, from: searched) {
                let text = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end + 4)
                return RequestHead(text)
            }
            guard pending.count < 1 << 20 else { return nil }
            searched = max(0, pending.count - 3)
            guard let more = socket.read() else { return nil }
            pending += more
        }
    }

    private static func headEnd(in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for place in start...(bytes.count - 4) where bytes[place] == 0x0D {
            if bytes[place + 1] == 0x0A, bytes[place + 2] == 0x0D, bytes[place + 3] == 0x0A { return place }
        }
        return nil
    }

    /// nil when the client was gone before its end.
    mutating func body(of head: RequestHead) -> [UInt8]? {
        if head.awaitsContinue, pending.isEmpty { _ = socket.write("HTTP/1.1 100 Continue\r\n\r\n".utf8) }
        return head.isChunked ? chunkedBody() : take(head.length)
    }

    private mutating func chunkedBody() -> [UInt8]? {
        var body: [UInt8] = []
        while true {
            guard let line = line(), let size = Int(line.prefix { $0.isHexDigit }, radix: 16) else {
                return nil
            }
            guard let chunk = take(size), let end = take(2), end == [0x0D, 0x0A] else { return nil }
            if size == 0 { return body }
            body += chunk
        }
    }

    private mutating func line() -> String? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                let text = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end + 1)
                return text
            }
            guard pending.count < 4096, let more = socket.read() else { return nil }
            pending += more
        }
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard count > 0 else { return [] }
        var taken = pending
        pending = []
        // Who only asks whether it may send promises more than there is memory for.
        taken.reserveCapacity(min(count, 16 << 20))
        while taken.count < count {
            guard let more = socket.read(upTo: min(1 << 20, max(65536, count - taken.count))) else {
                return nil
            }
            taken += more
        }
        if taken.count > count {
            pending = Array(taken[count...])
            taken.removeLast(taken.count - count)
        }
        return taken
    }
}
