public import HTTP

/// What was read of the machine itself.
public struct MachineSight: Sendable {
    public struct File: Sendable, Equatable {
        public var path: String
        public var bits: Int
        public var owner: Int
    }

    /// A port of the edge: what nginx does with a stream there, and the
    /// certificate as it lies on the disk.
    public struct Port: Sendable, Equatable {
        public var number: Int
        public var upstreams: [String] = []
        /// Nil: nginx's own default, which is on.
        public var buffering: String?
        /// Nil: nginx's own default, a minute.
        public var readTimeout: String?
        /// PEM of the first certificate of the file; nil where it cannot be
        /// read.
        public var certificate: String?
        public var certificatePath: String?

        public init(_ number: Int) { self.number = number }
    }

    /// Where values were found that should be nowhere.
    public struct Leak: Sendable, Equatable {
        /// A path, `the journal of letta`, `process 4711 (python3)`.
        public var place: String
        /// The variables that hold the values.
        public var names: [String]

        public init(_ place: String, _ names: [String]) {
            self.place = place
            self.names = names
        }
    }

    public struct Room: Sendable, Equatable {
        public var path: String
        public var free: Int

        public init(_ path: String, _ free: Int) {
            self.path = path
            self.free = free
        }
    }

    public var listening: [ListeningSocket]
    /// Why nginx's settings could not be read.
    public var nginxTrouble: String?
    /// nginx itself refuses them.
    public var nginxRefuses = false
    /// Ports that its settings name and where nobody listens; nil where that
    /// was not looked at.
    public var unheard: [Int]?
    public var ports: [Port]
    /// Where Letta itself listens, by its process.
    public var lettaPorts: [Int] = []
    public var secrets: [File]
    public var rooms: [Room]
    public var freeMemory: Int?
    /// What `systemctl is-enabled certbot.timer` says; nil where there is no
    /// such timer.
    public var timer: String?
    public var database: DatabaseSight?
    /// Whether LETTA_REDIS_HOST is set, and what answered there; nil where
    /// Letta's settings are not known.
    public var redis: RedisSight?
    /// What of the host ferry wrote.
    public var ferrys: Set<FerrysPart> = []
    /// What runs at night; nil where no such unit is there.
    public var dumps: NightSight?
    public var backups: NightSight?
    /// Units of workers that were moved here.
    public var workers: [WorkerPython] = []
    public var logLeaks: [Leak] = []
    public var wordLeaks: [Leak] = []
    /// How many logs were searched, and those that could not be.
    public var searchedLogs = 0
    public var unreadLogs: [String] = []
    /// How many values were looked for.
    public var knownSecrets = 0

    public init(
        listening: [ListeningSocket], nginxTrouble: String? = nil, ports: [Port] = [], secrets: [File] = [],
        rooms: [Room] = [], freeMemory: Int? = nil, timer: String? = nil
    ) {
        self.listening = listening
        self.nginxTrouble = nginxTrouble
        self.ports = ports
        self.secrets = secrets
        self.rooms = rooms
        self.freeMemory = freeMemory
        self.timer = timer
    }
}

/// Redis, without which Letta streams no reply in the background.
public enum RedisSight: Sendable, Equatable {
    case unset
    case answers(String)
    case silent(String)
}

extension MachineSight {
    static let streamPath = "/v1/agents/agent-x/messages/stream"
    private static let secretFolders = ["/etc/letta", "/etc/sanctum", "/opt/letta"]

    /// Reads the machine for the ports of an errand.
    public init(of errand: Errand, _ ground: any Ground, _ dialer: any Dialer) async {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { ground.text(of: $0) }
        let dump = ground.output(of: ["nginx", "-T"])
        let settings = dump.flatMap { $0.status == 0 ? NginxSettings($0.text) : nil }
        self.init(listening: tables.flatMap(ListeningSocket.all))
        nginxTrouble = settings == nil ? Self.trouble(dump, isInstalled: ground.has("nginx")) : nil
        nginxRefuses =
            dump.map {
                $0.status != 0 && $0.text.contains("[emerg]") && !$0.text.contains("ermission denied")
            } ?? false
        ports = errand.ports.filter { $0.role != .redirect }.compactMap { port in
            settings.flatMap { Self.port(port.number, errand.origin.host, $0, ground) }
        }
        // An nginx that serves something else, or nothing, is not looked at.
        if !ports.isEmpty, let named = settings?.allPorts {
            unheard = named.filter { port in !listening.contains { $0.port == port } }
        }
        readFiles(ground)
        let processes = RunningProcess.all(ground)
        let direct = errand.isHTTPS ? [] : [errand.origin.port]
        let lettas = RunningProcess.lettas(among: processes, at: upstreamPorts + direct)
        lettaPorts = lettas.compactMap(\.port)
        let found = Self.foundSettings(secrets.map(\.path), lettas, ground)
        database = DatabaseSight(of: found, ground)
        redis = await Self.redis(found, dialer)
        findLeaks(found, errand, processes, settings, ground)
        readRoom(settings, ground)
        timer = Self.timer(ground)
        ferrys = FerrysPart.found(dump: dump?.text, host: errand.origin.host, ground)
        dumps = NightSight(dumps: ground)
        backups = NightSight(backups: ground)
        workers = WorkerPython.all(ground)
    }

    /// Ports behind nginx.
    var upstreamPorts: [Int] {
        ports.flatMap(\.upstreams).compactMap { $0.split(separator: ":").last.flatMap { Int($0) } }
    }

    private mutating func readFiles(_ ground: any Ground) {
        let paths =
            ground.envFiles
            + Self.secretFolders.flatMap { folder in
                ground.names(in: folder).filter { $0.hasSuffix(".env") }.map { "\(folder)/\($0)" }
            }
        secrets = paths.compactMap { path in
            ground.mode(of: path).map { File(path: path, bits: $0.bits, owner: $0.owner) }
        }
    }

    static func foundSettings(
        _ files: [String], _ lettas: [RunningProcess], _ ground: any Ground
    ) -> [FoundSettings] {
        // What somebody names counts first, then what runs, then what is written down.
        let named = files.filter(ground.envFiles.contains)
        return (named.compactMap { settings(of: $0, ground) })
            + lettas.compactMap { process in
                ground.text(of: "/proc/\(process.pid)/environ").map {
                    FoundSettings(
                        place: "process \(process.pid)", values: FoundSettings.values(ofProcess: $0))
                }
            }
            + files.filter { !named.contains($0) }.compactMap { settings(of: $0, ground) }
    }

    private static func settings(of path: String, _ ground: any Ground) -> FoundSettings? {
        ground.text(of: path).map { FoundSettings(place: path, values: FoundSettings.values(ofFile: $0)) }
    }

    private static func redis(_ settings: [FoundSettings], _ dialer: any Dialer) async -> RedisSight? {
        guard !settings.isEmpty else { return nil }
        guard let host = settings.lazy.compactMap({ $0.values["LETTA_REDIS_HOST"] }).first, !host.isEmpty
        else { return .unset }
        let port =
            settings.lazy.compactMap { $0.values["LETTA_REDIS_PORT"] }.first.flatMap { Int($0) } ?? 6379
        let report = await dialer.dial(
            Dial(
                host: host, port: port, layer: .plain, words: Array("PING\r\n".utf8), patience: .seconds(2),
                isEnough: { $0.contains(UInt8(ascii: "\n")) }))
        let words = String(decoding: report.heard.prefix(7), as: UTF8.self)
        // A Redis with a password is there, too.
        return words.hasPrefix("+PONG") || words.hasPrefix("-NOAUTH")
            ? .answers("\(host):\(port)") : .silent("\(host):\(port)")
    }

    private mutating func readRoom(_ settings: NginxSettings?, _ ground: any Ground) {
        let bodies = settings?.everywhere("client_body_temp_path").first?.first
        let paths = ["/", "/var/lib/postgresql", bodies ?? "/var/lib/nginx"]
        rooms = paths.compactMap { path in ground.freeBytes(at: path).map { Room(path, $0) } }
            .reduce(into: []) { rooms, room in
                if !rooms.contains(where: { $0.free == room.free }) { rooms.append(room) }
            }
        freeMemory = ground.text(of: "/proc/meminfo").flatMap(Self.availableMemory)
    }

    private static func timer(_ ground: any Ground) -> String? {
        let words = ground.output(of: ["systemctl", "is-enabled", "certbot.timer"])?.text.trimmedLine
        // A sentence says that there is no such timer, or no systemd.
        return words.flatMap { ["enabled", "disabled", "static", "masked"].contains($0) ? $0 : nil }
    }

    private static func trouble(_ dump: (status: Int, text: String)?, isInstalled: Bool) -> String {
        guard let dump else {
            return isInstalled ? "nginx -T did not come to its end in time" : "nginx is not installed"
        }
        let lines = dump.text.split(separator: "\n")
        return (lines.first { $0.contains("[emerg]") } ?? lines.first).map(String.init)
            ?? "nginx -T says nothing"
    }

    private static func port(
        _ number: Int, _ host: String, _ settings: NginxSettings, _ ground: any Ground
    ) -> Port? {
        guard settings.server(port: number, host: host) != nil else { return nil }
        func value(_ name: String) -> String? {
            settings.values(name, port: number, host: host, path: streamPath)?.first
        }
        var port = Port(number)
        port.upstreams = settings.upstreams(port: number, host: host, path: streamPath)
        port.buffering = value("proxy_buffering")
        port.readTimeout = value("proxy_read_timeout")
        port.certificatePath = value("ssl_certificate")
        port.certificate = port.certificatePath.flatMap { ground.text(of: $0) }.flatMap(firstCertificate)
        return port
    }

    static func firstCertificate(_ text: String) -> String? {
        guard let start = text.firstRange(of: "-----BEGIN CERTIFICATE-----"),
            let end = text.firstRange(of: "-----END CERTIFICATE-----"), start.upperBound < end.lowerBound
        else { return nil }
        return text[start.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
    }

    private static func availableMemory(_ text: String) -> Int? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}

extension String {
    var trimmedLine: String { split(separator: "\n").first.map { String($0.trimmed) } ?? "" }
}
