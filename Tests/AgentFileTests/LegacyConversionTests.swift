import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

/// Rows of the old loop, with what a test needs to say of each.
private enum Old {
    static func thought(_ text: String) -> String { "{'type':'text','text':'\(text)'}" }

    static func call(_ id: String, _ name: String, _ arguments: String) -> String {
        let packed = arguments.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return "{'id':'\(id)','type':'function','function':{'name':'\(name)','arguments':'\(packed)'}}"
    }

    static func say(_ id: String, _ message: String) -> String {
        call(id, "send_message", "{'message': '\(message)', 'request_heartbeat': false}")
    }

    static func assistant(_ parts: [String], _ calls: [String], _ more: String = "") -> String {
        "'role':'assistant','content':[\(parts.joined(separator: ","))],"
            + "'tool_calls':[\(calls.joined(separator: ","))]" + (more.isEmpty ? "" : "," + more)
    }

    static func back(_ id: String, _ message: String, failed: Bool = false) -> String {
        "{'tool_call_id':'\(id)','status':'\(failed ? "error" : "success")',"
            + "'func_response':'{\\'status\\': \\'\(failed ? "Failed" : "OK")\\', \\'message\\': \\'\(message)\\'}'}"
    }

    static func tool(_ returns: [String]) -> String {
        let parts = returns.map { _ in
            "{'type':'text','text':'{\\'status\\': \\'OK\\', \\'message\\': \\'x\\'}'}"
        }
        return "'role':'tool','tool_returns':[\(returns.joined(separator: ","))],"
            + "'content':[\(parts.joined(separator: ","))]"
    }

    static let heartbeat =
        "'content':[{'type':'text','text':'{\\'type\\': \\'heartbeat\\', \\'reason\\': \\'go on\\', \\'time\\': \\'now\\'}'}]"
    static let login =
        "'content':[{'type':'text','text':'{\\'type\\': \\'login\\', \\'last_login\\': \\'never\\'}'}]"
    static let user = "'content':[{'type':'text','text':'hello'}]"
    static let system = "'role':'system','content':[{'type':'text','text':'You are Ada.'}]"
}

private struct Converted {
    let outputs: [ShapeOutput]
    let summary: LegacySummary

    init(_ members: [String]) throws {
        let conversion = try #require(try LegacyConversion(agentType: "memgpt_v2_agent", tools: []))
        var shaper = RowShaper(converting: conversion)
        outputs =
            try members.enumerated().flatMap { try shaper.take(try input($0, "m\($0)", $1)) }
            + shaper.finish()
        summary = try #require(shaper.summary)
    }

    var shaped: [ShapedRow] { rows(outputs) }
    var dropped: [DroppedRow] { outputs.compactMap { if case .dropped(let row) = $0 { row } else { nil } } }
    var roles: [String] { shaped.map(\.role) }

    func root(_ place: Int) throws -> JSONValue { try JSONDocument(shaped[place].json).root }

    /// `reasoning: hm`, `text: hello`.
    func parts(_ place: Int) throws -> [String] {
        try root(place)["content"]?.elements.map { part in
            "\(part.type): \(part["text"]?.string ?? part["reasoning"]?.string ?? "")"
        } ?? []
    }

    func calls(_ place: Int) throws -> [String] {
        try root(place)["tool_calls"]?.elements.compactMap { $0["function"]?["name"]?.string } ?? []
    }
}

@Suite struct LegacyConversionTests {
    @Test func `a thought becomes reasoning and a message the reply, in one row, and the return goes`() throws
    {
        let made = try Converted([
            Old.user,
            Old.assistant(
                [Old.thought("He sounds tired.")], [Old.say("c1", "How was the day?")], "'tool_call_id':'c1'"),
            Old.tool([Old.back("c1", "Sent message successfully.")]),
            Old.user,
        ])
        #expect(made.roles == ["user", "assistant", "user"])
        #expect(try made.parts(1) == ["reasoning: He sounds tired.", "text: How was the day?"])
        #expect(try made.calls(1) == [])
        #expect(try made.root(1)["tool_call_id"]?.isNull == true)
        #expect(made.shaped[1].sourceIDs == ["m1", "m2"])
        #expect(made.shaped[1].changes.map(\.rule) == ["legacy-thought", "legacy-reply"])
        #expect(made.shaped[1].changes.map(\.item) == ["messages 1 and 2", "messages 1 and 2"])
        #expect(made.shaped[1].changes[1].before.contains("Sent message successfully."))
        #expect(made.shaped.map(\.id) == ["message-0", "message-1", "message-2"])
        #expect(made.summary.keptCalls == 0)
        let example = try #require(made.summary.example)
        #expect(example.before.map(\.what) == ["inner thought", "call of send_message", "return"])
        #expect(example.after.map(\.what) == ["reasoning", "reply"])
        #expect(example.after.map(\.text) == ["He sounds tired.", "How was the day?"])
    }

    @Test func `words of every script arrive to the letter`() throws {
        let message = "海の天気は\\n良い — ветер 🌊"
        let made = try Converted([Old.assistant([Old.thought("思う")], [Old.say("c", message)])])
        #expect(try made.parts(0) == ["reasoning: 思う", "text: 海の天気は\n良い — ветер 🌊"])
    }

    @Test func `a row of nothing but send_message is its text`() throws {
        for content in ["[]", "null"] {
            let made = try Converted([
                "'role':'assistant','content':\(content),'tool_calls':[\(Old.say("c", "Yes."))]",
                Old.tool([Old.back("c", "None")]),
            ])
            #expect(made.roles == ["assistant"])
            #expect(try made.parts(0) == ["text: Yes."])
        }
    }

    @Test func `a thought beside another tool becomes reasoning, the call and its return stay as they are`()
        throws
    {
        let asked = Old.call("c", "archival_memory_search", "{'query': 'sea', 'request_heartbeat': true}")
        let made = try Converted([
            Old.assistant([Old.thought("Look.")], [asked]), Old.tool([Old.back("c", "found")]), Old.heartbeat,
            Old.assistant([Old.thought("Tell.")], [Old.say("d", "Found it.")]),
            Old.tool([Old.back("d", "None")]),
        ])
        #expect(made.roles == ["assistant", "tool", "assistant"])
        #expect(try made.parts(0) == ["reasoning: Look."])
        #expect(
            try canonical(JSONNode(made.root(0)["tool_calls"] ?? made.root(0)))
                == canonical(json("[\(asked)]")))
        #expect(made.shaped[1].changes.isEmpty)
        #expect(made.dropped.map(\.sourceID) == ["m2"])
        #expect(made.dropped[0].change.rule == "legacy-heartbeat")
        #expect(made.dropped[0].change.before.contains("go on"))
    }

    @Test func `of parallel calls only the message goes, with its half of the returns`() throws {
        let other = Old.call("b", "roll", "{}")
        let made = try Converted([
            Old.assistant(
                [Old.thought("Both.")], [Old.say("a", "One moment."), other], "'tool_call_id':'a'"),
            Old.tool([Old.back("a", "None"), Old.back("b", "17")])
                + ",'tool_call_id':'a','name':'send_message'",
        ])
        #expect(made.roles == ["assistant", "tool"])
        #expect(try made.parts(0) == ["reasoning: Both.", "text: One moment."])
        #expect(try made.calls(0) == ["roll"])
        #expect(try made.root(0)["tool_call_id"]?.string == "b")
        let returns = try made.root(1)
        #expect(returns["tool_returns"]?.elements.compactMap { $0["tool_call_id"]?.string } == ["b"])
        #expect(returns["content"]?.count == 1)
        #expect(returns["tool_call_id"]?.string == "b")
        #expect(returns["name"]?.isNull == true)
        #expect(made.shaped[1].changes.map(\.rule) == ["legacy-reply"])
    }

    @Test func `returns in rows of their own are told apart, whichever comes first`() throws {
        let calls = [Old.call("b", "roll", "{}"), Old.say("a", "One moment.")]
        for order in [["a", "b"], ["b", "a"]] {
            let made = try Converted(
                [Old.assistant([], calls)] + order.map { Old.tool([Old.back($0, "x")]) } + [Old.user])
            #expect(made.roles == ["assistant", "tool", "user"])
            #expect(try made.root(1)["tool_returns"]?[0]?["tool_call_id"]?.string == "b")
        }
    }

    @Test func `two messages of one row are one reply with a gap between them`() throws {
        let made = try Converted([
            Old.assistant([], [Old.say("a", "One."), Old.say("b", "Two.")]),
            Old.tool([Old.back("a", "None"), Old.back("b", "None")]),
        ])
        #expect(made.roles == ["assistant"])
        #expect(try made.parts(0) == ["text: One.\n\nTwo."])
    }

    @Test(arguments: [
        Old.say("c", ""), Old.call("c", "send_message", "{'message': 7}"),
        Old.call("c", "send_message", "not json"),
    ])
    func `a call in which no message can be read stays a call, and is counted`(_ call: String) throws {
        let made = try Converted([
            Old.assistant([Old.thought("Hm.")], [call]), Old.tool([Old.back("c", "bad", failed: true)]),
        ])
        #expect(made.roles == ["assistant", "tool"])
        #expect(try made.calls(0) == ["send_message"])
        #expect(try made.parts(0) == ["reasoning: Hm."])
        #expect(made.summary.keptCalls == 1)
        #expect(made.summary.example == nil)
    }

    @Test func `a message that failed was read by nobody: call and error stay`() throws {
        let old =
            "'role':'tool','tool_call_id':'d','content':[{'type':'text','text':'{\\'status\\': \\'Failed\\', \\'message\\': \\'no\\'}'}]"
        let made = try Converted([
            Old.assistant([Old.thought("Say.")], [Old.say("c", "Lost words.")]),
            Old.tool([Old.back("c", "Error: too fast", failed: true)]),
            Old.assistant([Old.thought("Again.")], [Old.say("d", "Lost, too.")]), old,
            Old.assistant([], [Old.say("e", "Here.")]), Old.tool([Old.back("e", "None")]),
        ])
        #expect(made.roles == ["assistant", "tool", "assistant", "tool", "assistant"])
        #expect(try made.calls(0) + made.calls(2) == ["send_message", "send_message"])
        #expect(made.shaped[1].changes.isEmpty)
        #expect(try made.parts(4) == ["text: Here."])
        #expect(made.summary.keptCalls == 2)
    }

    @Test func `a message that nothing answers is a reply`() throws {
        let made = try Converted([Old.assistant([Old.thought("Last.")], [Old.say("c", "Bye.")])])
        #expect(try made.parts(0) == ["reasoning: Last.", "text: Bye."])
        let before = try Converted([Old.assistant([], [Old.say("c", "Bye.")]), Old.user])
        #expect(before.roles == ["assistant", "user"])
    }

    @Test func `a return that comes after an approval goes, too`() throws {
        let risky = Old.call("b", "risky", "{}")
        let made = try Converted([
            Old.assistant([], [Old.say("a", "Let me ask.")]),
            "'role':'approval','content':[\(Old.thought("Is it allowed?"))],'tool_calls':[\(risky)]",
            "'role':'approval','content':[],'approvals':[{'type':'approval','tool_call_id':'b','approve':true}]",
            Old.tool([Old.back("a", "None"), Old.back("b", "done")]),
            Old.tool([Old.back("a", "None")]),
        ])
        #expect(made.roles == ["assistant", "approval", "approval", "tool"])
        #expect(try made.parts(1) == ["reasoning: Is it allowed?"])
        #expect(try made.root(3)["tool_returns"]?.count == 1)
        #expect(made.dropped.map(\.sourceID) == ["m4"])
    }

    @Test func `a message that waits for approval stays what it is`() throws {
        let made = try Converted(["'role':'approval','content':[],'tool_calls':[\(Old.say("a", "May I?"))]"])
        #expect(try made.calls(0) == ["send_message"])
        #expect(made.summary.keptCalls == 1)
    }

    @Test func `logins, user messages, summaries and system rows are not touched`() throws {
        let packed =
            "'content':[{'type':'text','text':'{\\'type\\': \\'user_message\\', \\'message\\': \\'hi\\'}'}]"
        let summary = "'role':'summary','content':[{'type':'text','text':'{\\'type\\': \\'system_alert\\'}'}]"
        let spoken = "'content':[{'type':'text','text':'my heartbeat is fast'}]"
        let members = [Old.system, Old.login, packed, summary, spoken, Old.user]
        let made = try Converted(members)
        #expect(made.shaped.flatMap(\.changes).isEmpty)
        #expect(made.dropped.isEmpty)
        for (place, row) in members.enumerated() {
            var plain = JSONNode.shallow(try JSONDocument(try AgentFileTests.row(row)).root)
            plain["id"] = .string("message-\(place)")
            #expect(try canonical(made.shaped[place].json) == canonical(plain))
        }
    }

    @Test func `native reasoning and its signature stay, and signatures of texts go along`() throws {
        let native = "{'type':'reasoning','is_native':true,'reasoning':'deep','signature':'s1'}"
        let signed = "{'type':'text','text':'shallow','signature':'s2'}"
        let made = try Converted([
            Old.assistant([native, signed, Old.thought("")], [Old.say("c", "Yes.")], "'model':'claude-x'")
        ])
        let parts = try made.root(0)["content"]?.elements ?? []
        #expect(parts.map { $0["signature"]?.string } == ["s1", "s2", nil])
        #expect(try made.parts(0) == ["reasoning: deep", "reasoning: shallow", "text: Yes."])
        #expect(try made.root(0)["model"]?.string == "claude-x")
    }

    @Test(arguments: [("claude-sonnet-4", true), ("anthropic.Claude-3", true), ("gpt-4o-mini", false)])
    func `a thought that Anthropic would refuse is kept from it by a row without a model`(
        _ model: String, isTaken: Bool
    ) throws {
        let made = try Converted([
            Old.assistant([Old.thought("Hm.")], [Old.say("c", "Yes.")], "'model':'\(model)'"),
            Old.assistant([], [Old.say("d", "No thought here.")], "'model':'\(model)'"),
        ])
        #expect(try made.root(0)["model"]?.isNull == isTaken)
        #expect(made.shaped[0].changes.contains { $0.rule == "legacy-thought-model" } == isTaken)
        #expect(try made.root(1)["model"]?.string == model)
    }

    @Test func `thoughts among the arguments are kept`() throws {
        let call = Old.call("c", "send_message", "{'inner_thoughts': 'An old one.', 'message': 'Hi.'}")
        let made = try Converted([Old.assistant([], [call])])
        #expect(try made.parts(0) == ["reasoning: An old one.", "text: Hi."])
    }

    // MARK: Context

    private func context(_ made: Converted, _ ids: [Int]) throws -> ContextList.Resolved {
        var list = ContextList(sourceIDs: ids.map { "m\($0)" })
        for output in made.outputs { list.note(output) }
        return try list.resolve()
    }

    @Test func `rows that are gone leave the context, and the reply stands there once`() throws {
        let made = try Converted([
            Old.system, Old.user, Old.assistant([], [Old.say("c", "Yes.")]),
            Old.tool([Old.back("c", "None")]),
            Old.heartbeat, Old.assistant([Old.thought("Only a thought.")], []), Old.user,
        ])
        let all = try context(made, Array(0...6))
        #expect(all.ids == ["message-0", "message-1", "message-2", "message-4"])
        #expect(all.changes.map(\.rule) == ["legacy-thought-alone"])
        #expect(all.orphans.isEmpty)
        #expect(try made.parts(3) == ["reasoning: Only a thought."])
        // A context that was cut between the call and its return.
        #expect(try context(made, [0, 3, 4, 6]).ids == ["message-0", "message-2", "message-4"])
        #expect(try context(made, [4]).ids == ["message-0"])
    }

    // MARK: Tools and rules

    @Test func `only the two old types are converted`() throws {
        for type in ["letta_v1_agent", "sleeptime_agent", "react_agent", ""] {
            #expect(try LegacyConversion(agentType: type, tools: []) == nil)
        }
        #expect(try LegacyConversion(agentType: "memgpt_agent", tools: [])?.from == "memgpt_agent")
    }

    @Test func `a send_message of one's own stops the conversion`() throws {
        let own = json("{'name':'send_message','tool_type':'custom'}")
        #expect { try LegacyConversion(agentType: "memgpt_agent", tools: [own]) } throws: {
            ($0 as? Failure)?.code == .toolClash
        }
        let core = json("{'name':'send_message','tool_type':'letta_core'}")
        #expect(try LegacyConversion(agentType: "memgpt_agent", tools: [core])?.keeps(tool: core) == false)
    }

    @Test(
        arguments: [
            ("{'type':'exit_loop','tool_name':'send_message'}", nil),
            ("{'type':'required_before_exit','tool_name':'send_message'}", nil),
            ("{'type':'continue_loop','tool_name':'f'}", "{'type':'continue_loop','tool_name':'f'}"),
            ("{'type':'constrain_child_tools','tool_name':'f','children':['send_message']}", nil),
            (
                "{'type':'constrain_child_tools','tool_name':'f','children':['send_message','g'],'child_arg_nodes':[{'name':'send_message'}]}",
                "{'type':'constrain_child_tools','tool_name':'f','children':['g'],'child_arg_nodes':null}"
            ),
            (
                "{'type':'conditional','tool_name':'f','default_child':'send_message','child_output_mapping':{'yes':'send_message'}}",
                nil
            ),
            (
                "{'type':'conditional','tool_name':'f','default_child':'send_message','child_output_mapping':{'yes':'g'}}",
                "{'type':'conditional','tool_name':'f','default_child':null,'child_output_mapping':{'yes':'g'}}"
            ),
        ] as [(String, String?)])
    func `send_message leaves the tool rules`(_ before: String, _ after: String?) throws {
        let conversion = try #require(try LegacyConversion(agentType: "memgpt_agent", tools: []))
        let (rules, changes) = conversion.toolRules(try JSONDocument(json("[\(before)]")).root)
        #expect(try canonical(rules) == canonical(json(after.map { "[\($0)]" } ?? "[]")))
        #expect(changes.map(\.rule) == (before == after ? [] : ["legacy-tool-rule"]))
    }

    @Test func `the file holds an agent of today without the tool`() throws {
        let tool = json("{'name':'send_message','tool_type':'letta_core','source_type':'python'}")
        let other = json("{'name':'roll','tool_type':'custom','source_type':'python'}")
        let state = json(
            "{'name':'Ada','agent_type':'memgpt_v2_agent','system':'Use send_message.','llm_config':{'model':'m'},"
                + "'tool_rules':[{'type':'exit_loop','tool_name':'send_message'}]}")
        var choices = AgentFileChoices(name: "Ada")
        choices.conversion = try LegacyConversion(agentType: "memgpt_v2_agent", tools: [tool, other])
        let shape = try AgentFileShape(
            AgentFileSource(shell: nil, state: state, tools: [tool, other]), choices)
        #expect(shape.facts.agentType == "letta_v1_agent")
        #expect(shape.facts.toolNames == ["roll"])
        #expect(shape.agent["tool_rules"] == [])
        #expect(shape.agent["system"]?.text() == "\"Use send_message.\"")
        #expect(shape.changes.map(\.rule) == ["legacy-agent-type", "legacy-tool-rule", "legacy-tool"])
    }

    @Test func `words of the old loop are found in a prompt`() {
        #expect(
            LegacyConversion.words(in: "Your Inner Monologue is private. Use `send_message`.") == [
                "send_message", "inner monologue",
            ])
        #expect(LegacyConversion.words(in: "You are Ada.").isEmpty)
    }
}

/// What holds for every history, tried on many that chance has made.
@Suite struct LegacyConversionPropertyTests {
    /// A small generator with a seed, so that a failure can be repeated.
    private struct Dice {
        var state: UInt64
        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    /// What a history must still say afterwards.
    private struct Story {
        var members = [Old.system]
        var replies: [String] = []
        var thoughts: [String] = []
        var kept: [String] = []
        var users = 0
        private var number = 0

        mutating func word(_ kind: String) -> String {
            number += 1
            return "\(kind) \(number) 海"
        }

        mutating func turn(_ dice: inout Dice) {
            switch dice.roll(6) {
            case 0:
                members.append(Old.user)
                users += 1
            case 1: members.append(Old.heartbeat)
            case 2: members.append(Old.login)
            default: speak(&dice)
            }
        }

        private mutating func speak(_ dice: inout Dice) {
            var parts: [String] = []
            if dice.roll(3) > 0 {
                let thought = word("thought")
                thoughts.append(thought)
                parts.append(Old.thought(thought))
            }
            var calls: [String] = []
            var returns: [String] = []
            for _ in 0..<dice.roll(3) {
                let id = word("call")
                let fails = dice.roll(4) == 0
                if dice.roll(2) == 0 {
                    let message = word("reply")
                    calls.append(Old.say(id, message))
                    if fails { kept.append(message) } else { replies.append(message) }
                } else {
                    calls.append(Old.call(id, "f", "{}"))
                }
                returns.append(Old.back(id, "x", failed: fails))
            }
            members.append(Old.assistant(parts, calls))
            guard !returns.isEmpty else { return }
            if dice.roll(2) == 0 {
                members.append(Old.tool(returns))
            } else {
                members += returns.map { Old.tool([$0]) }
            }
        }
    }

    @Test(arguments: 0..<60)
    func `no word is lost, no call is left without its return, and no thought is said aloud`(_ seed: Int)
        throws
    {
        var dice = Dice(state: UInt64(seed) &* 77_777 &+ 5)
        var story = Story()
        for _ in 0..<25 { story.turn(&dice) }
        let made = try Converted(story.members)
        let all = try made.shaped.map { try JSONDocument($0.json).root }
        let assistants = all.filter { $0["role"]?.string == "assistant" }
        let parts = assistants.flatMap { $0["content"]?.elements ?? [] }
        let aloud = parts.filter(\.isText).compactMap { $0["text"]?.string }
            .flatMap { $0.split(separator: "\n\n").map(String.init) }
        #expect(aloud == story.replies)
        #expect(parts.filter(\.isReasoning).compactMap { $0["reasoning"]?.string } == story.thoughts)
        #expect(all.count { $0["role"]?.string == "user" } >= story.users)
        let calls = assistants.flatMap { $0["tool_calls"]?.elements ?? [] }
        let arguments = calls.compactMap { $0["function"]?["arguments"]?.string }.joined()
        for message in story.kept { #expect(arguments.contains(message)) }
        #expect(made.summary.keptCalls == story.kept.count)
        let answers = all.filter { $0["role"]?.string == "tool" }
            .flatMap { $0["tool_returns"]?.elements ?? [] }.compactMap { $0["tool_call_id"]?.string }
        #expect(Set(answers) == Set(calls.compactMap { $0["id"]?.string }))
        var context = ContextList(sourceIDs: story.members.indices.map { "m\($0)" })
        for output in made.outputs { context.note(output) }
        #expect(try context.resolve().orphans.isEmpty)
        // Every row of the source is in a row, or is said to be left out.
        let known = made.shaped.flatMap(\.sourceIDs) + made.dropped.map(\.sourceID)
        #expect(known.sorted() == story.members.indices.map { "m\($0)" }.sorted())
    }
}
