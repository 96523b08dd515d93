import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

@Suite struct RowShaperTests {
    @Test func `a clean row is verbatim but for its id`() throws {
        let native = json(
            "{'role':'user','id':'message-77','content':[\(text)],'n':1.50,'created_at':'2026-01-01T00:00:00'}"
        )
        let shaped = rows(
            try shape([ShapeInput(ordinal: 0, sourceID: "message-x", json: native, origin: .native)]))
        #expect(
            shaped.map(\.json) == [
                json(
                    "{'role':'user','id':'message-0','content':[\(text)],'n':1.50,'created_at':'2026-01-01T00:00:00'}"
                )
            ])
        #expect(shaped[0].changes.isEmpty)
    }

    @Test func `a row without an id gets one`() throws {
        let shaped = rows(try shape([try input(0, "a", "'content':[\(text)]")]))
        #expect(try JSONDocument(shaped[0].json).root["id"]?.string == "message-0")
    }

    @Test func `rows that share an id of the source stay two rows`() throws {
        let shaped = rows(
            try shape([
                try input(0, "same", "'content':[\(text)]"), try input(1, "same", "'content':[\(text)]"),
            ]))
        #expect(shaped.map(\.id) == ["message-0", "message-1"])
        #expect(shaped.map(\.sourceOrdinals) == [[0], [1]])
    }

    @Test func `a split pair becomes one row`() throws {
        let outputs = try shape([
            try input(0, "r", "'role':'assistant','otid':'o1','content':[\(reasoning)]"),
            try input(1, "t", "'role':'assistant','otid':'o2','content':[\(text)],'tool_calls':[\(call)]"),
            try input(2, "u", "'content':[\(text)]"),
        ])
        let shaped = rows(outputs)
        #expect(shaped.map(\.sourceIDs) == [["r", "t"], ["u"]])
        let root = try JSONDocument(shaped[0].json).root
        #expect(root["content"]?.elements.map(\.type) == ["reasoning", "text"])
        #expect(root["otid"]?.string == "o2")
        #expect(root["tool_calls"]?.count == 1)
        #expect(shaped[0].changes.map(\.rule) == ["join-split-pair"])
        #expect(shaped[0].changes[0].item == "messages 0 and 1")
        #expect(shaped[1].id == "message-1")
    }

    @Test(arguments: [
        // A reply between them, a row between them, calls, reasoning in both, nothing to show.
        ("'role':'assistant','content':[\(reasoning),\(text)]", "'role':'assistant','content':[\(text)]"),
        (
            "'role':'assistant','content':[\(reasoning)],'tool_calls':[\(call)]",
            "'role':'assistant','content':[\(text)]"
        ),
        (
            "'role':'assistant','content':[\(reasoning)]",
            "'role':'assistant','content':[\(reasoning),\(text)]"
        ),
        ("'role':'assistant','content':[\(reasoning)]", "'role':'assistant','content':[]"),
        ("'role':'assistant','content':[]", "'role':'assistant','content':[\(text)]"),
        ("'role':'assistant','content':[\(text)]", "'role':'assistant','content':[\(text)]"),
        ("'role':'assistant','content':[\(reasoning)]", "'role':'user','content':[\(text)]"),
        (
            "'role':'assistant','content':[\(reasoning)],'group_id':'g'",
            "'role':'assistant','content':[\(text)]"
        ),
    ])
    func `nothing else is joined`(_ first: String, _ second: String) throws {
        let outputs = try shape([try input(0, "a", first), try input(1, "b", second)])
        #expect(rows(outputs).count == 2)
        #expect(rows(outputs).flatMap(\.changes).isEmpty)
    }

    @Test func `three rows in a row: only the nearest reasoning is joined`() throws {
        let shaped = rows(
            try shape([
                try input(0, "a", "'role':'assistant','content':[\(reasoning)]"),
                try input(1, "b", "'role':'assistant','content':[\(reasoning)]"),
                try input(2, "c", "'role':'assistant','content':[\(text)]"),
                try input(3, "d", "'role':'assistant','content':[\(text)]"),
            ]))
        #expect(shaped.map(\.sourceOrdinals) == [[0], [1, 2], [3]])
    }

    @Test(arguments: ["memgpt_agent", "memgpt_v2_agent", "sleeptime_agent"])
    func `agents whose text is no reply keep split rows`(_ type: String) throws {
        let outputs = try shape(
            [
                try input(0, "r", "'role':'assistant','content':[\(reasoning)]"),
                try input(1, "t", "'role':'assistant','content':[\(text)]"),
            ], agentType: type)
        #expect(rows(outputs).count == 2)
    }

    @Test func `shaping what was shaped changes nothing`() throws {
        let once = rows(
            try shape([
                try input(0, "r", "'role':'assistant','content':[\(reasoning)]"),
                try input(1, "t", "'role':'assistant','content':[\(text)]"),
                try input(2, "x", "'role':'tool','tool_call_id':'c','content':'raw'"),
            ]))
        let again = rows(
            try shape(
                once.map { ShapeInput(ordinal: $0.index, sourceID: $0.id, json: $0.json, origin: .file) }))
        #expect(again.map(\.json) == once.map(\.json))
        #expect(again.flatMap(\.changes).isEmpty)
    }

    @Test func `a row that cannot be kept is withheld with a loss, and the others keep their order`() throws {
        let outputs = try shape([
            try input(0, "a", "'content':[\(text)]"), try input(1, "b", "'role':'approval'"),
            try input(2, "c", "'content':[\(text)]"),
        ])
        #expect(outputs.count == 3)
        guard case .withheld(let withheld) = outputs[1] else { return #expect(Bool(false), "not withheld") }
        #expect(withheld.rule == "approval-empty")
        #expect(withheld.omission.class == .loss)
        #expect(withheld.omission.id == "message:b")
        #expect(rows(outputs).map(\.id) == ["message-0", "message-1"])
    }

    @Test func `a return takes the id of the call before it`() throws {
        let shaped = rows(
            try shape([
                try input(0, "a", "'role':'assistant','tool_calls':[\(call)]"),
                try input(1, "b", "'role':'tool','content':'raw'"),
            ]))
        #expect(try JSONDocument(shaped[1].json).root["tool_call_id"]?.string == "c1")
    }

    @Test func `an empty assistant row is kept and marked`() throws {
        let shaped = rows(try shape([try input(0, "a", "'role':'assistant','content':[]")]))
        #expect(shaped.map(\.isEmpty) == [true])
        #expect(shaped[0].changes.isEmpty)
    }

    @Test func `listed messages fill a native row and leave a folded one`() throws {
        let listed = json("[{'message_type':'user_message','otid':'true','sender_id':'identity-1'}]")
        let native = try row("'content':[\(text)],'otid':'made-up'")
        for (origin, otid) in [(ShapeInput.Origin.native, "true"), (.folded, "made-up")] {
            let shaped = rows(
                try shape([
                    ShapeInput(ordinal: 0, sourceID: "a", json: native, origin: origin, listed: listed)
                ]))
            #expect(try JSONDocument(shaped[0].json).root["otid"]?.string == otid)
        }
    }

    @Test(arguments: ["[]", "5", "{"]) func `what is no row is refused`(_ text: String) {
        #expect(throws: Failure.self) {
            try shape([ShapeInput(ordinal: 0, sourceID: "a", json: json(text), origin: .file)])
        }
    }
}

@Suite struct InnerThoughtsTests {
    private let speech = "{'id':'c','type':'function','function':{'name':'send_message','arguments':'{}'}}"

    @Test func `a thought beside a spoken message would be shown`() throws {
        let row = try row("'role':'assistant','content':[\(text)],'tool_calls':[\(speech)]")
        #expect(InnerThoughts.shownAsReply(in: row) == "hello")
    }

    @Test(arguments: ["'content':[{'type':'text','text':'x'}],'tool_calls':[]", "'role':'user','content':[]"])
    func `rows that say nothing aloud hide nothing`(_ members: String) throws {
        #expect(InnerThoughts.shownAsReply(in: try row("'role':'assistant',\(members)")) == nil)
    }
}

@Suite struct ContextListTests {
    private func list(_ wanted: [String], _ inputs: [ShapeInput]) throws -> ContextList {
        var list = ContextList(sourceIDs: wanted)
        for output in try shape(inputs) { list.note(output) }
        return list
    }

    private let system = "'role':'system','content':[\(text)]"
    private let user = "'content':[\(text)]"

    @Test func `the source's order is kept, whatever the order of the rows`() throws {
        let resolved = try list(
            ["s", "sum", "u"],
            [try input(0, "s", system), try input(1, "u", user), try input(2, "sum", user)]
        ).resolve()
        #expect(resolved.ids == ["message-0", "message-2", "message-1"])
        #expect(resolved.changes.isEmpty)
    }

    @Test func `both rows of a joined pair lead to one entry`() throws {
        let resolved = try list(
            ["s", "r", "t"],
            [
                try input(0, "s", system), try input(1, "r", "'role':'assistant','content':[\(reasoning)]"),
                try input(2, "t", "'role':'assistant','content':[\(text)]"),
            ]
        ).resolve()
        #expect(resolved.ids == ["message-0", "message-1"])
        #expect(resolved.changes.isEmpty)
    }

    @Test(arguments: [["u"], [], ["u", "old"]])
    func `a list that does not begin with a system row gets the newest one`(_ wanted: [String]) throws {
        let resolved = try list(
            wanted, [try input(0, "old", system), try input(1, "new", system), try input(2, "u", user)]
        ).resolve()
        #expect(resolved.ids.first == "message-1")
        #expect(resolved.changes.map(\.rule) == ["in-context-begins-with-system"])
    }

    @Test func `ids that no row has are taken out, and said`() throws {
        let resolved = try list(["s", "gone"], [try input(0, "s", system)]).resolve()
        #expect(resolved.ids == ["message-0"])
        #expect(resolved.changes.map(\.rule) == ["in-context-unknown"])
    }

    @Test func `an empty reply leaves the context and stays in the history`() throws {
        let resolved = try list(
            ["s", "e"], [try input(0, "s", system), try input(1, "e", "'role':'assistant','content':[]")]
        ).resolve()
        #expect(resolved.ids == ["message-0"])
        #expect(resolved.changes.map(\.rule) == ["in-context-empty-reply"])
    }

    @Test func `of rows that share an id the newest stands in context`() throws {
        let resolved = try list(
            ["s", "twice"],
            [try input(0, "s", system), try input(1, "twice", user), try input(2, "twice", user)]
        ).resolve()
        #expect(resolved.ids == ["message-0", "message-2"])
        #expect(resolved.changes.map(\.rule) == ["in-context-ambiguous"])
    }

    @Test func `calls without returns and returns without calls are reported`() throws {
        let resolved = try list(
            ["s", "back", "call"],
            [
                try input(0, "s", system),
                try input(1, "call", "'role':'assistant','tool_calls':[\(call)]"),
                try input(
                    2, "back", #"'role':'tool','tool_call_id':'c9','content':[{'type':'text','text':'{}'}]"#),
            ]
        ).resolve()
        #expect(resolved.orphans.count == 2)
        #expect(resolved.changes.isEmpty)
    }

    @Test func `a history without a system row says so`() throws {
        let list = try list([], [try input(0, "u", user)])
        #expect(list.lacksSystemRow)
        #expect(throws: Failure.self) { try list.resolve() }
    }
}
