import LosslessJSON
import Testing

/// One of the lab's servers is an older Letta (`make test-versions`): agents
/// move from it to 0.16.8, and from 0.16.8 to it.
@Suite(
    .serialized,
    .enabled(if: Lab.isUp && Lab.source.release < .last, "both servers are 0.16.8; make test-versions"))
struct ReleaseTests {
    @Test(.timeLimit(.minutes(10)), arguments: Passage.up + Passage.taken)
    func `an agent with a long history moves between releases, is the same there, and is undone`(
        _ passage: Passage
    ) async throws {
        try await passage.withAgent { agent in
            try await withSandbox { sandbox in
                let before = try await passage.sourceState(of: agent)
                let move = try await sandbox.ferry(
                    ["move", agent.name, "--yes", "--accept", "all"] + passage.flags)
                #expect(move.exit == 0, "\(move)")
                // Settings that the old release lacks are announced.
                let words = [": identical", ": equal but for"].filter(move.lastLine.contains)
                #expect(words.count == 1, "\(move)")
                #expect(move.lastLine.hasPrefix("\(agent.name): 261 of 261 messages"), "\(move.lastLine)")
                let run = try #require(try await sandbox.runs().first)
                let verify = try await sandbox.ferry("verify", run)
                #expect(verify.exit == 0, "\(verify)")
                let undo = try await sandbox.ferry("undo", run, "--yes")
                #expect(undo.exit == 0, "\(undo)")
                try await passage.checkTargetIsEmpty(of: agent)
                #expect(try await passage.sourceState(of: agent).difference(from: before) == nil)
            }
        }
    }

    /// Before 0.15 an import takes no name, and an archive no handle.
    @Test(
        .timeLimit(.minutes(5)), .enabled(if: Lab.source.release < Release("0.15.0")), arguments: Passage.down
    )
    func `a way down that an old target does not offer is refused before anything is made`(
        _ passage: Passage
    ) async throws {
        try await passage.withAgent { agent in
            try await withSandbox { sandbox in
                let move = try await sandbox.ferry(
                    ["move", agent.name, "--yes", "--accept", "all"] + passage.flags)
                let reason = passage.canBe ? "it lacks import field name" : "agent type letta_v1_agent"
                #expect(move.exit == (passage.canBe ? 6 : 7), "\(move)")
                #expect(move.err.contains(reason), "\(move)")
                try await passage.checkTargetIsEmpty(of: agent)
            }
        }
    }
}

/// Which agent goes from which release to which.
struct Passage: Sendable, CustomStringConvertible {
    enum Direction { case up, down }

    let direction: Direction
    let agentType: String
    var readOnly = false

    static var up: [Passage] {
        [
            Passage(direction: .up, agentType: "letta_v1_agent"),
            Passage(direction: .up, agentType: "letta_v1_agent", readOnly: true),
            Passage(direction: .up, agentType: "memgpt_v2_agent"),
            Passage(direction: .up, agentType: "memgpt_v2_agent", readOnly: true),
        ].filter(\.canBe)
    }

    /// Those ways down that the old target offers.
    static var taken: [Passage] { Lab.source.release >= Release("0.15.0") ? down : [] }

    static var down: [Passage] {
        ["letta_v1_agent", "memgpt_v2_agent"].map { Passage(direction: .down, agentType: $0) }
    }

    /// letta_v1_agent came with 0.12.
    var canBe: Bool { agentType == "memgpt_v2_agent" || Lab.source.release.hasArchives }

    private var source: LabServer { direction == .up ? Lab.source : Lab.target }
    private var target: LabServer { direction == .up ? Lab.target : Lab.source }

    var description: String {
        "\(agentType) from \(source.release) to \(target.release)\(readOnly ? ", read only" : "")"
    }

    /// The old releases know the lab's embedder by another name, or none.
    var flags: [String] {
        let way = direction == .up ? ["--from", "a", "--to", "b"] : ["--from", "b", "--to", "a"]
        // The one that 0.11.7 lists; nothing is embedded there.
        let handle = target.embedding.isEmpty ? "letta/letta-free" : target.embedding
        let embedding = ["--embedding", handle]
        return way + embedding + (readOnly ? ["--read-only"] : [])
    }

    /// With 261 rows, more than any page; with passages where both take some.
    func withAgent(_ body: (SmallAgent) async throws -> Void) async throws {
        var agent = SmallAgent(word: Lab.unique(), turns: 65, agentType: agentType)
        if !Lab.source.release.hasArchives { agent.passages = 0 }
        do {
            _ = try await agent.plant(on: source)
            try await body(agent)
        } catch {
            try? await removeAll(of: agent)
            throw error
        }
        try await removeAll(of: agent)
    }

    private func removeAll(of agent: SmallAgent) async throws {
        for server in [Lab.source, Lab.target] { try await server.removeAll(of: agent.word) }
    }

    func sourceState(of agent: SmallAgent) async throws -> SourceState {
        let id = try await source.agents(bearing: agent.word).first?["id"]?.string ?? ""
        return try await SourceState(of: id, bearing: agent.word, on: source)
    }

    func checkTargetIsEmpty(of agent: SmallAgent) async throws {
        #expect(try await target.agents(bearing: agent.word).count == 0)
        #expect(try await target.blocks(bearing: agent.word).count == 0)
        #expect(try await target.archives(bearing: agent.word).count == 0)
    }
}
