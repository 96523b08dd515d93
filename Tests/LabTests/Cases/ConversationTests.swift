import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// Conversations beside the default thread, from one real server to the
    /// other.
    @Suite(.serialized) struct ConversationTests {
        private func say(_ words: String, in conversation: String, at server: LabServer) async throws {
            _ = try await server.post(
                "/v1/conversations/\(conversation)/messages",
                ["messages": [["role": "user", "content": .string(words)]], "streaming": false])
        }

        private func made(_ answer: JSONValue) throws -> String { try #require(answer["id"]?.string) }

        /// One with words of its own, one that was forked and went on, and an
        /// empty one.
        private func converse(_ agent: String) async throws -> [String] {
            let rome = try made(
                try await Lab.source.post("/v1/conversations/?agent_id=\(agent)", ["summary": "Rome 万神殿"]))
            for words in ["Shall we go?", "And the Pantheon?"] {
                try await say(words, in: rome, at: Lab.source)
            }
            let fork = try made(
                try await Lab.source.post("/v1/conversations/default/fork?agent_id=\(agent)", [:]))
            try await say("From here on, apart.", in: fork, at: Lab.source)
            let empty = try made(
                try await Lab.source.post("/v1/conversations/?agent_id=\(agent)", ["summary": "Empty"]))
            return [rome, fork, empty]
        }

        /// What each message says, without the server's own system message.
        private func words(_ conversation: String, at server: LabServer) async throws -> [String] {
            try await server.get("/v1/conversations/\(conversation)/messages?limit=1000&order=asc").elements
                .filter { $0["message_type"]?.string != "system_message" }
                .map { "\($0["message_type"]?.string ?? ""): \($0["content"].map { "\($0.raw)" } ?? "")" }
        }

        private func conversations(_ agent: String, at server: LabServer) async throws -> [String] {
            try await server.get("/v1/conversations/?agent_id=\(agent)&limit=100&order=asc").elements
                .compactMap { $0["id"]?.string }
        }

        @Test(.timeLimit(.minutes(8)))
        func `each arrives apart with its messages, goes on, and an undo that would lose that is refused`()
            async throws
        {
            let agent = SmallAgent(word: Lab.unique(), passages: 2)
            try await withSmall(agent) { planted in
                let known = try await converse(planted.id)
                let main = try await Lab.source.get("/v1/agents/\(planted.id)")["message_ids"]?.count
                try await withSandbox(FaultScript()) { sandbox in
                    let moved = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(moved.exit == 0, "\(moved)")
                    let line = moved.out.split(separator: "\n").first { $0.contains(" conversations ") }
                    #expect(line?.contains(" 3 of 3 ") == true, "\(moved)")
                    let copy = try #require(
                        try await Lab.target.agents(bearing: agent.word).first?["id"]?.string)
                    let there = try await conversations(copy, at: Lab.target)
                    #expect(there.count == 3)
                    for (old, new) in zip(known, there) {
                        let (one, other) = (
                            try await words(old, at: Lab.source), try await words(new, at: Lab.target)
                        )
                        #expect(one == other)
                    }
                    let state = try await Lab.target.get("/v1/agents/\(copy)")
                    #expect(state["message_ids"]?.count == main)
                    let diff = try await sandbox.ferry("diff", "a:\(planted.id)", "b:\(copy)")
                    #expect(diff.out.contains("conversations: 3, 3 equal"), "\(diff)")
                    try await say("Still there?", in: there[0], at: Lab.target)
                    let run = try #require(try await sandbox.runs().first)
                    let verified = try await sandbox.ferry("verify", run)
                    #expect(verified.exit == 1 && verified.out.contains("conversation “Rome"), "\(verified)")
                    let refused = try await sandbox.ferry("undo", run)
                    #expect(refused.exit == 7, "\(refused)")
                    let undone = try await sandbox.ferry("undo", run, "--discard-newer")
                    #expect(undone.exit == 0, "\(undone)")
                    #expect(try await Lab.target.agents(bearing: agent.word).isEmpty)
                }
                // The source is as it was.
                #expect(try await conversations(planted.id, at: Lab.source) == known)
            }
        }
    }
}
