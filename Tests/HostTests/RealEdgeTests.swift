import HTTP
import HTTPCurl
import Host
import LettaModel
import LosslessJSON
import Testing

/// The table of EdgeTests again, with a real Letta behind each nginx. Only a
/// dead database, another version and a web page are still played.
@Suite(
    .timeLimit(.minutes(5)), .serialized,
    .enabled(if: RealLab.isUp && Tool.isInstalled("nginx"), "needs the Lab and nginx"))
struct RealEdgeTests {
    private static let edges = Result { try RealEdges(EdgeCase.all) }

    @Test(arguments: EdgeCase.all)
    func `an edge before a real Letta is told exactly what is wrong with it`(edge: EdgeCase) async throws {
        let findings = try await Self.edges.get().findings(edge)
        #expect(RealEdges.complaints(findings) == edge.expected, "\(findings.filter { $0.severity > .ok })")
        let told = findings.filter { $0.severity > .note }.flatMap { [$0.seen, $0.means, $0.remedy] }
        #expect(edge.words.isEmpty || told.contains { $0.contains(edge.words) }, "\(told)")
        #expect(!"\(findings)".contains(RealLab.token))
    }

    @Test func `at least twenty ways to set an edge up wrongly are told apart`() {
        let wrong = EdgeCase.all.filter { !$0.expected.isEmpty }
        #expect(wrong.count >= 20)
        #expect(Set(EdgeCase.all.map(\.name)).count == EdgeCase.all.count)
    }

    @Test func `a healthy edge before a real Letta is looked at within five seconds`() async throws {
        let healthy = try #require(EdgeCase.all.first { $0.name == "healthy" })
        let start = ContinuousClock.now
        let findings = try await Self.edges.get().findings(healthy)
        #expect(start.duration(to: .now) < .seconds(5))
        #expect(RealEdges.complaints(findings) == [])
    }

    @Test func `a reply of a real Letta comes in pieces, or in one lump where the edge buffers`() async throws
    {
        let edges = try Self.edges.get()
        for (name, expected) in [("healthy", [] as Set<String>), ("buffered", ["stream.live error"])] {
            let edge = try #require(EdgeCase.all.first { $0.name == name })
            let wish = LiveWish(name: "ferry-doctor-real-\(name)")
            let sighting = await Survey(try edges.errand(edge), dialer: CurlDialer(), live: wish).sighting(
                now: { Wall.seconds() })
            let findings = Probe.findings(sighting)
            #expect(
                RealEdges.complaints(findings) == expected, "\(findings.filter { $0.id == "stream.live" })")
            let left = try await RealLab.send(.get, "/v1/agents/?name=\(wish.name)&show_hidden_agents=true")
            #expect(left.elements.isEmpty, "the throwaway agent is gone")
        }
    }
}
