public import AgentFile
public import Home
public import LettaModel

/// What a look at an agent file found.
public struct LintReport: Sendable {
    public let path: String
    /// The version whose enums and forbidden keys the file was held against.
    public let version: String
    /// In the order of the file; at most `kept` of each rule.
    public private(set) var findings: [LintFinding] = []
    /// How many of each rule, also of those that are not kept.
    public private(set) var counts: [String: Int] = [:]
    private var bySeverity: [LintFinding.Severity: Int] = [:]
    /// The file has the form before version 2: `ferry convert` mends it.
    public private(set) var isLegacy = false
    /// What the file has and no rule looks at: how often, by path.
    public private(set) var unseen: [String: Int] = [:]

    /// How many findings of one rule are kept.
    public static let kept = 200

    init(path: String, version: String) {
        self.path = path
        self.version = version
    }

    mutating func add(_ finding: LintFinding) {
        let count = counts[finding.rule.id, default: 0] + 1
        counts[finding.rule.id] = count
        bySeverity[finding.severity, default: 0] += 1
        if count <= Self.kept { findings.append(finding) }
    }

    /// What the first look says of the file as a whole.
    mutating func note(_ facts: ShellLint.Facts) {
        unseen = facts.unseen
        isLegacy = facts.isLegacy
        guard isLegacy else { return }
        // Nothing has an id in that form.
        for rule in Set(findings.filter(\.isOfIDs).map(\.rule.id)) {
            bySeverity[.error, default: 0] -= counts.removeValue(forKey: rule) ?? 0
        }
        findings = findings.filter { !$0.isOfIDs }.map(\.ofLegacyForm)
    }

    public func count(_ severity: LintFinding.Severity) -> Int { bySeverity[severity] ?? 0 }

    /// A rule says that a server refuses it, or breaks on it afterwards.
    public var hasErrors: Bool { count(.error) > 0 }

    /// No rule finds anything but notes.
    public var isClean: Bool { !hasErrors && count(.warning) == 0 }
}

extension Engine {
    /// Looks at an agent file the way a server would; the file is read twice
    /// and never changed.
    ///
    /// **Bounds**: one row, the names in the file, the rows in context.
    /// **Errors**: `agent-file-unreadable`, `file-unreadable`.
    public static func lint(_ path: String, for rules: FileRules = .v0_16_8) async throws -> LintReport {
        try lint(path, try await rules.target())
    }

    /// - Parameter name: of the file in the report.
    static func lint(_ path: String, _ target: LintTarget, calling name: String? = nil) throws -> LintReport {
        var report = LintReport(path: name ?? path, version: target.version)
        var shell = ShellLint(name: path, target: target)
        try FileChunks(path).forEach { try shell.feed($0) { report.add($0) } }
        let facts = try shell.finish { report.add($0) }
        report.note(facts)
        guard !facts.isLegacy else { return report }
        var rows = RowLint(name: path, facts: facts)
        try FileChunks(path).forEach { try rows.feed($0) { report.add($0) } }
        try rows.finish { report.add($0) }
        return report
    }
}

/// Whose rules an agent file is held against.
public enum FileRules: Sendable {
    case version(LintTarget)
    /// A server's own enums and forbidden keys.
    case server(any Home<TargetSide>)

    public static let v0_16_8 = FileRules.version(.v0_16_8)

    func target() async throws -> LintTarget {
        switch self {
        case .version(let target): return target
        case .server(let home):
            let abilities = try await atTarget { try await home.abilities() }
            return LintTarget(
                version: abilities.version, agentTypes: abilities.agentTypes, toolKeys: abilities.toolKeys)
        }
    }
}
