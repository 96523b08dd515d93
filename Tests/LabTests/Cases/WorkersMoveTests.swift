import Glibc
import HTTP
import LosslessJSON
import SQLite
import Testing
import WorkerFixtures

extension MovesOnRealServers {
    /// Broca and SMCP of two agents follow them from one real server to the other.
    @Suite(.serialized) struct WorkersMoveTests {
        /// Two agents with twelve users each and an orphan, on the source and,
        /// moved by ferry, on the target.
        struct Cast {
            var owners: [SyntheticAgent] = []
            var moved: [String: String] = [:]
            var users: [Users] = []
            let sandbox: Sandbox
            /// The agent said this of a row that Broca never saw an answer to.
            static let answered = 6
        }

        @Test(.timeLimit(.minutes(15)))
        func `each user's own facts are in their new block on the target, and nothing of the source changed`()
            async throws
        {
            let agents = ["ada", "bob"].map { _ in
                var agent = SmallAgent(word: Lab.unique())
                agent.turns = 2
                return agent
            }
            try await withSmall(agents[0]) { _ in
                try await withSmall(agents[1]) { _ in
                    try await withSandbox { sandbox in
                        var cast = Cast(sandbox: sandbox)
                        do {
                            for (agent, name) in zip(agents, ["ada", "bob"]) {
                                try await self.bring(agent, as: name, &cast)
                            }
                            let before = try await self.source(cast)
                            for layout in [SyntheticTree.Layout.d, .a, .c] {
                                try await self.moved(layout, cast)
                                #expect(try await self.source(cast) == before, "layout \(layout.rawValue)")
                            }
                        } catch {
                            for users in cast.users { try await users.remove(sandbox) }
                            throw error
                        }
                        for users in cast.users { try await users.remove(sandbox) }
                    }
                }
            }
        }

        /// An agent with its users; of one message it has given the answer.
        private func bring(_ agent: SmallAgent, as name: String, _ cast: inout Cast) async throws {
            var owner = SyntheticAgent(name: name, number: 1)
            owner.id = try #require(
                try await Lab.source.agents(bearing: agent.word).first?["id"]?.string)
            owner.serverURL = Lab.source.url
            let words = SyntheticDatabase.words(Cast.answered, owner)
            let said = "[Username: @user\(Cast.answered), Telegram ID: 9000\(Cast.answered)] \(words)"
            try await Lab.source.post(
                "/v1/agents/\(owner.id)/messages",
                ["messages": [["role": "user", "content": .string(said)]]])
            let move = try await cast.sandbox.ferry("move", agent.name, "--from", "a", "--to", "b", "--yes")
            #expect(move.exit == 0, "\(move)")
            cast.moved[owner.id] = try #require(
                try await Lab.target.agents(bearing: agent.word).first?["id"]?.string)
            let users = try await Users(of: agent.word)
            owner.users = users.synthetic
            cast.users.append(users)
            cast.owners.append(owner)
        }

        /// Everything of the source server that a move of workers reads.
        private func source(_ cast: Cast) async throws -> [String: [UInt8]] {
            var found: [String: [UInt8]] = [:]
            for owner in cast.owners {
                var paths = [
                    "/v1/agents/\(owner.id)", "/v1/agents/\(owner.id)/core-memory/blocks",
                    "/v1/agents/\(owner.id)/messages?limit=200",
                ]
                paths += owner.users.compactMap(\.blockID).map { "/v1/blocks/\($0)" }
                paths += owner.users.compactMap(\.identityID).map { "/v1/identities/\($0)" }
                for path in paths { found[path] = try await Lab.source.raw(.get, path) }
            }
            return found
        }

        private func moved(_ layout: SyntheticTree.Layout, _ cast: Cast) async throws {
            let sandbox = cast.sandbox
            let home = sandbox.folder + "/home-\(layout.rawValue)"
            mkdir(home, 0o700)
            // A killed writer's: its rows are in the -wal alone.
            let tree = try SyntheticTree(layout, home: home, agents: cast.owners)
            let before = try Fingerprint.of(home)
            let destination = sandbox.folder + "/moved-\(layout.rawValue)"
            let command = [
                "workers", "move", tree.root, "--to", destination, "--at", "b", "--token-file",
                Lab.target.tokenFile, "--accept", "all",
            ]
            let outcome = try await sandbox.ferry(command)
            #expect(outcome.exit == 0, "\(outcome)")
            #expect(try Fingerprint.of(home) == before)
            var blocks: [String] = []
            for owner in cast.owners {
                let path = destination + tree.database(owner).dropFirst(tree.root.count)
                blocks += try await compareUsers(owner, path)
                try compareRows(owner, path)
            }
            let again = try await sandbox.ferry(command)
            #expect(again.exit == 0, "\(again)")
            try await lookAround(tree, destination, cast)
            try await takenBack(try Self.run(of: outcome), destination, blocks, sandbox)
            #expect(try Fingerprint.of(home) == before)
        }

        /// - Returns: the new blocks.
        private func compareUsers(_ owner: SyntheticAgent, _ path: String) async throws -> [String] {
            let rows = try Database(path, .immutable).all(
                "SELECT letta_identity_id, letta_block_id FROM letta_users ORDER BY id"
            ) { ($0.optionalText(0) ?? "", $0.optionalText(1)) }
            #expect(rows.count == owner.users.count)
            var blocks: [String] = []
            for (user, row) in zip(owner.users, rows) {
                guard user.hasProfile else {
                    // Nobody writes as an orphan: what it names is left.
                    #expect(row.0 == user.identityID && row.1 == user.blockID)
                    continue
                }
                let identity = try await Lab.target.get("/v1/identities/\(row.0)")
                let known = try await Lab.source.get("/v1/identities/\(user.identityID ?? "")")
                for key in ["identifier_key", "name", "identity_type"] {
                    #expect(identity[key]?.string == known[key]?.string, "\(key) of \(user.name)")
                }
                guard let block = user.blockID else {
                    #expect(row.1 == nil)
                    continue
                }
                let made = try await Lab.target.get("/v1/blocks/\(row.1 ?? "")")
                let kept = try await Lab.source.get("/v1/blocks/\(block)")
                #expect(made["id"]?.string != kept["id"]?.string)
                for key in ["label", "value", "limit", "description", "read_only"] {
                    #expect(
                        made[key].map { Array($0.raw) } == kept[key].map { Array($0.raw) },
                        "\(key) of \(user.name)")
                }
                blocks.append(row.1 ?? "")
            }
            #expect(Set(blocks).count == owner.users.count { $0.hasProfile && $0.blockID != nil })
            return blocks
        }

        /// Every row is there, decided by its state; what people wrote, with
        /// the old agent's id in it, is as they wrote it.
        private func compareRows(_ owner: SyntheticAgent, _ path: String) throws {
            let database = try Database(path, .immutable)
            let words = try database.all("SELECT message FROM messages ORDER BY id") { $0.text(0) }
            #expect(words == owner.queue.indices.map { SyntheticDatabase.words($0, owner) })
            let states = try database.all("SELECT status FROM queue ORDER BY id") { $0.text(0) }
            let wanted = owner.queue.enumerated().map { index, row in
                guard row.status == "processing" else { return row.status }
                return row.answer != nil || index == Cast.answered ? "completed" : "pending"
            }
            #expect(states == wanted)
            let answer = try database.text(
                "SELECT agent_response FROM messages WHERE id = ?", .int(Cast.answered + 1))
            #expect(answer?.isEmpty == false)
        }

        private func lookAround(_ tree: SyntheticTree, _ destination: String, _ cast: Cast) async throws {
            let who = try await cast.sandbox.ferry("workers", "who", tree.root, "--at", "b", "--json")
            #expect(who.exit == 1 && cast.moved.values.allSatisfy { who.out.contains($0) }, "\(who)")
            let check = try await cast.sandbox.ferry(
                "workers", "check", destination, "--at", "b", "--from", "a", "--json")
            let findings = try JSONDocument(Array(check.out.utf8)).root["findings"]?.elements ?? []
            let bad = findings.filter { $0["good"]?.bool == false }.compactMap { $0["kind"]?.string }
            #expect(Set(bad).isSubset(of: ["tool-servers", "leftovers", "tools"]), "\(check)")
        }

        /// Source of what a plan says of stdio: the server's own answer.
        @Test func `a stdio registration is refused as the pages say, and nothing tells so beforehand`()
            async throws
        {
            let body: JSONNode = [
                "server_name": .string("stdio-\(Lab.unique())"),
                "config": ["mcp_server_type": "stdio", "command": "/bin/true", "args": []],
            ]
            let refusal = await #expect(throws: LabError.self) {
                try await Lab.target.post("/v1/mcp-servers/", body)
            }
            #expect(refusal?.description.contains("MCP_DISABLE_STDIO=false") == true)
            #expect(refusal?.description.contains(" 400 ") == true)
        }

        private static func run(of outcome: Sandbox.Outcome) throws -> String {
            let words = outcome.out.split(whereSeparator: { " ,\n".contains($0) }).map(String.init)
            let place = try #require(words.firstIndex(of: "run"))
            return words[place + 1]
        }

        /// What Letta shows of a block differs from what was sent; that alone
        /// is nothing newer. What somebody writes is.
        private func takenBack(
            _ run: String, _ destination: String, _ blocks: [String], _ sandbox: Sandbox
        ) async throws {
            let first = try #require(blocks.first)
            let kept = try await Lab.target.get("/v1/blocks/\(first)")
            _ = try await Lab.target.patch("/v1/blocks/\(first)", ["value": "learnt since"])
            let refused = try await sandbox.ferry("undo", run, "--yes")
            #expect(refused.exit == 7 && refused.err.contains("undo-would-lose"), "\(refused)")
            #expect(access(destination, F_OK) == 0)
            _ = try await Lab.target.patch(
                "/v1/blocks/\(first)", ["value": .string(kept["value"]?.string ?? "")])
            let undone = try await sandbox.ferry("undo", run, "--yes")
            #expect(undone.exit == 0, "\(undone)")
            #expect(access(destination, F_OK) != 0)
            for block in blocks {
                await #expect(throws: (any Error).self) { try await Lab.target.get("/v1/blocks/\(block)") }
            }
        }
    }

    /// Twelve people of a synthetic tree, each with an identity and a detached
    /// block of facts on the source.
    struct Users {
        var synthetic: [SyntheticAgent.User] = []
        let word: String

        init(of word: String) async throws {
            self.word = word
            for (place, user) in SyntheticAgent(name: "ada", number: 1).users.enumerated() {
                let identity = try await Lab.source.post(
                    "/v1/identities/",
                    [
                        "identifier_key": .string("broca_user_\(word)\(place)"), "name": .string(user.name),
                        "identity_type": "user",
                    ])
                var made = user
                made.identityID = identity["id"]?.string
                if user.blockID != nil {
                    let facts: JSONNode = [
                        "type": "human_core",
                        "data": [
                            "name": .string(user.name),
                            "content": .string("\(word): likes number \(place) 🛰️"),
                        ],
                    ]
                    let block = try await Lab.source.post(
                        "/v1/blocks/",
                        ["label": "human", "value": .string(facts.text()), "limit": .int(9000 + place)])
                    made.blockID = block["id"]?.string
                }
                synthetic.append(made)
            }
        }

        func remove(_ sandbox: Sandbox) async throws {
            for user in synthetic {
                if let id = user.blockID { try? await Lab.source.delete("/v1/blocks/\(id)") }
                if let id = user.identityID { try? await Lab.source.delete("/v1/identities/\(id)") }
            }
            let blocks = try await Lab.target.get("/v1/blocks/?label=human&limit=1000").elements
            for block in blocks where block["value"]?.string?.contains(word) == true {
                try? await Lab.target.delete("/v1/blocks/\(block["id"]?.string ?? "")")
            }
            for place in synthetic.indices {
                let key = "broca_user_\(word)\(place)"
                for identity in try await Lab.target.get("/v1/identities/?identifier_key=\(key)").elements {
                    try? await Lab.target.delete("/v1/identities/\(identity["id"]?.string ?? "")")
                }
            }
        }
    }

    /// Names, sizes, times and modes of everything in a folder.
    enum Fingerprint {
        static func of(_ folder: String) throws -> [String: String] {
            var found: [String: String] = [:]
            try add(folder, to: &found)
            return found
        }

        private static func add(_ folder: String, to found: inout [String: String]) throws {
            guard let listing = opendir(folder) else { throw LabError("cannot list \(folder)") }
            defer { closedir(listing) }
            while let entry = readdir(listing) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != "." && name != ".." else { continue }
                let path = "\(folder)/\(name)"
                var status = stat()
                lstat(path, &status)
                found[path] =
                    "\(status.st_mode) \(status.st_size) \(status.st_ino) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
                    + "\(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
                if status.st_mode & S_IFMT == S_IFDIR { try add(path, to: &found) }
            }
        }
    }
}
