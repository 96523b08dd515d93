import Foundation
import Testing

@testable import AgentFile

/// docs/agent-file.md holds a table of every rule, and one of what lint
/// looks for besides, docs/legacy-agents.md one of what a conversion changes;
/// each between two marks.
@Suite struct AgentFileDocumentTests {
    private static let words: [Rule.Reaction: String] = [
        .refused: "refused", .orphan: "refused, leftovers stay", .poison: "taken, breaks later",
        .silent: "taken, silently wrong", .taken: "taken",
    ]

    struct Part: Sendable, CustomTestStringConvertible {
        let begin: String
        let end: String
        let rules: [Rule]
        var file = "agent-file.md"

        var testDescription: String { begin }
    }

    static let parts = [
        Part(
            begin: "<!-- rules: generated from Rule.table -->", end: "<!-- end of rules -->",
            rules: Rule.table),
        Part(
            begin: "<!-- lint: generated from Rule.lintTable -->", end: "<!-- end of lint -->",
            rules: Rule.lintTable),
        Part(
            begin: "<!-- rules: generated from Rule.conversionTable -->", end: "<!-- end of rules -->",
            rules: Rule.conversionTable, file: "legacy-agents.md"),
    ]

    static func table(of rules: [Rule]) -> String {
        let lines = rules.map { rule in
            let cells = [
                "`\(rule.id)`", rule.title, "**\(words[rule.reaction] ?? "")**: \(rule.why)", rule.remedy,
            ]
            return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
        }
        return (["| rule | what | what a server does | what Ferry does |", "|---|---|---|---|"] + lines)
            .joined(separator: "\n")
    }

    /// With `FERRY_WRITE_DOCS=1` the tables are written instead of compared.
    @Test(.serialized, arguments: parts)
    func `the document has every rule as the code has it`(part: Part) throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/\(part.file)").standardized
        let document = try String(contentsOf: path, encoding: .utf8)
        let start = try #require(document.range(of: part.begin)).upperBound
        let stop = try #require(document.range(of: part.end)).lowerBound
        let table = Self.table(of: part.rules)
        if ProcessInfo.processInfo.environment["FERRY_WRITE_DOCS"] == "1" {
            let written = document[..<start] + "\n\n" + table + "\n\n" + document[stop...]
            try String(written).write(to: path, atomically: true, encoding: .utf8)
            return
        }
        #expect(
            document[start..<stop].trimmingCharacters(in: .whitespacesAndNewlines) == table,
            "run the test once with FERRY_WRITE_DOCS=1")
    }
}
