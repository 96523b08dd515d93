import HTTP
import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// The live check talks to a copy, and the copy goes.
    @Suite(.serialized) struct LiveTests {
        @Test(.timeLimit(.minutes(10)), arguments: [false, true])
        func `a live check leaves the real history alone and removes its copy`(_ usesOwnTool: Bool)
            async throws
        {
            var agent = SmallAgent(word: Lab.unique())
            agent.turns = 3
            let flags = usesOwnTool ? ["--live-tool", agent.toolNames[1]] : ["--live"]
            try await withSmall(agent) { _ in
                try await withSandbox { sandbox in
                    let move = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(move.exit == 0, "\(move)")
                    let id = try #require(
                        try await Lab.target.agents(bearing: agent.word).first?["id"]?.string)
                    let before = try await SourceState(of: id, bearing: agent.word, on: Lab.target)
                    let run = try #require(try await sandbox.runs().first)
                    let check = try await sandbox.ferry(["verify", run, "--json"] + flags)
                    #expect(check.exit == 0, "\(check)")
                    #expect(Self.live(check)?.hasPrefix("ok") == true, "\(Self.live(check) ?? "no line")")
                    let after = try await SourceState(of: id, bearing: agent.word, on: Lab.target)
                    #expect(after.difference(from: before) == nil)
                    let inspection = Inspection(agent: agent, runs: try await sandbox.runs(), title: "live")
                    try await inspection.checkTarget()
                }
            }
        }

        private static func live(_ outcome: Sandbox.Outcome) -> String? {
            let lines = VerdictText(outcome.out)?.root["checklist"]?.elements ?? []
            let line = lines.first { $0["check"]?.string == "live" }
            return line.map { "\($0["status"]?.string ?? "") \($0["evidence"]?.string ?? "")" }
        }
    }
}

/// The verdict in what `--json` prints.
struct VerdictText {
    let root: JSONValue

    init?(_ text: String) {
        guard let root = try? JSONDocument(text).root, let verdict = root["verdict"] else { return nil }
        self.root = verdict
    }

    /// `messages missing: message 3 of 41 (…): missing`.
    var differences: [String] {
        (root["differences"]?.elements ?? []).map { difference in
            func word(_ key: String) -> String { difference[key]?.string ?? "" }
            return "\(word("kind")) \(word("damage")): \(word("item")): \(word("what"))"
        }
    }
}
