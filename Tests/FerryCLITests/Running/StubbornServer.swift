import Glibc

/// Answers everything with the same bytes, and the end of the connection.
final class StubbornServer: Sendable {
    let url: String
    private let listener: Int32

    /// What a TLS server says to plain HTTP.
    static let alert: [UInt8] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x46]
    /// What a plain server says to a TLS greeting.
    static let badRequest = Array("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n".utf8)

    init(answering answer: [UInt8]) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bind(listener, address, length)
                _ = getsockname(listener, address, &length)
            }
        }
        listen(listener, 16)
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        self.listener = listener
        OwnThread.start { Self.answer(listener, answer) }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Closes the listener: only here is nobody about to accept from its number.
    private static func answer(_ listener: Int32, _ answer: [UInt8]) {
        defer { close(listener) }
        while case let client = accept(listener, nil, nil), client >= 0 {
            var request = [UInt8](repeating: 0, count: 4096)
            _ = recv(client, &request, request.count, 0)
            _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
            close(client)
        }
    }
}
