import LettaModel

/// What the files depend on beside the config.
public struct RenderFacts: Sendable, Equatable {
    public var nginx: NginxVersion
    public var hasIPv6: Bool
    /// Before every path of the host; empty but for a scratch root.
    public var base: String
    /// As whom nginx's workers run in a scratch root.
    public var user: String

    public init(nginx: NginxVersion, hasIPv6: Bool = true, base: String = "", user: String = "www-data") {
        self.nginx = nginx
        self.hasIPv6 = hasIPv6
        self.base = base
        self.user = user
    }
}

/// `1.22.1`.
public struct NginxVersion: Sendable, Comparable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    public var patch: Int

    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// From `nginx version: nginx/1.22.1 (Ubuntu)`, or the number alone.
    public init?(_ text: String) {
        let word = text.split(separator: "/").last?.prefix { $0.isNumber || $0 == "." } ?? ""
        let parts = word.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        self.init(parts[0], parts[1], parts[2])
    }

    /// Debian 12's.
    public static let usual = NginxVersion(1, 22, 1)
    /// `ssl_reject_handshake` came with it.
    public static let oldest = NginxVersion(1, 19, 4)

    /// `http2` is a directive of its own.
    var hasHTTP2Directive: Bool { self >= NginxVersion(1, 25, 1) }

    public static func < (one: NginxVersion, other: NginxVersion) -> Bool {
        (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
    }

    public var description: String { "\(major).\(minor).\(patch)" }
}

/// Config and facts -> files; pure.
public struct Rendering: Sendable {
    public let config: HostConfig
    public let facts: RenderFacts
    let secrets: HostSecrets

    public init(_ config: HostConfig, _ secrets: HostSecrets, _ facts: RenderFacts) {
        self.config = config
        self.secrets = secrets
        self.facts = facts
    }

    /// Every file of the host, in the order in which they are put.
    ///
    /// **Errors**: `host-unable` for an nginx that is too old.
    public func files() throws -> [DesiredFile] {
        guard facts.nginx >= NginxVersion.oldest else {
            throw Failure(
                .hostUnable, subject: "nginx \(facts.nginx)",
                reason: "cannot refuse unknown names; that came with \(NginxVersion.oldest)",
                remedy: "install a newer nginx: apt-get install nginx (Debian 12 has \(NginxVersion.usual))")
        }
        return lettaFiles + postgresFiles + dumpFiles + dockerFiles + workerFiles + firewallFiles
            + certificateFiles
            + edgeFiles
    }

    /// The files, with the site last and without a certificate: what serves
    /// the authority's challenge and nothing else.
    public var challengeSite: DesiredFile { DesiredFile(paths.site, nginx.challengeOnly) }

    var paths: HostPaths { HostPaths(base: facts.base, name: config.name) }
}

/// Where things lie on the host.
struct HostPaths: Sendable {
    let base: String
    let name: String

    func at(_ path: String) -> String { base + path }

    var site: String { at("/etc/nginx/conf.d/ferry-\(name).conf") }
    var nginxMain: String { at("/etc/nginx/nginx.conf") }
    var nginxPid: String { at("/run/nginx.pid") }
    var nginxErrors: String { at("/var/log/nginx/error.log") }
    var defaultSite: String { at("/etc/nginx/sites-enabled/default") }
    var webroot: String { at("/var/lib/ferry/webroot") }
    var letsencrypt: String { at("/etc/letsencrypt") }
    var lineage: String { "\(letsencrypt)/live/\(name)" }
    var ownCertificate: String { at("/etc/ferry/tls/\(name).crt") }
    var ownKey: String { at("/etc/ferry/tls/\(name).key") }
    var tools: String { at("/usr/local/lib/ferry") }
    var letta: String { at("/opt/letta") }
    var lettaEnv: String { at("/etc/letta/letta.env") }
    var postgresEnv: String { at("/etc/letta/postgres.env") }
    var units: String { at("/etc/systemd/system") }
    var dumps: String { at("/var/backups/letta") }

    /// What nginx needs below a root of its own.
    var foldersOfScratch: [String] {
        ["/run", "/var/log/nginx", "/var/lib/nginx", "/etc/nginx/conf.d", "/etc/nginx/sites-enabled"].map(at)
    }

    func certificate(_ config: HostConfig) -> (chain: String, key: String) {
        switch config.certificate {
        case "files": (config.certificateFile, config.keyFile)
        case "self-signed": (ownCertificate, ownKey)
        default: ("\(lineage)/fullchain.pem", "\(lineage)/privkey.pem")
        }
    }
}
