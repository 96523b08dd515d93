/// Pages of the manual in the `man` macros, rendered from the command table
/// and from nothing else.
struct ManPage: Sendable {
    /// `ferry`, `ferry-servers-add`.
    let name: String
    let text: String

    static func all(_ commands: [CommandSpec], _ globals: [FlagSpec]) -> [ManPage] {
        [overview(commands, globals)] + commands.map { page($0, globals) }
    }

    private static func overview(_ commands: [CommandSpec], _ globals: [FlagSpec]) -> ManPage {
        var roff = Roff(title: "ferry")
        roff.section(
            "NAME",
            [.text("ferry - move long-lived Letta agents between servers, and prove that nothing was lost")])
        roff.section("SYNOPSIS", [.text("ferry COMMAND [flags]")])
        roff.section("COMMANDS", commands.map { .item("ferry \($0.name)", $0.summary) })
        roff.section("FLAGS OF EVERY COMMAND", globals.map(item))
        roff.section("EXIT STATUS", ExitCode.allCases.map { .item("\($0.rawValue)", $0.meaning) })
        roff.section("FILES", files)
        roff.section("ENVIRONMENT", environment)
        roff.section(
            "SEE ALSO",
            [.text(commands.map { "ferry-\($0.path.joined(separator: "-"))(1)" }.joined(separator: ", "))])
        return ManPage(name: "ferry", text: roff.text)
    }

    private static func page(_ spec: CommandSpec, _ globals: [FlagSpec]) -> ManPage {
        let name = "ferry-" + spec.path.joined(separator: "-")
        var roff = Roff(title: name)
        roff.section("NAME", [.text("\(name) - \(spec.summary)")])
        roff.section("SYNOPSIS", [.text(spec.usage)])
        roff.section("DESCRIPTION", spec.discussion.split(separator: "\n\n").map { .text(String($0)) })
        roff.section("ARGUMENTS", spec.arguments.map { .item($0.name, $0.help) })
        roff.section("FLAGS", spec.flags.map(item))
        roff.section("FLAGS OF EVERY COMMAND", globals.map(item))
        roff.section("EXAMPLES", spec.examples.map { .item($0.command, $0.meaning) })
        roff.section("SEE ALSO", [.text("ferry(1)")])
        return ManPage(name: name, text: roff.text)
    }

    private static let files: [Roff.Part] = [
        .item("$XDG_CONFIG_HOME/ferry/servers.json", "the servers that have a name; holds no token"),
        .item("$XDG_DATA_HOME/ferry/snapshots", "snapshots that a move made"),
        .item("$XDG_STATE_HOME/ferry", "the journal, and a folder for each run with its report"),
    ]

    private static let environment: [Roff.Part] = [
        .item("NO_COLOR", "no colours"),
        .item(
            "XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME",
            "where the files lie; ~/.config, ~/.local/share and ~/.local/state by default"),
    ]

    private static func item(_ flag: FlagSpec) -> Roff.Part {
        let choices = flag.choices.isEmpty ? "" : " (one of \(flag.choices.joined(separator: ", ")))"
        return .item(
            (flag.short.map { "-\($0), " } ?? "") + flag.usage,
            flag.help + choices + (flag.isRequired ? " (required)" : "")
                + (flag.isRepeatable ? " (may be repeated)" : ""))
    }
}

/// Text in the `man` macros; what it is given is never read as a macro.
struct Roff {
    enum Part {
        case text(String)
        case item(String, String)
    }

    private(set) var text: String

    init(title: String) {
        text =
            ".\\\" Written by `ferry man` from its table of commands.\n"
            + ".TH \"\(Self.escaped(title.uppercased()))\" 1 \"\" \"ferry \(Version.number)\" \"ferry\"\n.nh\n.ad l\n"
    }

    /// Nothing for an empty section.
    mutating func section(_ title: String, _ parts: [Part]) {
        guard !parts.isEmpty else { return }
        text += ".SH \(title)\n"
        for (index, part) in parts.enumerated() {
            switch part {
            case .text(let words): text += (index == 0 ? "" : ".PP\n") + Self.line(words)
            case .item(let head, let words): text += ".TP\n.B \(Self.line(head))" + Self.line(words)
            }
        }
    }

    /// One line of input: no line of the text can begin with a control character.
    private static func line(_ words: String) -> String {
        "\\&" + escaped(words.split(whereSeparator: \.isWhitespace).joined(separator: " ")) + "\n"
    }

    private static func escaped(_ words: String) -> String {
        words.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\e"
            case "-": text += "\\-"
            case "'": text += "\\(aq"
            case "`": text += "\\(ga"
            case "\"": text += "\\(dq"
            case "~": text += "\\(ti"
            case "^": text += "\\(ha"
            default:
                text += character.unicodeScalars.map { $0.isASCII ? String($0) : "\\[u\(code($0))]" }.joined()
            }
        }
    }

    private static func code(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
