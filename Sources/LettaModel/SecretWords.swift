/// Which keys of a Letta document speak of secrets: one list for snapshots and
/// for agent files.
public enum SecretWords {
    /// Members that are the user's own content: a parameter called `secrets`
    /// is no secret.
    public static let content: Set<String> = [
        "json_schema", "args_json_schema", "response_format", "metadata", "messages",
    ]

    /// `api_key`, `mcp_token`, `token_enc`; of a configuration.
    public static func areIn(_ key: String) -> Bool {
        let key = key.lowercased()
        if key.hasSuffix("_enc") { return true }
        if key.hasPrefix("tokenizer") { return false }
        return [
            "api_key", "apikey", "api-key", "token", "password", "passwd", "secret", "access_key",
            "credential",
        ]
        .contains { key.contains($0) }
    }

    public static func isAddress(_ key: String) -> Bool {
        let key = key.lowercased()
        return ["url", "endpoint", "uri"].contains { key.hasSuffix($0) }
    }

    /// Whether what lies below is a model's, a provider's or a tool server's.
    public static func opensConfig(_ key: String) -> Bool {
        key.hasSuffix("_config") || key.contains("provider") || key.hasPrefix("mcp_server")
            || key == "model_settings" || key == "compaction_settings"
    }

    /// `Authorization`, `X-Api-Key`: a name, not `Bearer abc…`.
    public static func isHeaderName(_ text: String) -> Bool {
        let isToken = text.utf8.allSatisfy {
            $0 == 0x2D || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        return isToken && text.utf8.count <= 40
    }

    /// Not what is empty, cut already, or what Letta shows in place of a
    /// value that it keeps.
    public static func isValue(_ text: String) -> Bool {
        !text.isEmpty && text != "<encrypted>" && CutMarker.name(in: text) == nil
    }
}

/// What stands where a secret value stood: `<cut by ferry: NAME>`.
public enum CutMarker {
    private static let opening = "<cut by ferry: "
    /// What stands in the place of a login in an address.
    public static let inAddress = "cut-by-ferry"

    /// Whether something was cut out of this text.
    public static func isIn(_ text: String) -> Bool {
        text.contains(opening) || text.contains(inAddress)
    }

    public static func text(naming name: String) -> String { "\(opening)\(name)>" }

    /// The name in a marker; nil for any other text.
    public static func name(in text: String) -> String? {
        guard text.hasPrefix(opening), text.hasSuffix(">") else { return nil }
        return String(text.dropFirst(opening.count).dropLast())
    }
}

/// The parts of an address that let somebody in: user, password, and query
/// values with telling names.
public enum AddressSecrets {
    private static let queryWords: Set<String> = ["key", "sig", "signature", "auth", "code", "pwd", "sas"]

    /// - Parameter marker: stands in their place; user and password go with
    ///   their `@` where it is empty.
    /// - Returns: the address without them; nil where there are none.
    public static func cut(_ address: String, leaving marker: String = "") -> String? {
        guard let start = end(of: "://", in: address) else { return nil }
        let rest = address[start...]
        let hostEnd = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let result =
            address[..<start] + authority(rest[..<hostEnd], marker) + query(rest[hostEnd...], marker)
        return result == address ? nil : String(result)
    }

    private static func authority(_ authority: Substring, _ marker: String) -> String {
        guard let at = authority.lastIndex(of: "@") else { return String(authority) }
        return marker.isEmpty ? String(authority[authority.index(after: at)...]) : marker + authority[at...]
    }

    private static func end(of needle: String, in text: String) -> String.Index? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(needle) { return text.index(start, offsetBy: needle.count) }
            start = text.index(after: start)
        }
        return nil
    }

    private static func query(_ tail: Substring, _ marker: String) -> String {
        guard let mark = tail.firstIndex(of: "?") else { return String(tail) }
        let end = tail[mark...].firstIndex(of: "#") ?? tail.endIndex
        let pairs = tail[tail.index(after: mark)..<end]
            .split(separator: "&", omittingEmptySubsequences: false)
            .map { pair($0, marker) }
        return tail[...mark] + pairs.joined(separator: "&") + tail[end...]
    }

    private static func pair(_ pair: Substring, _ marker: String) -> String {
        guard let equals = pair.firstIndex(of: "=") else { return String(pair) }
        let name = String(pair[..<equals])
        let isSecret = SecretWords.areIn(name) || queryWords.contains(name.lowercased())
        return isSecret && pair.index(after: equals) < pair.endIndex ? "\(name)=\(marker)" : String(pair)
    }
}
