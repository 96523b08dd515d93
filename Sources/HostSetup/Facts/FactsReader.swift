import Glibc
import Hashing
public import HTTP
import Host
import LettaModel

/// Reads the facts of this host: all the I/O of a plan.
///
/// **Effects**: none; runs `nginx -v`, `-t` and `-T`, `dpkg-query`,
/// `systemctl is-enabled`, `openssl x509`, `ss` and, as root, a SELECT of a catalogue.
public struct FactsReader: Sendable {
    let config: HostConfig
    let base: String
    let secrets: HostSecrets
    let dialer: any Dialer

    /// - Parameter secrets: with which the database is asked.
    public init(
        _ config: HostConfig, base: String, secrets: HostSecrets = HostSecrets([:]), dialer: any Dialer
    ) {
        self.config = config
        self.base = base
        self.secrets = secrets
        self.dialer = dialer
    }

    private var paths: HostPaths { HostPaths(base: base, name: config.name) }
    private var control: NginxControl { NginxControl(config: config, paths: paths) }

    /// What rendering needs; little, so that it can be had first.
    func renderFacts() -> RenderFacts {
        let version = Tool(words: ["nginx", "-v"]).run().flatMap {
            NginxVersion(String($0.text.split(separator: "\n").first ?? ""))
        }
        let hasIPv6 = HostDisk.read("/proc/net/if_inet6").map { !$0.isEmpty } ?? false
        return RenderFacts(
            nginx: version ?? .usual, hasIPv6: hasIPv6, base: base, user: base.isEmpty ? "www-data" : Self.me)
    }

    private static var me: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "nobody"
    }

    public func facts(for files: [DesiredFile]) async -> HostFacts {
        var facts = HostFacts()
        facts.host = hostMark
        facts.isRoot = geteuid() == 0
        facts.runner = HostFacts.Owner(user: Int(geteuid()), group: Int(getegid()))
        facts.nginx = Tool(words: ["nginx", "-v"]).run().flatMap {
            NginxVersion(String($0.text.split(separator: "\n").first ?? ""))
        }
        let rendering = renderFacts()
        (facts.hasIPv6, facts.user) = (rendering.hasIPv6, rendering.user)
        for path in files.map(\.path) + [paths.defaultSite] + extraFiles {
            facts.files[path] = HostDisk.see(path)
            facts.obstacles[path] = HostDisk.obstacle(to: path)
        }
        facts.packages = installedPackages
        facts.listening = listening
        (facts.servers, facts.nginxTrouble) = nginx
        facts.isNginxRunning = control.isRunning
        facts.isNginxHidden = geteuid() != 0 && facts.servers.isEmpty
        facts.certificate = certificate
        facts.hasSystemd = HostDisk.exists("/run/systemd/system")
        if base.isEmpty { (facts.services, facts.running) = services }
        if base.isEmpty, config.letta == "docker" { facts.hasImages = Docker().has(Rendering.images(config)) }
        if base.isEmpty, config.firewall { readSSH(into: &facts) }
        facts.users = Set(["letta", "sanctum", "postgres"].filter { getpwnam($0) != nil })
        facts.addresses = await dialer.lookUp(config.name).addresses
        facts.ownAddresses = Self.ownAddresses
        facts.lackingPython = WorkerEnvironment.lacking(config.agents, paths)
        facts.lettaAnswers = await lettaAnswers()
        facts.foreignPlaces = InstalledPlace.all(config, paths).filter(InstalledPlace.isForeign)
        facts.detours = detours(files)
        facts.lacksSitePage = config.hasSite && !HostDisk.exists(config.site + "/index.html")
        facts.lettaMark = HostDisk.read("\(paths.letta)/venv/.ferry").map {
            String(decoding: $0, as: UTF8.self)
        }
        if config.tables == "alembic" { facts.heads = Migrations.heads(config.alembicFolder) }
        if base.isEmpty { DatabaseReader(config, paths, secrets).read(into: &facts) }
        return facts
    }

    private var extraFiles: [String] {
        config.certificate == "self-signed" ? [paths.ownCertificate, paths.ownKey] : []
    }

    private static var ownAddresses: [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        return sequence(first: first, next: { $0?.pointee.ifa_next }).compactMap { entry in
            guard let entry, entry.pointee.ifa_flags & UInt32(IFF_LOOPBACK) == 0,
                let address = entry.pointee.ifa_addr
            else { return nil }
            let family = Int32(address.pointee.sa_family)
            guard family == AF_INET || family == AF_INET6 else { return nil }
            let size = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
            var name = [CChar](repeating: 0, count: 128)
            guard getnameinfo(address, socklen_t(size), &name, 128, nil, 0, NI_NUMERICHOST) == 0 else {
                return nil
            }
            let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            return String(text.prefix { $0 != "%" })
        }
    }

    /// The links on the way to any file of a scratch root.
    private func detours(_ files: [DesiredFile]) -> [String: String] {
        guard !base.isEmpty else { return [:] }
        var found: [String: String] = [:]
        let folders = paths.foldersOfScratch.map { $0 + "/x" }
        let own = [paths.ownCertificate, paths.ownKey, "\(paths.webroot)/x", "\(paths.lineage)/x"]
        for path in files.map(\.path) + folders + own {
            if let detour = HostDisk.detour(to: path, below: base) { found[detour.link] = detour.target }
        }
        return found
    }

    private var hostMark: String {
        let machine = HostDisk.read("/etc/machine-id") ?? []
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, 255)
        let text =
            String(decoding: machine, as: UTF8.self)
            + String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        return String(ContentDigest.ofBytes(Array((text + "\n" + base).utf8)).description.prefix(16))
    }

    private var installedPackages: Set<String> {
        let wanted = HostPackages.of(config)
        let answer = Tool(words: ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\\n"] + wanted)
            .run()
        let lines = (answer?.text ?? "").split(separator: "\n").filter { $0.hasPrefix("installed ") }
        return Set(lines.map { String($0.dropFirst("installed ".count)) })
    }

    private var listening: [HostFacts.Socket] {
        let ports = [config.httpPort, config.httpsPort, config.apiPort, config.lettaPort]
        return Set(sockets.filter { ports.contains($0.port) }.map { HostFacts.Socket($0.address, $0.port) })
            .sorted { ($0.port, $0.address) < ($1.port, $1.address) }
    }

    private var sockets: [ListeningSocket] {
        ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { HostDisk.read($0) }
            .flatMap { ListeningSocket.all(String(decoding: $0, as: UTF8.self)) }
    }

    private var nginx: ([ForeignServer], String?) {
        guard HostDisk.exists(paths.nginxMain) else { return ([], nil) }
        guard let dump = Tool(words: control.words + ["-T"]).run(limit: 16 << 20) else { return ([], nil) }
        guard !dump.isCut else {
            return ([], "nginx -T prints more than 16 MiB, too much to be looked through")
        }
        guard dump.succeeded else { return ([], isHidden(dump) ? nil : dump.lastEmergency) }
        return (ForeignServer.all(dump.text).filter { $0.file != paths.site }, nil)
    }

    private func isHidden(_ dump: Tool.Result) -> Bool {
        geteuid() != 0 && dump.text.contains("Permission denied")
    }

    /// Those that are enabled and run, and those that run.
    private var services: (Set<String>, Set<String>) {
        let systemd = Systemd()
        let units = HostUnits.of(config)
        let running = Set(units.filter(systemd.isUp))
        return (running.filter(systemd.isEnabled), running)
    }

    private func readSSH(into facts: inout HostFacts) {
        let lines = (Tool(words: ["ss", "-H", "-ltnp"]).run()?.text ?? "").split(separator: "\n")
        facts.sshPorts = Set(
            lines.filter { $0.contains("\"sshd\"") }.compactMap { line in
                line.split(separator: " ").dropFirst(3).first.flatMap { place in
                    place.split(separator: ":").last.flatMap { Int($0) }
                }
            })
        facts.isSSHPortUsed = sockets.contains { $0.port == config.sshPort }
    }

    private var certificate: CertificateFact {
        let files = paths.certificate(config)
        guard HostDisk.exists(files.chain) else { return .absent }
        guard access(files.chain, R_OK) == 0 else { return .unknown("\(files.chain) cannot be read") }
        guard HostDisk.exists(files.key) else { return .wrong("\(files.key) is not there") }
        func ask(_ words: [String]) -> Tool.Result? {
            Tool(words: ["openssl", "x509", "-in", files.chain, "-noout"] + words).run()
        }
        guard let name = ask(["-checkhost", config.name]) else { return .unknown("openssl is not installed") }
        guard name.succeeded else { return .wrong("\(files.chain) is no certificate") }
        let address = ask(["-checkip", config.name])?.text.contains("does match") ?? false
        guard name.text.contains("does match") || address else {
            return .wrong("\(files.chain) is for another name than \(config.name)")
        }
        guard ask(["-checkend", "0"])?.succeeded == true else { return .wrong("\(files.chain) has expired") }
        return pairs(files) ? .good : .wrong("\(files.key) is not the key of \(files.chain)")
    }

    private func pairs(_ files: (chain: String, key: String)) -> Bool {
        guard access(files.key, R_OK) == 0 else { return true }
        let one = Tool(words: ["openssl", "x509", "-in", files.chain, "-noout", "-pubkey"]).run()
        let other = Tool(words: ["openssl", "pkey", "-in", files.key, "-pubout"]).run()
        return one?.succeeded == true && one?.text == other?.text
    }

    func lettaAnswers() async -> Bool {
        let health = Array(
            "GET /v1/health/ HTTP/1.1\r\nHost: 127.0.0.1:\(config.lettaPort)\r\nConnection: close\r\n\r\n"
                .utf8)
        let report = await dialer.dial(
            Dial(
                host: "127.0.0.1", port: config.lettaPort, layer: .plain, words: health,
                isEnough: HTTPAnswer.isWhole))
        guard let answer = HTTPAnswer(report.heard) else { return false }
        return answer.status == 200 && String(decoding: answer.body, as: UTF8.self).contains("\"version\"")
    }
}

extension Tool.Result {
    /// nginx's own sentence, or the last words.
    var lastEmergency: String {
        text.split(separator: "\n").first { $0.contains("[emerg]") }.map(String.init) ?? lastWords
    }
}
