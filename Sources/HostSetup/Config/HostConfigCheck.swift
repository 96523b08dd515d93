import Glibc
import LettaModel

extension HostConfig {
    /// The same, if its fields fit together.
    ///
    /// **Errors**: `host-config-wrong` that names the field.
    public func checked() throws -> HostConfig {
        try checkName()
        try checkCertificate()
        try checkPorts()
        try checkOrigins()
        try checkDatabase()
        try checkPaths()
        try checkSite()
        for agent in agents where !Self.isWord(agent) {
            throw wrong("agents", agent, "is no name for a unit: letters, digits, - and _ only")
        }
        try checkIsOnce("agents", agents)
        try checkIsOnce("origins", origins)
        guard Self.isVersion(lettaVersion) else {
            throw wrong("letta-version", lettaVersion, "is no version such as 0.16.8")
        }
        guard services == "systemd" || letta != "docker" else {
            throw wrong(
                "services", services, "cannot start containers",
                "set \"services\" to \"systemd\", or \"letta\" to \"running\"")
        }
        guard services == "systemd" || !ownsDatabase || pgvector != "wheel" else {
            throw wrong(
                "services", services, "cannot start the Postgres of a wheel",
                "set \"services\" to \"systemd\", or \"pgvector\" to another way")
        }
        return self
    }

    /// nginx refuses a map with a key twice, and a plan a file twice.
    private func checkIsOnce(_ field: String, _ values: [String]) throws {
        var seen: Set<String> = []
        guard let twice = values.first(where: { !seen.insert($0).inserted }) else { return }
        throw wrong(field, twice, "is there twice", "name it once")
    }

    private func checkName() throws {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
        guard !name.isEmpty, isName, name.utf8.count <= 253 else {
            throw wrong(
                "name", name, name.isEmpty ? "is missing" : "is no host name",
                "name the host as browsers call it: letta.example.org")
        }
        guard certificate != "acme" || name.contains("."),
            certificate != "acme" || !labels.allSatisfy({ Int($0) != nil })
        else {
            throw wrong(
                "name", name, "is a name that no public authority signs",
                "give a name of the public DNS, or set \"certificate\" to \"self-signed\"")
        }
    }

    private func checkCertificate() throws {
        if certificate == "files" {
            guard !certificateFile.isEmpty else {
                throw wrong("certificate-file", "", "is missing, and certificate is files")
            }
            guard !keyFile.isEmpty else {
                throw wrong("key-file", "", "is missing, and certificate is files")
            }
        }
        if certificate == "acme", !mail.contains("@") {
            throw wrong(
                "mail", mail, "is no mail address; the authority wants one",
                "set \"mail\" to an address that somebody reads")
        }
        guard acmeServer.isEmpty || acmeServer.hasPrefix("https://") else {
            throw wrong("acme-server", acmeServer, "is no https URL")
        }
        for (field, value) in [("mail", mail), ("acme-server", acmeServer)]
        where value.contains(where: { $0.isWhitespace || "'\"\\;$".contains($0) }) {
            throw wrong(field, value, "has spaces, quotes or signs of a shell")
        }
    }

    private func checkPorts() throws {
        let ports = [
            ("https-port", httpsPort), ("api-port", apiPort), ("http-port", httpPort),
            ("letta-port", lettaPort),
        ]
        for (index, (field, port)) in ports.enumerated() {
            if let other = ports.prefix(index).first(where: { $0.1 == port }),
                !(field == "api-port" && !hasSite && other.0 == "https-port")
            {
                throw wrong(field, "\(port)", "is the same as \(other.0)", "give each its own port")
            }
        }
        if let (field, port) = ports.first(where: { $0.1 == sshPort }) {
            throw wrong("ssh-port", "\(port)", "is the same as \(field)", "give each its own port")
        }
        for (field, port) in ports {
            guard let other = portsOfOthers[port] else { continue }
            throw wrong(field, "\(port)", "is the port of \(other) on this host", "choose another port")
        }
        guard address.isEmpty || Self.isAddress(address) else {
            throw wrong("address", address, "is no IP address", "write one of this host: hostname -I")
        }
    }

    /// What ferry itself sets up beside Letta.
    private var portsOfOthers: [Int: String] {
        var ports: [Int: String] = [:]
        if ownsDatabase { ports[5432] = "Postgres" }
        if letta == "systemd", redis { ports[6379] = "Redis" }
        return ports
    }

    private static func isAddress(_ text: String) -> Bool {
        var (four, six) = (in_addr(), in6_addr())
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }

    private static let nobodysSites = [
        "etc", "root", "proc", "sys", "dev", "boot", "run", "bin", "sbin", "lib", "lib64",
    ]
    private static let privatePlaces = [
        "/opt/letta", "/var/lib/letta", "/var/lib/letta-postgres", "/var/lib/ferry", "/var/backups",
        "/var/log",
    ]
    private static let sharedPlaces = [
        "/usr", "/usr/local", "/var", "/var/lib", "/home", "/opt", "/srv", "/tmp",
    ]

    /// Whatever lies there is served to everybody.
    private func checkSite() throws {
        guard hasSite else { return }
        let parts = site.split(separator: "/").map(String.init)
        let place = "/" + parts.joined(separator: "/")
        guard !parts.contains(".."), !parts.contains(".") else {
            throw wrong("site", site, "has . or .. in it", "write the folder itself")
        }
        let isPrivate =
            parts.isEmpty || Self.nobodysSites.contains(parts[0]) || Self.sharedPlaces.contains(place)
            || Self.privatePlaces.contains { (place + "/").hasPrefix($0 + "/") }
        guard !isPrivate else {
            throw wrong(
                "site", site, "holds what not everybody may read", "name a folder of its own: /srv/site")
        }
    }

    private func checkOrigins() throws {
        for origin in origins {
            let rest =
                origin.hasPrefix("https://")
                ? origin.dropFirst(8) : origin.hasPrefix("http://") ? origin.dropFirst(7) : ""
            let isPlain = rest.utf8.allSatisfy { Self.isLetterOrDigit($0) || "-.:[]".utf8.contains($0) }
            guard !rest.isEmpty, isPlain else {
                throw wrong(
                    "origins", origin, "is no origin",
                    "write it as a browser does, without a slash: https://app.letta.com")
            }
        }
        guard !origins.isEmpty else { throw wrong("origins", "", "is empty: no page could call the API") }
    }

    private func checkDatabase() throws {
        if pgvector == "deb", pgvectorFile.isEmpty {
            throw wrong("pgvector-file", "", "is missing, and pgvector is deb")
        }
        if tables == "alembic", alembicFolder.isEmpty {
            throw wrong("alembic-folder", "", "is missing, and tables is alembic")
        }
        if letta == "systemd", tables == "models", lettaVersion != Self.lockedVersion {
            throw wrong(
                "tables", "models", "are known for \(Self.lockedVersion) only",
                "set \"tables\" to \"alembic\" and \"alembic-folder\" to the migrations of \(lettaVersion)")
        }
    }

    /// The release whose lock file and schema ferry has.
    static let lockedVersion = "0.16.8"

    /// Paths go into files of nginx, systemd and the shell: plain ones only.
    private func checkPaths() throws {
        let paths = [
            ("certificate-file", certificateFile), ("key-file", keyFile), ("authority", authority),
            ("site", site), ("pgvector-file", pgvectorFile), ("alembic-folder", alembicFolder),
            ("on-failure", onFailure),
        ]
        for (field, path) in paths where !path.isEmpty {
            guard path.hasPrefix("/") else {
                throw wrong(field, path, "is no absolute path", "begin it with /")
            }
            guard Self.isPlainPath(path) else {
                throw wrong(
                    field, path, "has signs that nginx, systemd or a shell would take for their own",
                    "use letters, digits and - _ . / + , @")
            }
        }
    }

    static func isPlainPath(_ path: String) -> Bool {
        path.utf8.allSatisfy { isLetterOrDigit($0) || "-_./+,@".utf8.contains($0) }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    private static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { Int($0) != nil }
    }

    private func wrong(
        _ field: String, _ value: String, _ reason: String, _ remedy: String = "docs/host.md has all fields"
    ) -> Failure {
        Failure(
            .hostConfigWrong, subject: value.isEmpty ? field : "\(field) \(value)", reason: reason,
            remedy: remedy)
    }
}
