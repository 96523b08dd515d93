import HTTP
import LettaModel

/// The one spelling of a server's address.
enum ServerURL {
    /// `scheme://host[:port][/prefix]`: without `/v1`, without a trailing
    /// slash, scheme and host in lower case.
    ///
    /// **Errors**: `usage`; the text of a URL that carries a password is not
    /// repeated.
    static func normalized(_ text: String, of name: String) throws -> String {
        let trimmed = text.trimmingSpaces()
        guard let (scheme, rest) = split(trimmed, at: "://"), ["http", "https"].contains(scheme.lowercased())
        else {
            throw refusal(name, "its address is not an http or https URL")
        }
        let hostEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        let host = rest[..<hostEnd].lowercased()
        guard !host.contains("@") else { throw refusal(name, "its address carries a user or password") }
        guard Origin(String(trimmed)) != nil, !rest.contains("?"), !rest.contains("#"),
            !rest.utf8.contains(where: { $0 <= 0x20 })
        else { throw refusal(name, "its address has no host, or more than a host and a path") }
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
            .usage, subject: "server \(name.contains("@") ? "address" : name)", reason: reason,
            remedy:
                "give it as https://host or http://host:port: ferry servers add NAME --url URL --token-env VARIABLE"
        )
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
