/// One thing that is wrong with an agent file, and where.
public struct LintFinding: Sendable, Equatable {
    public enum Severity: String, Sendable, CaseIterable {
        /// A server refuses the file, or breaks on what it took.
        case error
        /// A server takes it and loses or misreads something.
        case warning
        /// A server takes it; Ferry says so for the user's sake.
        case note
    }

    public let rule: Rule
    public let severity: Severity
    /// Where: `$.agents[0].messages[12].content`.
    public let path: String
    /// From 1, of the file; nil where the JSON lies inside a JSON string.
    public let line: Int?
    /// What exactly, where the rule's title does not say it: an id, a name.
    public let detail: String?

    /// Whether `ferry mend` puts it right.
    public let isMended: Bool
    /// Whether `ferry convert` does, of a file of the form before version 2,
    /// which `ferry mend` does not take.
    public private(set) var isConverted = false

    init(
        _ rule: Rule, _ path: String, line: Int?, detail: String? = nil, severity: Severity? = nil,
        isMended: Bool? = nil
    ) {
        self.isMended = isMended ?? rule.mends
        self.rule = rule
        self.severity = severity ?? Severity(rule.reaction)
        self.path = path
        self.line = line
        self.detail = detail
    }

    /// Of an id of an agent, block or tool.
    public var isOfIDs: Bool { [LintRule.thingID, LintRule.thingTwice].contains { $0.id == rule.id } }

    /// A conversion leaves out tools of Letta's own that the version does not
    /// have.
    private static let convertedRules = [LintRule.coreTool.id]

    /// The same, found in a file of the form before version 2.
    public var ofLegacyForm: LintFinding {
        var finding = LintFinding(
            rule, path, line: line, detail: detail, severity: severity, isMended: false)
        finding.isConverted = isMended || Self.convertedRules.contains(rule.id)
        return finding
    }
}

extension LintFinding.Severity {
    init(_ reaction: Rule.Reaction) {
        switch reaction {
        case .refused, .orphan, .poison: self = .error
        case .silent: self = .warning
        case .taken: self = .note
        }
    }
}
