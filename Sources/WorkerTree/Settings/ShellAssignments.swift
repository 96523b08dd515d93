/// Assignments of a file as a shell reads them with `.`: quotes of both
/// kinds, backslashes, comments. Variables are left as they stand, but for
/// those that are passed in.
enum ShellAssignments {
    struct Assignment: Equatable {
        var key: String
        var text: String
        var line: Int
        var isExported: Bool
    }

    static func of(_ text: String, variables: [String: String] = [:]) -> [Assignment] {
        var known = variables
        return lines(text).enumerated().flatMap { index, line -> [Assignment] in
            let found = assignments(line, index + 1, known)
            for item in found { known[item.key] = item.text }
            return found
        }
    }

    static func lines(_ text: String) -> [String] {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    }

    /// The words of a line that set something, as far as they come first.
    private static func assignments(_ line: String, _ number: Int, _ known: [String: String])
        -> [Assignment]
    {
        var words = Self.words(line, known)[...]
        let isExported = words.first == "export"
        if isExported { words = words.dropFirst() }
        return words.prefix { pair($0) != nil }.compactMap { word in
            pair(word).map { Assignment(key: $0.0, text: $0.1, line: number, isExported: isExported) }
        }
    }

    static func pair(_ word: String) -> (String, String)? {
        guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return nil }
        let key = word[..<equals]
        let isName = key.utf8.allSatisfy {
            $0 == 0x5F || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || (0x30...0x39).contains($0)
        }
        guard isName, key.first?.isNumber == false else { return nil }
        return (String(key), String(word[word.index(after: equals)...]))
    }

    /// Words with their quotes taken out.
    static func words(_ line: String, _ known: [String: String] = [:]) -> [String] {
        var reader = ShellReader(line, known)
        return reader.words()
    }

    /// A line as `export $(… | xargs)` takes it: words at every space, and no
    /// comments but for whole lines.
    static func split(_ text: String) -> [Assignment] {
        lines(text).enumerated().flatMap { index, line -> [Assignment] in
            guard line.first != "#" else { return [] }
            return words(line.replacing("#", with: "\\#"), [:]).flatMap { $0.split(separator: " ") }
                .compactMap { word in
                    pair(String(word)).map {
                        Assignment(key: $0.0, text: $0.1, line: index + 1, isExported: true)
                    }
                }
        }
    }
}

private struct ShellReader {
    private var rest: Substring
    private let known: [String: String]

    init(_ line: String, _ known: [String: String]) {
        rest = line[...]
        self.known = known
    }

    mutating func words() -> [String] {
        var found: [String] = []
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard let first = rest.first, first != "#" else { return found }
            if ";&|()".contains(first) {
                rest = rest.dropFirst()
                found.append(String(first))
            } else {
                found.append(word())
            }
        }
    }

    private mutating func word() -> String {
        var result = ""
        while let next = rest.first, !" \t;&|()".contains(next) {
            rest = rest.dropFirst()
            switch next {
            case "'": result += take { $0 == "'" }
            case "\"": result += doubled()
            case "\\":
                if let escaped = rest.popFirst() { result.append(escaped) }
            case "$": result += variable()
            default: result.append(next)
            }
        }
        return result
    }

    /// Up to the mark, which is taken too.
    private mutating func take(_ isEnd: (Character) -> Bool) -> String {
        let text = rest.prefix { !isEnd($0) }
        rest = rest[text.endIndex...].dropFirst()
        return String(text)
    }

    private mutating func doubled() -> String {
        var result = ""
        while let next = rest.popFirst(), next != "\"" {
            if next == "\\", let escaped = rest.first, "\"\\$`".contains(escaped) {
                result.append(escaped)
                rest = rest.dropFirst()
            } else if next == "$" {
                result += variable()
            } else {
                result.append(next)
            }
        }
        return result
    }

    /// `$NAME` and `${NAME}` where they are known; anything else stays.
    private mutating func variable() -> String {
        let isBraced = rest.first == "{"
        let name = rest.dropFirst(isBraced ? 1 : 0).prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        let after = rest[name.endIndex...]
        guard let value = known[String(name)], !isBraced || after.first == "}" else { return "$" }
        rest = after.dropFirst(isBraced ? 1 : 0)
        return value
    }
}
