import LettaModel
import Plan
import Testing

struct RefusalTests {
    @Test func `a plan that nothing stands in the way of refuses nothing`() {
        #expect(Sample.plan().refusals.isEmpty)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: ErrorCode
        let reason: String
        let remedy: String
        var choices = Choices()
        var source: @Sendable (inout SourceInventory) -> Void = { _ in }
        var target: @Sendable (inout TargetFacts) -> Void = { _ in }
    }

    static let cases: [Case] = [
        Case(
            testDescription: "same server, spelt otherwise", code: .sameServer,
            reason: "source and target are the same server", remedy: "--to OTHER",
            target: { $0.server.url = "https://API.letta.com:443/v1/" }),
        Case(
            testDescription: "name taken", code: .agentNameTaken,
            reason: "home already has an agent of that name (agent-9)", remedy: "`--as 'ada 2'`",
            target: {
                $0.sameNamedAgents = [
                    AgentSummary(
                        id: ServerID("agent-9"), name: "ada", agentType: "letta_v1_agent", description: nil,
                        tags: [],
                        createdAt: nil)
                ]
            }),
        Case(
            testDescription: "name with a dot", code: .agentNameInvalid, reason: "it holds “.”",
            remedy: "`--as 'Dr Who v2'`", source: { $0.agent.name = "Dr. Who: v2" }),
        Case(
            testDescription: "name with an emoji", code: .agentNameInvalid, reason: "it holds “🌙”",
            remedy: "`--as luna`", choices: Choices(name: "luna🌙")),
        Case(
            testDescription: "custom tool of other source", code: .toolClash,
            reason: "home has it with other source", remedy: "`--tools keep`",
            target: { $0.sameNamedTools = [ToolFacts(name: "weather", type: "custom", source: "other")] }),
        Case(
            testDescription: "model unknown", code: .modelUnknown,
            reason: "home does not offer it; near: openai/gpt-4o-mini, openai-proxy/gpt-4o",
            remedy: "`--model openai/gpt-4o-mini`", source: { $0.agent.model = "azure/gpt-4o-mini" }),
        Case(
            testDescription: "no model at all", code: .modelUnknown, reason: "home offers no model at all",
            remedy: "add the model", target: { $0.models = [] }),
        Case(
            testDescription: "embedding unknown", code: .embeddingUnknown,
            reason: "near: openai/text-embedding-3-small",
            remedy: "`--embedding openai/text-embedding-3-small`",
            choices: Choices(embedding: "openai/text-embedding-3-large")),
        Case(
            testDescription: "agent type unknown", code: .agentTypeUnknown, reason: "it knows memgpt_agent",
            remedy: "choose a target", target: { $0.abilities.agentTypes = ["memgpt_agent"] }),
        Case(
            testDescription: "import that cannot be told to leave tools alone", code: .abilityMissing,
            reason: "it lacks import field override_existing_tools", remedy: "update the target",
            target: { $0.abilities.importFields.remove("override_existing_tools") }),
        Case(
            testDescription: "secret that the agent lacks", code: .secretMissing,
            reason: "it has WEATHER_KEY",
            remedy: "`--secret WHETHER_KEY`", choices: Choices(secrets: ["WHETHER_KEY"]),
            source: { $0.secrets = [SecretFacts(name: "WEATHER_KEY", value: .shown)] }),
    ]

    @Test(arguments: cases)
    func `what stands in the way is refused with reason and remedy`(_ one: Case) throws {
        let refusals = Sample.plan(one.choices, source: one.source, target: one.target).refusals
        try #require(refusals.map(\.code) == [one.code])
        #expect(refusals[0].reason.contains(one.reason))
        #expect(refusals[0].remedy.contains(one.remedy))
    }

    @Test func `all refusals are told at once`() {
        let plan = Sample.plan(
            Choices(model: "x/y", secrets: ["NONE"]), source: { $0.agent.name = "a.b" })
        #expect(plan.refusals.map(\.code) == [.agentNameInvalid, .modelUnknown, .secretMissing])
    }

    @Test func `all clashing tools are named`() {
        let plan = Sample.plan(
            source: {
                $0.tools.append(ToolFacts(name: "moon", type: "custom", source: "a"))
            },
            target: {
                $0.sameNamedTools = ["weather", "moon"].map {
                    ToolFacts(name: $0, type: "custom", source: "b")
                }
            })
        #expect(plan.refusals.map(\.subject) == ["tools weather, moon"])
    }

    @Test func `Letta's own tools never clash`() {
        let plan = Sample.plan(target: {
            $0.sameNamedTools = [ToolFacts(name: "memory", type: "letta_core", source: "newer")]
        })
        #expect(plan.refusals.isEmpty)
    }

    @Test func `a tool of the same source is no clash`() {
        let plan = Sample.plan(target: { $0.sameNamedTools = [Sample.source.tools[0]] })
        #expect(plan.refusals.isEmpty)
        #expect(plan.loadPlan.steps.first == .keepTool(name: "weather", differs: false))
    }

    @Test(arguments: [Choices.Tools.keep, .overwrite])
    func `a choice settles the clash`(_ tools: Choices.Tools) {
        let plan = Sample.plan(
            Choices(tools: tools),
            target: {
                $0.sameNamedTools = [ToolFacts(name: "weather", type: "custom", source: "other")]
            })
        #expect(plan.refusals.isEmpty)
        #expect(plan.loadPlan.overridesTools == (tools == .overwrite))
        #expect(plan.mappings.contains { $0.rule == "tool-kept" } == (tools == .keep))
    }

    @Test func `a snapshot may go back to the server that it came from`() {
        let plan = Sample.plan(source: { $0.origin = .snapshot(path: "ada.ferry", of: Sample.home) })
        #expect(plan.refusals.isEmpty)
    }

    @Test func `two projects of one server are two places`() {
        let plan = Sample.plan(target: {
            $0.server = Sample.cloud; $0.server.project = "other"
        })
        #expect(plan.refusals.isEmpty)
    }

    @Test(arguments: ["ada", "Ada Lovelace", "Ада", "艾达", "d'Arc", "a-b_c 2"])
    func `names of any script are good`(_ name: String) {
        #expect(Sample.plan(Choices(name: name)).refusals.isEmpty)
    }

    @Test(arguments: ["", "a,b", "a/b", "a:b", "a@b", "(a)"])
    func `names that break exports are refused`(_ name: String) {
        #expect(Sample.plan(Choices(name: name)).refusals.map(\.code) == [.agentNameInvalid])
    }
}
