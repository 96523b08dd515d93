import FoundationEssentials
import LosslessJSON
import Report
import Testing
import Verify

/// docs/json-output.md and the code name the same keys and words.
struct JSONDocsTests {
    private let docs: String

    init() throws {
        let root = #filePath.split(separator: "/Tests/").first.map(String.init) ?? ""
        docs = try String(contentsOfFile: root + "/docs/json-output.md", encoding: .utf8)
    }

    @Test func `every key that is written is documented`() async throws {
        let nodes = [
            Report(run: try await SampleRun.run(isSpoilt: true), excerpts: .all).json,
            SampleRun.failed.json(),
            SampleRun.refused.json(SampleRun.choices),
            Progress(stage: "s", unit: "u", done: 0, total: nil, seconds: 0).json,
        ]
        var keys: Set<String> = []
        for node in nodes { collect(try JSONDocument(node.bytes()).root, &keys) }
        #expect(keys.count > 50)
        for key in keys.sorted() where key != "schema" { #expect(docs.contains("`\(key)`"), "\(key)") }
    }

    @Test func `every word of a closed list is documented`() {
        let words =
            ComparedKind.allCases.map(\.rawValue) + Difference.Damage.allCases.map(\.rawValue)
            + Check.allCases.map(\.rawValue) + RunSummary.State.allCases.map(\.rawValue)
        for word in words { #expect(docs.contains("`\(word)`"), "\(word)") }
    }

    private func collect(_ value: JSONValue, _ keys: inout Set<String>) {
        for member in value.members {
            keys.insert(member.key)
            collect(member.value, &keys)
        }
        for element in value.elements { collect(element, &keys) }
    }
}
