/// Whether Letta would take a URL as that of a tool server. Source: 0.16.8
/// rejects loopback and private addresses when one is registered.
enum ToolServerAddress {
    static func isRefused(_ url: String) -> Bool {
        let host = Self.host(of: url)
        if ["localhost", "::", "::1"].contains(host) || host.hasSuffix(".localhost") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        if parts.count == 4, host.split(separator: ".").count == 4 { return isPrivate(parts) }
        guard host.contains(":") else { return false }
        return host.hasPrefix("fc") || host.hasPrefix("fd") || host.hasPrefix("fe8") || host.hasPrefix("fe9")
            || host.hasPrefix("fea") || host.hasPrefix("feb")
    }

    /// Of the very host that calls it.
    static func isLoopback(_ url: String) -> Bool {
        let host = Self.host(of: url)
        return host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host.hasPrefix("127.")
    }

    /// Without what may be a password: no name before the host, no query.
    static func bare(_ url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return "" }
        let rest = url[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
        let authority = rest.prefix { $0 != "/" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return "\(url[..<mark.upperBound])\(host)\(rest[authority.endIndex...])"
    }

    /// The same, and that there is more.
    static func shown(_ url: String) -> String {
        let bare = bare(url)
        return bare.isEmpty ? "an address without scheme" : bare + (url.contains("?") ? "?…" : "")
    }

    private static func isPrivate(_ parts: [UInt8]) -> Bool {
        switch (parts[0], parts[1]) {
        case (127, _), (10, _), (0, _), (192, 168), (169, 254): true
        case (172, 16...31): true
        default: false
        }
    }

    /// Said or implied by the scheme; nil where there is no scheme.
    static func port(of url: String) -> Int? {
        guard let mark = url.firstRange(of: "://") else { return nil }
        let authority = url[mark.upperBound...].prefix { !"/?#".contains($0) }
        let place = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[place...].lastIndex(of: ":") {
            return Int(authority[authority.index(after: colon)...])
        }
        return url.hasPrefix("https:") ? 443 : 80
    }

    static func host(of url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return "" }
        var authority = url[mark.upperBound...].prefix { !"/?#".contains($0) }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        if authority.first == "[" { return String(authority.dropFirst().prefix { $0 != "]" }).lowercased() }
        return authority.prefix { $0 != ":" }.lowercased()
    }
}
