/// Letta's environment as it is found on a host: where from, and the values,
/// which may be secrets and are never printed.
public struct FoundSettings: Sendable, CustomStringConvertible, CustomReflectable {
    /// A path, or `process 4711`.
    public var place: String
    var values: [String: String]

    public init(place: String, values: [String: String]) {
        self.place = place
        self.values = values
    }

    public var description: String { "\(place): \(values.keys.sorted().joined(separator: " "))" }
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }

    /// Lines `KEY=value` of an environment file; quotes around a value fall.
    static func values(ofFile text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var line = line.trimmed
            if line.hasPrefix("export ") { line = line.dropFirst(7).trimmed }
            guard !line.hasPrefix("#"), let mark = line.firstIndex(of: "=") else { continue }
            let value = line[mark...].dropFirst()
            values[String(line[..<mark].trimmed)] = unquoted(value.trimmed)
        }
        return values
    }

    /// As /proc/PID/environ has it.
    static func values(ofProcess text: String) -> [String: String] {
        text.split(separator: "\0").reduce(into: [:]) { values, line in
            guard let mark = line.firstIndex(of: "=") else { return }
            values[String(line[..<mark])] = String(line[mark...].dropFirst())
        }
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count > 1, let first = text.first, first == text.last, "\"'".contains(first) else {
            return String(text)
        }
        return String(text.dropFirst().dropLast())
    }

    /// Values that must not stand in a log, with the name that a person knows
    /// them by. Short ones, words and the login's own name are left out: they
    /// stand anywhere by chance.
    var secrets: [(name: String, value: String)] {
        values.sorted { $0.key < $1.key }.compactMap { name, value in
            let isSecret = ["PASSWORD", "TOKEN", "SECRET", "_KEY", "_PASS"].contains { name.hasSuffix($0) }
            let address = PostgresAddress(value)
            let secret = isSecret ? value : address?.password ?? ""
            let words = [address?.user, address?.name, "password", "postgres", "changeme", "letta"]
            return secret.utf8.count >= 8 && !words.contains(secret) ? (name, secret) : nil
        }
    }
}

/// `postgresql://user:password@host:port/name`, as LETTA_PG_URI has it.
struct PostgresAddress: Equatable {
    var user = ""
    var password = ""
    var host = ""
    var port = 5432
    var name = ""
    var isPlain = false

    /// Nil for anything else.
    init?(_ uri: String) {
        guard uri.hasPrefix("postgres"), let mark = uri.firstRange(of: "://") else { return nil }
        let parts = uri[mark.upperBound...].split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (authority, path) = Self.cut(parts[0], at: parts[0].firstIndex(of: "/"))
        let at = authority.lastIndex(of: "@")
        let (login, place) = at.map { Self.cut(authority, at: $0) } ?? ("", authority)
        let (user, password) = Self.cut(login, at: login.firstIndex(of: ":"))
        let (host, port) = Self.cut(place, at: place.lastIndex(of: ":"))
        guard !host.isEmpty else { return nil }
        self.user = Self.decoded(user)
        self.password = Self.decoded(password)
        self.host = String(host.filter { $0 != "[" && $0 != "]" })
        self.port = Int(port) ?? 5432
        name = Self.decoded(path)
        isPlain = parts.count > 1 && parts[1].contains("disable")
    }

    private static func cut(_ text: Substring, at place: Substring.Index?) -> (Substring, Substring) {
        guard let place else { return (text, "") }
        return (text[..<place], text[text.index(after: place)...])
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.popFirst() {
            let code = String(decoding: rest.prefix(2), as: UTF8.self)
            if first == UInt8(ascii: "%"), code.utf8.count == 2, let byte = UInt8(code, radix: 16) {
                bytes.append(byte)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(first)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
