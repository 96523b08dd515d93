import LettaModel

/// A script for bash 4 or later that needs no other package.
enum BashCompletion {
    static func script(_ table: CompletionTable) -> String {
        """
        # Completion of ferry for bash; written by `ferry completions bash`.
        # Words before the cursor say which command it is and whether a flag waits for its value.

        # What may follow: words and a kind, for a command ($1) and a flag or the number of an argument ($2).
        _ferry_at() {
            words= kind=
            case "$1|$2" in
        \(places(table).joined(separator: "\n"))
            esac
        }

        _ferry() {
            local cur=${COMP_WORDS[COMP_CWORD]} command= flag= place=1 word i words kind
            for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if [[ -n $flag ]]; then
                    [[ $word == '=' ]] || flag=
                    continue
                fi
                case $word in
                -*)
                    _ferry_at "$command" "$word"
                    [[ -n $kind ]] && flag=$word
                    ;;
                *)
                    _ferry_at "$command" next
                    if [[ $place -eq 1 && " $words " == *" $word "* ]]; then
                        command+=${command:+ }$word
                    else
                        place=$((place + 1))
                    fi
                    ;;
                esac
            done
            [[ $cur == '=' && -n $flag ]] && cur=
            COMPREPLY=()
            if [[ -n $flag ]]; then
                _ferry_at "$command" "$flag"
                _ferry_offer "$words"
            elif [[ $cur == -* ]]; then
                _ferry_at "$command" flags
                _ferry_offer "$words"
            else
                local more=
                if [[ $place -eq 1 ]]; then
                    _ferry_at "$command" next
                    more=$words
                fi
                _ferry_at "$command" "$place"
                _ferry_offer "$more $words"
            fi
        }

        _ferry_offer() {
            local all=$1
            case $kind in
            servers) all+=" $(ferry completions servers 2>/dev/null)" ;;
            runs | runs-or-files) all+=" $(ferry completions runs 2>/dev/null)" ;;
            esac
            mapfile -t COMPREPLY < <(compgen -W "$all" -- "$cur")
            local found=()
            case $kind in
            file | runs-or-files) mapfile -t found < <(compgen -f -- "$cur") ;;
            folder) mapfile -t found < <(compgen -d -- "$cur") ;;
            esac
            if [[ ${#found[@]} -gt 0 ]]; then
                COMPREPLY+=("${found[@]}")
                compopt -o filenames 2>/dev/null
            fi
        }

        complete -F _ferry ferry

        """
    }

    private static func places(_ table: CompletionTable) -> [String] {
        var lines = table.groups.map { path in
            line(
                path, "next", words: table.words(after: path).map(\.word) + (path.isEmpty ? ["help"] : []),
                kind: "")
        }
        lines.append(line(["help"], "next", words: table.words(after: []).map(\.word), kind: ""))
        for command in table.commands { lines += self.lines(of: command, table.globals) }
        lines.append(line(nil, "flags", words: table.globals.flatMap(\.spellings) + ["--version"], kind: ""))
        return lines
    }

    private static func lines(of command: CommandSpec, _ globals: [FlagSpec]) -> [String] {
        let flags = (command.flags + globals).flatMap(\.spellings)
        let arguments = command.arguments.enumerated().map { index, argument in
            line(command.path, "\(index + 1)", CompletionKind(argument))
        }
        let values = command.flags.flatMap { flag in
            CompletionKind(flag).map { kind in flag.spellings.map { line(command.path, $0, kind) } } ?? []
        }
        return [line(command.path, "flags", words: flags, kind: "")] + arguments + values
    }

    private static func line(_ path: [String], _ place: String, _ kind: CompletionKind) -> String {
        var words: [String] = []
        if case .words(let choices) = kind { words = choices }
        return line(path, place, words: words, kind: name(kind))
    }

    /// - Parameter path: nil for whatever was not named before.
    private static func line(_ path: [String]?, _ place: String, words: [String], kind: String) -> String {
        let head = path.map { ShellWord.inQuotes("\($0.joined(separator: " "))|\(place)") } ?? "*'|\(place)'"
        let offer = words.isEmpty ? "" : " words=" + ShellWord.inQuotes(words.joined(separator: " "))
        return "    \(head))" + offer + (kind.isEmpty ? "" : " kind=\(kind)") + " ;;"
    }

    private static func name(_ kind: CompletionKind) -> String {
        switch kind {
        case .words: "words"
        case .file: "file"
        case .folder: "folder"
        case .servers: "servers"
        case .runs: "runs"
        case .runsOrFiles: "runs-or-files"
        case .anything: "anything"
        }
    }
}
