import LettaModel

/// The ways in which a command line can be wrong, each as a `Failure`.
enum UsageError {
    static func unknownCommand(_ word: String, among names: [String]) -> Failure {
        let near = Suggestion.nearest(to: word, among: names).map { "did you mean `ferry \($0)`? " } ?? ""
        return failure("`\(word)`", "there is no such command", near + "`ferry help` lists all commands")
    }

    /// A word that only begins commands, such as `workers`.
    static func incomplete(_ word: String, _ commands: [CommandSpec]) -> Failure {
        let names = commands.map { "`ferry \($0.name)`" }
        return failure(
            "ferry \(word)", "is no command by itself", "there is \(names.joined(separator: ", "))")
    }

    static func unknownFlag(_ word: String, _ spec: CommandSpec, among flags: [FlagSpec]) -> Failure {
        let names = flags.map { "--\($0.name)" }
        let near = Suggestion.nearest(to: word, among: names).map { "did you mean `\($0)`? " } ?? ""
        return failure("`\(word)`", "`ferry \(spec.name)` has no such flag", near + help(spec))
    }

    static func missingValue(_ flag: FlagSpec, _ placeholder: String, _ spec: CommandSpec) -> Failure {
        failure(
            "--\(flag.name)", "needs a value, \(placeholder): \(flag.help)",
            "write `--\(flag.name) \(placeholder)`")
    }

    static func unexpectedValue(_ flag: FlagSpec, _ spec: CommandSpec) -> Failure {
        failure("--\(flag.name)", "takes no value", "write `--\(flag.name)` alone")
    }

    static func badChoice(_ flag: FlagSpec, _ value: String, _ spec: CommandSpec) -> Failure {
        failure(
            "--\(flag.name) \(value)", "is none of: \(flag.choices.joined(separator: ", "))",
            "write `--\(flag.name) \(flag.choices.first ?? "")`")
    }

    static func badChoice(_ argument: ArgumentSpec, _ value: String, _ spec: CommandSpec) -> Failure {
        let near =
            Suggestion.nearest(to: value, among: argument.choices).map { "did you mean `\($0)`? " } ?? ""
        return failure(
            "`\(value)`", "is none of: \(argument.choices.joined(separator: ", "))",
            near + "usage: \(spec.usage)")
    }

    static func unknownPage(_ name: String, among names: [String]) -> Failure {
        let near = Suggestion.nearest(to: name, among: names).map { "did you mean `ferry man \($0)`? " } ?? ""
        return failure("`\(name)`", "the manual has no such page", near + "`ferry man --list` names all")
    }

    static func repeated(_ flag: FlagSpec, _ spec: CommandSpec) -> Failure {
        failure("--\(flag.name)", "is given more than once", "give it once")
    }

    static func missingArgument(_ spec: CommandSpec) -> Failure {
        let names = spec.arguments.filter(\.isRequired).map(\.name).joined(separator: " ")
        return failure("ferry \(spec.name)", "needs \(names)", "usage: \(spec.usage)")
    }

    /// - Parameter commands: the words that could stand here instead.
    static func extraArgument(_ word: String, _ spec: CommandSpec, among commands: [String]) -> Failure {
        let names = commands.map { "`ferry \(spec.name) \($0)`" }
        let near = Suggestion.nearest(to: word, among: commands).map {
            "did you mean `ferry \(spec.name) \($0)`? "
        }
        let others = names.isEmpty ? "" : "there is \(names.joined(separator: ", ")); "
        return failure(
            "`\(word)`", "is one argument too many for `ferry \(spec.name)`",
            (near ?? others) + "usage: \(spec.usage)")
    }

    static func missingFlag(_ flag: FlagSpec, _ spec: CommandSpec) -> Failure {
        failure("ferry \(spec.name)", "needs \(flag.usage): \(flag.help)", "usage: \(spec.usage)")
    }

    /// A value that parses as a word but not as what the flag means.
    static func badValue(_ flag: String, _ value: String, _ reason: String, _ remedy: String) -> Failure {
        failure("--\(flag) \(value)", reason, remedy)
    }

    static func missingAgent(_ spec: CommandSpec) -> Failure {
        failure(
            "ferry \(spec.name)", "needs an AGENT, or --all", "usage: ferry \(spec.name) AGENT --from SERVER")
    }

    /// Words that are right, but not together.
    static func contradiction(_ subject: String, _ remedy: String) -> Failure {
        failure(subject, "cannot be done at once", remedy)
    }

    private static func help(_ spec: CommandSpec) -> String { "`ferry help \(spec.name)` lists its flags" }

    private static func failure(_ subject: String, _ reason: String, _ remedy: String) -> Failure {
        Failure(.usage, subject: subject, reason: reason, remedy: remedy)
    }
}
