import LettaModel
import LosslessJSON
import SQLite
import ScriptedLetta
import Testing

@testable import Workers

/// Whose row of the history is whose: an answer of another message loses one.
@Suite(.serialized) struct QueueOwnerTests {
    /// Said to the agent by a user of the scene, and what it answered.
    private func say(_ scene: Scene, _ words: String, by id: Int, _ answer: String?, minute: Int = 2) {
        let agent = scene.oldAgent
        let time = "2026-11-21T08:0\(minute):00.000001+00:00"
        scene.source.change { world in
            world.append(
                World.userRow("[Username: @user\(id - 100), Telegram ID: \(id)] \(words)", at: time),
                to: agent)
            guard let answer else { return }
            var row = World.userRow(answer, at: time)
            row["role"] = "assistant"
            world.append(row, to: agent)
        }
    }

    /// A row of the queue, by the first user, whose id is 100.
    private func queue(
        _ scene: Scene, _ id: Int64, _ status: String, _ text: String, attempts: Int = 1,
        response: String? = nil, at time: String = "2026-11-21 08:01 UTC"
    ) throws {
        let database = try Database(scene.tree.database, .readWrite)
        try database.run(
            """
            INSERT INTO messages (id, letta_user_id, platform_profile_id, role, message, timestamp, processed, agent_response)
            VALUES (?, 1, 1, 'user', ?, ?, ?, ?)
            """, .integer(id), .text(text), .text(time), .flag(response != nil), .string(response))
        try database.run(
            "INSERT INTO queue (id, letta_user_id, message_id, status, attempts) VALUES (?, 1, ?, ?, ?)",
            .integer(id), .integer(id), .text(status), .int(attempts))
    }

    private func fates(_ scene: Scene) async throws -> [Int64: QueueFate] {
        let plan = try await scene.with { try await $0.plan(scene.order(), $1) }
        let queue = plan.workers.first?.queue ?? []
        return Dictionary(queue.map { ($0.row, $0) }) { first, _ in first }
    }

    @Test func `another user's same words are not this one's`() async throws {
        let scene = try Scene()
        say(scene, "hello", by: 101, "Hello, 101")
        try queue(scene, 20, "processing", "hello")
        #expect(try await fates(scene)[20]?.action == .makePending)
    }

    @Test func `an answer that a completed row has is no other row's`() async throws {
        let scene = try Scene()
        say(scene, "ok", by: 100, "Fine then")
        try queue(scene, 20, "completed", "ok", response: "Fine then")
        try queue(scene, 21, "processing", "ok", at: "2026-11-21 08:02 UTC")
        #expect(try await fates(scene)[21]?.action == .makePending)
        say(scene, "ok", by: 100, "As you like", minute: 3)
        #expect(try await fates(scene)[21]?.action == .completeWith("As you like"))
    }

    /// What the server itself puts into a user's role.
    @Test(
        arguments: [
            #"{"type": "heartbeat", "reason": "Function called", "time": "x"}"#,
            #"{"type": "system_alert", "message": "Note: prior messages have been hidden from view", "time": "x"}"#,
            #"{"type": "login", "last_login": "never", "time": "x"}"#,
        ])
    func `an answer behind a heartbeat or a summary is the message's own`(between: String) async throws {
        let scene = try Scene()
        say(scene, "when", by: 100, nil)
        let agent = scene.oldAgent
        scene.source.change { world in
            world.append(World.userRow(between, at: "2026-11-21T08:02:01.000001+00:00"), to: agent)
            var row = World.userRow("At noon", at: "2026-11-21T08:02:02.000001+00:00")
            row["role"] = "assistant"
            world.append(row, to: agent)
        }
        try queue(scene, 20, "processing", "when")
        #expect(try await fates(scene)[20]?.action == .completeWith("At noon"))
    }

    @Test func `a waiting row that a restart put back after its answer is not sent again`() async throws {
        let scene = try Scene()
        say(scene, "again", by: 100, "Once is enough")
        try queue(scene, 20, "pending", "again", attempts: 0)
        try queue(scene, 21, "pending", "not yet", attempts: 0)
        let found = try await fates(scene)
        #expect(
            found[20]?.action == .completeWith("Once is enough") && found[20]?.notice == .maybeUndelivered)
        #expect(found[21] == nil)
    }

    @Test func `words behind other words, and one answer for two rows, are said and not taken`() async throws
    {
        let scene = try Scene()
        say(scene, "I said yes", by: 100, "So you did")
        try queue(scene, 20, "processing", "yes")
        say(scene, "why", by: 100, "Because")
        try queue(scene, 21, "processing", "why")
        try queue(scene, 22, "processing", "why")
        let found = try await fates(scene)
        for row in [20, 21, 22] as [Int64] {
            #expect(found[row]?.action == .fail && found[row]?.notice == .undecided, "\(row)")
        }
    }
}
