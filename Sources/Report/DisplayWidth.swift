/// How many columns of a terminal a text takes.
public enum DisplayWidth {
    public static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

    /// A cluster is as wide as its widest scalar; emoji take two.
    static func of(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        if scalars.contains("\u{FE0F}") { return 2 }
        return scalars.reduce(0) { max($0, of($1)) }
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .control, .format, .nonspacingMark, .enclosingMark, .surrogate: return 0
        default: return isWide(scalar) ? 2 : 1
        }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isEmojiPresentation { return true }
        return wide.contains { $0.contains(scalar.value) }
    }

    /// East Asian wide and full width.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1B000...0x1B2FF, 0x20000...0x3FFFD,
    ]
}

/// Lines of at most a given width, broken at spaces where there are any.
enum Wrap {
    static func lines(_ text: String, width: Int) -> [String] {
        let width = max(8, width)
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace).map(String.init) {
            let joined = line.isEmpty ? word : "\(line) \(word)"
            if DisplayWidth.of(joined) <= width {
                line = joined
                continue
            }
            if !line.isEmpty { lines.append(line) }
            let pieces = isForCopying(word) ? [word] : chop(word, width)
            lines += pieces.dropLast()
            line = pieces.last ?? ""
        }
        return line.isEmpty && !lines.isEmpty ? lines : lines + [line]
    }

    /// A path or an address is taken as a whole or not at all.
    private static func isForCopying(_ word: String) -> Bool { word.hasPrefix("/") || word.contains("://") }

    private static func chop(_ word: String, _ width: Int) -> [String] {
        var pieces = [""]
        var used = 0
        for character in word {
            let size = DisplayWidth.of(character)
            if used + size > width {
                pieces.append("")
                used = 0
            }
            pieces[pieces.count - 1].append(character)
            used += size
        }
        return pieces
    }

    static func pad(_ text: String, _ width: Int, right: Bool) -> String {
        let space = String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
        return right ? space + text : text + space
    }
}
