import Glibc
import Host
import LettaModel

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
    /// Units that are active, enabled or not.
    public var running: Set<String> = []
    /// Where sshd waits, as far as `ss` tells; empty where it does not.
    public var sshPorts: Set<Int> = []
    /// Something waits on the port that a firewall would keep open for ssh.
    public var isSSHPortUsed = false
    public var users: Set<String> = []
    /// Addresses of the host's name.
    public var addresses: [String] = []
    /// Addresses of this host's own interfaces, but loopback's.
    public var ownAddresses: [String] = []
    /// Agents whose workers were moved here, and whose Python nobody has made;
    /// with the files that say what goes into it.
    var lackingPython: [String: [String]] = [:]
    /// Every image of a container is here.
    public var hasImages = false
    /// `letta` exists in this host's database, with `vector`.
    public var hasDatabase = false
    /// The revision of its schema.
    public var revision: String?
    /// The newest revisions of the folder of migrations.
    public var heads: Set<String> = []
    /// What bears Letta's names in this host's Postgres; nil where nobody asked.
    public var database: DatabaseFact?
    /// Folders that a script would replace, and that ferry did not make.
    public var foreignPlaces: [String] = []
    /// Links below a scratch root that lead its files elsewhere, and whither.
    public var detours: [String: String] = [:]
    /// A site is to be served, and its first page is not there.
    public var lacksSitePage = false
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

/// What there is of the name `letta` in a Postgres.
public struct DatabaseFact: Sendable, Equatable {
    public var hasRole = false
    /// The role takes the password of the config's own file.
    public var takesPassword = false
    /// Of the database `letta`; nil where there is none.
    public var owner: String?
    /// In that database, of whatever program.
    public var tables = 0

    public init() {}
}

extension HostFacts {
    /// Nothing is left to be done for Letta's tables.
    func hasTables(_ config: HostConfig) -> Bool {
        guard let revision else { return false }
        return config.tables == "alembic" ? heads == [revision] : revision == LettaLock.revision
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
    /// The same ports, as somebody comes in by them.
    var doors: [Door] = []

    /// A place to connect to.
    struct Door: Sendable, Hashable {
        /// Nil where it listens on every address.
        var address: String?
        var port: Int
        var isTLS: Bool
    }

    public init(file: String, ports: [Int], defaultPorts: [Int], names: [String]) {
        self.file = file
        self.ports = ports
        self.defaultPorts = defaultPorts
        self.names = names
    }

    /// From what `nginx -T` prints, or from the text of one file.
    static func all(_ dump: String) -> [ForeignServer] {
        NginxDirective.files(dump).flatMap { file in
            blocks(file.directives).map { ForeignServer($0, file: file.path) }
        }
    }

    private static func blocks(_ directives: [NginxDirective]) -> [NginxDirective] {
        directives.flatMap { $0.words == ["server"] ? [$0] : blocks($0.children) }
    }

    private init(_ block: NginxDirective, file: String) {
        self.init(file: file, ports: [], defaultPorts: [], names: [])
        for words in block.children.map(\.words) where words.count > 1 {
            if words[0] == "server_name" { names += words.dropFirst() }
            if words[0] == "listen", !words[1].hasPrefix("unix:") { listen(words) }
        }
        if ports.isEmpty { listen(["listen", "80"]) }
    }

    private mutating func listen(_ words: [String]) {
        let place = words[1]
        let colon = place.lastIndex(of: ":").flatMap { place.hasSuffix("]") ? nil : $0 }
        let port = Int(place) ?? colon.flatMap { Int(place[place.index(after: $0)...]) } ?? 80
        let host = (Int(place) != nil ? "" : colon.map { String(place[..<$0]) } ?? place)
            .filter { !"[]".contains($0) }
        ports.append(port)
        if words.contains("default_server") || words.contains("default") { defaultPorts.append(port) }
        let isEverywhere = ["", "*", "0.0.0.0", "::", "localhost"].contains(host)
        doors.append(
            Door(address: isEverywhere ? nil : host, port: port, isTLS: words.contains("ssl")))
    }
}
