import Testing

@testable import Host

/// docs/host-doctor.md has the probes of the table, and no other.
@Suite struct HostDocsTests {
    private static let root =
        #filePath.split(separator: "/Tests/").first.map { "/" + $0.drop { $0 == "/" } } ?? ""

    private func rows(_ title: String) -> [[String]] {
        let page = TextFile.read(Self.root + "/docs/host-doctor.md")
        let section = page.split(separator: "\n## ").first { $0.hasPrefix(title) } ?? ""
        return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|").map { String($0.trimmed).filter { $0 != "`" } }.filter { !$0.isEmpty }
        }
    }

    @Test(arguments: ["From outside", "With a live reply", "On the host"])
    func `every probe has its row, in its order`(title: String) throws {
        let tables = [
            "From outside": Probe.outside, "With a live reply": Probe.live, "On the host": Probe.onHost,
        ]
        let probes = try #require(tables[title])
        #expect(rows(title) == probes.map { [$0.id, $0.asks, $0.worst.rawValue] })
    }
}
