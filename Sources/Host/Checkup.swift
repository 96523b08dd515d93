public import LosslessJSON

/// The result of a check-up.
public struct Checkup: Sendable {
    /// As it was given, with its port.
    public var address: String
    public var findings: [Finding]
    public var seconds: Double

    public init(address: String, findings: [Finding], seconds: Double) {
        self.address = address
        self.findings = findings
        self.seconds = seconds
    }

    public func count(_ severity: Severity) -> Int { findings.count { $0.severity == severity } }

    public var worst: Severity { findings.map(\.severity).max() ?? .ok }

    /// `ferry.doctor/1`; docs/json-output.md has its keys.
    public var json: JSONNode {
        [
            "schema": "ferry.doctor/1", "address": .string(address),
            "clean": .bool(worst < .error),
            "counts": .object(
                Severity.allCases.reversed().map { JSONMember(key: $0.rawValue, value: .int(count($0))) }),
            "seconds": .number(Self.hundredths(seconds)),
            "findings": .array(findings.map(Self.json)),
        ]
    }

    private static func json(_ finding: Finding) -> JSONNode {
        [
            "id": .string(finding.id), "severity": .string(finding.severity.rawValue),
            "subject": .string(finding.subject), "seen": .string(finding.seen),
            "means": .string(finding.means),
            "remedy": .string(finding.remedy),
        ]
    }

    /// Two places behind the point.
    public static func hundredths(_ seconds: Double) -> String {
        let whole = Int((max(0, min(seconds, 1e9)) * 100).rounded())
        let rest = whole % 100
        return "\(whole / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
