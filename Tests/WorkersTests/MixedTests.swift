import LettaModel
import SQLite
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// Jobs of several agents that were mixed before the move stay mixed after it,
/// so nobody may move them without knowing.
@Suite(.serialized) struct MixedTests {
    private func serve(_ agent: SyntheticAgent, in folder: String, instead of: SyntheticAgent) throws {
        let path = folder + "/broca/.env"
        let text = String(decoding: try Disk.read(path), as: UTF8.self)
        try Disk.write(path, text.replacing("AGENT_ID=\(of.id)", with: "AGENT_ID=\(agent.id)"))
    }

    private func expectRefused(_ place: Site, _ asked: WorkersOrder, _ id: String) async throws {
        var order = asked
        order.accepted = ["all"]
        let plan = try await place.plan(order)
        #expect(plan.refusals.isEmpty)
        let told = plan.omissions.filter { $0.id == id }
        #expect(told.map(\.class) == [.loss], "\(plan.omissions.map(\.id))")
        #expect(told.first.map { $0.reason.contains(place.agents[0].id) } == true)
        order.accepted = Set(plan.omissions.map(\.id)).subtracting([id])
        let failure = await BadTreeTests.failure { [order] in try await place.move(order) }
        #expect(failure?.code == .lossesNotAccepted && failure?.remedy.contains(id) == true)
        let made = try FileKind.names(in: place.folder + "/new")
        #expect(made.isEmpty)
    }

    @Test func `one agent's voice beside another's hands has to be accepted`() async throws {
        let place = try Site(.d)
        let folder = place.tree.root + "/agents/bob"
        try serve(place.agents[0], in: folder, instead: place.agents[1])
        var order = place.order
        order.path = folder
        try await expectRefused(place, order, "mixed:bob")
    }

    @Test func `two databases for one agent have to be accepted`() async throws {
        let place = try Site(.d)
        for name in ["ada", "bob"] { Disk.removeTree("\(place.tree.root)/agents/\(name)/smcp") }
        try serve(place.agents[0], in: place.tree.root + "/agents/bob", instead: place.agents[1])
        try await expectRefused(place, place.order, "mixed:\(place.agents[0].id)")
    }

    @Test func `a folder that bears another agent's id than its settings has to be accepted`() async throws {
        let place = try Site(.a)
        let (ada, bob) = (place.agents[0], place.agents[1])
        Disk.removeTree("\(place.tree.root)/\(bob.id)")
        let path = "\(place.tree.root)/\(ada.id)/.env"
        let text = String(decoding: try Disk.read(path), as: UTF8.self)
        try Disk.write(path, text.replacing("AGENT_ID=\(ada.id)", with: "AGENT_ID=\(bob.id)"))
        try await expectRefused(place, place.order, "mixed:\(ada.id):broca")
        // It keeps its name when its own agent has moved, however often.
        let found = try WorkerSurvey.of(place.tree.root, on: place.order.host)
        #expect(MixedJobs.misnamed(found, [ada.id: ["agent-2"], "agent-2": [bob.id]]).isEmpty)
        #expect(MixedJobs.misnamed(found, [bob.id: [ada.id]]).count == 1)
    }

    @Test func `agents whose workers are their own need no word`() async throws {
        let place = try Site(.d)
        let plan = try await place.plan()
        #expect(!plan.omissions.contains { $0.id.hasPrefix("mixed:") })
    }
}
