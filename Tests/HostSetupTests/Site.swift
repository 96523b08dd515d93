import Glibc
import HTTP
import HTTPCurl
import Journal
import LettaModel
import ScriptedLetta
import Synchronization

@testable import HostSetup

/// A host below a folder: an nginx of its own on high ports of loopback,
/// before a scripted Letta. Gone with this value, its nginx too.
final class Site: Sendable {
    let scratch = Scratch()
    let letta: Mutex<ScriptedServer?>
    let config: HostConfig
    private let stops = Mutex(0)

    static let token = "made-up-password"

    var root: String { scratch.path + "/root" }
    var state: String { scratch.path + "/state" }

    init(_ change: (inout HostConfig) -> Void = { _ in }) throws {
        let server = try ScriptedServer(token: Self.token, origins: ["https://app.letta.com"])
        var config = MadeUp.usual
        config.name = "lab.example.org"
        (config.certificate, config.letta, config.services) = ("self-signed", "running", "none")
        config.address = "127.0.0.1"
        config.lettaPort = server.url.split(separator: ":").last.flatMap { Int($0) } ?? 1
        let ports = Ports.take(3)
        (config.httpPort, config.httpsPort, config.apiPort) = (ports[0], ports[1], ports[2])
        change(&config)
        self.config = config
        letta = Mutex(server)
    }

    deinit {
        let nginx = NginxControl(config: config, paths: HostPaths(base: root, name: config.name))
        try? nginx.stop()
    }

    var paths: HostPaths { HostPaths(base: root, name: config.name) }
    var nginx: NginxControl { NginxControl(config: config, paths: paths) }

    /// Another server in the place of the first.
    func replaceLetta(_ make: (UInt16) throws -> ScriptedServer) throws {
        try letta.withLock {
            $0?.stop()
            $0 = nil
            $0 = try make(UInt16(config.lettaPort))
        }
    }

    func prepare(_ changed: HostConfig? = nil) async throws -> HostPrepared {
        let secrets = HostSecrets([HostSecrets.password: Secret(Self.token)])
        let path = scratch.path + "/host.json"
        if !HostDisk.exists(path) { try HostConfigStore.create(changed ?? config, secrets, at: path) }
        return try await HostPlanning.prepare(
            changed ?? config, secrets, root: root, secretsPath: "host.secrets", dialer: CurlDialer())
    }

    /// - Parameter kill: at which of its interrupts a run is killed.
    func engine<Result: Sendable>(
        kill: Int? = nil, _ body: @Sendable (HostApply) async throws -> Result
    ) async throws -> Result {
        stops.withLock { $0 = 0 }
        return try await withJournal(at: state + "/journal.db") { journal in
            let engine = HostApply(
                journal: journal, dialer: CurlDialer(), version: "test", now: { Int(time(nil)) },
                progress: { _ in },
                interrupt: { [self] _ in
                    let number = stops.withLock {
                        $0 += 1
                        return $0
                    }
                    if number == kill { throw HostBook.Killed() }
                })
            return try await body(engine)
        }
    }

    @discardableResult
    func apply(_ changed: HostConfig? = nil, kill: Int? = nil) async throws -> HostApplied {
        let prepared = try await prepare(changed)
        let path = scratch.path + "/host.json"
        return try await engine(kill: kill) { try await $0.apply(prepared, configPath: path) }
    }

    func resume(kill: Int? = nil) async throws -> HostApplied {
        try await engine(kill: kill) { try await $0.resume(try await Self.newest($0)) }
    }

    @discardableResult
    func undo(discardsNewer: Bool = false, kill: Int? = nil) async throws -> HostUndone {
        try await engine(kill: kill) {
            try await $0.undo(try await Self.newest($0), discardsNewer: discardsNewer)
        }
    }

    func newest() async throws -> RunRecord { try await engine { try await Self.newest($0) } }

    private static func newest(_ engine: HostApply) async throws -> RunRecord {
        guard let run = try await engine.journal.runs().first else { throw HostBook.Killed() }
        return run
    }

    /// What the edge serves, over TLS or not; the status alone.
    func status(_ port: Int, _ path: String, isTLS: Bool = true) async -> Int? {
        let words = "GET \(path) HTTP/1.1\r\nHost: \(config.name)\r\nConnection: close\r\n\r\n"
        let report = await CurlDialer().dial(
            Dial(
                host: config.name, port: port, address: "127.0.0.1",
                layer: isTLS ? .tls(verified: false, .usual) : .plain, words: Array(words.utf8)))
        let line = String(decoding: report.heard.prefix { $0 != 13 }, as: UTF8.self)
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    /// Every file below the root but nginx's own logs, with its bytes.
    func files() -> [String: String] {
        let list =
            Tool(words: ["find", root, "-type", "f", "-not", "-path", "*/log/*", "-not", "-path", "*/run/*"])
            .run()?.text ?? ""
        guard HostDisk.exists(root) else { return [:] }
        var found: [String: String] = [:]
        for path in list.split(separator: "\n").map(String.init) {
            found[String(path.dropFirst(root.count))] = HostDisk.see(path).essence
        }
        return found
    }
}

/// Ports of 127.0.0.1 that nobody uses, all different in this process.
enum Ports {
    private static let given = Mutex<Set<Int>>([])

    static func take(_ count: Int) -> [Int] {
        var ports: [Int] = []
        while ports.count < count {
            let port = Int.random(in: 20_000..<32_000)
            if isFree(port), given.withLock({ $0.insert(port).inserted }) { ports.append(port) }
        }
        return ports
    }

    private static func isFree(_ port: Int) -> Bool {
        guard let held = Held(port) else { return false }
        held.release()
        return true
    }
}

/// A port that somebody else has.
struct Held {
    private let socket: Int32

    init?(_ port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(socket, 1) == 0 else {
            close(socket)
            return nil
        }
    }

    func release() { close(socket) }
}
