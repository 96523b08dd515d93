import FoundationEssentials
import LettaModel
import Plan
import Testing

@Suite(.serialized) struct FidelityTests {
    @Test(arguments: Surrounding.Kind.allCases)
    func `everything around the agent has a line in the table`(_ kind: Surrounding.Kind) {
        #expect(FidelityTable.row(of: kind) != nil)
    }

    @Test func `the table's ids are unique and its losses have a remedy`() {
        let ids = FidelityTable.rows.map(\.id)
        #expect(Set(ids).count == ids.count)
        for row in FidelityTable.rows where row.fate != .moves { #expect(!row.lost.isEmpty, "\(row.id)") }
        for row in FidelityTable.rows where row.fate == .loss { #expect(!row.remedy.isEmpty, "\(row.id)") }
    }

    @Test(arguments: [
        ("FidelityTable.markdown", FidelityTable.markdown), ("AgentFields.markdown", AgentFields.markdown),
    ])
    func `the tables in the docs are those in the code`(name: String, table: String) throws {
        let root = String(#filePath.split(separator: "/Tests/").first ?? "")
        let path = root + "/docs/fidelity.md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let from = try #require(text.firstRange(of: "<!-- table: \(name) -->\n"))
        let to = try #require(text[from.upperBound...].firstRange(of: "<!-- /table -->"))
        let known = String(text[from.upperBound..<to.lowerBound])
        if known != table, ProcessInfo.processInfo.environment["FERRY_RECORD"] == "1" {
            let fresh = text[..<from.upperBound] + table + text[to.lowerBound...]
            try Data(fresh.utf8).write(to: URL(filePath: path))
        }
        #expect(known == table, "record it anew with FERRY_RECORD=1")
    }

    @Test func `each field of an agent's state has one line, and that line exists`() {
        let fields = AgentFields.rows.flatMap(\.fields)
        #expect(Set(fields).count == fields.count)
        for field in fields { #expect(AgentFields.row(of: field) != nil, "\(field)") }
        #expect(AgentFields.row(of: "a_field_of_tomorrow") == nil)
    }

    @Test(arguments: Surrounding.Kind.allCases)
    func `everything that the source returned is named`(_ kind: Surrounding.Kind) throws {
        let thing = Surrounding(kind: kind, id: "id-1", name: "Rome", json: [])
        let plan = Sample.plan(source: { $0.surroundings = [thing] })
        let row = try #require(FidelityTable.row(of: kind))
        if kind == .conversation {
            #expect(plan.fidelity.losses.map(\.reason) == ["its messages were not read"])
        } else if row.fate == .inherent {
            #expect(plan.fidelity.inherent.contains { $0.id == row.id })
        } else {
            #expect(plan.fidelity.losses.map(\.id) == ["\(kind.rawValue):id-1"])
            #expect(plan.fidelity.losses[0].item.hasSuffix("“Rome”"))
        }
    }

    private static func conversation(_ more: String = "", shared: [String]? = []) -> ConversationFacts? {
        ConversationFacts(
            Array(#"{"id":"conv-1","summary":"Rome","in_context_message_ids":["a","b","c"]\#(more)}"#.utf8),
            sharedIDs: shared)
    }

    @Test func `a conversation moves, and no number of messages is made up`() throws {
        let rome = try #require(Self.conversation())
        let plan = Sample.plan(source: { $0.conversations = [rome] })
        #expect(plan.fidelity.losses.isEmpty)
        #expect(plan.fidelity.moves.contains { $0.item == "conversations" && $0.detail == "Rome" })
        #expect(plan.fidelity.inherent.contains { $0.id == "conversation-form" })
        #expect(plan.loadPlan.steps.contains(.restoreConversations(count: 1)))
    }

    @Test func `what of a conversation does not arrive is named with its reason`() throws {
        let parts = #","model":"nobody/has-this","isolated_block_ids":["block-9"]"#
        let rome = try #require(Self.conversation(parts))
        let plan = Sample.plan(source: { $0.conversations = [rome] })
        #expect(plan.fidelity.losses.map(\.id) == ["isolated-block:block-9", "conversation-model:conv-1"])
        let old = try #require(Self.conversation(shared: nil))
        let unread = Sample.plan(source: { $0.conversations = [old] })
        #expect(unread.fidelity.losses.map(\.reason) == ["its messages were not read"])
        let unable = Sample.plan(
            source: { $0.conversations = [rome] }, target: { $0.abilities.forksConversations = false })
        #expect(unable.fidelity.losses.map(\.id) == ["conversation:conv-1"])
        #expect(unable.loadPlan.steps.contains(.restoreConversations(count: 1)) == false)
    }

    @Test func `a plain agent loses only what no server can keep`() {
        let statement = Sample.plan().fidelity
        #expect(statement.losses.isEmpty)
        #expect(
            statement.inherent.map(\.id) == [
                "agent-id", "message-ids", "otids", "step-ids", "is-err", "item-ids", "embeddings",
                "block-history",
            ])
        #expect(statement.needsYou.isEmpty)
    }

    @Test(arguments: [
        (Choices(), SecretFacts.Value.shown, true), (Choices(), .hidden, true),
        (Choices(copiesSecrets: true), .shown, false), (Choices(copiesSecrets: true), .hidden, true),
        (Choices(secrets: ["KEY"]), .shown, false), (Choices(secrets: ["KEY"]), .hidden, false),
    ])
    func `a secret is lost unless its value is given or copied`(
        _ choices: Choices, _ value: SecretFacts.Value, _ isLost: Bool
    ) {
        let plan = Sample.plan(choices, source: { $0.secrets = [SecretFacts(name: "KEY", value: value)] })
        #expect(plan.fidelity.losses.map(\.id) == (isLost ? ["secret:KEY"] : []))
    }

    @Test func `tools without source are losses`() {
        let plan = Sample.plan(source: { $0.tools.append(ToolFacts(name: "search", type: "external_mcp")) })
        #expect(plan.fidelity.losses.map(\.id) == ["tool:search"])
    }

    @Test func `folding is a loss that says what it cannot see`() {
        let plan = Sample.plan(source: { $0.rows.reader = .folded })
        #expect(plan.fidelity.losses.map(\.id) == ["folding"])
    }

    @Test func `metadata of passages is lost without a batch route`() {
        let plan = Sample.plan(target: { $0.abilities.insertsPassagesInBatches = false })
        #expect(plan.fidelity.losses.map(\.id) == ["passage-metadata"])
    }

    @Test func `losses are accepted by id or all at once`() {
        let choices: [(Choices.Acceptance, Int)] = [
            (.ids([]), 1), (.ids(["tool:search"]), 0), (.all, 0), (.ids(["x"]), 1),
        ]
        for (acceptance, open) in choices {
            let choice = Choices(acceptance: acceptance)
            let plan = Sample.plan(
                choice, source: { $0.tools.append(ToolFacts(name: "search", type: "external_mcp")) })
            #expect(plan.fidelity.unaccepted(choice).count == open)
            #expect(plan.fidelity.needsYou.count == open)
        }
    }

    @Test func `a memgpt agent stays one, and the plan says why that is good`() {
        let plan = Sample.plan(source: { $0.agent.type = "memgpt_v2_agent" })
        #expect(plan.fidelity.needsYou.map(\.what).contains { $0.contains("inner thoughts would be shown") })
    }

    @Test func `choices that change the agent are announced`() {
        let plan = Sample.plan(Choices(model: "openai-proxy/gpt-4o", name: "ada at home"))
        #expect(plan.fidelity.changes.map(\.rule) == ["name", "model", "context-window"])
        #expect(plan.fidelity.changes[2].summary == "the context window 128,000 becomes 8,000")
        #expect(
            plan.mappings.map(\.path) == [
                "name", "llm_config", "model_settings", "model", "embedding_config",
            ])
    }
}

struct LegacyNeedsTests {
    private func needs(
        type: String = "memgpt_v2_agent", converts: Bool, words: [String] = [], kept: Int = 0
    ) -> [Need] {
        var choices = Choices()
        choices.convertsLegacy = converts
        return Sample.plan(choices) {
            $0.agent.type = type
            $0.agent.loopWords = words
            if converts, LegacyAgent.types.contains(type) {
                $0.conversion = ConversionFacts(keptCalls: kept)
            }
        }.fidelity.needsYou
    }

    @Test func `an agent of the old loop that is kept is told how it can be converted`() {
        #expect(needs(converts: false).map(\.remedy).contains { $0.contains("--convert-legacy") })
        let sleeping = needs(type: "sleeptime_agent", converts: false)
        #expect(sleeping.map(\.remedy) == ["nothing to do"])
        #expect(needs(type: "letta_v1_agent", converts: false).isEmpty)
    }

    @Test func `a prompt that speaks of the old loop is announced with its words, and stays`() {
        let found = needs(converts: true, words: ["send_message", "heartbeat"])
        #expect(found.count == 1)
        #expect(found.first?.what.hasSuffix("send_message, heartbeat") == true)
        #expect(found.first?.remedy.contains("PATCH /v1/agents/{id}") == true)
        #expect(needs(converts: true).isEmpty)
    }

    @Test func `calls that stay calls are counted`() {
        #expect(
            needs(converts: true, kept: 1).map(\.what).contains { $0.hasPrefix("1 call of send_message") })
    }

    @Test func `asked for an agent that is no legacy one, it says that it does nothing`() {
        #expect(
            needs(type: "letta_v1_agent", converts: true).map(\.what).contains {
                $0.contains("does nothing here: the agent is a letta_v1_agent")
            })
    }

    @Test func `what the target sets by itself for the new type is expected`() {
        let plan = Sample.plan { source in
            source.agent.type = "memgpt_agent"
            source.conversion = ConversionFacts()
        }
        let paths = plan.mappings.filter { $0.rule == "legacy-agent-type" }.map(\.path)
        #expect(paths.first == "agent_type")
        #expect(paths.contains("llm_config.put_inner_thoughts_in_kwargs"))
        #expect(Sample.plan().mappings.allSatisfy { $0.rule != "legacy-agent-type" })
    }
}
