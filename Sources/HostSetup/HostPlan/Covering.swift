import LettaModel

/// What of a file may be shown: of what ferry wrote its own passwords are
/// covered; of a line that somebody else wrote, whatever may be one.
struct Covering: Sendable {
    let secrets: HostSecrets

    func covered(_ text: String, of file: DesiredFile) -> String {
        let isOurs = text == file.text || ManagedText.origin(of: text) == .ours
        let known = Set(Self.lines(file.text))
        var isInside = false
        let lines = Self.lines(text).map { line -> String in
            let isKnown = isOurs || (!isInside && known.contains(line))
            if file.isSecret {
                defer { if !isOurs { isInside = Self.goesOn(line, isInside) } }
                return isKnown ? Self.named(line) : isInside ? "***" : Self.shape(line)
            }
            return isKnown ? line : Self.suspicious(line)
        }
        return secrets.masked(lines.joined(separator: "\n"))
    }

    /// By bytes: `\r\n` is one sign of Swift's.
    private static func lines(_ text: String) -> [String] {
        text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    /// A line of ferry's own: the values whose names say so.
    private static func named(_ line: String) -> String {
        let name = line.prefix { $0 != "=" }
        let isSecret = ["PASSWORD", "URI", "KEY", "TOKEN", "SECRET"].contains { name.contains($0) }
        return isSecret && name.count < line.count && !line.hasPrefix("#") ? "\(name)=***" : line
    }

    /// Of any other line of a file of passwords its name alone, if it has one.
    private static func shape(_ line: String) -> String {
        guard !line.trimmedSpaces.isEmpty else { return line }
        if line.trimmedSpaces.hasPrefix("#") { return "# ***" }
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        // The end of a text in base 64 looks like a name without a value.
        guard parts.count == 2, !parts[1].trimmedSpaces.isEmpty, !parts[1].hasPrefix("=") else {
            return "***"
        }
        let words = parts[0].split(separator: " ")
        let name = words.last ?? ""
        let isName =
            name.utf8.allSatisfy { $0 == 0x5F || (0x30...0x39).contains($0) || isLetter($0) }
            && name.utf8.first.map { $0 == 0x5F || isLetter($0) } == true
        guard isName, words.count == 1 || (words.count == 2 && words[0] == "export") else { return "***" }
        return "\(parts[0])=***"
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    /// A quote is open behind it, or its end is escaped.
    private static func goesOn(_ line: String, _ isInside: Bool) -> Bool {
        if line.hasSuffix("\\") { return true }
        guard isInside || !line.trimmedSpaces.hasPrefix("#") else { return false }
        let isOdd = ["\"", "'"].contains { quote in line.count { String($0) == quote } % 2 == 1 }
        return isInside != isOdd
    }

    private static let telling = [
        "authorization", "bearer ", "basic ", "cookie", "password", "passwd", "passphrase", "_pass=", "pwd",
        "secret", "token", "api_key", "apikey", "api-key", "access_key", "credential",
    ]

    /// Behind a word that announces one, and the user of a URL.
    private static func suspicious(_ line: String) -> String {
        let small = line.lowercased()
        // Where lower case has another length nothing can be pointed at.
        guard small.utf8.count == line.utf8.count else { return "***" }
        let found = telling.compactMap { small.firstRange(of: $0)?.upperBound }.min()
        let shown = found.map { place in
            String(
                decoding: line.utf8.prefix(small.utf8.distance(from: small.startIndex, to: place)),
                as: UTF8.self)
                + "***"
        }
        return withoutUsers(shown ?? line)
    }

    private static func withoutUsers(_ line: String) -> String {
        var result = ""
        var rest = line[...]
        while let mark = rest.firstRange(of: "://") {
            result += rest[..<mark.upperBound]
            rest = rest[mark.upperBound...]
            let authority = rest.prefix { !$0.isWhitespace && !"/\"'".contains($0) }
            guard let at = authority.lastIndex(of: "@") else { continue }
            result += "***"
            rest = rest[at...]
        }
        return result + rest
    }
}
