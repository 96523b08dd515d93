/// How much a finding matters.
public enum Severity: String, Sendable, CaseIterable, Comparable {
    case ok, note, warning, error

    public static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// One thing that a probe has to say.
///
/// Holds no secret: what a server answered is shown as status and header
/// fields, never as a body.
public struct Finding: Sendable, Equatable {
    /// The id of its probe.
    public var id: String
    public var severity: Severity
    /// `port 8283`, an address, an origin; empty where there is but one.
    public var subject: String
    /// What was seen.
    public var seen: String
    /// What a user of ADE meets, in the browser's own words where it has
    /// some; empty for `ok`.
    public var means: String
    /// What to type or to change; empty for `ok`.
    public var remedy: String

    public init(
        _ id: String, _ severity: Severity, _ subject: String, seen: String, means: String = "",
        remedy: String = ""
    ) {
        self.id = id
        self.severity = severity
        self.subject = subject
        self.seen = seen
        self.means = means
        self.remedy = remedy
    }
}
