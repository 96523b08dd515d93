public import LettaModel

/// Passwords of a host, from a file of their own beside the config.
public struct HostSecrets: Sendable {
    public static let password = "LETTA_SERVER_PASSWORD"
    public static let database = "LETTA_PG_PASSWORD"
    public static let uri = "LETTA_PG_URI"
    public static let encryption = "LETTA_ENCRYPTION_KEY"

    private var values: [String: Secret]

    public init(_ values: [String: Secret] = [:]) { self.values = values }

    public subscript(_ name: String) -> Secret? { values[name] }

    /// `host.json` -> `host.secrets`.
    public static func path(besides config: String) -> String {
        (config.hasSuffix(".json") ? String(config.dropLast(5)) : config) + ".secrets"
    }

    /// What a config needs, each made of 32 random bytes: letters, digits, `-`
    /// and `_` alone, since other signs break a URI or alembic.
    public static func generated(for config: HostConfig, given: [String: Secret] = [:]) -> HostSecrets {
        var values = given
        var names: [String] = []
        if config.letta != "running" { names += [password, encryption] }
        if config.letta == "docker" || config.ownsDatabase { names.append(database) }
        for name in names where values[name] == nil { values[name] = Secret(random()) }
        return HostSecrets(values)
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func random() -> String {
        var source = SystemRandomNumberGenerator()
        return String(decoding: (0..<43).map { _ in alphabet[Int(source.next() & 63)] }, as: UTF8.self)
    }

    /// Lines `NAME=value`, for a file of mode 0600.
    public func text() -> String {
        "# Passwords of this host. Keep a copy where the host is not.\n"
            + values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.reveal())\n" }.joined()
    }

    /// **Errors**: `host-config-wrong` with the line.
    public static func read(_ text: String, path: String) throws -> HostSecrets {
        var values: [String: Secret] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard !line.hasPrefix("#"), !line.trimmedSpaces.isEmpty else { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, [password, database, uri, encryption].contains(String(parts[0])) else {
                throw HostConfigFile.wrong(
                    path, index + 1, "is no line of passwords",
                    "write NAME=value, with one of: \(password), \(database), \(uri), \(encryption)")
            }
            if let trouble = trouble(String(parts[0]), String(parts[1])) {
                throw HostConfigFile.wrong(path, index + 1, trouble, "choose one of letters, digits, - and _")
            }
            values[String(parts[0])] = Secret(String(parts[1]))
        }
        return HostSecrets(values)
    }

    /// Why a value cannot be written into the host's files so that systemd,
    /// Docker and ferry's scripts read it alike; nil where it can.
    static func trouble(_ name: String, _ value: String) -> String? {
        let bad = "'\"\\$`".utf8
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !bad.contains($0) })
        else {
            return "the value of \(name) is empty or has spaces, lines, quotes or signs of a shell"
        }
        if name == uri, !value.hasPrefix("postgresql://"), !value.hasPrefix("postgresql+") {
            return "the value of \(name) is no address of a Postgres: it begins with postgresql://"
        }
        let isPlain = value.utf8.allSatisfy {
            Set("-._~".utf8).contains($0) || HostConfig.isLetterOrDigit($0)
        }
        return name == database && !isPlain
            ? "the value of \(name) has signs that mean something in a URI, and it goes into one" : nil
    }

    /// What the environment gave at `host init`.
    ///
    /// **Errors**: `host-config-wrong`; `secret-missing` for a database of
    /// yours without its address.
    public static func checkGiven(_ given: [String: Secret], for config: HostConfig) throws {
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let trouble = trouble(name, value.reveal()) else { continue }
            throw Failure(
                .hostConfigWrong, subject: "\(name) of the environment", reason: trouble,
                remedy: "give one without: export \(name)=…")
        }
        guard config.letta != "running", config.postgres == "uri", given[uri] == nil else { return }
        throw Failure(
            .secretMissing, subject: uri, reason: "is not in the environment, and postgres is uri",
            remedy: "export \(uri)=postgresql://…, then run it again")
    }

    /// **Errors**: `secret-missing`.
    func check(for config: HostConfig, path: String) throws {
        var names: [String] = []
        if config.letta != "running" { names.append(Self.password) }
        if config.letta == "docker" || config.ownsDatabase { names.append(Self.database) }
        if config.letta != "running", config.postgres == "uri" { names.append(Self.uri) }
        for name in names where values[name] == nil {
            throw Failure(
                .secretMissing, subject: name, reason: "is not in \(path)",
                remedy: "add a line to it: \(name)=…")
        }
    }

    /// A text with every value of these covered.
    func masked(_ text: String) -> String {
        values.values.sorted { $0.reveal().utf8.count > $1.reveal().utf8.count }
            .reduce(text) { $0.replacing($1.reveal(), with: "***") }
    }
}
