/// What a command is: the one source of parsing, help, docs and completions.
struct CommandSpec: Sendable {
    /// `["servers", "add"]`.
    let path: [String]
    /// One line, imperative, no full stop.
    let summary: String
    var arguments: [ArgumentSpec] = []
    var flags: [FlagSpec] = []
    /// Paragraphs below the summary; what a newcomer needs to know.
    var discussion: String = ""
    /// Commands with a word on what they do.
    var examples: [Example] = []
    let run: @Sendable (Invocation, World) async throws -> ExitCode

    struct Example: Sendable {
        let command: String
        let meaning: String
    }

    var name: String { path.joined(separator: " ") }

    /// `ferry move AGENT --from SERVER --to SERVER [flags]`.
    var usage: String {
        let required = flags.filter(\.isRequired).map(\.usage)
        let words = ["ferry"] + path + arguments.map(\.usage) + required
        return (words + (flags.count > required.count ? ["[flags]"] : [])).joined(separator: " ")
    }
}

struct ArgumentSpec: Sendable {
    /// Upper case, as in the usage line.
    let name: String
    let help: String
    var isRequired = true
    /// What it may be; empty for anything.
    var choices: [String] = []
    /// The last argument, given once or more.
    var isRepeatable = false

    var usage: String { (isRequired ? name : "[\(name)]") + (isRepeatable ? "..." : "") }
}

struct FlagSpec: Sendable, Equatable {
    /// Without the dashes.
    let name: String
    var short: Character?
    /// The placeholder of its value; nil for a switch.
    var value: String?
    let help: String
    var isRequired = false
    var isRepeatable = false
    /// What it may be; empty for anything.
    var choices: [String] = []

    var usage: String { "--\(name)" + (value.map { " \($0)" } ?? "") }
}
