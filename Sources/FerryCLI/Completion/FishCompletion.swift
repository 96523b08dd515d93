import LettaModel

/// A script for fish 3 or later, with descriptions.
enum FishCompletion {
    static func script(_ table: CompletionTable) -> String {
        let groups = table.groups.flatMap { group($0, table) }
        let commands = table.commands.flatMap(lines)
        let globals = table.globals.map { flag($0, when: nil) }
        return """
            # Completion of ferry for fish; written by `ferry completions fish`.

            # The command that the words before the cursor name.
            function __ferry_command
                set -l found
                for word in (commandline -opc)[2..-1]
                    string match -q -- '-*' $word; and continue
                    set -l longer (string join ' ' $found $word)
                    contains -- $longer \(names(table)); or break
                    set found $longer
                end
                echo "$found"
            end

            function __ferry_in
                test (__ferry_command) = "$argv"
            end

            complete -c ferry -f
            \((globals + groups + commands).joined(separator: "\n"))

            """
    }

    private static func names(_ table: CompletionTable) -> String {
        let all = table.groups.filter { !$0.isEmpty } + table.commands.map(\.path) + [["help"]]
        return all.map { ShellWord.inQuotes($0.joined(separator: " ")) }.joined(separator: " ")
    }

    private static func group(_ path: [String], _ table: CompletionTable) -> [String] {
        var words = table.words(after: path)
        let help = words.map { offer($0.word, $0.summary, when: "help") }
        if path.isEmpty { words.append((word: "help", summary: "explain a command")) }
        return words.map { offer($0.word, $0.summary, when: path.joined(separator: " ")) }
            + (path.isEmpty
                ? help + ["complete -c ferry -n '__ferry_in \"\"' -l version -d 'print the version'"] : [])
    }

    private static func offer(_ word: String, _ summary: String, when command: String) -> String {
        "complete -c ferry -n \(condition(command)) -a \(ShellWord.inQuotes(word)) -d \(quoted(summary))"
    }

    private static func lines(of command: CommandSpec) -> [String] {
        let arguments = command.arguments.compactMap { argument -> String? in
            let offered = values(CompletionKind(argument))
            return offered.isEmpty ? nil : "complete -c ferry -n \(condition(command.name))\(offered)"
        }
        return arguments + command.flags.map { flag($0, when: command.name) }
    }

    private static func flag(_ flag: FlagSpec, when command: String?) -> String {
        let place = command.map { " -n \(condition($0))" } ?? ""
        let short = flag.short.map { " -s \($0)" } ?? ""
        let value = CompletionKind(flag).map { (takesFiles($0) ? " -r" : " -x") + values($0) } ?? ""
        return "complete -c ferry\(place)\(short) -l \(flag.name)\(value) -d \(quoted(flag.help))"
    }

    private static func takesFiles(_ kind: CompletionKind) -> Bool { kind == .file || kind == .runsOrFiles }

    private static func values(_ kind: CompletionKind) -> String {
        switch kind {
        case .words(let words): " -a \(quoted(words.joined(separator: " ")))"
        case .file: " -F"
        case .folder: " -a '(__fish_complete_directories)'"
        case .servers: " -a '(ferry completions servers 2>/dev/null)'"
        case .runs: " -a '(ferry completions runs 2>/dev/null)'"
        case .runsOrFiles: " -F -a '(ferry completions runs 2>/dev/null)'"
        case .anything: ""
        }
    }

    private static func condition(_ command: String) -> String { quoted("__ferry_in \"\(command)\"") }

    /// In single quotes fish reads `\\` and `\'`.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
