/// Help, rendered from the command table and from nothing else.
enum HelpText {
    static func overview(_ commands: [CommandSpec]) -> String {
        let all = globals.map { "--\($0.name)" }.joined(separator: ", ")
        return """
            ferry moves long-lived Letta agents between servers and proves that nothing
            was lost. `move` copies: the agent at the source is never changed and never
            deleted.

            A first move:
              ferry servers add old --url https://old.example:8283 --token-env OLD_TOKEN
              ferry servers add new --url https://new.example:8283 --token-env NEW_TOKEN
              ferry plan ada --from old --to new    what would happen; writes nothing
              ferry move ada --from old --to new    capture, load, verify, report

            Commands:
            \(table(commands.map { ($0.name, $0.summary) }))

            `ferry help COMMAND` explains one. Flags of all:
            \(all).

            Exit codes:
            \(table(ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) }))

            """
    }

    static func page(_ spec: CommandSpec) -> String {
        var sections = [paragraphs("ferry \(spec.name): \(spec.summary)"), "Usage:\n  \(spec.usage)"]
        if !spec.discussion.isEmpty { sections.append(paragraphs(spec.discussion)) }
        if !spec.arguments.isEmpty {
            sections.append("Arguments:\n" + table(spec.arguments.map { ($0.name, $0.help) }))
        }
        if !spec.flags.isEmpty { sections.append("Flags:\n" + table(spec.flags.map(row))) }
        sections.append("Flags of every command:\n" + table(globals.map(row)))
        if !spec.examples.isEmpty {
            sections.append(
                "Examples:\n"
                    + spec.examples.map { "  \($0.command)\n      \($0.meaning)" }.joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static let globals = GlobalOptions.flags

    private static func row(_ flag: FlagSpec) -> (String, String) {
        let short = flag.short.map { "-\($0), " } ?? ""
        var help = flag.help
        if flag.isRequired { help += " (required)" }
        if flag.isRepeatable { help += " (may be repeated)" }
        return (short + flag.usage, help)
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = min(30, (rows.map(\.0.count).max() ?? 0) + 2)
        return rows.map { name, help in
            let indent = "\n" + String(repeating: " ", count: width + 2)
            let lines = wrap(help, 76 - width).joined(separator: indent)
            let head = name.count < width ? pad(name, width) : name + indent
            return "  " + head + lines
        }.joined(separator: "\n")
    }

    /// Lines of a paragraph flow together; an empty line parts two.
    private static func paragraphs(_ text: String) -> String {
        text.split(separator: "\n\n").map { wrap(String($0), 80).joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    private static func wrap(_ text: String, _ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !line.isEmpty && line.count + word.count + 1 > max(20, width) {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + (line.isEmpty ? [] : [line])
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
