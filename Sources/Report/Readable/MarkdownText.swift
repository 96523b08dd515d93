/// Words of an agent as Markdown that says the same words: nothing in them
/// becomes a heading, a link, HTML, or the end of what they stand in.
enum MarkdownText {
    /// In a fence longer than any row of back quotes in the text.
    static func fenced(_ text: String, language: String = "text") -> String {
        let body = shown(text)
        let fence = String(repeating: "`", count: max(3, longestRun(in: body) + 1))
        return "\(fence)\(language)\n\(body)\(body.hasSuffix("\n") ? "" : "\n")\(fence)"
    }

    /// A code span; line ends become a mark.
    static func span(_ text: String) -> String {
        let body = shown(text).replacing("\n", with: "⏎")
        let quotes = String(repeating: "`", count: longestRun(in: body) + 1)
        let pad = body.isEmpty || body.hasPrefix("`") || body.hasSuffix("`") ? " " : ""
        return "\(quotes)\(pad)\(body)\(pad)\(quotes)"
    }

    /// Within a line of our own: one line, every mark escaped.
    static func inline(_ text: String) -> String {
        var escaped = ""
        for scalar in shown(text).unicodeScalars {
            if scalar == "\n" || scalar == "\t" {
                escaped += " "
            } else {
                if "\\`*_[]<>#|&~!$".unicodeScalars.contains(scalar) { escaped += "\\" }
                escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Every line of a part behind `>`.
    static func quoted(_ markdown: String) -> String {
        markdown.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? ">" : "> \(String($0))"
        }.joined(separator: "\n")
    }

    /// `\r` is a line end in Markdown; other control characters would act on
    /// a terminal, and are shown as pictures of themselves.
    static func shown(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar.value {
            case 0x0A where previous == "\r": continue
            case 0x09, 0x0A: result.append(scalar)
            case 0x0D: result.append("\n")
            case 0x00..<0x20: result.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
            case 0x7F: result.append("\u{2421}")
            case 0x80..<0xA0: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static func longestRun(in text: String) -> Int {
        var longest = 0
        var run = 0
        for byte in text.utf8 {
            run = byte == 0x60 ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }
}
