import Glibc
import ScriptedLetta

/// One nginx, unprivileged and on loopback ports, with a server block for
/// each case of a table; ends with this value.
final class Town: Sendable {
    static let token = "town-token-51c0"
    let certificates: Certificates
    /// By case, in order; the second port of a case is an edge of its own.
    let ports: [Int]
    /// Redirects to the first case.
    let redirect: Int
    /// The same, without a place for challenges.
    let blindRedirect: Int
    /// Nobody listens there.
    let closed: Int
    /// The page that calls, at its own port.
    let page: Int
    let folder: TemporaryFolder
    private let nginx: Tool.Served
    private let servers: [ScriptedServer]

    /// - Parameter letta: the port of a real one, which stands for those that
    ///   are well; nil for scripted ones.
    init(_ edges: [Edge], letta: Int? = nil) throws {
        folder = TemporaryFolder()
        certificates = try Certificates(in: folder.path)
        let free = FreePorts.take(edges.count + 7)
        ports = Array(free.prefix(edges.count))
        redirect = free[edges.count]
        closed = free[edges.count + 1]
        blindRedirect = free[edges.count + 3]
        page = free[edges.count + 4]
        var behind = try Self.upstreams(dead: free[edges.count + 2])
        servers = behind.servers
        if let letta {
            for kind in [Edge.Behind.letta, .openLetta, .otherOrigins] { behind.ports[kind] = letta }
        }
        let hops = [Edge.Behind.hop: free[edges.count + 5], .openHop: free[edges.count + 6]]
        behind.ports.merge(hops) { _, new in new }
        let target = "https://127.0.0.1:\(ports.first ?? 443)$request_uri"
        var blocks = Edge.redirect(port: redirect, to: target, webroot: folder.path)
        blocks += Edge.redirect(port: blindRedirect, to: target)
        blocks += Edge.page(port: page, certificates)
        for (kind, host) in [(Edge.Behind.hop, "127.0.0.1"), (.openHop, "0.0.0.0")] {
            blocks += Edge.hop("\(host):\(hops[kind] ?? 1)", upstream: behind.ports[.letta] ?? 1)
        }
        for (edge, port) in zip(edges, ports) {
            blocks += edge.block(port: port, upstream: behind.ports[edge.behind] ?? 1, certificates)
        }
        TextFile.write(Edge.settings(blocks, in: folder.path), to: folder.path + "/nginx.conf")
        nginx = try Tool.serve(
            "nginx",
            ["-p", folder.path, "-e", folder.path + "/error.log", "-c", folder.path + "/nginx.conf"],
            in: folder.path)
        try waitUntilItListens()
    }

    deinit { nginx.stop() }

    /// The words before `-T`.
    var nginxWords: [String] {
        ["nginx", "-p", folder.path, "-e", folder.path + "/error.log", "-c", folder.path + "/nginx.conf"]
    }

    /// Of the first server, hidden ones too.
    var agentNames: [String] { servers.first?.world.agents.all.map(\.name) ?? [] }

    private static func upstreams(dead: Int) throws -> (servers: [ScriptedServer], ports: [Edge.Behind: Int])
    {
        var other = VersionProfile.v0_16_8
        other.version = "0.16.4"
        let pages = [Edge.page]
        let noData = Fault("GET /v1/agents/", .every, .refuse(status: 500))
        let started: [(Edge.Behind, ScriptedServer)] = [
            (.letta, try ScriptedServer(token: token, origins: pages)),
            (.openLetta, try ScriptedServer(origins: pages)),
            (.otherVersion, try ScriptedServer(profile: other, token: token, origins: pages)),
            (.otherOrigins, try ScriptedServer(token: token, origins: ["http://localhost:3000"])),
            (.deadData, try ScriptedServer(token: token, faults: [noData], origins: pages)),
            (.website, try ScriptedServer(mode: .notLetta, origins: pages)),
        ]
        var ports: [Edge.Behind: Int] = [.nobody: dead]
        for (kind, server) in started {
            ports[kind] = server.url.split(separator: ":").last.flatMap { Int($0) }
        }
        return (started.map(\.1), ports)
    }

    struct NotStarted: Error { let log: String }

    private func waitUntilItListens() throws {
        for _ in 0..<200 {
            if (ports + [page, redirect, blindRedirect]).allSatisfy(Self.isOpen) { return }
            usleep(25_000)
        }
        throw NotStarted(
            log: TextFile.read(folder.path + "/nginx.log") + TextFile.read(folder.path + "/error.log"))
    }

    private static func isOpen(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
