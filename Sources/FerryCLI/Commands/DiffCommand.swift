import Glibc
import LettaModel
import LosslessJSON
import Migration
import Verify

/// `ferry diff`.
enum DiffCommand {
    static let spec = CommandSpec(
        path: ["diff"], summary: "say what two agents have in common and what not",
        arguments: [
            ArgumentSpec(
                name: "X", help: "a .ferry file, an .af file, FILE.af:AGENT of several, or SERVER:AGENT"),
            ArgumentSpec(name: "Y", help: "the same"),
        ],
        flags: [
            FlagSpec(name: "all", help: "list also what is equal, where it has a name"),
            FlagSpec(
                name: "agent", value: "NAME",
                help: "which agent of an .af file with several, where FILE.af:AGENT does not say it"),
        ],
        discussion: """
            Settings, blocks, tools, rules, tags and secrets are compared by name and field, messages one by
            one in their order, the context place by place, passages by time and text. A line begins with - for
            what X alone has, + for what Y alone has, ! for what differs, = for what is equal. Ids and times that
            every server makes anew are no differences.

            An agent on a server is only read, as its listings show it; then both are compared in that form, with
            times to the second. Of an .af file only what it mentions is compared, and no passages: it has no
            place for them. Nothing is written.
            """,
        examples: [
            .init(command: "ferry diff monday.ferry tuesday.ferry", meaning: "what a day changed"),
            .init(command: "ferry diff cloud:ada home:ada", meaning: "two agents where they are"),
            .init(command: "ferry diff team.af:Ada team.af:Bob", meaning: "two agents of one file"),
        ]
    ) { invocation, world in
        let printer = ProgressPrinter(world)
        defer { printer.finish() }
        let resolver = ServerResolver(world: world, progress: printer)
        let (one, other) = (try invocation.required(0), try invocation.required(1))
        let report = try await Engine.diff(
            try operand(one, "X", invocation, resolver), try operand(other, "Y", invocation, resolver),
            in: "\(try world.dataFolder())/diff-\(getpid())", progress: { printer($0) })
        let text = DiffText(report: report, showsAll: invocation.has("all"))
        world.terminal.out(world.options.isJSON ? text.json.text() + "\n" : text.plain)
        return report.isEqual ? .clean : .findings
    }

    /// A file that is there is a file, whatever its name looks like.
    private static func operand(
        _ word: String, _ place: String, _ invocation: Invocation, _ resolver: ServerResolver
    ) throws -> DiffOperand {
        if word.hasSuffix(".ferry") { return .snapshot(AbsolutePath.of(word)) }
        if word.hasSuffix(".af") || PrivateFile.exists(word) {
            return .agentFile(
                AbsolutePath.of(word), agent: invocation.value("agent"),
                remedy: remedy(word, place, invocation))
        }
        if let (file, agent) = agentOfFile(word) {
            return .agentFile(AbsolutePath.of(file), agent: agent, remedy: remedy(file, place, invocation))
        }
        guard let colon = word.lastIndex(of: ":"), colon != word.startIndex,
            word.index(after: colon) != word.endIndex, !word[word.index(after: colon)...].hasPrefix("//")
        else {
            throw Failure(
                .usage, subject: word, reason: "is neither a file nor an agent on a server",
                remedy: "write FILE.ferry, FILE.af or SERVER:AGENT; `ferry servers` lists the names")
        }
        let agent = String(word[word.index(after: colon)...])
        return .agent(agent, at: try resolver.source(String(word[..<colon]), canWrite: false))
    }
}

extension DiffCommand {
    /// `team.af:Ada`: the longest beginning that is a file's name.
    private static func agentOfFile(_ word: String) -> (file: String, agent: String)? {
        let colons = word.indices.filter { word[$0] == ":" }.reversed()
        for colon in colons where word.index(after: colon) != word.endIndex {
            let file = String(word[..<colon])
            guard file.hasSuffix(".af") || (file.contains { "./".contains($0) } && PrivateFile.exists(file))
            else { continue }
            return (file, String(word[word.index(after: colon)...]))
        }
        return nil
    }

    /// The command line with this operand's agent named.
    private static func remedy(_ file: String, _ place: String, _ invocation: Invocation) -> String {
        let named = Invocation.quoted("\(file):AGENT")
        let words = ["X", "Y"].enumerated().map { index, name in
            name == place ? named : Invocation.quoted(invocation.argument(index) ?? name)
        }
        return "name one of it: ferry diff \(words.joined(separator: " "))"
    }
}

/// What two agents have in common, for a person and for a program.
struct DiffText {
    let report: DiffReport
    let showsAll: Bool

    var plain: String {
        let sections = report.sides.sections.map(section).joined()
        let note = report.isFolded ? "one side was read as its listing shows it: times to the second\n" : ""
        let gaps = report.notCompared.map { "not compared: \(Printable.escaped($0))\n" }.joined()
        return sections + note + gaps + summary + "\n"
    }

    private func section(_ section: SideBySide.Section) -> String {
        let counts =
            section.one == section.other
            ? "\(section.one.grouped)" : "\(section.one.grouped) and \(section.other.grouped)"
        let head = "\(section.kind.rawValue): \(counts), \(section.equal.grouped) equal\n"
        let items = section.differences.map(lines).joined()
        let rest = section.differing - section.differences.count
        let more = rest > 0 ? "  and \(rest.grouped) more\n" : ""
        let equals = showsAll ? section.equals.map { "  = \(Printable.escaped($0))\n" }.joined() : ""
        return head + items + more + equals
    }

    private func lines(_ difference: Difference) -> String {
        let mark = Self.mark(difference)
        let item = Printable.escaped(difference.item)
        let what = mark == "!" ? ": \(Printable.escaped(difference.what))" : ""
        let fields = difference.fields.map { field in
            let (one, other) = (field.expected ?? "nothing", field.found ?? "nothing")
            return
                "      \(Printable.escaped(field.path)): \(Printable.escaped(one)) | \(Printable.escaped(other))\n"
        }
        return "  \(mark) \(item)\(what)\n" + fields.joined()
    }

    private static func mark(_ difference: Difference) -> String {
        switch difference.damage {
        case .missing: "-"
        case .extra: "+"
        default: "!"
        }
    }

    private var summary: String {
        let names = "\(report.one.place) and \(report.other.place)"
        guard !report.isEqual else {
            return report.notCompared.isEmpty ? "\(names): equal" : "\(names): equal, as far as compared"
        }
        let count = report.sides.sections.reduce(0) { $0 + $1.differing }
        return "\(names): \(count.counted("difference"))"
    }

    var json: JSONNode {
        [
            "schema": "ferry.diff/1", "one": Self.side(report.one), "other": Self.side(report.other),
            "equal": .bool(report.isEqual), "folded": .bool(report.isFolded),
            "not_compared": .array(report.notCompared.map { .string($0) }),
            "sections": .array(report.sides.sections.map(Self.section)),
        ]
    }

    private static func side(_ side: DiffReport.Side) -> JSONNode {
        ["place": .string(side.place), "agent": .string(side.agent)]
    }

    private static func section(_ section: SideBySide.Section) -> JSONNode {
        [
            "kind": .string(section.kind.rawValue), "one": .int(section.one), "other": .int(section.other),
            "equal": .int(section.equal), "differing": .int(section.differing),
            "equals": .array(section.equals.map { .string($0) }),
            "differences": .array(section.differences.map(difference)),
        ]
    }

    private static func difference(_ difference: Difference) -> JSONNode {
        [
            "mark": .string(mark(difference)), "damage": .string(difference.damage.rawValue),
            "item": .string(difference.item), "what": .string(difference.what),
            "fields": .array(
                difference.fields.map { field in
                    [
                        "path": .string(field.path), "one": field.expected.map { .string($0) } ?? .null,
                        "other": field.found.map { .string($0) } ?? .null,
                    ]
                }),
        ]
    }
}
