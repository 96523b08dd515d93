import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

private let shellText = """
    {'agents':[{'name':'Dr. Ada','agent_type':'letta_v1_agent','system':'You are Ada.','tags':['demo'],
    'description':'d','metadata':{'n':1.0},'timezone':'Europe/Lisbon','tool_rules':[{'tool_name':'gone','type':'exit_loop'}],
    'llm_config':{'model':'m','model_endpoint':'https://key@llm.example/v1?k=1','context_window':32000,'handle':'src/m'},
    'embedding_config':{'embedding_model':'e','embedding_endpoint':'http://emb:1/v1','handle':'src/e'},
    'model':null,'model_settings':null,'compaction_settings':null,'hidden':null,
    'secrets':{'KEY':'','OTHER':''},'tool_exec_environment_variables':{'KEY':'','OTHER':''},
    'block_ids':['block-1','block-0'],'tool_ids':['tool-1','tool-0'],'source_ids':['source-0'],'group_ids':['group-0'],
    'in_context_message_ids':['message-0'],'messages':[],'id':'agent-0','files_agents':[{'id':'file_agent-0'}]},
    {'name':'Ada sleeper','block_ids':['block-2'],'tool_ids':[],'id':'agent-1','messages':[]}],
    'groups':[{'id':'group-0'}],
    'blocks':[{'id':'block-0','label':'human','value':'h','limit':400,'hidden':null,'tags':null,'project_id':'p'},
    {'id':'block-1','label':'persona','value':'p','limit':8000,'read_only':true,'metadata':{'v':7}},
    {'id':'block-2','label':'sleep','value':'z'}],
    'files':[{'id':'file-0','file_name':'a.txt'}],'sources':[{'id':'source-0','name':'docs'}],
    'tools':[{'id':'tool-0','name':'log','tool_type':'custom','source_type':'python','source_code':'def log(): pass','tags':[],'project_id':'p','return_char_limit':5},
    {'id':'tool-1','name':'web','tool_type':'external_mcp','source_type':'json','metadata_':{'mcp':{'server_name':'s'}},'enable_parallel_execution':true}],
    'mcp_servers':[],'skills':[],'metadata':{'revision_id':'1c28e167b74f','n':5},'created_at':'2026-11-20T21:00:00+00:00'}
    """

private let stateText = """
    {'id':'agent-1','name':'Dr. Ada','agent_type':'letta_v1_agent','model':'src/m','embedding':'src/e',
    'system':'You are Ada.','compaction_settings':{'model':'src/m','prompt':'p'},'hidden':true,
    'model_settings':{'provider_type':'openai'},'secrets':[{'key':'KEY'},{'key':'THIRD'}],
    'llm_config':{'model':'m','model_endpoint':'x','context_window':32000},'tags':['demo'],'tool_rules':[]}
    """

private func make(
    shell: String? = shellText, state: String? = stateText, blocks: [String] = [], tools: [String] = [],
    _ change: (inout AgentFileChoices) -> Void = { _ in }
) throws -> AgentFileShape {
    var choices = AgentFileChoices(name: "ferry-r1-1", markerTags: ["ferry-r1-1"])
    change(&choices)
    let source = AgentFileSource(
        shell: shell.map(json), state: state.map(json), blocks: blocks.map(json), tools: tools.map(json))
    return try AgentFileShape(source, choices)
}

private func file(_ shape: AgentFileShape, rows: [ShapedRow] = [], context: [String] = []) throws -> [UInt8] {
    final class Spool { var bytes: [UInt8] = [] }
    let spool = Spool()
    var writer = try AgentFileWriter(shape) { spool.bytes += $0 }
    for row in rows { try writer.append(row) }
    let stats = try writer.finish(context: context)
    #expect(stats == AgentFileWriter.Stats(bytes: spool.bytes.count, rows: rows.count))
    return spool.bytes
}

private func agent(_ shape: AgentFileShape) throws -> JSONValue {
    try #require(try JSONDocument(try file(shape)).root["agents"]?[0])
}

@Suite struct AgentFileShapeTests {
    @Test func `what export blanks comes from the agent's state`() throws {
        let agent = try agent(try make())
        #expect(agent["compaction_settings"]?["prompt"]?.string == "p")
        #expect(agent["hidden"]?.bool == true)
        #expect(agent["timezone"]?.string == "Europe/Lisbon")
        #expect(agent["metadata"].map { JSONNode($0).text() } == #"{"n":1.0}"#)
        #expect(agent["tool_rules"]?.count == 1)
        #expect(agent["name"]?.string == "ferry-r1-1")
        #expect(agent["model_settings"]?.isNull == true)
    }

    @Test func `blocks stand in the agent's order with their fields and the marker`() throws {
        let root = try JSONDocument(try file(try make())).root
        let blocks = root["blocks"]?.elements ?? []
        #expect(blocks.map { $0["label"]?.string } == ["persona", "human"])
        #expect(blocks.map { $0["id"]?.string } == ["block-0", "block-1"])
        #expect(root["agents"]?[0]?["block_ids"]?.elements.map(\.string) == ["block-0", "block-1"])
        #expect(blocks[0]["read_only"]?.bool == true)
        #expect(blocks[0]["metadata"]?["v"]?.int == 7)
        #expect(blocks.allSatisfy { $0["tags"]?[0]?.string == "ferry-r1-1" && $0["project_id"] == nil })
        #expect(root["agents"]?[0]?["tags"]?.elements.map(\.string) == ["demo", "ferry-r1-1"])
    }

    @Test func `blocks that were read one by one win, with their own tags`() throws {
        let shape = try make(blocks: ["{'label':'human','value':'x','tags':['mine'],'hidden':true}"])
        let block = try #require(try JSONDocument(try file(shape)).root["blocks"]?[0])
        #expect(block["tags"]?.elements.map(\.string) == ["mine", "ferry-r1-1"])
        #expect(block["hidden"]?.bool == true)
        #expect(shape.facts.blockLabels == ["human"])
    }

    @Test func `two blocks of one label are refused`() {
        let failure = #expect(throws: Failure.self) {
            try make(blocks: ["{'label':'human','value':'x'}", "{'label':'human','value':'y'}"])
        }
        #expect(failure?.subject == "block human")
    }

    @Test func `tools keep their rules, and lose keys that the target does not know`() throws {
        let shape = try make {
            $0.toolKeys = ["name", "tool_type", "source_type", "source_code", "metadata_", "tags", "id"]
        }
        let root = try JSONDocument(try file(shape)).root
        let tools = root["tools"]?.elements ?? []
        #expect(tools.map { $0["name"]?.string } == ["web", "log"])
        #expect(tools.allSatisfy { $0["project_id"] == nil && $0["return_char_limit"] == nil })
        #expect(shape.facts.mcpTools == ["web"])
        #expect(
            shape.changes.filter { $0.rule == "tool-key-unknown" }.map(\.item) == ["tool web", "tool log"])
        #expect(try make().changes.filter { $0.rule == "tool-key-unknown" }.isEmpty)
    }

    @Test func `secrets are in the file by name only, and only those that are given`() throws {
        let shape = try make { $0.secretNames = ["KEY", "UNHEARD"] }
        let agent = try agent(shape)
        for key in ["secrets", "tool_exec_environment_variables"] {
            #expect(agent[key].map { JSONNode($0).text() } == #"{"KEY":""}"#)
        }
        #expect(shape.facts.secretNames == ["KEY", "OTHER", "THIRD"])
        #expect(shape.facts.secretsInFile == ["KEY"])
    }

    @Test func `a handle of the target takes the source's addresses out`() throws {
        let shape = try make {
            $0.model = "dst/m"
            $0.embedding = "src/e"
        }
        let agent = try agent(shape)
        #expect(agent["llm_config"]?["model_endpoint"]?.isNull == true)
        #expect(agent["llm_config"]?["context_window"]?.int == 32000)
        #expect(agent["embedding_config"]?["embedding_endpoint"]?.isNull == true)
        #expect(agent["compaction_settings"]?["model"]?.string == "dst/m")
        let rules = shape.changes.map(\.rule)
        #expect(rules == ["model", "endpoint-of-source", "endpoint-of-source", "compaction-model"])
        #expect(shape.changes[1].before == "model_endpoint https://llm.example")
        #expect(shape.facts.model == "src/m")
    }

    @Test func `without a handle the configuration is untouched`() throws {
        let shape = try make()
        #expect(shape.changes.isEmpty)
        #expect(try agent(shape)["llm_config"]?["model_endpoint"]?.string == "https://key@llm.example/v1?k=1")
    }

    @Test func `an agent that cannot be exported is built from its state`() throws {
        let shape = try make(
            shell: nil, blocks: ["{'label':'human','value':'h','id':'block-uuid'}"],
            tools: [
                "{'name':'log','tool_type':'custom','source_type':'python','created_by_id':'u','id':'tool-uuid'}"
            ])
        let root = try JSONDocument(try file(shape)).root
        #expect(root["agents"]?[0]?["system"]?.string == "You are Ada.")
        #expect(
            root["tools"]?[0].map { JSONNode($0).text() }
                == #"{"id":"tool-0","name":"log","tool_type":"custom","source_type":"python"}"#)
        #expect(root["agents"]?[0]?["tool_ids"]?[0]?.string == "tool-0")
        for key in [
            "agents", "groups", "blocks", "files", "sources", "tools", "mcp_servers", "skills", "metadata",
        ] {
            #expect(root[key] != nil, "\(key)")
        }
    }

    @Test func `what the file leaves behind is named`() throws {
        #expect(
            try make().omissions.map(\.id) == [
                "agent:Ada sleeper", "group:group-0", "folder:docs", "file:a.txt",
            ])
        let agent = try agent(try make())
        #expect(agent["source_ids"]?.count == 0)
        #expect(agent["group_ids"]?.count == 0)
        #expect(agent["files_agents"]?.count == 0)
    }

    @Test(
        arguments: [
            (nil, "letta_v1_agent", false, ["agent-type-missing"]),
            ("memgpt_v2_agent", "memgpt_v2_agent", true, []),
            ("sleeptime_agent", "sleeptime_agent", false, []),
        ] as [(String?, String, Bool, [String])])
    func `the agent type is kept, or letta_v1_agent where there is none`(
        _ given: String?, _ expected: String, _ kept: Bool, _ rules: [String]
    ) throws {
        let type = given.map { "'agent_type':'\($0)'," } ?? ""
        let shape = try make(shell: "{'agents':[{'name':'a',\(type)'llm_config':{}}]}", state: nil)
        #expect(shape.facts.agentType == expected)
        #expect(shape.facts.memgptKept == kept)
        #expect(shape.changes.map(\.rule) == rules)
    }

    @Test func `an agent type that the target does not know is refused`() {
        let failure = #expect(throws: Failure.self) { try make { $0.agentTypes = ["memgpt_agent"] } }
        #expect(failure?.code == .agentTypeUnknown)
    }

    @Test(arguments: [
        ("Dr. Who: v2/x", "Dr Who v2 x"), ("Ada", "Ada"), ("春香 O'Neil_7-b", "春香 O'Neil_7-b"), ("🎹", "agent"),
        ("a@b", "a b"), ("Олена (2)", "Олена 2"), ("Ine\u{301}s", "Ines"),
    ])
    func `a name is made plain`(_ name: String, _ plain: String) {
        #expect(AgentFileShape.plainName(name) == plain)
        #expect(AgentFileShape.isPlainName(name) == (name == plain))
        #expect(AgentFileShape.isPlainName(plain))
    }

    @Test func `a name that the importer refuses is refused here`() {
        let failure = #expect(throws: Failure.self) { try make { $0.name = "Dr. Who" } }
        #expect(failure?.code == .agentNameInvalid)
    }

    @Test func `an agent without any model is refused`() {
        let failure = #expect(throws: Failure.self) {
            try make(shell: "{'agents':[{'name':'a'}]}", state: nil)
        }
        #expect(failure?.code == .modelUnknown)
    }

    @Test func `a history without a system row gets one made of the instructions`() throws {
        let row = try make().systemRow(at: 3, createdAt: "2026-01-01T00:00:00+00:00")
        #expect(row.id == "message-3")
        #expect(try JSONDocument(row.json).root["content"]?[0]?["text"]?.string == "You are Ada.")
        var draft = RowDraft(try JSONDocument(row.json))
        try draft.apply(RowRule.table, preceding: Preceding(), item: "x")
        #expect(draft.changes.isEmpty)
    }
}

@Suite struct AgentFileWriterTests {
    @Test func `rows and context stand where they belong, and the bytes repeat`() throws {
        let shaped = rows(
            try shape([
                try input(0, "s", "'role':'system','content':[\(text)]"),
                try input(1, "u", "'content':[\(text)]"),
            ]))
        let one = try file(try make(), rows: shaped, context: ["message-0", "message-1"])
        let two = try file(try make(), rows: shaped, context: ["message-0", "message-1"])
        #expect(one == two)
        let root = try JSONDocument(one).root
        #expect(root["agents"]?[0]?["messages"]?.elements.map { Array($0.raw) } == shaped.map(\.json))
        #expect(root["agents"]?[0]?["in_context_message_ids"]?.count == 2)
        #expect(root["agents"]?.count == 1)
        #expect(root["metadata"].map { JSONNode($0).text() } == #"{"revision_id":"1c28e167b74f"}"#)
    }

    @Test func `an error of the sink stops the writer`() throws {
        struct Full: Error {}
        let shape = try make()
        #expect(throws: Full.self) { try AgentFileWriter(shape) { _ in throw Full() } }
    }

    @Test func `a file of tools has no agent and carries the marker`() throws {
        let (bytes, changes) = try AgentFileWriter.toolsOnly(
            [json("{'id':'tool-uuid','name':'log','tags':['a'],'organization_id':'o','odd':1}")],
            toolKeys: nil,
            markerTags: ["ferry-r1-1"])
        let root = try JSONDocument(bytes).root
        #expect(root["agents"]?.count == 0)
        #expect(
            root["tools"].map { JSONNode($0).text() }
                == #"[{"id":"tool-0","name":"log","tags":["a","ferry-r1-1"],"source_type":"python"}]"#)
        #expect(changes.map(\.rule) == ["tool-key-unknown", "tool-source-type"])
        #expect(changes[0].before == "odd: 1")
    }
}

@Suite struct AgentFileReaderTests {
    private func read(_ bytes: [UInt8], chunk: Int = 7) throws -> (
        rows: [AgentFileReader.Row], shell: AgentFileReader.Shell
    ) {
        var reader = AgentFileReader(name: "x.af")
        var rows: [AgentFileReader.Row] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            try reader.feed(Array(bytes[start..<min(start + chunk, bytes.count)])) { rows.append($0) }
        }
        let shell = try reader.finish { rows.append($0) }
        return (rows, shell)
    }

    private let two = """
        {'agents':[{'name':'Ada','agent_type':'letta_v1_agent','messages':[{'id':'message-0','n':1.0},{'id':'message-1'}],
        'in_context_message_ids':['message-1']},{'name':'Bo','messages':[{'id':'message-2'}]}],
        'metadata':{'revision_id':'r'}}
        """

    @Test(arguments: [1, 7, 64, 100_000]) func `rows come as they stand, the shell at the end`(_ chunk: Int)
        throws
    {
        let (rows, shell) = try read(json(two), chunk: chunk)
        #expect(rows.map(\.agent) == [0, 0, 1])
        #expect(rows.map(\.ordinal) == [0, 1, 0])
        #expect(rows.map(\.id) == ["message-0", "message-1", "message-2"])
        #expect(rows[0].json == json("{'id':'message-0','n':1.0}"))
        #expect(shell.agents.map(\.rows) == [2, 1])
        #expect(shell.agents[0].contextIDs == ["message-1"])
        #expect(shell.revision == "r")
        #expect(try JSONDocument(shell.json).root["agents"]?[0]?["messages"]?.count == 0)
    }

    @Test func `a byte order mark and a file inside a JSON string are read`() throws {
        let inner = json(two)
        #expect(try read([0xEF, 0xBB, 0xBF] + inner).rows.count == 3)
        let outer = JSONNode.string(String(decoding: inner, as: UTF8.self)).bytes()
        #expect(try read(outer).shell == read(inner).shell)
    }

    @Test(arguments: [
        ("", "empty"), ("  \n", "empty"), ("<html><body>login</body></html>", "web page"),
        ("hello there, world", "not JSON"),
        ("[{'agents':[]}]", "list"), ("SQLite format 3\u{0}", "SQLite"),
        ("{'agents':[{'name':'x'}", "ends at byte 23"),
        ("{'agents':5, 'metadata':{}}", "no list of agents"), ("{'agents':[], }          ", "at byte 14"),
        ("{'agents':[{'messages':[{'id':nope}]}]}", "not valid JSON"),
    ])
    func `what is no agent file is told what it is`(_ text: String, _ said: String) {
        let failure = #expect(throws: Failure.self) { try read(json(text)) }
        #expect(failure?.code == .agentFileUnreadable)
        #expect(failure?.reason.contains(said) == true, "\(failure?.reason ?? "")")
    }

    @Test func `a compressed file is told`() {
        let failure = #expect(throws: Failure.self) { try read([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]) }
        #expect(failure?.reason.contains("gzip") == true)
    }

    @Test func `the form before version 2 is told with its version`() {
        let failure = #expect(throws: Failure.self) {
            try read(json("{'version':'0.7.10','core_memory':[],'messages':[],'llm_config':{}}"))
        }
        #expect(failure?.code == .agentFileLegacy)
        #expect(failure?.reason.contains("0.7.10") == true)
    }

    @Test func `of several agents one must be named`() throws {
        let shell = try read(json(two)).shell
        #expect(try shell.agentIndex(named: "Bo", file: "x.af") == 1)
        let ambiguous = #expect(throws: Failure.self) { try shell.agentIndex(named: nil, file: "x.af") }
        #expect(ambiguous?.code == .agentAmbiguous)
        #expect(ambiguous?.reason.contains("\"Ada\" (2 messages), \"Bo\" (1 messages)") == true)
        let unknown = #expect(throws: Failure.self) { try shell.agentIndex(named: "Cy", file: "x.af") }
        #expect(unknown?.code == .agentUnknown)
    }
}
