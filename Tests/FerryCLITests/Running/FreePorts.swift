import Glibc

/// Ports of 127.0.0.1 that nobody has just now, below those that the kernel
/// gives to connections.
enum FreePorts {
    static func take(_ count: Int) -> [Int] {
        var found: [Int] = []
        while found.count < count {
            let port = Int.random(in: 10_000..<16_000)
            if isFree(port), !found.contains(port) { found.append(port) }
        }
        return found
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
