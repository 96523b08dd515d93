/// Reads bindings one after the other. What can't be read ends at its line,
/// and reading goes on with the next one.
struct EnvReader {
    private let text: EnvText
    private var place = 0
    private var line = 1
    private var countedTo = 0

    private struct Unreadable: Error {}

    init(_ text: EnvText) {
        self.text = text
    }

    mutating func bindings() -> [EnvFile.Binding] {
        var found: [EnvFile.Binding] = []
        while place < text.scalars.count {
            if let binding = next() { found.append(binding) }
        }
        return found
    }

    private mutating func next() -> EnvFile.Binding? {
        skip { EnvText.isSpace($0) }
        guard place < text.scalars.count else { return nil }
        let start = place
        let line = lineNumber(at: start)
        do {
            return try binding(from: start, line)
        } catch {
            skip { $0 != "\n" }
            let extent = text.offsets[start]..<text.offsets[place]
            if place < text.scalars.count { place += 1 }
            return EnvFile.Binding(
                key: nil, value: nil, line: line, isBroken: true, extent: extent, valueExtent: nil,
                quote: .none)
        }
    }

    private mutating func binding(from start: Int, _ line: Int) throws -> EnvFile.Binding? {
        skipExport()
        let key = try key()
        var end = place
        skip(Self.isBlank)
        var value: (text: String, start: Int, end: Int, quote: EnvQuote)?
        if peek == "=" {
            place += 1
            skip(Self.isBlank)
            value = try self.value()
            end = value?.end ?? end
        }
        try endLine()
        guard let key else { return nil }
        return EnvFile.Binding(
            key: key, value: value?.text, line: line, isBroken: false,
            extent: text.offsets[start]..<text.offsets[end],
            valueExtent: value.map { text.offsets[$0.start]..<text.offsets[$0.end] },
            quote: value?.quote ?? .none)
    }

    /// `export` counts only with a blank behind it.
    private mutating func skipExport() {
        let word = "export".unicodeScalars
        guard text.scalars[place...].starts(with: word) else { return }
        let after = place + word.count
        guard after < text.scalars.count, Self.isBlank(text.scalars[after]) else { return }
        place = after
        skip(Self.isBlank)
    }

    /// nil at a comment.
    private mutating func key() throws -> String? {
        if peek == "#" { return nil }
        let start = place
        if peek == "'" {
            place += 1
            skip { $0 != "'" }
            guard peek == "'", place > start + 1 else {
                place = start
                throw Unreadable()
            }
            place += 1
            return string(start + 1, place - 1)
        }
        skip { $0 != "=" && $0 != "#" && !EnvText.isSpace($0) }
        guard place > start else { throw Unreadable() }
        return string(start, place)
    }

    private mutating func value() throws -> (text: String, start: Int, end: Int, quote: EnvQuote) {
        let start = place
        switch peek {
        case "'":
            let inner = try quoted("'")
            return (Self.unescaped(inner, EnvEscapes.single), start, place, .single)
        case "\"":
            let inner = try quoted("\"")
            return (Self.unescaped(inner, EnvEscapes.double), start, place, .double)
        default:
            skip { $0 != "\n" }
            let end = Self.withoutComment(text.scalars[start..<place])
            return (string(start, end), start, end, .none)
        }
    }

    /// The first quote that has no backslash before it ends the value; where
    /// there is none, the last one that has.
    private mutating func quoted(_ quote: Unicode.Scalar) throws -> ArraySlice<Unicode.Scalar> {
        let start = place + 1
        var lastEscaped: Int?
        var index = start
        while index < text.scalars.count {
            if text.scalars[index] == quote {
                guard index > start, text.scalars[index - 1] == "\\" else { break }
                lastEscaped = index
            }
            index += 1
        }
        if index == text.scalars.count {
            guard let lastEscaped else { throw Unreadable() }
            index = lastEscaped
        }
        place = index + 1
        return text.scalars[start..<index]
    }

    private mutating func endLine() throws {
        let start = place
        skip(Self.isBlank)
        if peek == "#" { skip { $0 != "\n" } }
        guard peek == nil || peek == "\n" else {
            place = start
            throw Unreadable()
        }
        if peek == "\n" { place += 1 }
    }

    /// The end of an unquoted value: before a blank with `#` behind it, and
    /// before blanks at the end of the line.
    private static func withoutComment(_ line: ArraySlice<Unicode.Scalar>) -> Int {
        var end = line.endIndex
        var blanks: Int?
        for (index, scalar) in zip(line.indices, line) {
            if EnvText.isSpace(scalar) {
                blanks = blanks ?? index
            } else {
                if scalar == "#", let blanks {
                    end = blanks
                    break
                }
                blanks = nil
            }
        }
        while end > line.startIndex, EnvText.isSpace(line[end - 1]) { end -= 1 }
        return end
    }

    private static func unescaped(
        _ scalars: ArraySlice<Unicode.Scalar>, _ escapes: [Unicode.Scalar: Unicode.Scalar]
    ) -> String {
        var result = String.UnicodeScalarView()
        var rest = scalars
        while let first = rest.popFirst() {
            if first == "\\", let next = rest.first, let meant = escapes[next] {
                result.append(meant)
                rest.removeFirst()
            } else {
                result.append(first)
            }
        }
        return String(result)
    }

    // MARK: Places

    private var peek: Unicode.Scalar? { place < text.scalars.count ? text.scalars[place] : nil }

    private mutating func skip(_ matches: (Unicode.Scalar) -> Bool) {
        while place < text.scalars.count, matches(text.scalars[place]) { place += 1 }
    }

    private func string(_ start: Int, _ end: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text.scalars[start..<end])
        return String(view)
    }

    private mutating func lineNumber(at index: Int) -> Int {
        for scalar in text.scalars[countedTo..<index] where scalar == "\n" { line += 1 }
        countedTo = index
        return line
    }

    /// White space within a line.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\n" && EnvText.isSpace(scalar)
    }
}

/// What a backslash and the next character mean within quotes.
private enum EnvEscapes {
    static let single: [Unicode.Scalar: Unicode.Scalar] = ["\\": "\\", "'": "'"]
    static let double: [Unicode.Scalar: Unicode.Scalar] = [
        "\\": "\\", "'": "'", "\"": "\"", "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n",
        "r": "\r", "t": "\t", "v": "\u{0B}",
    ]
}
