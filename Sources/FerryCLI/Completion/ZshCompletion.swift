import LettaModel

/// A script for zsh's completion system, with descriptions.
enum ZshCompletion {
    static func script(_ table: CompletionTable) -> String {
        let groups = table.groups.map { group($0, table) }
        let commands = table.commands.filter { command in !table.groups.contains(command.path) }
            .map { function(name($0.path), arguments($0, table.globals)) }
        return """
            #compdef ferry
            # Completion of ferry for zsh; written by `ferry completions zsh`.

            __ferry_servers() { compadd -- ${(f)"$(ferry completions servers 2>/dev/null)"} }
            __ferry_runs() { compadd -- ${(f)"$(ferry completions runs 2>/dev/null)"} }
            __ferry_runs_or_files() { __ferry_runs; _files }

            \((groups + commands).joined(separator: "\n\n"))

            if [[ $funcstack[1] == _ferry ]]; then _ferry "$@"; else compdef _ferry ferry; fi

            """
    }

    /// `_ferry`, `_ferry_workers`: a word first, then what belongs to it.
    private static func group(_ path: [String], _ table: CompletionTable) -> String {
        let words = table.words(after: path)
        let help = path.isEmpty ? [(word: "help", summary: "explain a command")] : []
        let offered = (words + help).map { entry in
            "        " + ShellWord.inQuotes("\(entry.word.replacing(":", with: "\\:")):\(entry.summary)")
        }
        let cases = words.map { "        \($0.word)) \(name(path + [$0.word])) ;;" }
        let flags =
            table.globals.flatMap { specs($0) } + (table.command(path)?.flags ?? []).flatMap { specs($0) }
        let own = path.isEmpty ? ["'--version[print the version]'"] : []
        return """
            \(name(path))() {
                local line state
                local -a words_here=(
            \(offered.joined(separator: "\n"))
                )
                _arguments -C -s \\
            \((flags + own).map { "        \($0) \\" }.joined(separator: "\n"))
                    '1: :->word' '*:: :->rest' && return
                case $state in
                word) _describe command words_here ;;
                rest)
                    case $line[1] in
            \((cases + (path.isEmpty ? ["        help) _describe command words_here ;;"] : [])).joined(separator: "\n"))
                    esac
                    ;;
                esac
            }
            """
    }

    private static func function(_ name: String, _ arguments: [String]) -> String {
        "\(name)() {\n    _arguments -s -S"
            + arguments.map { " \\\n        \($0)" }.joined() + "\n}"
    }

    private static func arguments(_ command: CommandSpec, _ globals: [FlagSpec]) -> [String] {
        let flags = (command.flags + globals).flatMap { specs($0) }
        let places = command.arguments.enumerated().map { index, argument in
            let colons = argument.isRequired ? ":" : "::"
            return ShellWord.inQuotes("\(index + 1)\(colons)\(argument.name.lowercased()):")
                + action(CompletionKind(argument))
        }
        let more = command.arguments.filter(\.isRepeatable).map { argument in
            ShellWord.inQuotes("*:\(argument.name.lowercased()):") + action(CompletionKind(argument))
        }
        return flags + places + more
    }

    private static func specs(_ flag: FlagSpec) -> [String] {
        let value = CompletionKind(flag).map {
            ShellWord.inQuotes(":\((flag.value ?? "").lowercased()):") + action($0)
        }
        let others = flag.isRepeatable ? "*" : "(\(flag.spellings.joined(separator: " ")))"
        return flag.spellings.map { spelling in
            let takes = value == nil ? "" : spelling.hasPrefix("--") ? "=" : "+"
            return ShellWord.inQuotes("\(others)\(spelling)\(takes)[\(escaped(flag.help))]") + (value ?? "")
        }
    }

    private static func action(_ kind: CompletionKind) -> String {
        switch kind {
        case .words(let words): ShellWord.inQuotes("(\(words.joined(separator: " ")))")
        case .file: "_files"
        case .folder: "'_files -/'"
        case .servers: "__ferry_servers"
        case .runs: "__ferry_runs"
        case .runsOrFiles: "__ferry_runs_or_files"
        case .anything: "' '"
        }
    }

    private static func name(_ path: [String]) -> String {
        (["_ferry"] + path).joined(separator: "_")
    }

    private static func escaped(_ help: String) -> String {
        help.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
            .replacing(":", with: "\\:")
    }
}
