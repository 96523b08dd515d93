import Foundation
import Testing

@testable import AgentFile

/// docs/agent-file.md holds a table of every rule, between two marks.
@Suite struct AgentFileDocumentTests {
    static let begin = "<!-- rules: generated from Rule.table -->"
    static let end = "<!-- end of rules -->"

    private static let words: [Rule.Reaction: String] = [
        .refused: "refused", .orphan: "refused, leftovers stay", .poison: "taken, breaks later",
        .silent: "taken, silently wrong", .taken: "taken",
    ]

    static func table() -> String {
        let lines = Rule.table.map { rule in
            let cells = [
                "`\(rule.id)`", rule.title, "**\(words[rule.reaction] ?? "")**: \(rule.why)", rule.remedy,
            ]
            return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
        }
        return (["| rule | what | what a server does | what Ferry does |", "|---|---|---|---|"] + lines)
            .joined(separator: "\n")
    }

    /// With `FERRY_WRITE_DOCS=1` the table is written instead of compared.
    @Test func `the document has every rule as the code has it`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/agent-file.md").standardized
        let document = try String(contentsOf: path, encoding: .utf8)
        let start = try #require(document.range(of: Self.begin)).upperBound
        let stop = try #require(document.range(of: Self.end)).lowerBound
        if ProcessInfo.processInfo.environment["FERRY_WRITE_DOCS"] == "1" {
            let written = document[..<start] + "\n\n" + Self.table() + "\n\n" + document[stop...]
            try String(written).write(to: path, atomically: true, encoding: .utf8)
            return
        }
        #expect(
            document[start..<stop].trimmingCharacters(in: .whitespacesAndNewlines) == Self.table(),
            "run the test once with FERRY_WRITE_DOCS=1")
    }
}
