import Glibc
import Testing
import Workers

@testable import FerryCLI

/// Against a real Redis, that the test starts on a port of this machine.
@Suite(.serialized) struct NetworkNeighboursTests {
    @Test func `a real Redis answers a ping`() async throws {
        try await withRedis { redis in
            #expect(await NetworkNeighbours().ping(redis) == .line("+PONG"))
        }
    }

    @Test func `a Redis with a password says so and is sent none`() async throws {
        try await withRedis("--requirepass", "of-nobody") { redis in
            guard case .line(let line) = await NetworkNeighbours().ping(redis) else {
                Issue.record("no line")
                return
            }
            #expect(line.hasPrefix("-NOAUTH"))
        }
    }

    @Test func `where nobody listens, the connection is refused`() async throws {
        let address = try #require(RedisAddress("127.0.0.1", "\(Self.freePort())"))
        #expect(await NetworkNeighbours().ping(address) == .silent("the connection is refused"))
    }

    @Test func `who listens and says nothing is waited for no longer than five seconds`() async throws {
        let (socket, port) = Self.listener()
        defer { close(socket) }
        let address = try #require(RedisAddress("127.0.0.1", "\(port)"))
        let began = ContinuousClock.now
        guard case .silent = await NetworkNeighbours().ping(address) else {
            Issue.record("it was silent")
            return
        }
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    // MARK: Servers

    private func withRedis(_ more: String..., body: (RedisAddress) async throws -> Void) async throws {
        let port = Self.freePort()
        let home = Sandbox()
        let redis =
            "exec redis-server --bind 127.0.0.1 --port \(port) --save '' --appendonly no --dir '\(home.path)' "
        let process = popen("echo $$; " + redis + more.joined(separator: " "), "r")
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, 32, process)
        let child = pid_t(strtol(line, nil, 10))
        try #require(child > 1)
        defer {
            kill(child, SIGKILL)
            pclose(process)
        }
        let address = try #require(RedisAddress("127.0.0.1", "\(port)"))
        for _ in 0..<200 {
            if case .line = await NetworkNeighbours().ping(address) { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await body(address)
    }

    private static func freePort() -> Int {
        let (socket, port) = listener()
        close(socket)
        return port
    }

    /// A socket that listens and never accepts.
    private static func listener() -> (socket: Int32, port: Int) {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listening, $0, size)
                _ = listen(listening, 4)
                _ = getsockname(listening, $0, &size)
            }
        }
        return (listening, Int(UInt16(bigEndian: address.sin_port)))
    }
}
