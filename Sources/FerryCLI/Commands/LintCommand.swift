import AgentFile
import LettaModel
import LosslessJSON
import Migration
import Report

/// `ferry lint`.
enum LintCommand {
    static let spec = CommandSpec(
        path: ["lint"], summary: "say what is wrong with an agent file (.af), and what a server does with it",
        arguments: [ArgumentSpec(name: "FILE", help: "an .af file; it is read, never changed")],
        flags: [
            FlagSpec(
                name: "for", value: "SERVER",
                help: "the server that it is meant for, by name or URL; Letta 0.16.8 by default"),
            FlagSpec(name: "notes", help: "list also what a server takes and ferry changes on its way"),
        ],
        discussion: """
            A server takes many files that it cannot read afterwards: the import answers 200, and from then on
            every page with the broken message fails. Each finding names the rule, the place, the line, what a
            server does with it, and whether `ferry load` puts it right on its way. The file is read as a
            stream, however large it is.
            """,
        examples: [
            .init(command: "ferry lint shared.af", meaning: "before it goes anywhere"),
            .init(command: "ferry lint shared.af --for home --json", meaning: "for a program"),
        ]
    ) { invocation, world in
        let resolver = ServerResolver(world: world, progress: ProgressPrinter(world))
        let home = try invocation.value("for").map { try resolver.target($0, canWrite: false) }
        let report = try await Engine.lint(try invocation.required(0), against: home)
        let text = LintText(report: report, showsNotes: invocation.has("notes"))
        world.terminal.out(world.options.isJSON ? text.json.text() + "\n" : text.plain(world.outputStyle))
        return report.isClean ? .clean : .findings
    }
}

/// What a look at an agent file found, for a person and for a program.
struct LintText {
    let report: LintReport
    let showsNotes: Bool

    /// How many places of one rule are listed for a person.
    private static let shown = 5

    func plain(_ style: Report.TextStyle) -> String {
        let rules = ordered().map { section($0, style) }
        return (rules + [summary + "\n"]).joined(separator: rules.isEmpty ? "" : "\n")
    }

    /// Rules with findings, the worst first, else in the order of the file.
    private func ordered() -> [[LintFinding]] {
        let shown = report.findings.filter { showsNotes || $0.severity != .note }
        var order: [String] = []
        var groups: [String: [LintFinding]] = [:]
        for finding in shown {
            let key = "\(finding.severity.rawValue) \(finding.rule.id)"
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(finding)
        }
        let all = order.compactMap { groups[$0] }
        return LintFinding.Severity.allCases.flatMap { severity in all.filter { $0[0].severity == severity } }
    }

    private func section(_ findings: [LintFinding], _ style: Report.TextStyle) -> String {
        let first = findings[0]
        let count = report.counts[first.rule.id] ?? findings.count
        let head = "\(Self.word(first.severity, style)) \(first.rule.id): \(first.rule.title)"
        let places = findings.prefix(Self.shown).map { "    \(place($0))" }
        let rest = count > Self.shown ? ["    and \((count - Self.shown).grouped) more"] : []
        let mended = findings.allSatisfy(\.isMended)
        let remedy =
            mended
            ? "`ferry load` mends it: \(first.rule.remedy)" : "ferry does not mend it: \(first.rule.remedy)"
        let lines = [head] + places + rest + ["    server: \(first.rule.why)", "    \(remedy)"]
        return lines.map { $0 + "\n" }.joined()
    }

    private func place(_ finding: LintFinding) -> String {
        let line = finding.line.map { "line \($0.grouped), " } ?? ""
        let detail = finding.detail.map { " (\(Printable.escaped(String($0.prefix(80)))))" } ?? ""
        return "\(line)\(finding.path)\(detail)"
    }

    private static func word(_ severity: LintFinding.Severity, _ style: Report.TextStyle) -> String {
        guard style.isColoured, severity != .note else { return severity.rawValue }
        return "\u{1b}[\(severity == .error ? 31 : 33)m\(severity.rawValue)\u{1b}[0m"
    }

    private var summary: String {
        let errors = report.count(.error)
        let warnings = report.count(.warning)
        guard errors + warnings > 0 else { return "\(report.path): clean, for Letta \(report.version)" }
        return
            "\(report.path): \(errors.counted("error")), \(warnings.counted("warning")), for Letta \(report.version)"
    }

    var json: JSONNode {
        [
            "schema": "ferry.lint/1", "file": .string(report.path), "version": .string(report.version),
            "clean": .bool(report.isClean), "errors": .int(report.count(.error)),
            "warnings": .int(report.count(.warning)), "notes": .int(report.count(.note)),
            "counts": .object(
                report.counts.sorted { $0.key < $1.key }.map {
                    JSONMember(key: $0.key, value: .int($0.value))
                }),
            "findings": .array(report.findings.map(Self.json)),
        ]
    }

    private static func json(_ finding: LintFinding) -> JSONNode {
        [
            "rule": .string(finding.rule.id), "severity": .string(finding.severity.rawValue),
            "path": .string(finding.path), "line": finding.line.map { .int($0) } ?? .null,
            "detail": finding.detail.map { .string($0) } ?? .null, "title": .string(finding.rule.title),
            "why": .string(finding.rule.why), "remedy": .string(finding.rule.remedy),
            "mended": .bool(finding.isMended),
        ]
    }
}
