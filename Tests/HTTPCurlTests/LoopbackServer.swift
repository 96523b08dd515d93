import Glibc
import Synchronization

/// A blocking HTTP/1.1 server on 127.0.0.1 that does what its handler says,
/// also what no server should do. A thread a connection.
final class LoopbackServer: Sendable {
    typealias Handler = @Sendable (ReceivedRequest, ServerConnection) -> Void

    let port: Int
    private let listener: Int32
    private let handler: Handler
    private let counts = Mutex(Counts())

    private struct Counts {
        var connections = 0
        var requests = 0
        var isStopped = false
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var connections: Int { counts.withLock { $0.connections } }
    var requests: Int { counts.withLock { $0.requests } }

    init(_ handler: @escaping Handler) throws {
        (listener, port) = try listenOnLoopback()
        self.handler = handler
        startThread { [self] in acceptAll() }
    }

    func stop() {
        counts.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// Closes the listener itself: closed by `stop`, its number could belong to
    /// another test's server by the next `accept`, which would take that one's
    /// connection and leave its client waiting.
    private func acceptAll() {
        defer { close(listener) }
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            guard !counts.withLock({ $0.isStopped }) else {
                _ = Glibc.close(descriptor)
                return
            }
            counts.withLock { $0.connections += 1 }
            setNoDelay(descriptor)
            startThread { [self] in serve(ServerConnection(descriptor)) }
        }
    }

    private func serve(_ connection: ServerConnection) {
        while let request = connection.readRequest() {
            counts.withLock { $0.requests += 1 }
            handler(request, connection)
            if connection.isClosed { return }
        }
        connection.close()
    }
}

struct ReceivedRequest: Sendable {
    var method: String
    var target: String
    var headers: [String: String]
    var body: [UInt8]
}

/// Used by its own thread only.
final class ServerConnection: @unchecked Sendable {
    // SAFETY: handed to one thread when made, and used by no other.
    private let descriptor: Int32
    private var unread: [UInt8] = []
    private(set) var isClosed = false
    /// Requests read so far.
    private(set) var served = 0

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(
                    descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    func answer(_ status: Int = 200, headers: [String] = [], _ body: [UInt8] = []) {
        let fields = (headers + ["Content-Length: \(body.count)"]).map { $0 + "\r\n" }.joined()
        write(Array("HTTP/1.1 \(status) Status\r\n\(fields)\r\n".utf8) + body)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        _ = Glibc.close(descriptor)
    }

    /// Ends with RST instead of FIN.
    func reset() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// True once the client has gone; waits for it.
    func waitsUntilPeerCloses(milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: descriptor, events: peerHungUp, revents: 0)
        return poll(&poller, 1, milliseconds) > 0
    }

    func readRequest() -> ReceivedRequest? {
        guard let head = readHead() else { return nil }
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        let start = lines[0].split(separator: " ")
        guard start.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
        }
        served += 1
        // On request the body stays where it is.
        if headers["x-early"] != nil {
            return ReceivedRequest(
                method: String(start[0]), target: String(start[1]), headers: headers, body: [])
        }
        guard let body = readBody(Int(headers["content-length"] ?? "0") ?? 0) else { return nil }
        return ReceivedRequest(
            method: String(start[0]), target: String(start[1]), headers: headers, body: body)
    }

    private func readHead() -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let index = unread.indices.first(where: { unread[$0...].starts(with: end) }) {
                defer { unread.removeFirst(index + 4) }
                return String(decoding: unread[..<index], as: UTF8.self)
            }
            guard fill(), !refusesTLS() else { return nil }
        }
    }

    /// As HTTP servers do when they are sent a TLS greeting.
    private func refusesTLS() -> Bool {
        guard unread.first == 0x16 else { return false }
        return write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    }

    private func readBody(_ count: Int) -> [UInt8]? {
        while unread.count < count {
            guard fill() else { return nil }
        }
        defer { unread.removeFirst(count) }
        return Array(unread.prefix(count))
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        unread.append(contentsOf: chunk.prefix(count))
        return true
    }
}

struct SocketFailure: Error {
    let step: String
    let code = errno
}

/// A socket that listens on a free port of 127.0.0.1.
func listenOnLoopback(backlog: Int32 = 256) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isReady = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            bind(descriptor, generic, size) == 0 && listen(descriptor, backlog) == 0
                && getsockname(descriptor, generic, &size) == 0
        }
    }
    guard isReady else { throw SocketFailure(step: "listen") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

private func setNoDelay(_ descriptor: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func startThread(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(ThreadBody(run))
    var thread = pthread_t()
    guard pthread_create(&thread, nil, runThread, body.toOpaque()) == 0 else { return body.release() }
    pthread_detach(thread)
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}

/// Linux's POLLRDHUP, which Swift does not import.
private let peerHungUp: Int16 = 0x2000
