/// What may stand at a place of a command line, as far as a shell can offer it.
enum CompletionKind: Equatable, Sendable {
    case words([String])
    case file
    case folder
    /// Names of `ferry servers`.
    case servers
    /// Ids of `ferry runs`.
    case runs
    /// A run, or a file.
    case runsOrFiles
    /// A value that no shell can guess.
    case anything

    /// Read off the placeholder that help shows.
    init(placeholder: String, choices: [String] = []) {
        switch placeholder {
        case _ where !choices.isEmpty: self = .words(choices)
        case "FILE", "FILE.ferry", "FILE.af", "PATH", "AGENT|FILE", "X", "Y": self = .file
        case "DIR": self = .folder
        case "SERVER", "VERSION": self = .servers
        case "RUN": self = .runs
        case "RUN|FILE": self = .runsOrFiles
        default: self = .anything
        }
    }

    init(_ argument: ArgumentSpec) {
        self.init(placeholder: argument.name, choices: argument.choices)
    }

    /// - Returns: nil for a switch, which has no value.
    init?(_ flag: FlagSpec) {
        guard let placeholder = flag.value else { return nil }
        self.init(placeholder: placeholder, choices: flag.choices)
    }
}

/// The command table as shells ask for it.
struct CompletionTable: Sendable {
    let commands: [CommandSpec]
    let globals: [FlagSpec]

    /// Words that can follow a path, each with what it does; for `workers`
    /// as for the empty path.
    func words(after path: [String]) -> [(word: String, summary: String)] {
        var found: [(word: String, summary: String)] = []
        for command in commands where command.path.count > path.count && command.path.starts(with: path) {
            let word = command.path[path.count]
            guard !found.contains(where: { $0.word == word }) else { continue }
            let whole = commands.first { $0.path == path + [word] }
            found.append((word, whole?.summary ?? group(path + [word])))
        }
        return found
    }

    /// Every path that goes on, the empty one first.
    var groups: [[String]] {
        var found: [[String]] = [[]]
        for command in commands {
            for count in 1..<max(1, command.path.count) {
                let path = Array(command.path.prefix(count))
                if !found.contains(path) { found.append(path) }
            }
        }
        return found
    }

    func command(_ path: [String]) -> CommandSpec? { commands.first { $0.path == path } }

    private func group(_ path: [String]) -> String {
        words(after: path).map(\.word).joined(separator: ", ")
    }
}

extension FlagSpec {
    /// `--yes`, `-y`.
    var spellings: [String] { ["--\(name)"] + (short.map { ["-\($0)"] } ?? []) }
}
