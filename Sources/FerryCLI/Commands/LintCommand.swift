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
                name: "for", value: "VERSION",
                help: "the version of Letta or the server that it is meant for; 0.16.8 by default"),
            FlagSpec(name: "notes", help: "list also what a server takes and ferry changes on its way"),
        ],
        discussion: """
            A server takes many files that it cannot read afterwards: the import answers 200, and from then on
            every page with the broken message fails. Each finding names the rule, the place, the line, what a
            server does with it, and whether `ferry mend` puts it right. The file is read as a
            stream, however large it is.
            """,
        examples: [
            .init(command: "ferry lint shared.af", meaning: "before it goes anywhere"),
            .init(command: "ferry lint shared.af --for 0.13.0", meaning: "what an older server would say"),
            .init(command: "ferry lint shared.af --for home --json", meaning: "for a program"),
        ]
    ) { invocation, world in
        let report = try await Engine.lint(
            try invocation.required(0), for: try FileRules.chosen(invocation, world))
        let text = LintText(report: report, showsNotes: invocation.has("notes"))
        world.terminal.out(world.options.isJSON ? text.json.text() + "\n" : text.plain(world.outputStyle))
        return report.hasErrors ? .findings : .clean
    }
}

extension FileRules {
    /// What `--for` says: a version, or a server by name or URL.
    static func chosen(_ invocation: Invocation, _ world: World) throws -> FileRules {
        guard let word = invocation.value("for") else { return .v0_16_8 }
        guard LintTarget.isVersion(word) else {
            let resolver = ServerResolver(world: world, progress: ProgressPrinter(world))
            return .server(try resolver.target(word, canWrite: false))
        }
        if let target = LintTarget.of(version: word) { return .version(target) }
        let (first, last) = LintTarget.knownVersions
        throw UsageError.badValue(
            "for", word, "ferry knows the rules of Letta \(first) to \(last)",
            "name one of these, or the server itself: --for SERVER")
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
        let last = summary + "\n" + (next.map { "next: \(Printable.escaped($0))\n" } ?? "")
        return (rules + [last]).joined(separator: rules.isEmpty ? "" : "\n")
    }

    /// Rules with findings, the worst first, else in the order of the file.
    func ordered() -> [[LintFinding]] {
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

    func section(_ findings: [LintFinding], _ style: Report.TextStyle) -> String {
        let first = findings[0]
        let count = report.counts[first.rule.id] ?? findings.count
        let head = "\(Self.word(first.severity, style)) \(first.rule.id): \(first.rule.title)"
        let places = findings.prefix(Self.shown).map { "    \(place($0))" }
        let rest = count > Self.shown ? ["    and \((count - Self.shown).grouped) more"] : []
        let lines =
            [head] + places + rest + ["    server: \(first.rule.why)", "    \(remedy(findings))"]
        return lines.map { $0 + "\n" }.joined()
    }

    private func remedy(_ findings: [LintFinding]) -> String {
        let remedy = findings[0].rule.remedy
        if report.isLegacy { return Self.legacyRemedy(findings, remedy) }
        if findings.allSatisfy(\.isMended) { return "`ferry mend` mends it: \(remedy)" }
        if findings.contains(where: \.isMended) { return "`ferry mend` mends some: \(remedy)" }
        return findings[0].severity == .note ? "`ferry load`: \(remedy)" : "ferry does not mend it: \(remedy)"
    }

    /// `ferry mend` takes no file of that form.
    private static func legacyRemedy(_ findings: [LintFinding], _ remedy: String) -> String {
        if findings.allSatisfy(\.isConverted) { return "`ferry convert` mends it: \(remedy)" }
        let isSaid = remedy.contains("ferry convert")
        return "ferry does not mend it: \(remedy)" + (isSaid ? "" : "; then `ferry convert`")
    }

    /// For the end of a sentence; empty where every part was looked at.
    var unseen: String {
        let all = report.unseen.sorted { $0.key < $1.key }
        guard !all.isEmpty else { return "" }
        let named = all.prefix(Self.shownUnseen).map { path, count in
            Self.things[path].map { count.counted($0) } ?? Printable.escaped(path)
        }
        let more = all.count - named.count
        return "; not looked at: "
            + (named + (more > 0 ? ["\(more.grouped) more"] : [])).joined(separator: ", ")
    }

    private static let shownUnseen = 12

    private static let things = [
        "$.files": "file", "$.groups": "group", "$.mcp_servers": "MCP server", "$.skills": "skill",
        "$.sources": "folder",
    ]

    func place(_ finding: LintFinding) -> String {
        let line = finding.line.map { "line \($0.grouped), " } ?? ""
        let detail = finding.detail.map { " (\(Printable.escaped(String($0.prefix(80)))))" } ?? ""
        return "\(line)\(Printable.escaped(finding.path))\(detail)"
    }

    static func word(_ severity: LintFinding.Severity, _ style: Report.TextStyle) -> String {
        guard style.isColoured, severity != .note else { return severity.rawValue }
        return "\u{1b}[\(severity == .error ? 31 : 33)m\(severity.rawValue)\u{1b}[0m"
    }

    /// The command that puts right what ferry can; nil where it can nothing.
    private var next: String? {
        let findings = report.findings.filter { $0.severity != .note }
        let hasPairs = findings.contains { $0.rule.isOfPairs }
        let verb = report.isLegacy ? "convert" : "mend"
        guard findings.allSatisfy({ $0.refusal(of: report.path) == nil }) else { return nil }
        let isWanted =
            (report.isLegacy && !findings.isEmpty) || hasPairs || findings.contains(where: \.isMended)
        guard isWanted else { return nil }
        let base = report.path.hasSuffix(".af") ? String(report.path.dropLast(3)) : report.path
        return "ferry \(verb) \(Invocation.quoted(report.path)) -o "
            + Invocation.quoted("\(base)-\(verb)ed.af") + (hasPairs ? " --tool-pairs drop" : "")
    }

    private var summary: String {
        let errors = report.count(.error)
        let warnings = report.count(.warning)
        let counts = "\(errors.counted("error")), \(warnings.counted("warning"))"
        return
            "\(report.path): \(report.isClean ? "clean" : counts), for Letta \(report.version)\(unseen)"
    }

    var json: JSONNode {
        var node: JSONNode = [
            "schema": "ferry.lint/1", "file": .string(report.path), "version": .string(report.version),
            "clean": .bool(report.isClean), "errors": .int(report.count(.error)),
            "warnings": .int(report.count(.warning)), "notes": .int(report.count(.note)),
            "counts": .object(
                report.counts.sorted { $0.key < $1.key }.map {
                    JSONMember(key: $0.key, value: .int($0.value))
                }),
            "findings": .array(report.findings.map(json)),
        ]
        if let next { node["next"] = .string(next) }
        guard !report.unseen.isEmpty else { return node }
        node["not_looked_at"] = .array(
            report.unseen.sorted { $0.key < $1.key }.map {
                ["path": .string($0.key), "count": .int($0.value)]
            })
        return node
    }

    private func json(_ finding: LintFinding) -> JSONNode {
        var node: JSONNode = [
            "rule": .string(finding.rule.id), "severity": .string(finding.severity.rawValue),
            "path": .string(finding.path), "line": finding.line.map { .int($0) } ?? .null,
            "detail": finding.detail.map { .string($0) } ?? .null, "title": .string(finding.rule.title),
            "why": .string(finding.rule.why), "remedy": .string(finding.rule.remedy),
            "mended": .bool(finding.isMended),
        ]
        if report.isLegacy { node["converted"] = .bool(finding.isConverted) }
        return node
    }
}
