/// A `.ferrytest` file: commands and what they print. CONTRIBUTING.md says
/// how to write one.
struct Script: Sendable {
    let title: String
    let lines: [String]
    let steps: [Step]

    enum Step: Sendable {
        /// `server NAME KIND [KEY=VALUE …]`
        case server(name: String, kind: String, settings: [String: String])
        /// `tree NAME LAYOUT`
        case tree(name: String, layout: String)
        /// `env NAME=VALUE`, `secret NAME=VALUE`
        case variable(name: String, value: String, isSecret: Bool)
        /// `file PATH`, then `| ` lines.
        case file(path: String, text: String)
        case command(Command)
        /// `json stdout`, `json stderr`: what the last command printed parses.
        case json(isErrors: Bool)
    }

    struct Command: Sendable {
        let text: String
        /// Where its expectations stand among the lines.
        let expectations: Range<Int>
        let status: Int32
        let output: [String]
        let errors: [String]
        /// Line of the command, from 1.
        let line: Int
    }

    struct Unreadable: Error, CustomStringConvertible {
        let line: Int
        let text: String
        var description: String { "line \(line) is none that a script can have: \(text)" }
    }

    init(_ text: String) throws {
        var reader = ScriptReader(text)
        title = reader.title
        steps = try reader.steps()
        lines = reader.lines
    }

    /// The script with new expectations, in order of the commands.
    func rewritten(_ blocks: [[String]]) -> String {
        var result: [String] = []
        var next = 0
        let commands = steps.compactMap { step -> Command? in
            if case .command(let command) = step { command } else { nil }
        }
        for (command, block) in zip(commands, blocks) {
            result += lines[next..<command.expectations.lowerBound] + block
            next = command.expectations.upperBound
        }
        return (result + lines[next...]).joined(separator: "\n")
    }
}

private struct ScriptReader {
    let lines: [String]
    private var place = 0

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var title: String { lines.first.map { String($0.drop { $0 == "#" || $0 == " " }) } ?? "" }

    mutating func steps() throws -> [Script.Step] {
        var steps: [Script.Step] = []
        while place < lines.count {
            if let step = try step() { steps.append(step) }
        }
        return steps
    }

    private mutating func step() throws -> Script.Step? {
        let line = lines[place]
        place += 1
        if line.isEmpty || line.hasPrefix("#") { return nil }
        if line.hasPrefix("$ ") || line.hasPrefix("! ") {
            return .command(command(String(line.dropFirst(2))))
        }
        let words = line.split(separator: " ").map(String.init)
        switch (words[0], words.count) {
        case ("server", 3...):
            return .server(name: words[1], kind: words[2], settings: Self.settings(words.dropFirst(3)))
        case ("tree", 3): return .tree(name: words[1], layout: words[2])
        case ("env", 2...), ("secret", 2...):
            guard let pair = Self.pair(line.dropFirst(words[0].count + 1)) else { break }
            return .variable(name: pair.0, value: pair.1, isSecret: words[0] == "secret")
        case ("file", 2): return .file(path: words[1], text: marked("| ").map { $0 + "\n" }.joined())
        case ("json", 2): return .json(isErrors: words[1] == "stderr")
        default: break
        }
        throw Script.Unreadable(line: place, text: line)
    }

    private mutating func command(_ text: String) -> Script.Command {
        let line = place
        let start = place
        var status: Int32 = 0
        if place < lines.count, lines[place].hasPrefix("exit "), let code = Int32(lines[place].dropFirst(5)) {
            status = code
            place += 1
        }
        let output = marked("1| ")
        let errors = marked("2| ")
        return Script.Command(
            text: text, expectations: start..<place, status: status, output: output, errors: errors,
            line: line)
    }

    /// The following lines that begin with the mark, without it.
    private mutating func marked(_ mark: String) -> [String] {
        var found: [String] = []
        let bare = mark.dropLast()
        while place < lines.count, lines[place].hasPrefix(mark) || lines[place] == bare {
            found.append(String(lines[place].dropFirst(mark.count)))
            place += 1
        }
        return found
    }

    private static func settings(_ words: ArraySlice<String>) -> [String: String] {
        Dictionary(words.map { pair($0[...]) ?? ($0, "yes") }) { _, last in last }
    }

    private static func pair(_ text: Substring) -> (String, String)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
}
