import Glibc

/// A connected socket; blocking, closed once.
final class Socket: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// At least one byte, or nil at the end, after an error or when nothing
    /// came for the time that `setIdleLimit` set.
    func read(upTo count: Int = 65536) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, recv(descriptor, buffer.baseAddress, count, 0))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// False where the client is gone.
    func write(_ bytes: some Collection<UInt8>) -> Bool {
        let whole = bytes.withContiguousStorageIfAvailable { send($0) }
        return whole ?? Array(bytes).withUnsafeBufferPointer { send($0) }
    }

    private func send(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let sent = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            guard sent > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(sent))
        }
        return true
    }

    func setIdleLimit(milliseconds: Int) {
        var limit = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Waits for the client to close, at most that long.
    func isGone(within milliseconds: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(0x2000), revents: 0)  // POLLRDHUP
        return poll(&state, 1, milliseconds) > 0
    }

    /// Ends the connection with a reset instead of an orderly close.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        end()
    }

    /// Wakes whoever reads or writes; the descriptor lives until the last
    /// owner lets go.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// The socket that a server listens on, loopback only.
final class ListeningSocket: Sendable {
    private let descriptor: Int32
    let port: UInt16

    struct Unavailable: Error { let reason: String }

    init(port wanted: UInt16) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard descriptor >= 0, bound == 0, listen(descriptor, 128) == 0 else {
            throw Unavailable(reason: "port \(wanted): \(String(cString: strerror(errno)))")
        }
        withUnsafeMutablePointer(to: &address) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// The next connection; nil once `end` was called.
    func accept() -> Socket? {
        while true {
            let client = Glibc.accept(descriptor, nil, nil)
            if client >= 0 { return Socket(client) }
            guard errno == EINTR || errno == ECONNABORTED else { return nil }
        }
    }

    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// Runs `body` on a thread of its own: the server is blocking on purpose, so
/// that it cannot starve the tests' cooperative threads.
func startThread(_ body: @escaping @Sendable () -> Void) {
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

func pause(milliseconds: Int) {
    usleep(UInt32(milliseconds) * 1000)
}
