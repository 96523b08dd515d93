import Glibc

/// A connected socket; blocking, closed once.
final class ProxySocket: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// To this port on loopback.
    static func connect(to port: UInt16) -> ProxySocket? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port)
        let failed = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, failed == 0 else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        return ProxySocket(descriptor)
    }

    static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// Empty at the end and after an error.
    func read() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 65536) { buffer, filled in
            filled = max(0, recv(descriptor, buffer.baseAddress, 65536, 0))
        }
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends with a reset, as a broken line does.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }
}

/// Runs `body` on a thread of its own: sockets here block on purpose.
func onThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let failed = pthread_create(&thread, nil, runThread, box.toOpaque()) != 0
    if failed { box.release() } else { pthread_detach(thread) }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}

/// One whole request as it came.
struct WireRequest: Sendable {
    let method: String
    let target: String
    /// Head and body, to be sent on over a connection that ends with it.
    let bytes: [UInt8]

    /// Nil at the end of the connection.
    static func read(from socket: ProxySocket) -> WireRequest? {
        var bytes: [UInt8] = []
        var end: Int?
        while end == nil {
            let chunk = socket.read()
            guard !chunk.isEmpty else { return nil }
            bytes += chunk
            end = headEnd(bytes)
        }
        guard let end else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(by: "\r\n")
        let request = (lines.first ?? "").split(separator: " ").map(String.init)
        guard request.count >= 2 else { return nil }
        let fields = lines.dropFirst().filter { !$0.isEmpty }
        if value("expect", in: fields) != nil { socket.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        let length = value("content-length", in: fields).flatMap { Int($0) } ?? 0
        while bytes.count < end + length {
            let chunk = socket.read()
            guard !chunk.isEmpty else { return nil }
            bytes += chunk
        }
        let kept = fields.filter { field in
            !["expect:", "connection:"].contains { field.lowercased().hasPrefix($0) }
        }
        let head = ([lines[0]] + kept + ["Connection: close", "", ""]).joined(separator: "\r\n")
        return WireRequest(method: request[0], target: request[1], bytes: Array(head.utf8) + bytes[end...])
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (3..<bytes.count).first { bytes[$0 - 3...$0].elementsEqual([13, 10, 13, 10]) }.map { $0 + 1 }
    }

    private static func value(_ name: String, in fields: [String]) -> String? {
        fields.first { $0.lowercased().hasPrefix(name + ":") }.map { field in
            String(field.dropFirst(name.count + 1).drop { $0 == " " })
        }
    }

    /// Nothing changes at the server.
    var isRead: Bool {
        method == "GET"
            || (method == "POST" && (target.hasSuffix("/search") || target.hasPrefix("/v1/passages/search")))
    }

    /// `PATCH /v1/agents/{}`: ids left out.
    var route: String {
        let path = target.prefix { $0 != "?" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.count > 36 || part.contains("-") && part.count > 30 ? "{}" : String(part)
        }
        return "\(method) \(parts.joined(separator: "/"))"
    }
}

extension String {
    fileprivate func components(by separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
