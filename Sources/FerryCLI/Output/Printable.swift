/// Text of other people on a terminal: what is in a name must not move the
/// cursor, colour the screen or begin a line of its own.
enum Printable {
    /// Control characters as `\n`, `\u{1b}`.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { $0 += isControl($1) ? escape($1) : String($1) }
    }

    /// A whole page: its line ends stay, and its own styles where there are
    /// any.
    static func page(_ text: String, isStyled: Bool) -> String {
        guard text.unicodeScalars.contains(where: { $0 != "\n" && isControl($0) }) else { return text }
        var rest = text.unicodeScalars[...]
        var page = ""
        while let scalar = rest.first {
            let length = isStyled ? style(rest) : 0
            if length > 0 {
                page.unicodeScalars.append(contentsOf: rest.prefix(length))
            } else {
                page += scalar != "\n" && isControl(scalar) ? escape(scalar) : String(scalar)
            }
            rest = rest.dropFirst(max(1, length))
        }
        return page
    }

    /// How long the style is that the text begins with: `ESC [ digits m`.
    private static func style(_ text: Substring.UnicodeScalarView) -> Int {
        guard text.starts(with: "\u{1b}[".unicodeScalars) else { return 0 }
        let digits = text.dropFirst(2).prefix { ("0"..."9").contains($0) || $0 == ";" }.count
        return text.dropFirst(2 + digits).first == "m" ? digits + 3 : 0
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String { scalar.escaped(asASCII: true) }
}
