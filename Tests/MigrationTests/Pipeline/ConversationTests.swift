import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import Plan
import Snapshot
import Synchronization
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// Conversations beside the default thread, on the way to a target that can
/// make them by a fork.
@Suite struct ConversationTests {
    private struct Scene {
        var setting = Crossing.Setting()
        let rome: String
        let fork: String
    }

    /// Ada with “Rome”, whose three messages are its own, and a conversation
    /// that was forked from her default thread and then went on.
    private func scene() -> Scene {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 14, passages: 2, tools: 1)
        let ada = setting.source.agents.ids[0]
        let rome = setting.source.addConversation(to: ada, summary: "Rome", rows: 4)
        setting.source.conversations[rome]?.settings["last_message_at"] = "2026-11-20T10:00:00Z"
        let fork = setting.source.addConversation(to: ada, summary: nil, rows: 3)
        let shared = (9..<13).map { setting.source.agents[ada]?.history.id(at: $0) ?? "" }
        setting.source.conversations[fork]?.rowIDs.insert(contentsOf: shared, at: 1)
        return Scene(setting: setting, rome: rome, fork: fork)
    }

    private func talks(_ server: ScriptedServer) -> [ScriptedConversation] { server.world.conversations.all }

    /// What the rows of a conversation say, without its system row.
    private func words(_ server: ScriptedServer, _ talk: ScriptedConversation) -> [String] {
        let world = server.world
        return talk.rowIDs.dropFirst().compactMap { id in
            world.owner(of: id).map { $0.agent.history[$0.place].body["content"]?.text() ?? "" }
        }
    }

    @Test func `each conversation arrives with its messages, name and time, and the context is put back`()
        async throws
    {
        try await withCrossing(scene().setting) { crossing in
            let before = talks(crossing.source).map { words(crossing.source, $0) }
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            let made = talks(crossing.target)
            #expect(made.map(\.summary) == ["Rome", nil])
            #expect(made.map { words(crossing.target, $0) } == before)
            #expect(made.first?.settings["last_message_at"] == "2026-11-20T10:00:00+00:00")
            #expect(result.verdict?.result(of: .conversations)?.equal == 2)
            #expect(result.plan?.fidelity.losses.contains { $0.id.hasPrefix("conversation") } == false)
            let copy = try #require(crossing.target.world.agents(named: "Ada").first)
            let ada = try #require(crossing.source.world.agents(named: "Ada").first)
            #expect(copy.messageIDs.count == ada.messageIDs.count)
            let mapped = try await crossing.journal.mappings(of: result.run.id)
            #expect(Set(mapped.filter { $0.kind == "conversation" }.map(\.targetID)) == Set(made.map(\.id)))
        }
    }

    @Test func `a message that two threads share is brought once`() async throws {
        try await withCrossing(scene().setting) { crossing in
            try await crossing.move()
            let copy = try #require(crossing.target.world.agents(named: "Ada").first)
            // 14 of the default thread, three of Rome, two of the fork, and a
            // system row that the target made for each.
            #expect(copy.history.count == 14 + 3 + 2 + 2)
        }
    }

    @Test func `messages of different threads stand in the order of their times`() async throws {
        var scene = scene()
        let ada = scene.setting.source.agents.ids[0]
        let talk = scene.setting.source.addConversation(to: ada, summary: "Early", rows: 1)
        let early = scene.setting.source.append(
            World.userRow("before all", at: "2001-01-01T00:00:00.000001+00:00"), to: ada, conversation: talk)
        scene.setting.source.conversations[talk]?.rowIDs.append(early)
        try await withCrossing(scene.setting) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            let copy = try #require(crossing.target.world.agents(named: "Ada").first)
            #expect(copy.history[0].body.bytes().contains(Array("before all".utf8)))
        }
    }

    @Test func `an undo leaves nothing of them, and is refused where somebody went on in one`() async throws {
        try await withCrossing(scene().setting) { crossing in
            try await crossing.move()
            let talk = try #require(talks(crossing.target).first)
            crossing.target.change { world in
                let id = world.append(
                    World.userRow("newer"), to: talk.agentID, conversation: talk.id)
                world.conversations[talk.id]?.rowIDs.append(id)
            }
            await #expect {
                try await crossing.undo()
            } throws: { ($0 as? Failure)?.code == .undoWouldLose }
            _ = try await crossing.undo(discardsNewer: true)
            #expect(crossing.leftovers() == [])
        }
    }

    @Test func `left behind when asked, they are named and not poured into the default thread`() async throws
    {
        try await withCrossing(scene().setting) { crossing in
            var choices = Crossing.acceptsAll
            choices.leavesConversations = true
            let result = try await crossing.move(choices)
            #expect(result.verdict?.isVerified == true)
            #expect(talks(crossing.target).isEmpty)
            let losses = result.plan?.fidelity.losses.filter { $0.id.hasPrefix("conversation:") } ?? []
            #expect(losses.count == 2 && losses[0].reason.contains("--conversations leave"))
            #expect(crossing.target.world.agents(named: "Ada").first?.history.count == 14)
            let order = try await crossing.engine.verifyOrder(of: result.run)
            let again = try await crossing.engine.verify(order, at: crossing.to)
            #expect(again.verdict?.isVerified == true)
        }
    }

    @Test func `a target without the fork route gets none, and the plan says so`() async throws {
        var setting = scene().setting
        setting.targetProfile = .v0_16_4
        try await withCrossing(setting) { crossing in
            let early = try await Engine.plan(
                "Ada", from: crossing.from, to: crossing.to, crossing.order(Crossing.acceptsAll))
            #expect(early.fidelity.losses.count { $0.id.hasPrefix("conversation:") } == 2)
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            #expect(talks(crossing.target).isEmpty)
        }
    }

    @Test(
        arguments: [
            "POST /v1/conversations/{}/fork", "PATCH /v1/conversations/{}", "GET /v1/conversations/{}",
        ],
        [ScriptedLetta.Fault.Behaviour.workThenClose, .workThenRefuse(status: 500), .closeBeforeReading])
    func `a lost answer makes no second conversation`(
        route: String, behaviour: ScriptedLetta.Fault.Behaviour
    ) async throws {
        for number in 1...2 {
            var setting = scene().setting
            setting.targetFaults = [.init(route, .nth(number), behaviour)]
            try await withCrossing(setting) { crossing in
                var ending = await crossing.ending { try await crossing.move() }
                if !ending.isVerified { ending = await crossing.ending { try await crossing.resume() } }
                #expect(ending.isVerified, "\(ending)")
                #expect(talks(crossing.target).map(\.summary) == ["Rome", nil])
                _ = try await crossing.undo()
                #expect(crossing.leftovers() == [])
            }
        }
    }

    @Test func `a run that is killed amid the forks ends with the context as it was`() async throws {
        struct Killed: Error {}
        for number in 1...8 {
            var setting = scene().setting
            let count = Counter()
            setting.before = { call, _ in
                guard
                    call.hasPrefix("PATCH") && call.contains("/v1/agents/agent-")
                        || call.contains("/v1/conversations/") && !call.hasPrefix("GET")
                else { return }
                if count.next() == number { throw Killed() }
            }
            try await withCrossing(setting) { crossing in
                var ending = await crossing.ending { try await crossing.move() }
                if !ending.isVerified { ending = await crossing.ending { try await crossing.resume() } }
                #expect(ending.isVerified, "killed at \(number): \(ending)")
                #expect(talks(crossing.target).map(\.summary) == ["Rome", nil])
                let copy = try #require(crossing.target.world.agents(named: "Ada").first)
                #expect(
                    copy.messageIDs.count == crossing.source.world.agents(named: "Ada")[0].messageIDs.count)
            }
        }
    }

    @Test func `a process that ended between a fork and the id map makes no second one`() async throws {
        struct Killed: Error {}
        var setting = scene().setting
        let once = Counter()
        setting.before = { call, _ in
            guard call.hasPrefix("PATCH"), call.contains("/v1/conversations/"), once.next() == 1 else {
                return
            }
            throw Killed()
        }
        try await withCrossing(setting) { crossing in
            _ = await crossing.ending { try await crossing.move() }
            let made = try #require(talks(crossing.target).first)
            try await crossing.journal.unmap(targetServer: crossing.to.address.url, targetID: made.id)
            let ending = await crossing.ending { try await crossing.resume() }
            #expect(ending.isVerified, "\(ending)")
            #expect(talks(crossing.target).map(\.summary) == ["Rome", nil])
        }
    }

    @Test func `a fork that comes late, when it was made again, is removed`() async throws {
        var setting = scene().setting
        setting.impatience = [("POST /v1/conversations/{}/fork", .milliseconds(300))]
        setting.targetFaults = [
            .init("POST /v1/conversations/{}/fork", .nth(1), .workLate(milliseconds: 900))
        ]
        try await withCrossing(setting) { crossing in
            var ending = await crossing.ending { try await crossing.move() }
            for _ in 0..<3 where !ending.isVerified {
                try await Task.sleep(for: .milliseconds(700))
                ending = await crossing.ending { try await crossing.resume() }
            }
            #expect(ending.isVerified, "\(ending)")
            #expect(talks(crossing.target).map(\.summary) == ["Rome", nil])
        }
    }

    @Test func `a conversation that the target lost is a difference, and one too many as well`() async throws
    {
        try await withCrossing(scene().setting) { crossing in
            let moved = try await crossing.move()
            let order = try await crossing.engine.verifyOrder(of: moved.run)
            let rome = try #require(talks(crossing.target).first)
            crossing.target.change { world in _ = world.conversations[rome.id]?.rowIDs.removeLast() }
            let shorter = try await crossing.engine.verify(order, at: crossing.to)
            #expect(
                shorter.verdict?.differences.map(\.sentence) == ["conversation “Rome”: messages[2] changed"])
            crossing.target.change { world in
                world.conversations[rome.id] = nil
                world.agents[rome.agentID]?.history.removeAll { $0.id == rome.rowIDs[0] }
                world.addConversation(to: rome.agentID, summary: "Another", rows: 1)
            }
            let other = try await crossing.engine.verify(order, at: crossing.to)
            #expect(
                other.verdict?.differences.map(\.sentence) == [
                    "conversation “Rome”: missing", "conversation “Another” [2]: not expected",
                ])
        }
    }

    @Test func `a model of its own goes by the map, and one that the target lacks is named`() async throws {
        var scene = scene()
        scene.setting.source.conversations[scene.rome]?.settings["model"] = "nobody/has-this"
        try await withCrossing(scene.setting) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            #expect(
                result.plan?.fidelity.losses.contains { $0.id == "conversation-model:\(scene.rome)" } == true)
            #expect(talks(crossing.target).first?.settings["model"] == nil)
        }
        try await withCrossing(scene.setting) { crossing in
            let handle = try #require(try await crossing.to.models().first?.handle)
            var choices = Crossing.acceptsAll
            choices.handles = HandleMap(models: ["nobody/has-this": handle])
            let result = try await crossing.move(choices)
            #expect(result.verdict?.isVerified == true)
            #expect(talks(crossing.target).first?.settings["model"]?.string == handle)
        }
    }

    @Test func `blocks of one conversation alone are named`() async throws {
        var scene = scene()
        scene.setting.source.conversations[scene.rome]?.isolatedBlockIDs = ["block-9"]
        try await withCrossing(scene.setting) { crossing in
            let result = try await crossing.move()
            #expect(result.plan?.fidelity.losses.contains { $0.id == "isolated-block:block-9" } == true)
        }
    }

    @Test func `one that was compacted arrives whole`() async throws {
        var scene = scene()
        let ids = scene.setting.source.conversations[scene.rome]?.rowIDs ?? []
        // A summary stands before what is older than it.
        scene.setting.source.conversations[scene.rome]?.contextIDs = [ids[0], ids[3], ids[2]]
        scene.setting.source.conversations[scene.rome]?.rowIDs = [ids[0], ids[3], ids[1], ids[2]]
        try await withCrossing(scene.setting) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            let rome = try #require(talks(crossing.target).first)
            let said = words(crossing.target, rome)
            #expect(said.map { $0.contains("word 1") } == [true, false, false])
            #expect(said.map { $0.contains("word 3") } == [false, true, false])
        }
    }

    @Test func `one that is written to while it is read ends the capture with a reason`() async throws {
        var scene = scene()
        let rome = scene.rome
        scene.setting.before = { call, ends in
            guard call.contains("/v1/conversations/\(rome)/messages") else { return }
            ends.source.change {
                $0.conversations[rome]?.settings["last_message_at"] = "2026-11-21T10:00:00Z"
            }
        }
        try await withCrossing(scene.setting) { crossing in
            let ending = await crossing.ending { try await crossing.move() }
            #expect((ending.error as? Failure)?.code == .sourceChanged, "\(ending)")
        }
    }

    @Test func `a message without content is in the history alone, and said`() async throws {
        var scene = scene()
        let ada = scene.setting.source.agents.ids[0]
        let id = scene.setting.source.append(
            ["role": "assistant", "content": []], to: ada, conversation: scene.rome)
        scene.setting.source.conversations[scene.rome]?.rowIDs.append(id)
        try await withCrossing(scene.setting) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            let said = result.plan?.fidelity.staysBehind.filter {
                $0.id == "conversation-hollow:\(scene.rome)" || $0.id == "gap:\(scene.rome)/999"
            }
            #expect(said?.count == 1, "\(String(describing: result.plan?.fidelity.staysBehind.map(\.id)))")
        }
    }

    @Test func `a message that no listing shows is named`() async throws {
        var scene = scene()
        let known = scene.setting.source.conversations[scene.rome]?.rowIDs ?? []
        scene.setting.source.conversations[scene.rome]?.contextIDs = known + ["message-nowhere"]
        try await withCrossing(scene.setting) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.isVerified == true)
            let loss = result.plan?.fidelity.losses.first { $0.id == "gap:\(scene.rome)/999" }
            #expect(loss?.reason.contains("message-nowhere") == true)
        }
    }

    @Test func `one that was renamed since is seen by an undo`() async throws {
        try await withCrossing(scene().setting) { crossing in
            try await crossing.move()
            let rome = try #require(talks(crossing.target).first)
            crossing.target.change { $0.conversations[rome.id]?.summary = "Paris" }
            await #expect {
                try await crossing.undo()
            } throws: { ($0 as? Failure)?.code == .undoWouldLose }
        }
    }

    @Test func `what was said between the first look and the reading of a conversation is in its place`()
        async throws
    {
        var scene = scene()
        let (rome, ada) = (scene.rome, scene.setting.source.agents.ids[0])
        let once = Counter()
        scene.setting.before = { call, ends in
            // The main thread is read by now, the conversations are not.
            guard call.contains("/v1/agents/\(ada)/messages"), call.contains("conversation_id=\(rome)"),
                once.next() == 2
            else { return }
            ends.source.change { world in
                let id = world.append(World.userRow("late"), to: ada, conversation: rome)
                world.conversations[rome]?.rowIDs.append(id)
            }
        }
        try await withCrossing(scene.setting) { crossing in
            var ending = await crossing.ending { try await crossing.move() }
            if !ending.isVerified { ending = await crossing.ending { try await crossing.resume() } }
            #expect(ending.isVerified, "\(ending)")
            let talk = try #require(talks(crossing.target).first)
            let said = words(crossing.target, talk)
            #expect(said.last?.contains("late") == true || said.count == 3, "\(said)")
        }
    }

    @Test func `a second capture brings what came since, and forgets what is gone`() async throws {
        let scene = scene()
        try await withCrossing(scene.setting) { crossing in
            try await crossing.capture()
            crossing.source.change { world in
                let id = world.append(
                    World.userRow("since"), to: world.agents.ids[0], conversation: scene.fork)
                world.conversations[scene.fork]?.rowIDs.append(id)
                world.conversations[scene.rome] = nil
            }
            try await crossing.capture()
            let result = try await crossing.load()
            #expect(result.verdict?.isVerified == true)
            #expect(talks(crossing.target).map { words(crossing.target, $0).count } == [4 + 3])
        }
    }

    @Test func `source and copy are equal in a diff, and the file for people has what is shared`()
        async throws
    {
        try await withCrossing(scene().setting) { crossing in
            try await crossing.move()
            let report = try await Engine.diff(
                .agent("Ada", at: crossing.from), .agent("Ada", at: crossing.targetAsSource),
                in: crossing.folder + "/diff", progress: { _ in })
            let sections = report.sides.sections.filter { [.conversations, .messages].contains($0.kind) }
            #expect(sections.map(\.isEqual) == [true, true], "\(sections)")
            #expect(sections.map(\.one) == [14 + 3 + 2, 2])
        }
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
        value.withLock {
            $0 += 1
            return $0
        }
    }
}
