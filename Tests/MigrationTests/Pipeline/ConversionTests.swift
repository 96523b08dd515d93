import AgentFile
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// An agent of the old loop on the way to a target, kept or converted.
@Suite struct ConversionTests {
    private static let rules: JSONNode = [
        ["tool_name": "send_message", "type": "exit_loop"],
        ["tool_name": "conversation_search", "type": "continue_loop"],
    ]

    private func setting(system: String = "Use send_message. Heartbeats wake you.") -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = World(seed: "old")
        setting.source.embeddingLength = 16
        let bob = setting.source.addLegacyAgent(name: "Bob", rows: 20)
        setting.source.agents[bob]?.fields["system"] = .string(system)
        setting.source.agents[bob]?.fields["tool_rules"] = Self.rules
        for name in ["send_message", "conversation_search"] {
            guard let tool = setting.source.tool(named: name) else { continue }
            setting.source.agents[bob]?.toolIDs.append(tool.id)
        }
        setting.source.append(Self.heartbeat, to: bob)
        setting.source.append(World.userRow("And you?"), to: bob)
        let tail = setting.source.agents[bob]?.history.tail(9) ?? []
        setting.source.agents[bob]?.messageIDs = tail
        return setting
    }

    private static var heartbeat: JSONNode {
        World.userRow("{\"type\": \"heartbeat\", \"reason\": \"go on\", \"time\": \"now\"}")
    }

    private static var converting: Choices {
        var choices = Crossing.acceptsAll
        choices.convertsLegacy = true
        return choices
    }

    private func moved(_ crossing: Crossing) throws -> ScriptedAgent {
        try #require(crossing.target.world.agents(named: "Bob").first)
    }

    private func rows(_ agent: ScriptedAgent) -> [JSONNode] {
        (0..<agent.history.count).map { agent.history[$0].body }
    }

    private func toolNames(_ crossing: Crossing) throws -> [String] {
        try moved(crossing).toolIDs.compactMap { crossing.target.world.tools[$0]?.name }
    }

    @Test func `by default it stays what it is, to the letter, and the plan says how that could change`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move()
            #expect(result.verdict?.outcome == .identical)
            #expect(try moved(crossing).agentType == "memgpt_v2_agent")
            #expect(try toolNames(crossing).contains("send_message"))
            let need = try #require(result.plan?.fidelity.needsYou.first { $0.what.contains("stays one") })
            #expect(need.remedy.contains("--convert-legacy"))
            #expect(result.plan?.fidelity.conversion == nil)
        }
    }

    @Test func `converted it is compared with what it had to become, and no change is silent`() async throws {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move(Self.converting)
            let verdict = try #require(result.verdict)
            #expect(verdict.isVerified, "\(verdict.differences.map(\.sentence))")
            #expect(verdict.outcome != .identical)
            let rules = Set(verdict.announced.map(\.rule))
            #expect(
                rules.isSuperset(of: [
                    "legacy-agent-type", "legacy-thought", "legacy-reply", "legacy-heartbeat", "legacy-tool",
                    "legacy-tool-rule",
                ]), "\(rules)")
            let bob = try moved(crossing)
            #expect(bob.agentType == "letta_v1_agent")
            #expect(try toolNames(crossing) == ["conversation_search"])
            #expect(bob.fields["tool_rules"]?.elements.count == 1)
            let texts = rows(bob).map { $0.text() }
            #expect(!texts.contains { $0.contains("send_message") && !$0.contains("\"role\":\"system\"") })
            #expect(!texts.contains { $0.contains("go on") })
            #expect(bob.fields["system"] == "Use send_message. Heartbeats wake you.")
            let first = try #require(bob.messageIDs.first)
            #expect(bob.history[try #require(bob.history.place(of: first))].role == "system")
        }
    }

    @Test func `each change is in the journal with what was there before`() async throws {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move(Self.converting)
            let kept = try await crossing.journal.changes(result.run.id)
            let beat = try #require(kept.first { $0.rule == "legacy-heartbeat" })
            #expect(beat.before.contains("go on"))
            let counts = Dictionary(grouping: kept, by: \.rule).mapValues(\.count)
            for tally in result.plan?.fidelity.changes ?? [] where tally.rule.hasPrefix("legacy-") {
                #expect(counts[tally.rule] == tally.count, "\(tally.rule)")
            }
        }
    }

    @Test func `the plan of a live agent has the counts and one turn, and writes nothing`() async throws {
        try await withCrossing(setting()) { crossing in
            let before = crossing.source.world
            let plan = try await Engine.plan(
                "Bob", from: crossing.from, to: crossing.to, crossing.order(Self.converting))
            let exact = try await crossing.move(Self.converting).plan
            #expect(before.agents.ids == crossing.source.world.agents.ids)
            let conversion = try #require(plan.fidelity.conversion)
            #expect(conversion.from == "memgpt_v2_agent")
            #expect(conversion.example?.after.map(\.what) == ["reasoning", "reply"])
            func counts(_ plan: PlanResult?) -> [String: Int] {
                let ours = (plan?.fidelity.changes ?? []).filter { $0.rule.hasPrefix("legacy-") }
                return Dictionary(ours.map { ($0.rule, $0.count) }) { one, _ in one }
            }
            #expect(counts(plan) == counts(exact))
            #expect(plan.loadPlan.agentImport?.rows == exact?.loadPlan.agentImport?.rows)
            #expect(plan.loadPlan.agentImport?.inContext == exact?.loadPlan.agentImport?.inContext)
            let need = try #require(plan.fidelity.needsYou.first { $0.what.contains("system prompt") })
            #expect(need.what.contains("send_message, heartbeat"))
        }
    }

    @Test func `a run that was stopped goes on converting, and can be verified and taken back`() async throws
    {
        var setting = setting()
        setting.targetFaults = [.init("POST /v1/agents/import", .nth(1), .workThenRefuse(status: 500))]
        setting.impatience = []
        try await withCrossing(setting) { crossing in
            _ = await crossing.ending { try await crossing.move(Self.converting) }
            crossing.heal()
            let run = try #require(try await crossing.newestRun)
            #expect(run.resumeOrder.choices.convertsLegacy)
            if run.status != .verifiedWithChanges {
                let resumed = try await crossing.resume()
                #expect(resumed.verdict?.isVerified == true)
            }
            #expect(try moved(crossing).agentType == "letta_v1_agent")
            let order = try await crossing.engine.verifyOrder(of: run)
            let again = try await crossing.engine.verify(order, at: crossing.to)
            #expect(again.verdict?.isVerified == true)
            _ = try await crossing.undo()
            #expect(crossing.target.world.agents(named: "Bob").isEmpty)
        }
    }

    @Test func `a word that is changed on the target, and a tool that comes back, are differences`()
        async throws
    {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move(Self.converting)
            let bob = try moved(crossing).id
            crossing.target.change { world in
                world.agents[bob]?.history.replace(at: 4) { row in
                    row.body =
                        JSONNode(parsing: Array(row.body.text().replacing("Here", with: "There").utf8))
                        ?? .null
                }
                if let tool = world.tool(named: "send_message") {
                    world.agents[bob]?.toolIDs.append(tool.id)
                }
                world.agents[bob]?.fields["tool_rules"] = Self.rules
            }
            let order = try await crossing.engine.verifyOrder(of: result.run)
            let verdict = try #require(try await crossing.engine.verify(order, at: crossing.to).verdict)
            #expect(!verdict.isVerified)
            #expect(verdict.result(of: .messages)?.differing == 1)
            #expect(
                verdict.result(of: .tools)?.differences.map(\.sentence) == ["tool send_message: not expected"]
            )
            #expect(verdict.result(of: .tools)?.announced.isEmpty == true)
            #expect(
                verdict.result(of: .toolRules)?.isEqual == false
                    || verdict.result(of: .toolRules)?.differing == 1)
            #expect(verdict.result(of: .toolRules)?.announced.isEmpty == true)
        }
    }

    @Test func `a heartbeat that is on the target all the same is a difference`() async throws {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move(Self.converting)
            let bob = try moved(crossing).id
            crossing.target.change { world in _ = world.insert(Self.heartbeat, before: 5, of: bob) }
            let order = try await crossing.engine.verifyOrder(of: result.run)
            let verdict = try #require(try await crossing.engine.verify(order, at: crossing.to).verdict)
            #expect(verdict.result(of: .messages)?.differing == 1)
        }
    }

    @Test func `a target that knows no letta_v1_agent is refused before anything is written`() async throws {
        var setting = setting()
        setting.targetProfile = .v0_11_7
        try await withCrossing(setting) { crossing in
            let ending = await crossing.ending { try await crossing.move(Self.converting) }
            #expect(ending.refusals.contains("agent-type-unknown"), "\(ending)")
            let plan = try #require((ending.error as? PlanRefused)?.plan)
            #expect(plan.refusals.contains { $0.remedy.contains("--convert-legacy") })
            #expect(crossing.target.world.agents(named: "Bob").isEmpty)
        }
    }

    @Test func `an agent of today needs no conversion, and is told so`() async throws {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 14, passages: 0, tools: 0)
        try await withCrossing(setting) { crossing in
            let result = try await crossing.move(Self.converting)
            #expect(result.verdict?.outcome == .identical)
            #expect(
                result.plan?.fidelity.needsYou.contains { $0.what.hasPrefix("--convert-legacy does nothing") }
                    == true)
        }
    }

    @Test func `a source that is not written to is converted from its listing`() async throws {
        try await withCrossing(setting()) { crossing in
            let result = try await crossing.move(Self.converting, CaptureOptions(isReadOnly: true))
            #expect(
                result.verdict?.isVerified == true, "\(result.verdict?.differences.map(\.sentence) ?? [])")
            #expect(try moved(crossing).agentType == "letta_v1_agent")
            #expect(result.verdict?.announced.contains { $0.rule == "legacy-reply" } == true)
        }
    }

    @Test func `a repair of what was converted adds no send_message to it`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.move(Self.converting)
            let result = try await crossing.engine.repair(
                "Bob", at: crossing.to, with: crossing.snapshotPath, file: RepairFile(crossing.snapshotPath),
                RepairOrder { _ in true })
            #expect(result.state == .complete)
            #expect(result.plan.left.isEmpty, "\(result.plan.left)")
            #expect(try toolNames(crossing) == ["conversation_search"])
        }
    }

    @Test func `an export of the snapshot can be converted, and says which type it holds`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.capture()
            let path = crossing.folder + "/bob.af"
            let made = try await Engine.export(crossing.snapshotPath, to: path, convertsLegacy: true)
            #expect(made.agentType == "letta_v1_agent")
            #expect(made.keptCalls == 0)
            let root = try JSONDocument(try PrivateFile.read(path, upTo: 1 << 24)).root
            #expect(root["agents"]?[0]?["agent_type"]?.string == "letta_v1_agent")
            #expect(root["tools"]?.elements.compactMap { $0["name"]?.string } == ["conversation_search"])
            let plain = try await Engine.export(crossing.snapshotPath, to: crossing.folder + "/plain.af")
            #expect(plain.agentType == "memgpt_v2_agent")
            #expect(plain.keptCalls == nil)
            #expect(plain.messages > made.messages)
        }
    }
}

@Suite struct ChoicesCodingTests {
    @Test(arguments: [true, false])
    func `whether an agent is converted survives the journal`(_ converts: Bool) throws {
        var choices = Choices()
        choices.convertsLegacy = converts
        let record = try ChoicesCoding.encode(choices, CaptureOptions())
        #expect(ChoicesCoding.decode(record).0.convertsLegacy == converts)
        #expect(Choices(try JSONDocument(choices.json.bytes()).root)?.convertsLegacy == converts)
    }
}
