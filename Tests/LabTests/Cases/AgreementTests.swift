import AgentFile
import LettaModel
import LosslessJSON
import Snapshot
import Testing

extension MovesOnRealServers {
    /// Both readers of one history agree in everything that folding keeps.
    @Suite(.serialized) struct AgreementTests {
        @Test(
            .timeLimit(.minutes(10)),
            arguments: [
                ("ada", "letta_v1_agent"), ("memgpt", "memgpt_v2_agent"), ("split", "letta_v1_agent"),
            ])
        func `every folded row is what folding keeps of the native row`(
            _ shape: String, _ agentType: String
        ) async throws {
            try await withSeeded(shape) { agent in
                try await withSandbox { sandbox in
                    let native = try await Self.capture(agent, sandbox, "native", [])
                    let folded = try await Self.capture(agent, sandbox, "folded", ["--read-only"])
                    #expect(native.count == agent.rows)
                    #expect(native.map(\.id) == folded.map(\.id))
                    #expect(native.allSatisfy { $0.native != nil }, "every row was read natively")
                    for (one, other) in zip(native, folded) {
                        try Self.compare(one, other, agentType)
                    }
                }
            }
        }

        private static func compare(_ native: StoredRow, _ folded: StoredRow, _ agentType: String) throws {
            let listed = try #require(folded.listed)
            let stored = try ListedExtras(listed).merge(into: try #require(native.native))
            let kept = try FoldProjection.of(stored, agentType: agentType)
            let row = try RowFold.fold(listed)
            let one = kept.map { text($0.json) }
            #expect(one == text(row.json), "row \(native.ordinal)")
            #expect(kept?.role == row.role, "row \(native.ordinal)")
        }

        /// A member that is null is as good as absent.
        private static func text(_ row: VerbatimJSON) -> String {
            guard let root = try? JSONDocument(row).root else { return "no JSON" }
            return String(decoding: Canonical.bytes(plain(root)), as: UTF8.self)
        }

        private static func plain(_ value: JSONValue) -> JSONValue {
            func node(_ value: JSONValue) -> JSONNode {
                switch value.kind {
                case .object:
                    .object(
                        value.members.filter { !$0.value.isNull }.map {
                            JSONMember(key: $0.key, value: node($0.value))
                        })
                case .array: .array(value.elements.map(node))
                default: JSONNode(value)
                }
            }
            return (try? JSONDocument(node(value).bytes()).root) ?? value
        }

        private static func capture(
            _ agent: SeededAgent, _ sandbox: Sandbox, _ name: String, _ flags: [String]
        ) async throws -> [StoredRow] {
            let path = "\(sandbox.folder)/\(name).ferry"
            let outcome = try await sandbox.ferry(
                ["snapshot", agent.name, "--from", "a", "-o", path] + flags)
            #expect(outcome.exit == 0, "\(outcome)")
            return try await withSnapshot(at: path, .read) { snapshot in
                var rows: [StoredRow] = []
                for try await batch in snapshot.history(.main) { rows += batch }
                return rows
            }
        }
    }
}
