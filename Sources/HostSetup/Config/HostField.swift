import LettaModel

/// One field of the config: file, flag, question and page of docs all come
/// from this table.
public struct HostField: Sendable {
    public enum Kind: Sendable {
        case text(any WritableKeyPath<HostConfig, String> & Sendable)
        case number(any WritableKeyPath<HostConfig, Int> & Sendable, ClosedRange<Int>)
        case flag(any WritableKeyPath<HostConfig, Bool> & Sendable)
        case choice(any WritableKeyPath<HostConfig, String> & Sendable, [String])
        case list(any WritableKeyPath<HostConfig, [String]> & Sendable)
    }

    /// In the file, and as `--KEY`.
    public let key: String
    public let kind: Kind
    public let help: String
    /// Whether `host init` asks for it at a terminal.
    public let isAsked: Bool

    init(_ key: String, _ kind: Kind, _ help: String, isAsked: Bool = false) {
        self.key = key
        self.kind = kind
        self.help = help
        self.isAsked = isAsked
    }

    public static func named(_ key: String) -> HostField? { all.first { $0.key == key } }

    /// In the order in which they stand in the file.
    public static let all: [HostField] = [
        HostField("name", .text(\.name), "the host name that browsers call", isAsked: true),
        HostField(
            "mail", .text(\.mail), "where the authority writes before a certificate ends", isAsked: true),
        HostField(
            "certificate", .choice(\.certificate, ["acme", "files", "self-signed"]),
            "where the certificate comes from", isAsked: true),
        HostField("certificate-file", .text(\.certificateFile), "with `files`: the chain, as PEM"),
        HostField("key-file", .text(\.keyFile), "with `files`: its key, as PEM"),
        HostField("acme-server", .text(\.acmeServer), "with `acme`: the directory of another authority"),
        HostField("authority", .text(\.authority), "a PEM file with a private authority to be trusted"),
        HostField("address", .text(\.address), "the one address the edge listens on; all if it is empty"),
        HostField("https-port", .number(\.httpsPort, 1...65_535), "the port of the site, or of the API too"),
        HostField("api-port", .number(\.apiPort, 1...65_535), "the port that always has the API"),
        HostField("http-port", .number(\.httpPort, 1...65_535), "the port that sends everybody on to https"),
        HostField(
            "gateway", .flag(\.gateway), "the name leads to a gateway that passes its ports on to this host"),
        HostField(
            "hsts", .number(\.hsts, 0...63_072_000),
            "seconds for which browsers then come by https only; 0 has them forget"),
        HostField(
            "site", .text(\.site), "a folder that https-port serves; the API if it is empty", isAsked: true),
        HostField(
            "origins", .list(\.origins), "pages that may call the API, as https://host[:port]", isAsked: true),
        HostField("body-limit", .number(\.bodyLimit, 1...65_536), "MiB that an import may bring"),
        HostField(
            "letta", .choice(\.letta, ["systemd", "docker", "running"]),
            "how Letta is run; `running` sets up the edge in front of one that is there", isAsked: true),
        HostField("letta-port", .number(\.lettaPort, 1...65_535), "Letta's own port, on loopback"),
        HostField("letta-version", .text(\.lettaVersion), "the release that is installed"),
        HostField(
            "postgres", .choice(\.postgres, ["local", "uri"]), "a database here, or one of yours",
            isAsked: true),
        HostField(
            "pgvector", .choice(\.pgvector, ["repository", "deb", "wheel", "present"]),
            "where the vector extension comes from"),
        HostField("pgvector-file", .text(\.pgvectorFile), "with `deb`: the package"),
        HostField("tables", .choice(\.tables, ["models", "alembic"]), "what the tables are made from"),
        HostField(
            "alembic-folder", .text(\.alembicFolder), "with `alembic`: the folder that holds alembic.ini"),
        HostField("redis", .flag(\.redis), "Redis, which background streams of Broca need"),
        HostField("stdio-mcp", .flag(\.stdioMCP), "agents may start programs as MCP servers"),
        HostField(
            "default-site", .choice(\.defaultSite, ["remove", "keep"]),
            "what becomes of Debian's own default site"),
        HostField("firewall", .flag(\.firewall), "nftables let in ssh and the edge alone", isAsked: true),
        HostField("ssh-port", .number(\.sshPort, 0...65_535), "with firewall: the port of ssh; 0 for none"),
        HostField("services", .choice(\.services, ["systemd", "none"]), "who starts programs"),
        HostField("agents", .list(\.agents), "names of agents whose workers will live here", isAsked: true),
        HostField("dumps", .number(\.dumps, 0...365), "nightly dumps of the database that are kept"),
        HostField("on-failure", .text(\.onFailure), "a program that is run when a dump has failed"),
    ]

    /// Sets the field from one word of a command line or an answer.
    ///
    /// **Errors**: `host-config-wrong`.
    public func set(_ text: String, in config: inout HostConfig) throws {
        switch kind {
        case .text(let path): config[keyPath: path] = text
        case .list(let path):
            config[keyPath: path] = text.split(separator: ",").map { String($0.trimmedSpaces) }.filter {
                !$0.isEmpty
            }
        case .number(let path, let range):
            guard let number = Int(text) else { throw wrong(text, "is no number") }
            try set(number, path, range, in: &config)
        case .flag(let path):
            guard let flag = ["yes": true, "true": true, "no": false, "false": false][text] else {
                throw wrong(text, "is neither yes nor no")
            }
            config[keyPath: path] = flag
        case .choice(let path, let choices):
            guard choices.contains(text) else {
                throw wrong(text, "is none of: \(choices.joined(separator: ", "))")
            }
            config[keyPath: path] = text
        }
    }

    func set(
        _ number: Int, _ path: WritableKeyPath<HostConfig, Int>, _ range: ClosedRange<Int>,
        in config: inout HostConfig
    ) throws {
        guard range.contains(number) else {
            throw wrong("\(number)", "is not from \(range.lowerBound) to \(range.upperBound)")
        }
        config[keyPath: path] = number
    }

    /// As the docs and the questions show it.
    public func shown(in config: HostConfig) -> String {
        switch kind {
        case .text(let path), .choice(let path, _): config[keyPath: path]
        case .number(let path, _): String(config[keyPath: path])
        case .flag(let path): config[keyPath: path] ? "yes" : "no"
        case .list(let path): config[keyPath: path].joined(separator: ",")
        }
    }

    func wrong(_ value: String, _ reason: String) -> Failure {
        Failure(
            .hostConfigWrong, subject: "\(key) \(value)", reason: reason,
            remedy: "\(key): \(help); docs/host.md has all fields")
    }
}

extension StringProtocol {
    var trimmedSpaces: SubSequence {
        var text = self[...].drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
