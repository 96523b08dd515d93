import Glibc
import LosslessJSON
import SQLite
import Testing
import WorkerFixtures

extension OnRealServers {
    /// Broca and SMCP follow their agent from one real server to the other.
    @Suite(.serialized) struct WorkersMoveTests {
        @Test(.timeLimit(.minutes(10)))
        func `each user's own facts are in their new block on the target, and nothing of the source changed`()
            async throws
        {
            var agent = SmallAgent(word: Lab.unique())
            agent.turns = 2
            try await withSmall(agent) { _ in
                try await withSandbox { sandbox in
                    let move = try await sandbox.ferry(
                        "move", agent.name, "--from", "a", "--to", "b", "--yes")
                    #expect(move.exit == 0, "\(move)")
                    let old = try #require(
                        try await Lab.source.agents(bearing: agent.word).first?["id"]?.string)
                    let new = try #require(
                        try await Lab.target.agents(bearing: agent.word).first?["id"]?.string)
                    let users = try await Users(of: agent.word)
                    do {
                        try await self.moved(users, old, new, sandbox)
                    } catch {
                        try await users.remove(sandbox)
                        throw error
                    }
                    try await users.remove(sandbox)
                }
            }
        }

        private func moved(_ users: Users, _ old: String, _ new: String, _ sandbox: Sandbox) async throws {
            var owner = SyntheticAgent(name: "ada", number: 1)
            owner.id = old
            owner.serverURL = Lab.source.url
            owner.users = users.synthetic
            mkdir(sandbox.folder + "/home", 0o700)
            let tree = try SyntheticTree(.d, home: sandbox.folder + "/home", agents: [owner])
            let before = try Fingerprint.of(tree.root)
            let destination = sandbox.folder + "/moved"
            let command = [
                "workers", "move", tree.root, "--to", destination, "--at", "b", "--token-file",
                Lab.target.tokenFile,
                "--accept", "all",
            ]
            let outcome = try await sandbox.ferry(command)
            #expect(outcome.exit == 0, "\(outcome)")
            #expect(try Fingerprint.of(tree.root) == before)
            let path = destination + tree.database(owner).dropFirst(tree.root.count)
            let rows = try Database(path, .immutable).all(
                "SELECT letta_identity_id, letta_block_id FROM letta_users ORDER BY id"
            ) { ($0.optionalText(0) ?? "", $0.optionalText(1)) }
            #expect(rows.count == users.synthetic.count)
            for (user, row) in zip(users.synthetic, rows) where user.hasProfile {
                let identity = try await Lab.target.get("/v1/identities/\(row.0)")
                let known = try await Lab.source.get("/v1/identities/\(user.identityID ?? "")")
                #expect(identity["identifier_key"]?.string == known["identifier_key"]?.string)
                guard let block = user.blockID else { continue }
                let made = try await Lab.target.get("/v1/blocks/\(row.1 ?? "")")
                let kept = try await Lab.source.get("/v1/blocks/\(block)")
                #expect(made["id"]?.string != kept["id"]?.string)
                for key in ["label", "value", "limit", "description", "read_only"] {
                    #expect(
                        made[key].map { Array($0.raw) } == kept[key].map { Array($0.raw) },
                        "\(key) of \(user.name)")
                }
            }
            let again = try await sandbox.ferry(command)
            #expect(again.exit == 0, "\(again)")
            let who = try await sandbox.ferry("workers", "who", tree.root, "--at", "b", "--json")
            #expect(who.exit == 1 && who.out.contains(new), "\(who)")
            let check = try await sandbox.ferry(
                "workers", "check", destination, "--at", "b", "--from", "a", "--json")
            let findings = try JSONDocument(Array(check.out.utf8)).root["findings"]?.elements ?? []
            let bad = findings.filter { $0["good"]?.bool == false }.compactMap { $0["kind"]?.string }
            #expect(Set(bad).isSubset(of: ["tool-servers", "leftovers", "tools"]), "\(check)")
            let made = rows.compactMap(\.1).filter { id in !users.synthetic.contains { $0.blockID == id } }
            try await takenBack(try Self.run(of: outcome), destination, made, sandbox)
            #expect(try Fingerprint.of(tree.root) == before)
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
