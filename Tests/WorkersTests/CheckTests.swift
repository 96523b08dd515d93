import LettaModel
import LosslessJSON
import SQLite
import ScriptedLetta
import Testing
import WorkerTree

@testable import Workers

@Suite struct RedisCheckTests {
    @Test(
        arguments: [
            (.line("+PONG"), true), (.line("-NOAUTH Authentication required."), true),
            (.line("-DENIED Redis is running in protected mode"), false), (.line("HTTP/1.1 400"), false),
            (.silent("refused"), false),
        ] as [(NeighbourAnswer, Bool)])
    func `a Redis is there only if it answers as one`(answer: NeighbourAnswer, isGood: Bool) async {
        let broca = Worker(kind: .broca, layout: .production, name: "broca", codeFolder: "/b", folder: "/b")
        let checker = RedisChecker(
            neighbours: ScriptedNeighbours(redis: answer), redis: RedisAddress("localhost"), server: "home")
        let found = await checker.findings([broca])
        #expect(found.map(\.isGood) == [isGood] && found.allSatisfy(\.isSeen))
        let blind = await RedisChecker(neighbours: ScriptedNeighbours(), redis: nil, server: "home").findings(
            [
                broca
            ])
        #expect(blind.allSatisfy { !$0.isSeen && $0.remedy.contains("--redis") })
    }

    @Test(
        arguments: [
            ("localhost", "localhost:6379"), ("10.0.0.1:7000", "10.0.0.1:7000"), ("[::1]:1", "[::1]:1"),
            ("[fd00::2]", "[fd00::2]:6379"), ("a:b", nil), ("", nil), ("x:0", nil), ("redis://x", nil),
            ("a:1:2", nil),
        ] as [(String, String?)])
    func `an address is a host and a port`(text: String, wanted: String?) {
        #expect(RedisAddress(text)?.description == wanted)
    }
}

@Suite(.serialized) struct ToolCheckTests {
    @Test(
        arguments: [
            ("https://me:secret@t.example/mcp?token=secret#secret", "https://t.example/mcp?…"),
            ("http://10.0.0.1:8000/sse", "http://10.0.0.1:8000/sse"),
            ("http://t.example?k=secret", "http://t.example?…"),
            ("secret", "an address without scheme"),
        ] as [(String, String)])
    func `an address is shown without what may be a password`(url: String, shown: String) {
        #expect(ToolServerAddress.shown(url) == shown)
    }

    @Test func `a path of another host is not looked for here`() {
        let server = ToolServer(
            id: "1", name: "files", kind: "stdio", url: nil, command: "/bin/sh", arguments: ["/nope/x.py"])
        let there = ToolChecker.paths(server, of: "home", isHere: false)
        #expect(there.map(\.isSeen) == [false, false])
        let here = ToolChecker.paths(server, of: "home", isHere: true)
        #expect(here.map(\.isSeen) == [true, true] && here.map(\.isGood) == [true, false])
    }

    @Test func `a user's block without a counterpart is not called equal`() async throws {
        let scene = try Scene()
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        func users() async throws -> [WorkersFinding] {
            try await scene.with {
                try await $0.check(
                    WorkersCheckOrder(scene.destination, neighbours: ScriptedNeighbours()), $1)
            }.findings.filter { $0.kind == .users }
        }
        #expect(try await users().contains { $0.text.contains("the blocks equal to the source's") })
        let gone = try #require(scene.source.world.blocks.all.first { $0.fields["label"] == "human" }?.id)
        scene.source.change { $0.blocks[gone] = nil }
        let found = try await users()
        #expect(found.contains { !$0.isSeen && $0.text.contains("the source has no block \(gone)") })
        #expect(!found.contains { $0.text.contains("the blocks equal to the source's") })
    }

    /// After a move, with what was done to its database since.
    private func database(_ statements: String...) async throws -> [WorkersFinding] {
        let scene = try Scene()
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        let database = try Database(scene.destination + "/broca/sanctum.db", .readWrite)
        for statement in statements { try database.execute(statement) }
        return try await scene.with {
            try await $0.check(
                WorkersCheckOrder(scene.destination, neighbours: ScriptedNeighbours()), $1)
        }.findings.filter { [.database, .queue].contains($0.kind) }
    }

    @Test func `rows that were worked on since the move are no finding`() async throws {
        let first = try await database()
        #expect(first.map(\.isGood) == [true, true, true], "\(first)")
        let found = try await database(
            "UPDATE queue SET status = 'completed' WHERE id IN (1, 2)",
            "UPDATE queue SET status = 'processing' WHERE id = 5",
            "INSERT INTO queue (letta_user_id, message_id, status, attempts) VALUES (1, 1, 'completed', 0)")
        #expect(found.map(\.isGood) == [true, true, true], "\(found)")
    }

    @Test func `a row that is tried again and again is a finding, by its number`() async throws {
        let found = try await database(
            "UPDATE queue SET status = 'completed', attempts = 1 WHERE id = 1",
            "UPDATE queue SET attempts = attempts + 2 WHERE id = 2",
            "INSERT INTO queue (id, letta_user_id, message_id, status, attempts) VALUES (31, 1, 1, 'pending', 4)"
        )
        let wrong = found.filter { !$0.isGood }
        #expect(wrong.map(\.kind) == [.queue])
        #expect(wrong.first.map { $0.text.contains("1, 2, 31") } == true, "\(wrong)")
    }

    @Test func `a row that is gone is a finding, though another came`() async throws {
        let found = try await database(
            "DELETE FROM queue WHERE id = 9", "DELETE FROM messages WHERE id = 9",
            "INSERT INTO messages (id, role, message) VALUES (40, 'user', 'new')",
            "INSERT INTO queue (letta_user_id, message_id, status) VALUES (1, 40, 'pending')")
        let wrong = found.filter { !$0.isGood }
        #expect(wrong.map(\.kind) == [.database])
        #expect(wrong.first.map { $0.text.contains("queue 9") && $0.text.contains("messages 9") } == true)
    }

    @Test func `a row that waits again after one try is a finding`() async throws {
        let found = try await database("UPDATE queue SET attempts = attempts + 1 WHERE id = 1")
        #expect(found.filter { !$0.isGood }.map(\.kind) == [.queue])
    }

    @Test func `a finished row that waits again is a finding`() async throws {
        let found = try await database("UPDATE queue SET status = 'pending' WHERE id IN (6, 8)")
        let wrong = found.filter { !$0.isGood }
        #expect(wrong.map(\.kind) == [.database])
        #expect(
            wrong.first?.text
                == "queue 6, once completed, is not any more; queue 8, once failed, is not any more",
            "\(wrong)")
    }

    @Test func `an old id in a text of a user's is told, and not wrong for ever`() async throws {
        let scene = try Scene()
        try Database(scene.tree.database, .readWrite).run(
            "UPDATE letta_users SET agent_preferences = ? WHERE id = 1", .text("likes \(scene.oldAgent)"))
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        let found = try await scene.with {
            try await $0.check(
                WorkersCheckOrder(scene.destination, neighbours: ScriptedNeighbours()), $1)
        }.findings.filter { $0.kind == .leftovers && $0.text.contains("agent_preferences") }
        #expect(found.map(\.isGood) == [true] && found.first?.text.contains(scene.oldAgent) == true)
    }

    @Test func `a token that the server does not take is a finding, and so is what an export left of one`()
        async throws
    {
        let scene = try Scene()
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        func secrets(_ token: String?) async throws -> [WorkersFinding] {
            try await scene.with {
                try await $0.check(
                    WorkersCheckOrder(
                        scene.destination, neighbours: ScriptedNeighbours(token: token)), $1)
            }.findings.filter { $0.kind == .secrets && $0.subject == "broca" }
        }
        #expect(try await secrets("new-server-password").map(\.isGood) == [true])
        let refused = try await secrets("another")
        #expect(refused.map(\.isGood) == [false] && refused.first?.text.contains("AGENT_API_KEY") == true)
        let env = scene.destination + "/broca/.env"
        let text = String(decoding: try PrivateTree.read(env), as: UTF8.self)
        try PrivateTree.replace(
            env, with: Array(text.replacing("new-server-password", with: "<encrypted>").utf8))
        let encrypted = try await secrets("another")
        #expect(encrypted.map(\.isGood) == [false], "\(encrypted)")
        #expect(encrypted.first?.text.contains("<encrypted>") == true)
    }

    @Test func `a check shows no password of a registration`() async throws {
        let found = try await findings(ScriptedNeighbours()) { scene in
            scene.target.change { world in
                _ = world.addMCPServer(name: "smcp", url: "http://u:hush@tools.example.net/mcp?token=hush")
            }
        }
        #expect(!found.isEmpty && !"\(found)".contains("hush"), "\(found)")
    }

    private func findings(_ neighbours: ScriptedNeighbours, _ prepare: (Scene) -> Void) async throws
        -> [WorkersFinding]
    {
        let scene = try Scene()
        prepare(scene)
        _ = try await scene.with { try await $0.move(scene.order(), $1) }
        return try await scene.with {
            try await $0.check(WorkersCheckOrder(scene.destination, neighbours: neighbours), $1)
        }.findings.filter { [.toolServers, .tools].contains($0.kind) }
    }

    @Test(arguments: [(200, true), (401, true), (406, true), (404, false), (502, false)])
    func `a tool server that is registered is called`(status: Int, isGood: Bool) async throws {
        let url = "http://tools.example.net:8000/mcp"
        let found = try await findings(ScriptedNeighbours(urls: [url: .status(status)])) { scene in
            scene.target.change { world in
                _ = world.addMCPServer(name: "smcp", url: url)
            }
        }
        #expect(found.filter { $0.kind == .toolServers }.map(\.isGood) == [isGood], "\(found)")
        let dead = try await findings(ScriptedNeighbours()) { scene in
            scene.target.change { _ = $0.addMCPServer(name: "smcp", url: "http://tools.example.net/") }
        }
        #expect(dead.contains { $0.kind == .toolServers && !$0.isGood })
    }

    @Test func `an SMCP that neither server has registered is told, and no finding`() async throws {
        let none = try await findings(ScriptedNeighbours()) { _ in }.filter { $0.kind == .toolServers }
        #expect(none.map(\.isGood) == [true] && none[0].text.contains("had none either"), "\(none)")
        let lost = try await findings(ScriptedNeighbours()) { scene in
            scene.source.change { _ = $0.addMCPServer(name: "smcp", url: "http://tools.example.net/") }
        }.filter { $0.kind == .toolServers }
        #expect(lost.map(\.isGood) == [false], "\(lost)")
    }

    @Test func `a tool that the old agent had and the new one lacks is named`() async throws {
        let found = try await findings(ScriptedNeighbours()) { scene in
            let old = scene.oldAgent
            scene.source.change { world in
                let tool = world.addTool(World.tool("tasks_list", tags: []))
                world.agents[old]?.toolIDs.append(tool)
            }
        }
        let tools = found.filter { $0.kind == .tools }
        #expect(tools.contains { !$0.isGood && $0.text.contains("tasks_list") }, "\(found)")
    }
}
