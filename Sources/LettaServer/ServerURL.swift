import HTTP
import LettaModel

/// The one spelling of a server's address.
public enum ServerURL {
    /// `scheme://host[:port][/prefix]`: without `/v1`, without a trailing
    /// slash, scheme and host in lower case.
    ///
    /// **Errors**: `usage`; user, password and query of a URL are not
    /// repeated.
    public static func normalized(_ text: String, of name: String) throws -> String {
        let trimmed = text.trimmingSpaces()
        guard let (scheme, rest) = split(trimmed, at: "://"), ["http", "https"].contains(scheme.lowercased())
        else {
            throw refusal(name, "its address is not an http or https URL")
        }
        let hostEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        let host = rest[..<hostEnd].lowercased()
        guard !host.contains("@") else { throw refusal(name, "its address carries a user or password") }
        guard !rest.contains("?"), !rest.contains("#") else {
            throw refusal(name, "its address carries a query or a fragment")
        }
        // Readers of URLs disagree on what a backslash ends.
        guard Origin(String(trimmed)) != nil, !rest.utf8.contains(where: { $0 <= 0x20 || $0 == 0x5C }) else {
            throw refusal(name, "its address has no host, or more than a host and a path")
        }
        return scheme.lowercased() + "://" + host + prefix(rest[hostEnd...])
    }

    private static func prefix(_ path: Substring) -> String {
        var segments = path.split(separator: "/")
        if segments.last == "v1" { segments.removeLast() }
        return segments.map { "/" + $0 }.joined()
    }

    private static func split(_ text: Substring, at mark: String) -> (Substring, Substring)? {
        guard let found = text.firstRange(of: mark) else { return nil }
        return (text[..<found.lowerBound], text[found.upperBound...])
    }

    private static func refusal(_ name: String, _ reason: String) -> Failure {
        Failure(
            .usage, subject: "server \(redacted(name))", reason: reason,
            remedy:
                "give it as https://host or http://host:port: ferry servers add NAME --url URL --token-env VARIABLE"
        )
    }

    // MARK: what may be shown

    /// One address or name as it may be shown: `…` stands for user, password,
    /// query and fragment.
    public static func redacted(_ address: String) -> String {
        let (scheme, rest) = split(address[...], at: "://") ?? ("", address[...])
        let at = rest.lastIndex(of: "@")
        let place = at.map { "…" + rest[$0...] } ?? String(rest)
        let shown = place.firstIndex { $0 == "?" || $0 == "#" }.map { place[...$0] + "…" } ?? place
        return rest.startIndex == address.startIndex ? shown : "\(scheme)://\(shown)"
    }

    /// A text with every URL in it redacted; a URL ends at white space.
    public static func redacting(_ text: String) -> String {
        guard text.contains("://") else { return text }
        var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for place in words.indices where words[place].contains("://") {
            let tail = words[place].reversed().prefix { "`'\"”):,;.".contains($0) }.count
            words[place] = redacted(String(words[place].dropLast(tail))) + words[place].suffix(tail)
        }
        return words.joined(separator: " ")
    }
}

extension StringProtocol {
    func trimmingSpaces() -> Substring {
        Substring(self).drop { $0.isWhitespace }.droppingLast { $0.isWhitespace }
    }
}

extension Substring {
    fileprivate func droppingLast(while isDropped: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isDropped(last) { rest.removeLast() }
        return rest
    }
}
