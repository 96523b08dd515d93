import Glibc
import Host
import LettaModel
import LosslessJSON

/// What was read of the host before anything was decided; the planner sees
/// nothing else.
public struct HostFacts: Sendable, Equatable {
    /// Tells this host and root from others.
    public var host = ""
    public var isRoot = false
    /// As whom this was read.
    public var runner = Owner(user: 0, group: 0)
    public var nginx: NginxVersion?
    public var hasIPv6 = true
    public var user = "www-data"
    public var packages: Set<String> = []
    /// By path, of every file that may be put.
    public var files: [String: SeenFile] = [:]
    /// Why nothing can be written at a path.
    public var obstacles: [String: String] = [:]
    public var listening: [Socket] = []
    /// Servers of nginx that are not ferry's.
    public var servers: [ForeignServer] = []
    /// What `nginx -t` finds before anything is changed.
    public var nginxTrouble: String?
    public var isNginxRunning = false
    /// Only root may read nginx's files here.
    public var isNginxHidden = false
    public var certificate = CertificateFact.absent
    /// Letta answers on its loopback port.
    public var lettaAnswers = false
    public var hasSystemd = false
    /// Units that are enabled and active.
    public var services: Set<String> = []
    public var users: Set<String> = []
    /// Addresses of the host's name.
    public var addresses: [String] = []
    /// `letta` exists in this host's database, with `vector`.
    public var hasDatabase = false
    /// The revision of its schema.
    public var revision: String?
    /// Folders that a script would replace, and that ferry did not make.
    public var foreignPlaces: [String] = []
    /// Links below a scratch root that lead its files elsewhere, and whither.
    public var detours: [String: String] = [:]
    /// What `letta-install` wrote when it was done.
    public var lettaMark: String?

    public init() {}

    /// Numbers of a user and a group.
    public struct Owner: Sendable, Equatable {
        public var user: Int
        public var group: Int

        public init(user: Int, group: Int) {
            self.user = user
            self.group = group
        }

        static var current: Owner { Owner(user: Int(geteuid()), group: Int(getegid())) }

        var shown: String { user == 0 && group == 0 ? "root:root" : "\(user):\(group)" }
    }

    /// A socket that waits, as far as it matters here.
    public struct Socket: Sendable, Equatable, Hashable {
        public var address: String
        public var port: Int
        public init(_ address: String, _ port: Int) {
            self.address = address
            self.port = port
        }
    }
}

public enum CertificateFact: Sendable, Equatable {
    case absent
    case good
    /// For another name, past its end, or without its key.
    case wrong(String)
    case unknown(String)
}

/// A server block of somebody else.
public struct ForeignServer: Sendable, Equatable {
    public var file: String
    public var ports: [Int]
    public var defaultPorts: [Int]
    public var names: [String]

    public init(file: String, ports: [Int], defaultPorts: [Int], names: [String]) {
        self.file = file
        self.ports = ports
        self.defaultPorts = defaultPorts
        self.names = names
    }

    /// From what `nginx -T` prints.
    static func all(_ dump: String) -> [ForeignServer] {
        var found: [ForeignServer] = []
        var file = ""
        var text = ""
        func finish() { found += servers(in: text, file: file) }
        for line in dump.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# configuration file "), line.hasSuffix(":") {
                finish()
                file = String(line.dropFirst("# configuration file ".count).dropLast())
                text = ""
            } else {
                text += line.prefix { $0 != "#" } + "\n"
            }
        }
        finish()
        return found
    }

    /// By statements, which end with `;`, `{` or `}`.
    private static func servers(in text: String, file: String) -> [ForeignServer] {
        var servers: [ForeignServer] = []
        var depth = 0
        var inside: Int?
        var words = ""
        for sign in text {
            guard ";{}".contains(sign) else {
                words.append(sign)
                continue
            }
            let statement = words.split { $0.isWhitespace }.map(String.init)
            words = ""
            if sign == "{" {
                if statement == ["server"] {
                    inside = depth
                    servers.append(ForeignServer(file: file, ports: [], defaultPorts: [], names: []))
                }
                depth += 1
            } else if sign == "}" {
                depth -= 1
                if depth == inside { inside = nil }
            } else if inside != nil, let place = servers.indices.last {
                servers[place].read(statement)
            }
        }
        return servers.map {
            $0.ports.isEmpty
                ? ForeignServer(file: $0.file, ports: [80], defaultPorts: $0.defaultPorts, names: $0.names)
                : $0
        }
    }

    private mutating func read(_ statement: [String]) {
        guard statement.count > 1 else { return }
        if statement[0] == "server_name" { names += statement.dropFirst() }
        if statement[0] == "listen" {
            let port = Int(statement[1]) ?? statement[1].split(separator: ":").last.flatMap { Int($0) } ?? 80
            ports.append(port)
            if statement.contains("default_server") { defaultPorts.append(port) }
        }
    }
}
