import Glibc
import Home
import Journal
import LettaModel
import LosslessJSON
import SQLite
import ScriptedLetta
import Synchronization
import Testing
import WorkerTree

@testable import Workers

@Suite(.serialized) struct MoveTests {
    // MARK: The end state

    @Test func `a tree arrives whole, with each user's own block, and the source is as it was`() async throws
    {
        let scene = try Scene()
        let before = try scene.tree.fingerprint()
        let result = try await scene.with { try await $0.move(scene.order(), $1) }
        #expect(result.run.status == .verified)
        try EndState(scene).check()
        #expect(try scene.tree.fingerprint() == before)
        #expect(scene.source.writes == 0)
    }

    @Test func `settings name the new place, and no secret is printed or kept`() async throws {
        let scene = try Scene()
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        let env = try text(scene, "broca/.env")
        #expect(env.contains("AGENT_ID=\(scene.newAgent)\r\n"))
        #expect(env.contains("AGENT_ENDPOINT=\(scene.target.url)\n"))
        #expect(env.contains("AGENT_API_KEY=\"new-server-password\" # the old one\n"))
        #expect(env.contains("DB_PATH=\(scene.destination)/broca/sanctum.db\n"))
        #expect(env.contains("TELEGRAM_BOT_TOKEN=\(Tree.token)\n"))
        #expect(
            try text(scene, "smcp/env.smcp").contains("MCP_PLUGINS_DIR=\(scene.destination)/smcp/plugins"))
        #expect(try text(scene, "broca/settings.json").contains(scene.newAgent))
        #expect(try text(scene, "broca/plugins/own/plugin.py").contains(scene.oldAgent))
        let journal = try everything(in: scene.folder + "/state")
        for secret in [Tree.token, Tree.password, "new-server-password", "old-token", "new-token"] {
            #expect(!journal.contains(secret))
        }
    }

    @Test func `what is not moved is told, with a remedy`() async throws {
        let scene = try Scene()
        let plan = try await scene.with { try await $0.plan(scene.order(), $1) }
        #expect(plan.refusals.isEmpty)
        let items = Set(plan.omissions.map(\.item))
        #expect(
            items == [
                "broca/plugins/outside", "broca/venv", "broca/logs/broca.log", "broca/run/broca.pid",
                "broca/pipe",
            ])
        #expect(plan.omissions.allSatisfy { !$0.remedy.isEmpty })
        #expect(plan.orphans == 1)
        #expect(FileKind.at(scene.destination) == nil)
        #expect(scene.target.writes == 0)
    }

    @Test func `the plan says each row's fate`() async throws {
        let scene = try Scene()
        let plan = try await scene.with { try await $0.plan(scene.order(), $1) }
        let queue = plan.workers.first?.queue ?? []
        #expect(queue.map(\.row) == [2, 3, 4, 5, 7])
        #expect(queue.map(\.newStatus) == ["pending", "completed", "completed", "pending", "completed"])
        #expect(queue.map(\.notice) == [.seen, .maybeUndelivered, .maybeUndelivered, nil, .undelivered])
    }

    // MARK: Refusals

    @Test func `a block that users' blocks would collide with is refused, with the command that detaches it`()
        async throws
    {
        let scene = try Scene()
        let block = scene.target.change { world in
            world.attachBlock(World.block("human", "x"), to: world.agents.ids[0])
        }
        let plan = try await scene.with { try await $0.plan(scene.order(), $1) }
        #expect(plan.refusals.map(\.code) == [.blockAttached])
        #expect(plan.refusals.first?.remedy.contains("/core-memory/blocks/detach/\(block)") == true)
        #expect(plan.refusals.first?.remedy.contains("Authorization: Bearer $TOKEN") == true)
        await #expect(throws: WorkersRefused.self) {
            try await scene.with { try await $0.move(scene.order(), $1) }
        }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test func `an agent that no move knows is refused`() async throws {
        let scene = try Scene()
        let plan = try await scene.with(hasMoved: false) { try await $0.plan(scene.order(), $1) }
        #expect(plan.refusals.map(\.code) == [.agentUnmapped])
        var order = scene.order()
        order.agents = [scene.newAgent]
        let named = try await scene.with(hasMoved: false) { try await $0.plan(order, $1) }
        #expect(named.refusals.isEmpty)
    }

    @Test
    func `what nobody asked is not said, and the server of a tree that speaks elsewhere has to be named`()
        async throws
    {
        let scene = try Scene()
        var order = scene.order()
        order.agents = [scene.newAgent]
        let plan = try await scene.with(hasMoved: false) { [order] in
            try await $0.plan(order, WorkersServers(source: nil, target: $1.target, targetName: "new"))
        }
        #expect(plan.refusals.map(\.code) == [.usage])
        #expect(plan.refusals.first?.remedy.contains("--from") == true)
        #expect(plan.users.isEmpty && plan.workers.allSatisfy { $0.queue.isEmpty })
        #expect(!plan.omissions.contains { $0.id.hasPrefix("user-") }, "\(plan.omissions)")
        // Until the agent has moved, that is what is missing: its move knows the server.
        let early = try await scene.with(hasMoved: false) {
            try await $0.plan(
                scene.order(), WorkersServers(source: nil, target: $1.target, targetName: "new"))
        }
        #expect(early.refusals.map(\.code) == [.agentUnmapped])
        // Workers that only change their agent stay with their server.
        for name in ["broca/.env", "smcp/env.smcp"] {
            let path = "\(scene.tree.root)/\(name)"
            let text = String(decoding: try PrivateTree.read(path), as: UTF8.self)
            try PrivateTree.replace(
                path, with: Array(text.replacing(scene.source.url, with: scene.target.url).utf8))
        }
        let same = try await scene.with(hasMoved: false) { [order] in
            try await $0.plan(order, WorkersServers(source: nil, target: $1.target, targetName: "new"))
        }
        #expect(same.refusals.isEmpty, "\(same.refusals)")
    }

    @Test func `an agent that the target does not have is refused`() async throws {
        let scene = try Scene()
        var order = scene.order()
        order.agents = ["agent-00000000-0000-4000-8000-000000000001"]
        let plan = try await scene.with { try await $0.plan(order, $1) }
        #expect(plan.refusals.map(\.code) == [.agentUnknown])
        #expect(plan.refusals.first?.end == .target)
    }

    @Test func `a token of the old server is not taken along`() async throws {
        let scene = try Scene()
        var order = scene.order()
        order.token = nil
        let plan = try await scene.with { try await $0.plan(order, $1) }
        #expect(plan.refusals.map(\.code) == [.secretMissing])
        order.token = Secret("with space")
        #expect(try await scene.with { try await $0.plan(order, $1) }.refusals.map(\.code) == [.usage])
    }

    @Test func `a database that somebody has open is refused, by whom`() async throws {
        let scene = try Scene()
        let holder = popen("exec 3<'\(scene.tree.database)'; echo $$; exec sleep 300", "r")
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, 32, holder)
        let pid = pid_t(strtol(line, nil, 10))
        defer {
            kill(pid, SIGKILL)
            pclose(holder)
        }
        await #expect {
            try await scene.with { try await $0.move(scene.order(), $1) }
        } throws: { ($0 as? Failure)?.code == .workerRunning && "\($0)".contains("sleep") }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test func `a place that is not empty is refused`() async throws {
        let scene = try Scene()
        try PrivateTree.makeFolder(scene.destination)
        try PrivateTree.write([], to: scene.destination + "/mine")
        await #expect {
            try await scene.with { try await $0.move(scene.order(), $1) }
        } throws: { ($0 as? Failure)?.code == .fileExists }
        #expect(try FileKind.names(in: scene.destination) == ["mine"])
    }

    @Test(arguments: ["broca/main.py", "broca/sanctum.db", "broca/sanctum.db-wal"])
    func `a source that changes meanwhile publishes nothing, and the next try does`(path: String) async throws
    {
        let scene = try Scene()
        let file = "\(scene.tree.root)/\(path)"
        await #expect {
            try await scene.with(interrupt: { point in
                guard point == "done target/stage" else { return }
                let open = Glibc.open(file, O_WRONLY)
                var byte: UInt8 = 0
                pread(open, &byte, 1, 0)
                futimens(open, nil)
                close(open)
            }) { try await $0.move(scene.order(), $1) }
        } throws: { ($0 as? Failure)?.code == .sourceChanged }
        #expect(FileKind.at(scene.destination) == nil)
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        try EndState(scene).check()
    }

    @Test func `a database that is damaged or not Broca's is refused`() async throws {
        let scene = try Scene()
        unlink(scene.tree.database + "-wal")
        try PrivateTree.replace(scene.tree.database, with: Array("no database at all, but long enough".utf8))
        await #expect {
            try await scene.with { try await $0.plan(scene.order(), $1) }
        } throws: { ($0 as? Failure)?.code == .workerDatabaseUnreadable }
    }

    // MARK: The old server

    @Test func `an old server that is gone is a loss that has to be accepted`() async throws {
        let scene = try Scene()
        scene.source.stop()
        await #expect {
            try await scene.with { try await $0.move(scene.order(), $1) }
        } throws: { ($0 as? Failure)?.remedy.contains("--accept source-gone") == true }
        var order = scene.order()
        order.accepted.insert("source-gone")
        let accepted = order
        let result = try await scene.with { try await $0.move(accepted, $1) }
        #expect(result.run.status == .verified)
        #expect(scene.target.world.blocks.all.count { $0.label == "human" } == 3)
        #expect(scene.target.world.identities.all.count == 4)
    }

    @Test func `a block that the old server lost is a loss of its own`() async throws {
        let scene = try Scene()
        let lost = try #require(scene.tree.users[0].block)
        scene.source.change { $0.blocks[lost] = nil }
        await #expect {
            try await scene.with { try await $0.move(scene.order(), $1) }
        } throws: { ($0 as? Failure)?.code == .lossesNotAccepted }
        var order = scene.order()
        order.accepted.insert("user-block:\(lost)")
        let accepted = order
        _ = try await scene.with { try await $0.move(accepted, $1) }
        #expect(scene.target.world.blocks.all.count { $0.label == "human" } == 3)
    }

    @Test func `users of two agents that bear one number are two losses`() {
        let things = ["block-a", "block-b"].map {
            PlannedThing(kind: .block, user: 1, name: "One", oldID: $0, fate: .rebuild)
        }
        let losses = Omissions.of(things, from: "old")
        #expect(losses.map(\.id) == ["user-block:block-a", "user-block:block-b"])
        #expect(losses.map(\.remedy).allSatisfy { $0.hasPrefix("accept it: --accept user-block:block-") })
    }

    @Test func `an identity of the same key is adopted, and stays when the run is undone`() async throws {
        let scene = try Scene()
        scene.target.change { _ = $0.addIdentity(key: "broca_user_00000000", name: "Theirs") }
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(
            scene.target.world.identities.all.map { $0.json["identifier_key"]?.text() } == [
                "\"broca_user_00000000\""
            ])
    }

    @Test func `the text of the command that stops the source is kept nowhere`() async throws {
        let scene = try Scene()
        let holder = Holder(scene.tree.database)
        var order = scene.order()
        order.stopCommand = "echo HUSH-1 >&2; : HUSH-2; exit 3"
        let failure = await BadTreeTests.failure { [order] in
            try await scene.with { try await $0.move(order, $1) }
        }
        #expect(failure?.code == .workerRunning && failure.map { !"\($0)".contains("HUSH-2") } == true)
        #expect(try !everything(in: scene.folder + "/state").contains("HUSH"))
        order.stopCommand = "kill -9 \(holder.pid); : HUSH-2"
        let run = try await scene.with { [order] in try await $0.move(order, $1).run }
        #expect(run.status == .verified)
        #expect(try !everything(in: scene.folder + "/state").contains("HUSH"))
    }

    @Test func `a resumed run whose source still runs says that the command has to be given again`()
        async throws
    {
        let scene = try Scene()
        var order = scene.order()
        order.stopCommand = "true"
        let stopping = order
        await #expect(throws: StepBook.Killed.self) {
            try await scene.with(interrupt: { if $0 == "before target/stage" { throw StepBook.Killed() } }) {
                try await $0.move(stopping, $1)
            }
        }
        let holder = Holder(scene.tree.database)
        let failure = await BadTreeTests.failure {
            try await scene.with { engine, servers in
                let run = try await engine.journal.runs().first { $0.draft.job == WorkersEngine.job }
                var decoded = OrderCoding.decode(try #require(run).draft.choices)
                decoded.token = stopping.token
                return try await engine.resume(try #require(run), decoded, servers)
            }
        }
        withExtendedLifetime(holder) {}
        #expect(failure?.code == .workerRunning && failure?.remedy.contains("--stop-with") == true)
        #expect(failure?.remedy.contains("same ferry workers move") == true)
    }

    // MARK: Retiring and undoing

    @Test func `retiring silences the source and undo gives it its voice back`() async throws {
        let scene = try Scene()
        let before = try Manifest(of: scene.tree.root)
        var order = scene.order()
        order.retires = true
        let retiring = order
        let run = try await scene.with { try await $0.move(retiring, $1).run }
        let env = try PrivateTree.read(scene.tree.broca + "/.env")
        #expect(String(decoding: env, as: UTF8.self).contains("# FERRY-RETIRED: TELEGRAM_BOT_TOKEN="))
        #expect(FileKind.at(scene.tree.root + "/FERRY-RETIRED") != nil)
        #expect(try text(scene, "broca/.env").contains("\nTELEGRAM_BOT_TOKEN="))
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(try Manifest(of: scene.tree.root) == before)
        #expect(FileKind.at(scene.destination) == nil)
        #expect(scene.target.world.blocks.all.allSatisfy { $0.label != "human" })
        #expect(scene.target.world.identities.all.isEmpty)
    }

    @Test func `a finished move can be retired later`() async throws {
        let scene = try Scene()
        let first = try await scene.with { try await $0.move(scene.order(), $1).run }
        func steps() async throws -> [String] {
            try await scene.with {
                try await $0.check(
                    WorkersCheckOrder(scene.destination, neighbours: ScriptedNeighbours()), $1)
            }.steps
        }
        #expect(try await steps().contains { $0.contains("--retire") })
        var order = scene.order()
        order.retires = true
        let retiring = order
        let second = try await scene.with { try await $0.move(retiring, $1).run }
        #expect(first.id == second.id)
        #expect(FileKind.at(scene.tree.root + "/FERRY-RETIRED") != nil)
        #expect(try await steps().allSatisfy { !$0.contains("--retire") })
    }

    @Test(arguments: ["a message", "a state"])
    func `a source that went on after its move is not retired`(what: String) async throws {
        let scene = try Scene()
        _ = try await scene.with { try await $0.move(scene.order(), $1).run }
        let statements =
            what == "a message"
            ? ["INSERT INTO messages (role, message) VALUES ('user', 'later')"]
            : ["UPDATE queue SET status = 'completed' WHERE status = 'pending'"]
        for statement in statements { try Database(scene.tree.database, .readWrite).execute(statement) }
        var order = scene.order()
        order.retires = true
        let retiring = order
        await #expect {
            try await scene.with { try await $0.move(retiring, $1).run }
        } throws: {
            ($0 as? Failure)?.code == .sourceChanged
                && ($0 as? Failure)?.remedy.contains("ferry undo") == true
        }
        #expect(FileKind.at(scene.tree.root + "/FERRY-RETIRED") == nil)
    }

    @Test func `undo leaves a folder that has changed`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        try PrivateTree.write([1], to: scene.destination + "/broca/new-file")
        await #expect {
            try await scene.with { try await $0.undo(run, $1.target) }
        } throws: { ($0 as? Failure)?.code == .workerChanged && "\($0)".contains("broca/new-file") }
        #expect(FileKind.at(scene.destination) == .folder)
    }

    // MARK: Who and check

    @Test func `who tells the right agent from the one that has moved`() async throws {
        let scene = try Scene()
        let old = try await scene.with { try await $0.who(scene.tree.root, $1.target, host: HostView()) }
        #expect(old.map(\.standing) == [.moved, .moved])
        #expect(old.allSatisfy { $0.isWrong && $0.expected == scene.newAgent })
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        let new = try await scene.with { try await $0.who(scene.destination, $1.target, host: HostView()) }
        #expect(new.map(\.standing) == [.right, .right])
        #expect(new.allSatisfy { !$0.isWrong && $0.agentName == "Ada" })
    }

    @Test func `a check after the move finds what is wrong, and nothing else`() async throws {
        let scene = try Scene()
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        let neighbours = ScriptedNeighbours(redis: .silent("refused"))
        func bad() async throws -> [String] {
            try await scene.with {
                try await $0.check(
                    WorkersCheckOrder(
                        scene.destination, redis: RedisAddress("127.0.0.1:6379"), neighbours: neighbours), $1)
            }.findings
                .filter { !$0.isGood }.map { "\($0.kind.rawValue) \($0.subject)" }
        }
        // The plugin's own code names the old agent; no server ever had a tool server.
        let known = ["redis broca", "leftovers broca/plugins/own/plugin.py:1"]
        #expect(try await bad().sorted() == known.sorted())
        let block = try #require(scene.target.world.blocks.all.first { $0.label == "human" })
        scene.target.change { $0.blocks[block.id] = nil }
        let database = try Database(scene.destination + "/broca/sanctum.db", .readWrite)
        try database.run("UPDATE queue SET attempts = attempts + 1 WHERE id = 1")
        chmod(scene.destination + "/broca/.env", 0o644)
        let found = try await bad()
        #expect(found.contains { $0.hasPrefix("users user 1") })
        #expect(found.contains("queue broca/sanctum.db"))
    }

    private func text(_ scene: Scene, _ path: String) throws -> String {
        String(decoding: try PrivateTree.read("\(scene.destination)/\(path)"), as: UTF8.self)
    }

    private func everything(in folder: String) throws -> String {
        var text = ""
        for name in try FileKind.names(in: folder) {
            let path = "\(folder)/\(name)"
            if FileKind.at(path) == .folder { text += try everything(in: path) }
            if case .file = FileKind.at(path) {
                text += String(decoding: try PrivateTree.read(path), as: UTF8.self)
            }
        }
        return text
    }
}

/// What must be so when a move is over, however often it was killed.
struct EndState {
    let scene: Scene

    init(_ scene: Scene) { self.scene = scene }

    func check() throws {
        try checkTree()
        try checkUsers()
        try checkQueue()
    }

    private func checkTree() throws {
        #expect(try FileKind.names(in: scene.folder + "/new") == ["ada"])
        let files = try Manifest(of: scene.destination).entries
        #expect(
            Set(files.keys) == [
                "broca", "broca/.env", "broca/logs", "broca/main.py", "broca/plugins", "broca/plugins/inside",
                "broca/plugins/own", "broca/plugins/own/plugin.py", "broca/run", "broca/sanctum.db",
                "broca/settings.json", "ferry-packages.txt", "smcp", "smcp/env.smcp",
            ])
        for name in files.keys {
            var status = stat()
            lstat("\(scene.destination)/\(name)", &status)
            if status.st_mode & S_IFMT != S_IFLNK { #expect(status.st_mode & 0o077 == 0, "\(name)") }
        }
    }

    private func checkUsers() throws {
        let world = scene.target.world
        let blocks = world.blocks.all.filter { $0.label == "human" }
        #expect(blocks.count == scene.tree.users.count - 2)
        #expect(blocks.allSatisfy { $0.tags == ["own"] })
        #expect(world.identities.all.count == scene.tree.users.count - 1)
        let database = try Database(scene.destination + "/broca/sanctum.db", .immutable)
        let rows = try database.all(
            "SELECT id, letta_identity_id, letta_block_id FROM letta_users ORDER BY id"
        ) {
            ($0.int(0), $0.optionalText(1), $0.optionalText(2))
        }
        #expect(rows.count == scene.tree.users.count)
        for (number, row) in rows.enumerated() {
            let old = scene.tree.users[number]
            guard number < rows.count - 1 else {
                // The orphan's ids are left.
                #expect(row.1 == old.identity && row.2 == old.block)
                continue
            }
            let key = world.identities[row.1 ?? ""]?.json["identifier_key"]?.text()
            #expect(key == "\"broca_user_0000000\(number)\"")
            guard let block = old.block else {
                #expect(row.2 == nil)
                continue
            }
            #expect(world.blocks[row.2 ?? ""]?.value == scene.source.world.blocks[block]?.value)
            #expect(world.blocks[row.2 ?? ""]?.fields["metadata"]?["number"]?.text() == "\(number)")
        }
    }

    private func checkQueue() throws {
        let database = try Database(scene.destination + "/broca/sanctum.db", .immutable)
        let states = try database.all("SELECT status FROM queue ORDER BY id") { $0.text(0) }
        #expect(
            states == [
                "pending", "pending", "completed", "completed", "pending", "completed", "completed", "failed",
                "flushed",
            ])
        #expect(try database.text("SELECT agent_response FROM messages WHERE id = 4") == "I am")
        #expect(try database.text("SELECT message FROM messages WHERE id = 6") == "about \(scene.oldAgent)")
        #expect(
            try database.number("SELECT seq FROM sqlite_sequence WHERE name = 'messages'") == Tree.rows.count)
    }
}
