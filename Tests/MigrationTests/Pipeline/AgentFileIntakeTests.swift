import LettaModel
import LosslessJSON
import Snapshot
import Testing

@testable import Migration

/// An agent file becomes a snapshot of the agent that was asked for.
@Suite struct AgentFileIntakeTests {
    private static let small = #"""
        {"agents": [
          {"id": "agent-0", "name": "a-b", "in_context_message_ids": ["message-0", "message-999"],
           "block_ids": ["block-0", "block-77"], "tool_ids": ["tool-88"], "messages": [
            {"id": "message-0", "role": "system", "content": [{"type": "text", "text": "x"}]}]},
          {"id": "agent-1", "name": "ab", "messages": []},
          {"id": "agent-2", "name": "twin", "messages": []},
          {"id": "agent-3", "name": "twin", "messages": []}],
         "blocks": [{"id": "block-0", "label": "human", "value": "y"}], "tools": []}
        """#

    private func taken(_ name: String?, by crossing: Crossing) async throws -> SnapshotContents {
        let file = crossing.folder + "/agents.af"
        if !PrivateFile.exists(file) {
            try PrivateFile.write(Array(Self.small.utf8), to: file)
        }
        let path = try await crossing.engine.takeIn(agentFile: file, agentName: name)
        return try await withSnapshot(at: path, .read) { try await SnapshotContents($0, path: path) }
    }

    private func agent(_ name: String, by crossing: Crossing) async throws -> String {
        try await taken(name, by: crossing).origin.agentID.raw
    }

    @Test func `agents whose names look alike are kept apart`() async throws {
        try await withCrossing { crossing in
            for _ in 1...2 {
                let one = try await agent("a-b", by: crossing)
                let other = try await agent("ab", by: crossing)
                #expect([one, other] == ["agent-0", "agent-1"])
            }
        }
    }

    @Test func `several agents of one name are told apart by their ids alone`() async throws {
        try await withCrossing { crossing in
            for name in ["twin", nil] {
                let failure = await #expect(throws: Failure.self) {
                    _ = try await taken(name, by: crossing)
                }
                #expect(failure?.code == .agentAmbiguous)
            }
            let named = try await agent("agent-3", by: crossing)
            #expect(named == "agent-3")
        }
    }

    @Test func `ids that the file names and does not hold are losses`() async throws {
        try await withCrossing { crossing in
            let losses = try await taken("a-b", by: crossing).gaps
            #expect(losses.map(\.id) == ["missing:block-77", "missing:tool-88", "missing:message-999"])
            #expect(losses.filter { $0.class != .loss }.map(\.id) == [])
            let other = try await taken("ab", by: crossing).gaps
            #expect(other.isEmpty)
        }
    }
}
