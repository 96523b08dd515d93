import Glibc

/// Stands in front of one server, forwards each request over a connection of
/// its own, and misbehaves where the script says so.
final class FaultProxy: Sendable {
    private let name: String
    private let upstream: UInt16
    private let script: FaultScript
    private let descriptor: Int32
    let port: UInt16

    var url: String { "http://127.0.0.1:\(port)" }

    init(_ name: String, before server: LabServer, _ script: FaultScript) throws {
        self.name = name
        self.script = script
        guard let port = server.url.split(separator: ":").last.flatMap({ UInt16($0.prefix { $0.isNumber }) })
        else { throw LabError("no port in \(server.url)") }
        upstream = port
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = ProxySocket.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard descriptor >= 0, bound == 0, listen(descriptor, 128) == 0 else {
            throw LabError("the proxy cannot listen")
        }
        withUnsafeMutablePointer(to: &address) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
    }

    func start() {
        onThread { [self] in
            while true {
                let client = accept(descriptor, nil, nil)
                if client < 0 {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    break
                }
                let socket = ProxySocket(client)
                onThread { [self] in
                    serve(socket)
                    socket.end()
                }
            }
            close(descriptor)
        }
    }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func serve(_ client: ProxySocket) {
        guard let request = WireRequest.read(from: client) else { return }
        let behaviour = script.behaviour(of: request, at: name)
        switch behaviour {
        case nil: relay(request) { client.write($0) }
        case .killBefore: script.kill()
        case .killAfter:
            guard let server = forwarded(request) else { return }
            script.kill()
            while !server.read().isEmpty {}
        case .killAndHangUp:
            let server = forwarded(request)
            script.kill()
            server?.end()
        case .dropAnswer:
            relay(request) { _ in true }
            client.reset()
        case .doAndAnswer500:
            relay(request) { _ in true }
            client.write(Self.serverError)
        case .answer500: client.write(Self.serverError)
        case .late:
            var answer: [UInt8] = []
            relay(request) {
                answer += $0
                return true
            }
            sleep(10)
            client.write(answer)
        }
    }

    private func forwarded(_ request: WireRequest) -> ProxySocket? {
        guard let server = ProxySocket.connect(to: upstream), server.write(request.bytes) else { return nil }
        return server
    }

    /// A client that is gone does not keep the server's answer from being
    /// read.
    private func relay(_ request: WireRequest, to sink: ([UInt8]) -> Bool) {
        guard let server = forwarded(request) else { return }
        var isListening = true
        while true {
            let chunk = server.read()
            if chunk.isEmpty { return }
            if isListening { isListening = sink(chunk) }
        }
    }

    private static let serverError = Array(
        ("HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 45\r\n"
            + "Connection: close\r\n\r\n{\"detail\":\"An unknown error occurred\"}       ").utf8)
}
