/// What a new home for agents shall be: the one value that everything on the
/// host is rendered from. Holds no secret.
public struct HostConfig: Sendable, Equatable {
    /// The host name that browsers call.
    public var name = ""
    public var mail = ""
    /// `acme`, `files` or `self-signed`.
    public var certificate = "acme"
    public var certificateFile = ""
    public var keyFile = ""
    /// Empty: Let's Encrypt.
    public var acmeServer = ""
    /// A PEM file with the authority of that server and of the certificate;
    /// empty: the system's own.
    public var authority = ""
    /// The one address the edge listens on; empty: all.
    public var address = ""
    public var httpsPort = 443
    public var apiPort = 8283
    public var httpPort = 80
    /// The name leads to something that passes its ports on to this host.
    public var gateway = false
    /// Seconds for which a browser comes by https only; 0 has it forget.
    public var hsts = 300
    /// A folder that 443 serves; empty: the API, as on the API's port.
    public var site = ""
    public var origins = ["https://app.letta.com"]
    /// MiB.
    public var bodyLimit = 512
    /// `systemd`, `docker` or `running`.
    public var letta = "systemd"
    public var lettaPort = 18283
    public var lettaVersion = "0.16.8"
    /// `local` or `uri`.
    public var postgres = "local"
    /// `repository`, `deb`, `wheel` or `present`.
    public var pgvector = "repository"
    public var pgvectorFile = ""
    /// `models` or `alembic`.
    public var tables = "models"
    public var alembicFolder = ""
    public var redis = true
    public var stdioMCP = false
    /// What becomes of Debian's own default site: `remove` or `keep`.
    public var defaultSite = "remove"
    public var firewall = false
    public var sshPort = 22
    /// `systemd` or `none`.
    public var services = "systemd"
    public var agents: [String] = []
    /// Nightly dumps of the database that are kept; 0 for none.
    public var dumps = 14
    /// A program that is run when a dump has failed; empty: none.
    public var onFailure = ""

    public init() {}

    /// Letta's database lies on this host, and ferry sets it up.
    var ownsDatabase: Bool { letta == "systemd" && postgres == "local" }

    /// Ferry makes the database, and so dumps it: on the host or in a container.
    var hasDumps: Bool { dumps > 0 && letta != "running" && postgres == "local" }

    var hasSite: Bool { !site.isEmpty }
}
