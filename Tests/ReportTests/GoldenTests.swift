import LosslessJSON

@testable import Report
import Testing

struct GoldenTests {
    private static let wide = Report.TextStyle(width: 100)

    @Test func `a plan in text`() throws {
        try Golden.expect(
            Report(plan: SampleRun.plan, choices: SampleRun.choices).text(Self.wide), named: "plan.txt")
    }

    @Test func `a plan in a narrow terminal`() throws {
        let report = Report(plan: SampleRun.plan, choices: SampleRun.choices)
        let text = report.text(Report.TextStyle(width: 60))
        try Golden.expect(text, named: "plan-60.txt")
        #expect(
            text.split(whereSeparator: \.isNewline).dropLast().allSatisfy {
                DisplayWidth.of(String($0)) <= 60
            })
    }

    @Test func `a refused plan in text`() throws {
        try Golden.expect(
            Report(plan: SampleRun.refused, choices: SampleRun.choices).text(Self.wide), named: "refused.txt")
    }

    @Test func `a verdict in text`() async throws {
        try Golden.expect(
            Report(verdict: try await SampleRun.verdict()).text(Self.wide), named: "verdict.txt")
    }

    @Test func `a run in every form`() async throws {
        let report = Report(run: try await SampleRun.run())
        try Golden.expect(report.text(Self.wide), named: "run.txt")
        try Golden.expect(report.markdown(), named: "run.md")
        try Golden.expect(report.html(), named: "run.html")
        try Golden.expect(Pretty.text(report.json), named: "run.json")
    }

    @Test func `a run that came out different in every form`() async throws {
        let report = Report(run: try await SampleRun.run(isSpoilt: true))
        try Golden.expect(report.text(Self.wide), named: "different.txt")
        try Golden.expect(report.markdown(), named: "different.md")
        try Golden.expect(report.html(), named: "different.html")
        try Golden.expect(Pretty.text(report.json), named: "different.json")
    }

    @Test func `a run that stopped in text`() throws {
        try Golden.expect(Report(run: SampleRun.failed).text(Self.wide), named: "incomplete.txt")
    }
}

/// JSON with one member a line, so that a golden file can be read.
enum Pretty {
    static func text(_ node: JSONNode) throws -> String {
        var out = ""
        write(try JSONDocument(node.bytes()).root, "", &out)
        return out + "\n"
    }

    private static func write(_ value: JSONValue, _ indent: String, _ out: inout String) {
        switch value.kind {
        case .object where value.count > 0:
            list(
                value.members.map { (JSONNode.string($0.key).text() + ": ", $0.value) }, "{", "}", indent,
                &out)
        case .array where value.count > 0: list(value.elements.map { ("", $0) }, "[", "]", indent, &out)
        default: out += String(decoding: value.raw, as: UTF8.self)
        }
    }

    private static func list(
        _ members: [(String, JSONValue)], _ open: String, _ close: String, _ indent: String,
        _ out: inout String
    ) {
        out += open + "\n"
        for (index, member) in members.enumerated() {
            out += indent + "  " + member.0
            write(member.1, indent + "  ", &out)
            out += index + 1 < members.count ? ",\n" : "\n"
        }
        out += indent + close
    }
}
