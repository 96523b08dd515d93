import Journal
import LettaModel
import LosslessJSON
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// Damage behind Ferry's back, and the words of a later `verify`.
@Suite struct DamageTests {
    enum Blow: String, CaseIterable {
        case nothing, row, text, passage, block, tag
    }

    @Test(arguments: Blow.allCases)
    func `a later verification names the damage`(blow: Blow) async throws {
        try await withCrossing { crossing in
            let moved = try await crossing.move()
            let agent = try #require(moved.agent).raw
            crossing.target.change { Self.strike(blow, agent, &$0) }
            let order = try await crossing.engine.verifyOrder(of: moved.run)
            let verdict = try #require(try await crossing.engine.verify(order, at: crossing.to).verdict)
            let named = verdict.differences.filter { $0.kind != .checks }.map {
                "\($0.kind.rawValue) \($0.damage.rawValue)"
            }
            #expect(named.first == Self.word(blow), "\(verdict.differences.map(\.sentence))")
            #expect(verdict.isVerified == (blow == .nothing))
            #expect(crossing.leftovers() == [])
        }
    }

    private static func strike(_ blow: Blow, _ agent: String, _ world: inout World) {
        switch blow {
        case .nothing: break
        case .row:
            let id = world.agents[agent]?.history.id(at: 5)
            world.agents[agent]?.history.removeAll { $0.id == id }
        case .text:
            world.agents[agent]?.history.replace(at: 1) {
                $0.body["content"] = [["type": "text", "text": "Said by nobody."]]
            }
        case .passage:
            if let id = world.passages.ids.first { world.passages[id] = nil }
        case .block:
            if let id = world.agents[agent]?.blockIDs.first {
                world.blocks[id]?.fields["value"] = "Somebody else."
            }
        case .tag: world.agents[agent]?.tags.removeFirst()
        }
    }

    private static func word(_ blow: Blow) -> String? {
        switch blow {
        case .nothing: nil
        case .row: "messages missing"
        case .text: "messages changed"
        case .passage: "passages missing"
        case .block: "blocks changed"
        case .tag: "tags missing"
        }
    }
}
