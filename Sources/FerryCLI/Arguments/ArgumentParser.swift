import LettaModel

/// Words of a command line -> an invocation, or a usage error that names the
/// nearest thing that exists.
struct ArgumentParser {
    let commands: [CommandSpec]
    let globals: [FlagSpec]

    enum Parsed {
        case run(Invocation)
        case help(CommandSpec?)
        case version
    }

    func parse(_ words: [String]) throws -> Parsed {
        var words = words
        if words.first == "help" { return .help(try command(named: Array(words.dropFirst()))) }
        if words.isEmpty || words == ["--help"] || words == ["-h"] { return .help(nil) }
        if words == ["--version"] || words == ["version"] { return .version }
        let leading = leadingGlobals(&words)
        if words.isEmpty { return .help(nil) }
        let (spec, rest) = try command(in: words)
        if wantsHelp(leading + rest) { return .help(spec) }
        return .run(try invocation(of: spec, leading + rest))
    }

    private func wantsHelp(_ words: [String]) -> Bool {
        let own = words.prefix { $0 != "--" }
        return own.contains("--help") || own.contains("-h")
    }

    /// `ferry --json move …` means the same as `ferry move … --json`.
    private func leadingGlobals(_ words: inout [String]) -> [String] {
        var found: [String] = []
        while let word = words.first, let flag = globals.first(where: { Self.names($0).contains(word) }) {
            let count = flag.value == nil ? 1 : 2
            found += words.prefix(count)
            words.removeFirst(min(count, words.count))
        }
        return found
    }

    private static func names(_ flag: FlagSpec) -> [String] {
        ["--\(flag.name)"] + (flag.short.map { ["-\($0)"] } ?? [])
    }

    /// The command with the longest path that the words begin with.
    private func command(in words: [String]) throws -> (CommandSpec, [String]) {
        let candidates = commands.filter { words.starts(with: $0.path) }
        guard let spec = candidates.max(by: { $0.path.count < $1.path.count }) else {
            let group = commands.filter { $0.path.count > 1 && $0.path.first == words.first }
            if let word = words.first, !group.isEmpty { throw UsageError.incomplete(word, group) }
            throw UsageError.unknownCommand(words.first ?? "", among: commands.map(\.path[0]))
        }
        return (spec, Array(words.dropFirst(spec.path.count)))
    }

    /// Last words of the commands whose path continues this one's.
    private func below(_ spec: CommandSpec) -> [String] {
        commands.filter { $0.path.count > spec.path.count && $0.path.starts(with: spec.path) }.compactMap(
            \.path.last)
    }

    private func command(named words: [String]) throws -> CommandSpec? {
        words.isEmpty ? nil : try command(in: words).0
    }

    private func invocation(of spec: CommandSpec, _ words: [String]) throws -> Invocation {
        var reader = WordReader(words)
        var arguments: [String] = []
        var flags: [String: [String]] = [:]
        while let word = reader.next() {
            if word == "--" {
                arguments += reader.rest()
            } else if word.hasPrefix("-") && word != "-" {
                let (flag, value) = try read(word, from: &reader, of: spec)
                if flags[flag.name] != nil && !flag.isRepeatable && flag.value != nil {
                    throw UsageError.repeated(flag, spec)
                }
                flags[flag.name, default: []].append(value)
            } else {
                arguments.append(word)
            }
        }
        try check(arguments, flags, against: spec)
        return Invocation(command: spec, arguments: arguments, flags: flags)
    }

    private func read(
        _ word: String, from reader: inout WordReader, of spec: CommandSpec
    ) throws -> (FlagSpec, String) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let known = spec.flags + globals
        guard let flag = known.first(where: { Self.names($0).contains(parts[0]) }) else {
            throw UsageError.unknownFlag(parts[0], spec, among: known)
        }
        guard let placeholder = flag.value else {
            guard parts.count == 1 else { throw UsageError.unexpectedValue(flag, spec) }
            return (flag, "")
        }
        guard let value = parts.count == 2 ? parts[1] : reader.next(), !value.isEmpty,
            parts.count == 2 || !known.contains(where: { Self.names($0).contains(value) })
        else {
            throw UsageError.missingValue(flag, placeholder, spec)
        }
        guard flag.choices.isEmpty || flag.choices.contains(value) else {
            throw UsageError.badChoice(flag, value, spec)
        }
        return (flag, value)
    }

    private func check(_ arguments: [String], _ flags: [String: [String]], against spec: CommandSpec) throws {
        guard arguments.count >= spec.arguments.filter(\.isRequired).count else {
            throw UsageError.missingArgument(spec)
        }
        let isOpen = spec.arguments.last?.isRepeatable ?? false
        guard arguments.count <= spec.arguments.count || isOpen else {
            throw UsageError.extraArgument(arguments[spec.arguments.count], spec, among: below(spec))
        }
        for (argument, value) in zip(spec.arguments, arguments)
        where !argument.choices.isEmpty && !argument.choices.contains(value) {
            throw UsageError.badChoice(argument, value, spec)
        }
        if let missing = spec.flags.first(where: { $0.isRequired && flags[$0.name] == nil }) {
            throw UsageError.missingFlag(missing, spec)
        }
    }
}

private struct WordReader {
    private var words: ArraySlice<String>

    init(_ words: [String]) { self.words = words[...] }

    mutating func next() -> String? { words.popFirst() }

    mutating func rest() -> [String] {
        defer { words = [] }
        return Array(words)
    }
}
