import LettaModel

/// A parsed command line.
struct Invocation: Sendable {
    let command: CommandSpec
    let arguments: [String]
    /// Values by flag name; a switch has one empty value.
    let flags: [String: [String]]

    func has(_ flag: String) -> Bool { flags[flag] != nil }

    func value(_ flag: String) -> String? { flags[flag]?.last }

    func values(_ flag: String) -> [String] { flags[flag] ?? [] }

    /// The n-th argument, nil when an optional one was not given.
    func argument(_ index: Int) -> String? { arguments.indices.contains(index) ? arguments[index] : nil }

    /// A required argument; the parser has seen to it that it is there.
    func required(_ index: Int) throws -> String {
        guard let value = argument(index) else { throw UsageError.missingArgument(command) }
        return value
    }
}

extension Invocation {
    /// As typed, in the order of the command table; holds no secret, since no
    /// flag takes one.
    var text: String {
        let given = command.flags.flatMap { flag in
            values(flag.name).map { $0.isEmpty ? "--\(flag.name)" : "--\(flag.name) \(Self.quoted($0))" }
        }
        return (["ferry", command.name] + arguments.map(Self.quoted) + given).joined(separator: " ")
    }

    /// The same with other arguments.
    func of(_ arguments: [String]) -> Invocation {
        Invocation(command: command, arguments: arguments, flags: flags)
    }

    /// As one word of a shell.
    static func quoted(_ word: String) -> String {
        ShellWord.quoted(word)
    }
}
