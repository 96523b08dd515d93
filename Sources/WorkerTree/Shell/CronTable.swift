/// The lines of a crontab: variables, and commands with the variables that
/// were set above them.
struct CronTable {
    struct Job: Equatable {
        var command: String
        var line: Int
        /// In order.
        var variables: [ShellAssignments.Assignment]
    }

    private(set) var jobs: [Job] = []

    /// - Parameter isSystems: of `/etc`, where a user stands before the command.
    init(_ text: String, isSystems: Bool) {
        var variables: [ShellAssignments.Assignment] = []
        for (index, raw) in ShellAssignments.lines(text).enumerated() {
            let line = raw.drop { $0 == " " || $0 == "\t" }
            guard let first = line.first, first != "#" else { continue }
            if let pair = Self.variable(line) {
                variables.append(.init(key: pair.0, text: pair.1, line: index + 1, isExported: true))
            } else if let command = Self.command(line, isSystems: isSystems) {
                jobs.append(Job(command: command, line: index + 1, variables: variables))
            }
        }
    }

    /// `NAME = "value"`.
    private static func variable(_ line: Substring) -> (String, String)? {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        let key = line[..<equals].filter { $0 != " " && $0 != "\t" && $0 != "\"" && $0 != "'" }
        var value = line[line.index(after: equals)...].drop { $0 == " " || $0 == "\t" }
        while let last = value.last, last.isWhitespace { value.removeLast() }
        if let quote = value.first, "\"'".contains(quote), value.count > 1, value.last == quote {
            value = value.dropFirst().dropLast()
        }
        return ShellAssignments.pair("\(key)=\(value)")
    }

    /// Behind five fields, or one with `@`; up to a `%`, which begins its input.
    private static func command(_ line: Substring, isSystems: Bool) -> String? {
        var fields = (line.first == "@" ? 1 : 5) + (isSystems ? 1 : 0)
        var rest = line
        while fields > 0 {
            rest = rest.drop { $0 != " " && $0 != "\t" }.drop { $0 == " " || $0 == "\t" }
            fields -= 1
        }
        var command = ""
        while let next = rest.popFirst() {
            if next == "%" { break }
            if next == "\\", rest.first == "%" { command.append(rest.removeFirst()); continue }
            command.append(next)
        }
        return command.isEmpty ? nil : command
    }
}
