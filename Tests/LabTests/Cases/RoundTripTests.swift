import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// Native -> import -> native is identical; the source stands as it
    /// stood.
    @Suite(.serialized) struct RoundTripTests {
        @Test(
            .timeLimit(.minutes(10)),
            arguments: [
                ("ada", Int?.none, Int?.none, [String]()), ("big", 2000, 100, []), ("memgpt", nil, nil, []),
                ("ada", nil, nil, ["--read-only"]), ("memgpt", nil, nil, ["--read-only"]),
            ])
        func `a move ends identical and leaves the source as it was`(
            _ shape: String, _ rows: Int?, _ passages: Int?, _ flags: [String]
        ) async throws {
            try await withSeeded(shape, rows: rows, passages: passages) { agent in
                let script = FaultScript()
                try await withSandbox(script) { sandbox in
                    let before = try await SourceState(of: agent.id, bearing: agent.word)
                    let move = try await sandbox.ferry(
                        ["move", agent.name, "--from", "a", "--to", "b", "--yes", "--accept", "all"] + flags)
                    #expect(move.exit == 0, "\(move)")
                    let counts =
                        "\(Self.grouped(agent.rows)) of \(Self.grouped(agent.rows)) messages, "
                        + "\(agent.passages) of \(agent.passages) passages"
                    #expect(move.lastLine.hasPrefix("\(agent.name): \(counts)"), "\(move.lastLine)")
                    #expect(move.lastLine.hasSuffix(": identical"), "\(move)")
                    let after = try await SourceState(of: agent.id, bearing: agent.word)
                    #expect(after.difference(from: before) == nil)
                    let atSource = script.writes.filter { $0.hasPrefix("source ") }
                    #expect(atSource.isEmpty == flags.contains("--read-only"), "writes: \(atSource)")
                }
            }
        }

        private static func grouped(_ number: Int) -> String {
            number < 1000 ? "\(number)" : "\(number / 1000),\(String(number % 1000 + 1000).dropFirst())"
        }
    }
}
