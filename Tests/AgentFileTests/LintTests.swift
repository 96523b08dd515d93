import Foundation
import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

/// A good file of one line for each thing, and changes that each break one rule.
@Suite struct LintTests {
    static let good = """
        {
        "agents": [{"id": "agent-0", "name": "Ada", "agent_type": "letta_v1_agent",
        "llm_config": {"model": "m", "model_endpoint_type": "openai", "context_window": 8192}, "block_ids": ["block-0"], "tool_ids": ["tool-0"],
        "in_context_message_ids": ["message-0", "message-1", "message-2", "message-3"],
        "messages": [
        {"id": "message-0", "type": "message", "role": "system", "content": [{"type": "text", "text": "Be kind."}], "created_at": "2026-05-02T10:11:12Z"},
        {"id": "message-1", "type": "message", "role": "user", "content": [{"type": "text", "text": "Hello"}], "created_at": "2026-05-02T10:11:13Z"},
        {"id": "message-2", "type": "message", "role": "assistant", "content": [], "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}], "created_at": "2026-05-02T10:11:14Z"},
        {"id": "message-3", "type": "message", "role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "{\\"status\\":\\"OK\\",\\"message\\":\\"seen\\"}"}], "created_at": "2026-05-02T10:11:15Z"}
        ]}],
        "groups": [],
        "blocks": [{"id": "block-0", "label": "persona", "value": "I am Ada."}],
        "files": [], "sources": [],
        "tools": [{"id": "tool-0", "name": "look", "tool_type": "custom", "source_type": "python", "source_code": "def look(): pass", "json_schema": {}}],
        "mcp_servers": []
        }
        """

    struct Break: Sendable, CustomTestStringConvertible {
        let rule: String
        let line: Int?
        let old: String
        let new: String

        var testDescription: String { rule }

        init(_ rule: String, line: Int?, _ old: String, _ new: String) {
            self.rule = rule
            self.line = line
            self.old = old
            self.new = new
        }
    }

    /// Put together here: a whole one in a source text would be taken for a leak.
    static func key(_ start: String) -> String { start + String(repeating: "a1B2c3", count: 7) }

    static let breaks = [
        Break("agent-name-plain", line: 2, #""Ada""#, #""Dr. Ada""#),
        Break("agent-type-unknown", line: 2, "letta_v1_agent", "poet_agent"),
        Break("agent-type-missing", line: 2, #""agent_type": "letta_v1_agent","#, ""),
        Break("agent-type-unknown", line: 2, #""letta_v1_agent""#, "null"),
        Break("model-missing", line: 2, #""llm_config":"#, #""llm_config": null, "once":"#),
        Break("model-config", line: 2, #""openai""#, #""hologram""#),
        Break("model-config", line: 2, #", "context_window": 8192"#, ""),
        Break("embedding-config", line: 2, #""block_ids""#, #""embedding_config": {}, "block_ids""#),
        Break(
            "endpoint-of-source", line: 2, #"{"model": "m","#,
            #"{"model": "m", "model_endpoint": "http://x","#),
        Break(
            "model-settings", line: 2, #""block_ids""#,
            #""model_settings": {"provider_type": "openai"}, "block_ids""#),
        Break("model-settings-provider", line: 2, #""block_ids""#, #""model_settings": {}, "block_ids""#),
        Break("tool-rule-type", line: 2, #""block_ids""#, #""tool_rules": [{"type": "sing"}], "block_ids""#),
        Break(
            "tool-rule-type", line: 2, #""block_ids""#,
            #""tool_rules": [{"type": "InitToolRule", "tool_name": "look"}], "block_ids""#),
        Break("secrets-half", line: 2, #""block_ids""#, #""secrets": {"KEY": ""}, "block_ids""#),
        Break("nul-in-shell", line: 2, #""name": "Ada""#, #""name": "Ada", "system": "Be\u0000""#),
        Break("nul-in-shell", line: 12, "I am Ada.", #"\u0000I am Ada."#),
        Break("surrogate-in-shell", line: 14, "def look", #"\ud800def look"#),
        Break(
            "agent-list-missing", line: 2, #"["message-0", "message-1", "message-2", "message-3"]"#, "null"),
        Break("id-form", line: 2, #""agent-0""#, #""agent-ada""#),
        Break("id-form", line: 12, #"{"id": "block-0", "#, "{"),
        Break("id-twice", line: 12, #""blocks": ["#, #""blocks": [{"id": "block-0", "label": "x"}, "#),
        Break("block-incomplete", line: 12, #""label": "persona", "#, ""),
        Break("file-metadata", line: nil, #""files": []"#, #""metadata": {"a": 1}, "files": []"#),
        Break("file-time", line: nil, #""files": []"#, #""created_at": "soon", "files": []"#),
        Break("secret-in-clear", line: 2, #""block_ids""#, #""secrets": {"KEY": "hush"}, "block_ids""#),
        Break(
            "secrets-form", line: 2, #""block_ids""#,
            #""secrets": [{"key": "KEY", "value": "hush"}], "block_ids""#),
        Break(
            "secrets-form", line: 2, #""block_ids""#,
            #""secrets": {"KEY": {"value": "hush"}}, "block_ids""#),
        Break("secrets-form", line: 2, #""block_ids""#, #""secrets": 42, "block_ids""#),
        Break(
            "secret-in-clear", line: 2, #"{"model": "m","#, #"{"model": "m", "api_key": "hush","#),
        Break(
            "secret-in-clear", line: 15, #""mcp_servers": []"#,
            #""mcp_servers": [{"server_name": "m", "stdio_config": {"env": {"A": "hush"}}}]"#),
        Break(
            "key-twice", line: 12, #""label": "persona""#, #""label": "persona", "label": "human""#),
        Break("number-range", line: 12, #""label": "persona""#, #""label": "persona", "limit": 1e400"#),
        Break(
            "number-range", line: 13, #""files": []"#,
            #""files": [{"size": \#(String(repeating: "9", count: 4301))}]"#),
        Break("key-in-text", line: 12, "I am Ada.", "My key is \(key("sk-proj-")). I am Ada."),
        Break("key-in-text", line: 14, "def look(): pass", #"def look():\n    k = '\#(key("ghp_"))'"#),
        Break("key-in-text", line: 7, "Hello", #"Use:\n\#(key("xoxb-"))\nHello"#),
        Break("secret-without-value", line: 2, #""block_ids""#, #""secrets": {"KEY": ""}, "block_ids""#),
        Break("block-unknown", line: 2, #"["block-0"]"#, #"["block-0", "block-7"]"#),
        Break("tool-unknown", line: 2, #"["tool-0"]"#, #"["tool-7"]"#),
        Break(
            "block-label-twice", line: 2, #"["block-0"]"#, #"["block-0", "block-0"]"#),
        Break("top-key-missing", line: 1, #""groups": [],"#, ""),
        Break("message-id-form", line: 7, #""message-1", "type""#, #""message-b", "type""#),
        Break("message-id-twice", line: 7, #""message-1", "type""#, #""message-0", "type""#),
        Break("created-at-form", line: 8, "2026-05-02T10:11:14Z", "soon"),
        Break("user-empty", line: 7, #"[{"type": "text", "text": "Hello"}]"#, "[]"),
        Break("tool-body-not-json", line: 9, #"{\"status\":\"OK\",\"message\":\"seen\"}"#, "It went well."),
        Break("tool-call-type", line: 8, #""type": "function", "function""#, #""function""#),
        Break("in-context-begins-with-system", line: 4, #"["message-0", "message-1","#, #"["message-1","#),
        Break("in-context-unknown", line: 4, #""message-3"],"#, #""message-3", "message-99"],"#),
        Break(
            "in-context-empty-reply", line: 8,
            #""tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}], "#,
            ""),
        Break(
            "return-without-call", line: 9, #""message-1", "message-2", "message-3""#,
            #""message-1", "message-3""#),
        Break("call-without-return", line: 8, #", "message-3"],"#, "],"),
        Break("tool-key-unknown", line: 14, #""tool_type""#, #""novelty": 1, "tool_type""#),
        Break("tool-type-unknown", line: 14, #""tool_type": "custom""#, #""tool_type": "spell""#),
        Break("core-tool-unknown", line: 14, #""tool_type": "custom""#, #""tool_type": "letta_core""#),
        Break("tool-source-type", line: 14, #""source_type": "python", "#, ""),
        Break("tool-without-source", line: 14, #", "source_code": "def look(): pass""#, ""),
        Break("tool-incomplete", line: 14, #", "source_code": "def look(): pass", "json_schema": {}"#, ""),
        Break("member-type", line: 2, #"["block-0"]"#, #""block-0""#),
        Break("member-type", line: 2, #""block_ids""#, #""description": 7, "block_ids""#),
        Break("member-type", line: 2, #""block_ids""#, #""tags": [null], "block_ids""#),
        Break("member-type", line: 2, #""block_ids""#, #""hidden": "perhaps", "block_ids""#),
        Break("member-type", line: 2, #""block_ids""#, #""max_files_open": 1.5, "block_ids""#),
        Break("member-type", line: 2, #""block_ids""#, #""response_format": {}, "block_ids""#),
        Break("member-type", line: 2, #""block_ids""#, #""message_buffer_autoclear": null, "block_ids""#),
        Break("member-type", line: 2, #""message-3"],"#, #""message-3", null],"#),
        Break("member-type", line: 12, #""label": "persona""#, #""label": "persona", "limit": []"#),
        Break("member-type", line: 12, #""label": "persona""#, #""label": "persona", "limit": null"#),
        Break("member-type", line: 14, #""json_schema": {}"#, #""json_schema": "none""#),
        Break("member-type", line: 14, #""json_schema": {}"#, #""json_schema": {}, "tags": null"#),
        Break("member-type", line: 14, #""tool_type": "custom""#, #""tool_type": null"#),
        Break("block-unknown", line: 2, #"["block-0"]"#, #"["block-0", null]"#),
        Break("tool-unknown", line: 2, #"["tool-0"]"#, #"["tool-0", 7]"#),
        Break("top-key-missing", line: 1, #""groups": [],"#, #""groups": "x","#),
        Break("top-key-missing", line: 1, #""groups": [],"#, #""groups": [], "skills": null,"#),
        Break(
            "tool-name-twice", line: 14, #""tools": ["#,
            #""tools": [{"id": "tool-1", "name": "look", "tool_type": "custom", "source_type": "python", "#
                + #""source_code": "def look(): pass", "json_schema": {}}, "#),
        Break(
            "id-twice", line: 14, #""tools": ["#,
            #""tools": [{"id": "tool-0", "name": "look", "tool_type": "custom", "source_type": "python", "#
                + #""source_code": "def look(): pass", "json_schema": {}}, "#),
        Break(
            "id-twice", line: 14, #""tools": ["#,
            #""tools": [{"id": "tool-0", "name": "see", "source_type": "python", "source_code": "x"}, "#),
        Break(
            "tool-name-twice", line: 14, #""tools": ["#,
            #""tools": [{"id": "tool-1", "name": "look", "source_type": "python", "source_code": "x"}, "#),
    ]

    @Test func `a good file is clean`() throws {
        #expect(try Self.lint(Self.good).isEmpty)
    }

    @Test(arguments: breaks)
    func `what is broken is found by its rule, at its line`(broken: Break) throws {
        let text = Self.good.replacing(broken.old, with: broken.new, maxReplacements: 1)
        #expect(text != Self.good)
        let all = try Self.lint(text)
        let found = all.filter { $0.rule.id == broken.rule }
        #expect(found.count == 1, "\(all.map(\.rule.id))")
        #expect(found.first?.line == broken.line)
    }

    @Test func `a pending approval is told from a call that nobody answers`() throws {
        let text = Self.good.replacing(#""role": "assistant""#, with: #""role": "approval""#)
            .replacing(#", "message-3"],"#, with: "],")
        #expect(try Self.lint(text).map(\.rule.id) == ["approval-pending"])
    }

    @Test func `a mark at the start and JSON inside a string are read, with a warning`() throws {
        #expect(try Self.lint("\u{FEFF}" + Self.good).map(\.rule.id) == ["byte-order-mark"])
        let wrapped = JSONNode.string(Self.good).text()
        let found = try Self.lint(wrapped)
        #expect(found.map(\.rule.id) == ["json-in-a-string"])
        #expect(found.allSatisfy { $0.severity == .warning && $0.line == nil })
    }

    @Test func `the form of one agent is named, and nothing else is looked at`() throws {
        let legacy =
            #"{"name": "Ada", "version": "0.6.47", "messages": [], "core_memory": [], "llm_config": {}}"#
        let found = try Self.lint(legacy)
        #expect(found.map(\.rule.id) == ["legacy-form"])
        #expect(found.first?.isMended == false)
    }

    @Test(arguments: ["", "no", "[1]", "<html><body>", "{\"agents\": [", "{\"a\": 1}"])
    func `what is no agent file is a failure, not a finding`(text: String) throws {
        #expect(throws: Failure.self) { try Self.lint(text) }
    }

    @Test func `a legacy file says what to do about its secrets, and that mend takes none of it`() throws {
        let legacy = """
            {"name": "Ada", "version": "0.6.47", "messages": [], "core_memory": [], "llm_config": {},
            "tools": [{"id": "tool-0", "name": "look", "novelty": 1, "source_type": "python", "source_code": "x"}],
            "tool_exec_environment_variables": [{"key": "KEY", "value": "hush"}, {"key": "EMPTY", "value": ""}]}
            """
        let found = try Self.lint(legacy).filter { $0.severity != .note }
        #expect(
            Set(found.map(\.rule.id)) == ["tool-key-unknown", "legacy-form", "secret-in-clear"],
            "\(found.map(\.rule.id))")
        #expect(found.filter { $0.rule.id == "secret-in-clear" }.map(\.detail) == ["KEY"])
        let said = found.map(\.ofLegacyForm)
        #expect(said.allSatisfy { !$0.isMended })
        #expect(said.filter { !$0.isConverted }.map(\.rule.id) == ["legacy-form"])
    }

    @Test func `a second block of one label is called mended where mend knows that it says the same`() throws
    {
        let two = Self.good.replacing(#"["block-0"]"#, with: #"["block-0", "block-1"]"#)
        for (value, isMended) in [("I am Ada.", true), ("I am Bob.", false)] {
            let text = two.replacing(
                #""blocks": ["#,
                with: #""blocks": [{"id": "block-1", "label": "persona", "value": "\#(value)"}, "#)
            let found = try Self.lint(text)
            #expect(found.map(\.rule.id) == ["block-label-twice"])
            #expect(found.first?.isMended == isMended)
            let mended = try Mended(text).changes.contains { $0.rule.id == "block-label-twice" }
            #expect(mended == isMended)
        }
    }

    @Test(arguments: [
        (key("sk-"), true), (key("sk-ant-api03-"), true), (key("AKIA").uppercased(), true),
        ("Bearer " + key(""), true), (#"curl -H \"Authorization: Bearer \#(key(""))\""#, true),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", true), ("task-" + key("sk-"), true),
        ("ask-" + key(""), false), ("sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false), ("sk-...", false),
        ("sk-slow-2024-report-of-the-long-summer-in-cork", false), ("Bearer {token}", false),
        ("Bearer of good news from 1923 and after", false), ("-----BEGIN CERTIFICATE-----", false),
        (key(""), false), ("hf_hub_download(repo_id)", false),
    ])
    func `a key is told by its look, and a word that looks alike is none`(text: String, isKey: Bool) {
        #expect((KeyShapes.first(in: Array("\"\(text)\"".utf8)[...]) != nil) == isKey)
    }

    @Test func `a secret that has a rule of its own is named once, and no finding holds its value`() throws {
        let key = Self.key("sk-")
        let text = Self.good.replacing(
            #"{"model": "m","#, with: #"{"model": "m", "api_key": "\#(key)","#)
        #expect(try Self.lint(text).map(\.rule.id) == ["secret-in-clear"])
        let block = try Self.lint(Self.good.replacing("I am Ada.", with: key))
        #expect(block.map(\.rule.id) == ["key-in-text"])
        #expect(block.allSatisfy { $0.severity == .warning && $0.detail?.contains("a1B2c3") == false })
    }

    @Test func `what no rule looks at is named, and only that`() throws {
        func unseen(_ old: String, _ new: String, for target: LintTarget = .v0_16_8) throws -> [String: Int] {
            let text = Self.good.replacing(old, with: new, maxReplacements: 1)
            var shell = ShellLint(name: "x.af", target: target)
            try shell.feed(Array(text.utf8)) { _ in }
            return try shell.finish { _ in }.unseen
        }
        #expect(try unseen("", "") == [:])
        #expect(try unseen(#""files": []"#, #""files": [{}, {}]"#) == ["$.files": 2])
        #expect(try unseen(#""sources": []"#, #""sources": [{}]"#) == ["$.sources": 1])
        #expect(try unseen(#""groups": []"#, #""groups": [{}]"#) == ["$.groups": 1])
        #expect(try unseen(#""mcp_servers": []"#, #""mcp_servers": [{}]"#) == ["$.mcp_servers": 1])
        #expect(try unseen(#""mcp_servers": []"#, #""mcp_servers": [], "spells": [1]"#) == ["$.spells": 1])
        #expect(
            try unseen(#""name": "Ada""#, #""name": "Ada", "files_agents": [{}], "group_ids": []"#)
                == ["$.agents[*].files_agents": 1])
        // What a server of before 0.16.7 makes of another type was not tried.
        let old = try #require(LintTarget.of(version: "0.12.1"))
        #expect(
            try unseen(#""name": "Ada""#, #""name": "Ada", "description": 7, "tags": [1]"#, for: old)
                == ["$.agents[*].description": 1, "$.agents[*].tags": 1])
        #expect(
            try unseen(#""json_schema": {}"#, #""json_schema": "none""#, for: old)
                == ["$.tools[*].json_schema": 1])
    }

    @Test(arguments: ["agents", "blocks", "tools", "groups", "files"])
    func `an element that is no object is named with its place`(list: String) {
        let text = Self.good.replacing("\"\(list)\": [", with: "\"\(list)\": [null, ", maxReplacements: 1)
            .replacing("[null, ]", with: "[null]")
        let failure = #expect(throws: Failure.self) { try Self.lint(text) }
        #expect(failure?.code == .agentFileUnreadable)
        #expect(failure?.reason == "$.\(list)[0] is no JSON object")
    }

    @Test func `what Letta reads as a flag or a number is none of another type`() throws {
        let text = Self.good.replacing(
            #""block_ids""#,
            with: #""hidden": "yes", "enable_sleeptime": 0, "max_files_open": "5", "block_ids""#)
        #expect(try Self.lint(text).isEmpty)
    }

    @Test func `chunks may end anywhere`() throws {
        let text = Self.good.replacing("Hello", with: "").replacing("2026-05-02T10:11:14Z", with: "soon")
        let whole = try Self.lint(text)
        for size in [1, 7, 64, 1000] { #expect(try Self.lint(text, chunk: size) == whole) }
    }

    /// A rule that is written down and stands in no table is in no document.
    @Test func `every rule that is written down stands in a table`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/AgentFile").standardized
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var written: Set<String> = []
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /\bRule\(\s*id: "([a-z-]+)"/) { written.insert(String(match.1)) }
            for match in text.matches(of: /\bRowRule\(\s*"([a-z-]+)"/) { written.insert(String(match.1)) }
            for match in text.matches(of: /bodyRule\(\s*\.[a-zA-Z]+, "([a-z-]+)"/) {
                written.insert(String(match.1))
            }
        }
        let known = (Rule.table + Rule.lintTable + Rule.conversionTable).map(\.id)
        #expect(written.count > 60)
        #expect(Set(known).symmetricDifference(written) == [RowRule.emptyApproval])
        #expect(Set(known).count == known.count)
    }

    @Test func `a version has the words that it knew`() throws {
        func rules(_ text: String, _ version: String) throws -> [String] {
            let target = try #require(LintTarget.of(version: version))
            return try Self.lint(text, for: target).filter { $0.severity == .error }.map(\.rule.id)
        }
        let parallel = Self.good.replacing(
            #""tool_type""#, with: #""enable_parallel_execution": false, "tool_type""#)
        let project = Self.good.replacing(#""tool_type""#, with: #""project_id": null, "tool_type""#)
        #expect(try rules(Self.good, "0.16.8") == [])
        #expect(try rules(Self.good, "0.11.7") == ["agent-type-unknown"])
        #expect(try rules(parallel, "0.12.1") == ["tool-key-unknown"])
        #expect(try rules(parallel, "v0.13") == [])
        #expect(try rules(project, "0.15.1") == ["tool-key-unknown"])
        #expect(try rules(project, "0.16.2") == [])
        for version in ["0.11.6", "0.16.9", "1.0.0", "home", "0.16.x", "16"] {
            #expect(LintTarget.of(version: version) == nil, "\(version)")
        }
        #expect(!LintTarget.isVersion("home.example"))
    }

    @Test func `a call has to be answered by the rows right behind it`() throws {
        let text = Self.good.replacing(
            #"["message-0", "message-1", "message-2", "message-3"]"#,
            with: #"["message-0", "message-2", "message-1", "message-3"]"#)
        #expect(try Self.lint(text).map(\.rule.id) == ["call-without-return", "return-without-call"])
    }

    @Test func `what a column cannot keep is an error, what the server strips is a warning`() throws {
        let stripped = try Self.lint(Self.good.replacing("Hello", with: #"\u0000"#))
        #expect(stripped.map(\.severity) == [.warning])
        let named = try Self.lint(
            Self.good.replacing(#""message-1", "type""#, with: #""message-1", "name": "\u0000", "type""#))
        #expect(named.map(\.severity) == [.error])
    }

    @Test func `every rule of lint alone has a file that breaks it`() {
        let tried = Set(
            Self.breaks.map(\.rule) + [
                "byte-order-mark", "json-in-a-string", "legacy-form", "approval-pending",
            ])
        #expect(Set(LintRule.all.map(\.id)).subtracting(tried) == [])
    }

    @Test func `a key of the whole or of a row that stands twice is an error, wherever it is`() throws {
        let agents = try Self.lint(
            Self.good.replacing(#""groups": []"#, with: #""groups": [], "agents": []"#))
        #expect(agents.map(\.path) == ["$.agents"])
        let row = try Self.lint(
            Self.good.replacing(#""role": "user""#, with: #""role": "ghost", "role": "user""#))
        #expect(row.map(\.path) == ["$.agents[0].messages[1].role"])
        #expect((agents + row).allSatisfy { $0.rule.id == "key-twice" && $0.severity == .error })
    }

    @Test func `numbers that Python reads are numbers`() throws {
        for number in ["1e308", "-1.5E-400", String(repeating: "9", count: 4300), #""1e400""#] {
            #expect(
                try Self.lint(Self.good.replacing(#""groups": []"#, with: "\"groups\": [{\"n\": \(number)}]"))
                    == [])
        }
        let elsewhere = try Self.lint(
            Self.good.replacing(#""groups": []"#, with: #""groups": [{"n": 1e400}]"#))
        #expect(elsewhere.map(\.severity) == [.warning])
    }

    @Test(arguments: ["", #"{"agents": [}"#, #"{"agents": [{"messages": [1]}]}"#])
    func `a file that no hand can put right is written anew with commands that can be typed`(text: String) {
        #expect {
            try Self.lint(text)
        } throws: { error in
            let remedy = (error as? Failure)?.remedy ?? ""
            return remedy.contains(
                "ferry snapshot AGENT --from SERVER -o NEW.ferry && ferry export NEW.ferry -o")
        }
    }

    @Test func `UTF-16 and a text nested too deep are told in words`() {
        let wide = Array(Self.good.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        for start in [[0xFF, 0xFE], []] as [[UInt8]] {
            var shell = ShellLint(name: "x.af", target: .v0_16_8)
            let failure = #expect(throws: Failure.self) { try shell.feed(start + wide) { _ in } }
            #expect(failure?.remedy.contains("iconv -f UTF-16") == true)
        }
        let nested = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
        let failure = #expect(throws: Failure.self) {
            try Self.lint(Self.good.replacing(#""groups": []"#, with: "\"groups\": \(nested)"))
        }
        #expect(failure?.reason.contains("more than 512") == true)
        #expect(failure?.remedy.contains("export") == false)
    }

    static func lint(
        _ text: String, chunk: Int = 4096, for target: LintTarget = .v0_16_8
    ) throws -> [LintFinding] {
        let bytes = Array(text.utf8)
        let chunks = stride(from: 0, to: bytes.count, by: chunk).map {
            Array(bytes[$0..<min($0 + chunk, bytes.count)])
        }
        var found: [LintFinding] = []
        var shell = ShellLint(name: "x.af", target: target)
        for chunk in chunks { try shell.feed(chunk) { found.append($0) } }
        let facts = try shell.finish { found.append($0) }
        guard !facts.isLegacy else { return found }
        var rows = RowLint(name: "x.af", facts: facts)
        for chunk in chunks { try rows.feed(chunk) { found.append($0) } }
        try rows.finish { found.append($0) }
        return found
    }
}
