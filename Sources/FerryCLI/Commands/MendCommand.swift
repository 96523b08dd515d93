import AgentFile
import LettaModel
import LosslessJSON
import Migration
import Report

/// `ferry mend`.
enum MendCommand {
    static let output = FlagSpec(
        name: "output", short: "o", value: "FILE", help: "the file to write; must not exist", isRequired: true
    )

    static let pairs = FlagSpec(
        name: "tool-pairs", value: "HOW",
        help: "calls and returns in context that do not fit together: drop or close; left alone by default",
        choices: ToolPairs.allCases.map(\.rawValue))

    static let rules = FlagSpec(
        name: "for", value: "VERSION",
        help: "the version of Letta or the server that it is meant for; 0.16.8 by default")

    static let spec = CommandSpec(
        path: ["mend"], summary: "write an agent file (.af) anew that a server takes and can read",
        arguments: [ArgumentSpec(name: "FILE", help: "an .af file; it is read, never changed")],
        flags: [output, pairs, rules],
        discussion: """
            Everything that `ferry lint` finds and that can be told from the file itself is put right in a new
            file, and each change is listed. What would have to be guessed (a time that is none, an unknown role,
            two different blocks of one label) stays as it is and is listed too: the new file has each message
            and each tool on a line of its own, to be corrected by hand.

            An agent whose context holds a tool call without its return fails at every turn. `--tool-pairs drop`
            takes such rows out of context and leaves them in the history; `--tool-pairs close` brings the
            missing half back from the history, or adds a return that says that the call failed.
            """,
        examples: [
            .init(command: "ferry mend shared.af -o good.af", meaning: "what can be told is put right"),
            .init(
                command: "ferry mend bricked.af -o good.af --tool-pairs drop",
                meaning: "an agent that answers no more"),
        ]
    ) { invocation, world in
        let report = try await Engine.mend(
            try invocation.required(0), to: invocation.value("output") ?? "",
            pairs: invocation.value("tool-pairs").flatMap(ToolPairs.init(rawValue:)),
            for: try FileRules.chosen(invocation, world))
        let text = MendText(report: report)
        world.terminal.out(world.options.isJSON ? text.json.text() + "\n" : text.plain(world.outputStyle))
        return report.left.hasErrors ? .findings : .clean
    }
}

/// What was mended and what was not, for a person and for a program.
struct MendText {
    let report: MendReport
    /// `ferry.mend/1`, `ferry.convert/1`.
    var schema = "ferry.mend/1"

    /// How many places of one rule are listed: all that are kept.
    private static let shown = LintReport.kept

    func plain(_ style: Report.TextStyle) -> String {
        let left = LintText(report: report.left, showsNotes: false)
        let sections = ordered().map(section) + left.ordered().map { left.section($0, style) }
        return (sections + [summary + "\n"]).joined(separator: sections.isEmpty ? "" : "\n")
    }

    /// By rule, in the order of the file.
    private func ordered() -> [[MendChange]] {
        var order: [String] = []
        let groups = Dictionary(grouping: report.changes, by: \.rule.id)
        for change in report.changes where !order.contains(change.rule.id) { order.append(change.rule.id) }
        return order.compactMap { groups[$0] }
    }

    private func section(_ changes: [MendChange]) -> String {
        let rule = changes[0].rule
        let count = report.counts[rule.id] ?? changes.count
        let places = changes.prefix(Self.shown).map { "    \(place($0))" }
        let rest = count > Self.shown ? ["    and \((count - Self.shown).grouped) more"] : []
        return (["mended \(rule.id): \(rule.title)"] + places + rest).map { $0 + "\n" }.joined()
    }

    private func place(_ change: MendChange) -> String {
        let line = change.line.map { "line \($0.grouped), " } ?? ""
        return
            "\(line)\(Printable.escaped(change.path)): \(Printable.escaped(change.before)) -> \(Printable.escaped(change.after))"
    }

    private var summary: String {
        let left = report.left
        let unseen = LintText(report: left, showsNotes: false).unseen
        let state =
            left.isClean
            ? "clean"
            : "\(left.count(.error).counted("error")) and \(left.count(.warning).counted("warning")) left"
        let counts = "\(report.rows.counted("message")), \(report.changed.counted("change"))"
        return "\(report.output): \(counts), \(state), for Letta \(left.version)\(unseen)"
    }

    var json: JSONNode {
        let left = LintText(report: report.left, showsNotes: true)
        return [
            "schema": .string(schema), "file": .string(report.path), "output": .string(report.output),
            "messages": .int(report.rows), "bytes": .int(report.bytes), "changed": .int(report.changed),
            "counts": .object(
                report.counts.sorted { $0.key < $1.key }.map {
                    JSONMember(key: $0.key, value: .int($0.value))
                }),
            "changes": .array(report.changes.map(Self.json)), "left": left.json,
        ]
    }

    private static func json(_ change: MendChange) -> JSONNode {
        [
            "rule": .string(change.rule.id), "path": .string(change.path),
            "line": change.line.map { .int($0) } ?? .null, "before": .string(change.before),
            "after": .string(change.after), "title": .string(change.rule.title),
        ]
    }
}
