import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// Identities of an agent, from one real server to the other.
    @Suite(.serialized) struct IdentityTests {
        private struct Person {
            let word: String
            var key: String { "person-\(word)" }

            var body: JSONNode {
                [
                    "identifier_key": .string(key), "name": "Mira “春香” Tavares", "identity_type": "user",
                    "properties": [
                        ["key": "city", "value": "Porto", "type": "string"],
                        ["key": "pianos", "value": 3, "type": "number"],
                        ["key": "writes", "value": true, "type": "boolean"],
                        ["key": "house", "value": ["dog": "Bolota"], "type": "json"],
                    ],
                ]
            }
        }

        private func attach(_ person: Person, to agent: String) async throws -> String {
            let made = try await Lab.source.post("/v1/identities/", person.body)
            let id = try #require(made["id"]?.string)
            _ = try await Lab.source.patch("/v1/agents/\(agent)", ["identity_ids": [.string(id)]])
            return id
        }

        private func there(_ person: Person) async throws -> [JSONValue] {
            try await Lab.target.get("/v1/identities/?identifier_key=\(person.key)").elements
                .filter { $0["identifier_key"]?.string == person.key }
        }

        @Test(.timeLimit(.minutes(5)))
        func `an identity arrives with every property, is compared, and goes with an undo`() async throws {
            let agent = SmallAgent(word: Lab.unique(), passages: 2)
            let person = Person(word: agent.word)
            try await withSmall(agent) { planted in
                let old = try await attach(person, to: planted.id)
                try await withSandbox(FaultScript()) { sandbox in
                    let moved = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(moved.exit == 0, "\(moved)")
                    let line = moved.out.split(separator: "\n").first { $0.contains(" identities ") }
                    #expect(line?.contains(" 1 of 1 ") == true, "\(moved)")
                    let made = try #require(try await there(person).first)
                    let known = try await Lab.source.get("/v1/identities/\(old)")
                    for field in ["name", "identity_type", "properties"] {
                        #expect(
                            made[field].map { Canonical.bytes($0) }
                                == known[field].map { Canonical.bytes($0) },
                            "\(field)")
                    }
                    let agents = try await Lab.target.agents(bearing: agent.word)
                    let state = try await Lab.target.get("/v1/agents/\(agents.first?["id"]?.string ?? "")")
                    #expect(
                        state["identity_ids"]?.elements.compactMap(\.string) == [made["id"]?.string ?? ""])
                    let run = try #require(try await sandbox.runs().first)
                    let undone = try await sandbox.ferry("undo", run)
                    #expect(undone.exit == 0, "\(undone)")
                    #expect(try await there(person).isEmpty)
                }
                try await Lab.source.delete("/v1/identities/\(old)")
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `one of the target that says something else is named, used, and left as it is`() async throws {
            let agent = SmallAgent(word: Lab.unique(), passages: 2)
            let person = Person(word: agent.word)
            try await withSmall(agent) { planted in
                let old = try await attach(person, to: planted.id)
                var other = person.body
                other["name"] = "Somebody else"
                let made = try await Lab.target.post("/v1/identities/", other)
                let before = try await Lab.target.get("/v1/identities/\(made["id"]?.string ?? "")")
                try await withSandbox(FaultScript()) { sandbox in
                    let moved = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(moved.exit == 3, "\(moved)")
                    #expect(moved.out.contains("[identity:\(old)]"), "\(moved)")
                    let run = try #require(try await sandbox.runs().first)
                    _ = try await sandbox.ferry("undo", run)
                    let after = try #require(try await there(person).first)
                    #expect(after["name"]?.string == before["name"]?.string)
                    #expect(after["id"]?.string == before["id"]?.string)
                }
                try await Lab.target.delete("/v1/identities/\(made["id"]?.string ?? "")")
                try await Lab.source.delete("/v1/identities/\(old)")
            }
        }
    }
}
