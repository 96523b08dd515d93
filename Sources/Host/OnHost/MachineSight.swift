import HTTP

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

    public var listening: [ListeningSocket]
    /// Why nginx's settings could not be read.
    public var nginxTrouble: String?
    public var ports: [Port]
    public var secrets: [File]
    public var freeDisk: Int?
    public var freeMemory: Int?
    /// What `systemctl is-enabled certbot.timer` says; nil where there is no
    /// such timer.
    public var timer: String?

    public init(
        listening: [ListeningSocket], nginxTrouble: String? = nil, ports: [Port] = [], secrets: [File] = [],
        freeDisk: Int? = nil, freeMemory: Int? = nil, timer: String? = nil
    ) {
        self.listening = listening
        self.nginxTrouble = nginxTrouble
        self.ports = ports
        self.secrets = secrets
        self.freeDisk = freeDisk
        self.freeMemory = freeMemory
        self.timer = timer
    }
}

extension MachineSight {
    static let streamPath = "/v1/agents/agent-x/messages/stream"
    private static let secretFiles = ["/etc/letta/letta.env", "/etc/letta/.env", "/opt/letta/.env"]

    /// Reads the machine for the ports of an errand.
    public init(of errand: Errand, _ ground: any Ground) {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { ground.text(of: $0) }
        let dump = ground.output(of: ["nginx", "-T"])
        let settings = dump.flatMap { $0.status == 0 ? NginxSettings($0.text) : nil }
        self.init(listening: tables.flatMap(ListeningSocket.all))
        nginxTrouble = settings == nil ? Self.trouble(dump) : nil
        ports = errand.ports.filter { $0.role != .redirect }.compactMap { port in
            settings.flatMap { Self.port(port.number, errand.origin.host, $0, ground) }
        }
        secrets = Self.secretFiles.compactMap { path in
            ground.mode(of: path).map { File(path: path, bits: $0.bits, owner: $0.owner) }
        }
        freeDisk = ground.freeBytes(at: "/")
        freeMemory = ground.text(of: "/proc/meminfo").flatMap(Self.availableMemory)
        let words = ground.output(of: ["systemctl", "is-enabled", "certbot.timer"])?.text.trimmedLine
        // A sentence says that there is no such timer, or no systemd.
        timer = words.flatMap { ["enabled", "disabled", "static", "masked"].contains($0) ? $0 : nil }
    }

    private static func trouble(_ dump: (status: Int, text: String)?) -> String {
        guard let dump else { return "nginx is not installed" }
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
    fileprivate var trimmedLine: String { split(separator: "\n").first.map { String($0.trimmed) } ?? "" }
}
