import LettaModel
import LosslessJSON
import Testing

@testable import AgentFile

/// Files that break one rule each, mended.
@Suite struct MendTests {
    @Test func `a good file goes through byte for byte, but for white space`() throws {
        let mended = try Mended(LintTests.good)
        #expect(mended.changes == [])
        let (old, new) = (try JSONDocument(LintTests.good).root, try JSONDocument(mended.text).root)
        #expect(Canonical.bytes(old) == Canonical.bytes(new))
        let rows = old["agents"]?[0]?["messages"]?.elements.map {
            String(decoding: $0.minified(), as: UTF8.self)
        }
        for row in rows ?? [] { #expect(mended.text.contains("\n" + row)) }
    }

    @Test(arguments: LintTests.breaks)
    func `what lint calls mended is gone, anything else is still there`(broken: LintTests.Break) throws {
        let text = LintTests.good.replacing(broken.old, with: broken.new, maxReplacements: 1)
        let found = try LintTests.lint(text).filter { $0.rule.id == broken.rule }
        let mended = try Mended(text)
        let left = try LintTests.lint(mended.text).filter { $0.rule.id == broken.rule }
        let isMended = found.allSatisfy(\.isMended)
        #expect(left.isEmpty == isMended, "\(mended.text)")
        #expect(mended.changes.contains { $0.rule.id == broken.rule } == isMended)
        guard isMended else { return }
        let rest = try LintTests.lint(mended.text).filter {
            $0.severity != .note && ($0.rule.scope != .pair || broken.rule != "in-context-empty-reply")
        }
        #expect(rest.map(\.rule.id) == [])
        #expect(try Mended(mended.text).changes == [], "mended twice is mended once")
    }

    @Test func `chunks may end anywhere`() throws {
        let text = LintTests.good.replacing("Hello", with: #"\u0000"#)
            .replacing(#""message-1", "type""#, with: #""message-x", "type""#)
        let whole = try Mended(text, pairs: .close)
        for size in [1, 7, 64, 1000] {
            let parts = try Mended(text, pairs: .close, chunk: size)
            #expect(parts.text == whole.text)
            #expect(parts.changes == whole.changes)
        }
    }

    @Test func `a mark at the start and the quotes around it are gone`() throws {
        for text in ["\u{FEFF}" + LintTests.good, JSONNode.string(LintTests.good).text()] {
            let mended = try Mended(text)
            #expect(mended.text.hasPrefix("{"))
            #expect(mended.changes.count == 1)
            #expect(try LintTests.lint(mended.text).isEmpty)
        }
    }

    @Test func `the value of a secret is in neither the file nor the list`() throws {
        let text = LintTests.good.replacing(
            #""block_ids""#, with: #""secrets": {"KEY": "hush-hush"}, "block_ids""#)
        let mended = try Mended(text)
        #expect(!mended.text.contains("hush-hush"))
        #expect(!mended.changes.contains { ($0.before + $0.after).contains("hush-hush") })
        let agent = try JSONDocument(mended.text).root["agents"]?[0]
        #expect(agent?["secrets"]?["KEY"]?.string == "")
        #expect(agent?["tool_exec_environment_variables"]?["KEY"]?.string == "")
    }

    /// Members of an agent -> its two members of secrets after it.
    @Test(arguments: [
        (
            #""secrets": {"K1": {"value": "HUSH"}}, "tool_exec_environment_variables": ["HUSH"]"#,
            #"{"K1":""}"#, "{}"
        ),
        (#""secrets": "HUSH", "tool_exec_environment_variables": 42"#, "{}", "{}"),
        (
            #""secrets": [{"name": "K1", "value": "HUSH"}, {"key": 7, "value": "HUSH"}, ["HUSH"]], "tool_exec_environment_variables": [{"key": "K9", "value": "HUSH", "extra": "HUSH"}]"#,
            #"{"K1":""}"#, #"{"K9":""}"#
        ),
        (#""secrets": {"K": "HUSH\u0000"}"#, #"{"K":""}"#, #"{"K":""}"#),
        (
            #""secrets": {"K": "<encrypted>"}, "tool_exec_environment_variables": {"K": ""}"#,
            #"{"K":"<encrypted>"}"#, #"{"K":""}"#
        ),
        (#""model_settings": {"provider_type": "x", "api_key": "HUSH", "token": "HUSH\u0000"}"#, "", ""),
        (#""embedding_config": {"embedding_endpoint": "http://u:HUSH@h/v1?a=b&key=HUSH#c"}"#, "", ""),
    ])
    func `no shape of secrets comes through`(members: String, secrets: String, variables: String) throws {
        let mended = try Mended(
            LintTests.good.replacing(#""block_ids""#, with: "\(members), \"block_ids\""))
        #expect(!mended.text.contains("HUSH"))
        #expect(!mended.changes.contains { ($0.before + $0.after).contains("HUSH") })
        func text(_ key: String) -> String {
            mended.agent?[key].map { String(decoding: $0.minified(), as: UTF8.self) } ?? ""
        }
        #expect(text("secrets") == secrets)
        #expect(text("tool_exec_environment_variables") == variables)
        #expect(
            try !LintTests.lint(mended.text).contains {
                $0.rule.id.hasPrefix("secret") && $0.severity != .note
            })
    }

    @Test func `an MCP server loses its tokens, headers and environment, and nothing else`() throws {
        let server =
            #"{"server_name": "m", "server_url": "http://x?key=HUSH", "token": "HUSH", "custom_headers": {"Authorization": "Bearer HUSH"}, "stdio_config": {"command": "c", "env": {"A": "HUSH"}}}"#
        let mended = try Mended(
            LintTests.good.replacing(#""mcp_servers": []"#, with: "\"mcp_servers\": [\(server)]"))
        #expect(
            mended.changes.map(\.path)
                == [
                    "server_url", "token", "custom_headers.Authorization", "stdio_config.env.A",
                ].map { "$.mcp_servers[0].\($0)" })
        let rest = server.replacing("Bearer HUSH", with: "").replacing("HUSH", with: "")
        let written = String(decoding: try JSONDocument(rest).root.minified(), as: UTF8.self)
        #expect(mended.text.contains(written))
    }

    @Test(arguments: [
        #""mcp_servers": {"one": {"auth_token": "hush", "env": {"K": "hush"}}}"#,
        #""sources": [{"id": "source-0", "embedding_config": {"api_key": "hush"}}]"#,
        #""groups": [{"manager_config": {"token": "hush", "url": "https://me:hush@h/"}}]"#,
    ])
    func `keys in other lists, or in what should be a list, are found and cut`(member: String) throws {
        let key = member.prefix { $0 != ":" }
        let text = LintTests.good.replacing("\(key): []", with: member)
        #expect(text != LintTests.good)
        #expect(try LintTests.lint(text).contains { $0.rule.id == "secret-in-clear" })
        let mended = try Mended(text)
        #expect(!mended.text.contains("hush"))
        #expect(mended.changes.contains { $0.rule.id == "secret-in-clear" })
    }

    @Test func `a system row that is made of the instructions is mended like any other`() throws {
        let text = LintTests.good
            .replacing(#""name": "Ada","#, with: #""name": "Ada", "system": "Be\u0000 kind.","#)
            .replacing(#""role": "system""#, with: #""role": "user""#)
        let mended = try Mended(text)
        let rows = try JSONDocument(mended.text).root["agents"]?[0]?["messages"]?.elements ?? []
        let made = try #require(rows.last)
        #expect(made["role"]?.string == "system")
        #expect(made["content"]?[0]?["text"]?.string == "Be kind.")
        #expect(try LintTests.lint(mended.text).filter { $0.severity == .error } == [])
    }

    @Test func `an id that is none and that two blocks have is left to a person`() throws {
        let text = LintTests.good
            .replacing(#"["block-0"]"#, with: #"["block-x"]"#)
            .replacing(
                #"[{"id": "block-0", "label": "persona""#,
                with:
                    #"[{"id": "block-x", "label": "other", "value": ""}, {"id": "block-x", "label": "persona""#
            )
        let found = try LintTests.lint(text).filter { $0.rule.id == "id-form" }
        #expect(found.count == 2 && found.allSatisfy { !$0.isMended })
        #expect(try LintTests.lint(text).contains { $0.rule.id == "id-twice" })
        let mended = try Mended(text)
        #expect(mended.text.contains(#""block_ids":["block-x"]"#))
        #expect(!mended.changes.contains { $0.rule.id == "id-form" })
    }

    @Test func `a row with a key twice is refused`() {
        let text = LintTests.good.replacing(#""role": "user""#, with: #""role": "ghost", "role": "user""#)
        let failure = #expect(throws: Failure.self) { try Mended(text) }
        #expect(failure?.reason.contains("$.agents[0].messages[1].role") == true)
    }

    @Test func `a row without an id of its own gets a number past the highest, in the list as well`() throws {
        let text = LintTests.good.replacing("message-1", with: "message-x")
            .replacing(#""message-3", "type""#, with: #""message-0", "type""#)
            .replacing(#", "message-3"]"#, with: "]")
        let mended = try Mended(text, pairs: .drop)
        #expect(mended.ids == ["message-0", "message-3", "message-2", "message-4"])
        #expect(
            mended.context == ["message-0", "message-3"], "the newest of that id is a return without its call"
        )
        #expect(mended.changes.map(\.rule.id).contains("in-context-ambiguous"))
    }

    @Test func `two blocks that say the same are one, two others are left to a person`() throws {
        let two = LintTests.good.replacing(#"["block-0"]"#, with: #"["block-0", "block-1"]"#)
        let twin = #""blocks": [{"id": "block-1", "label": "persona", "value": "I am Ada."}, "#
        let alike = try Mended(two.replacing(#""blocks": ["#, with: twin))
        #expect(try LintTests.lint(alike.text).isEmpty)
        let other = try Mended(two.replacing(#""blocks": ["#, with: twin.replacing("Ada", with: "Bob")))
        #expect(try LintTests.lint(other.text).map(\.rule.id) == ["block-label-twice"])
    }

    @Test func `of two tools of one id and name one is kept where they say the same, else both`() throws {
        let twin =
            #""tools": [{"id": "tool-0", "name": "look", "tool_type": "custom", "source_type": "python", "#
            + #""source_code": "def look(): pass", "json_schema": {}}, "#
        let alike = try Mended(LintTests.good.replacing(#""tools": ["#, with: twin))
        #expect(try LintTests.lint(alike.text).isEmpty)
        #expect(alike.tools == ["tool-0 look"])
        let other = LintTests.good.replacing(
            #""tools": ["#, with: twin.replacing("look(): pass", with: "look(): return 1"))
        let kept = try Mended(other)
        #expect(kept.changes == [] && kept.tools == ["tool-0 look", "tool-0 look"])
        #expect(try LintTests.lint(other).map(\.isMended) == [false, false])
    }

    @Test func `a tool whose id another tool bears, too, is not taken for a third`() throws {
        let text = LintTests.good.replacing(
            #""tools": ["#,
            with:
                #""tools": [{"id": "tool-1", "name": "look", "tool_type": "custom", "source_type": "python", "#
                + #""source_code": "def look(): pass", "json_schema": {}}, "#
                + #"{"id": "tool-1", "name": "see", "source_type": "python", "source_code": "x"}, "#)
        #expect(try Mended(text).tools == ["tool-1 look", "tool-1 see", "tool-0 look"])
    }

    @Test func `a list that stands in the file twice is refused`() {
        let text = LintTests.good.replacing(#""files": []"#, with: #""blocks": [{}], "files": []"#)
        #expect(throws: Failure.self) { try Mended(text) }
    }

    @Test func `an approval about nothing is left out, an unknown role stays`() throws {
        let empty = LintTests.good.replacing(
            #""role": "user", "content": [{"type": "text", "text": "Hello"}]"#,
            with: #""role": "approval", "content": []"#)
        let mended = try Mended(empty)
        #expect(mended.ids == ["message-0", "message-2", "message-3"])
        #expect(mended.context == ["message-0", "message-2", "message-3"])
        let ghost = try Mended(LintTests.good.replacing(#""role": "user""#, with: #""role": "ghost""#))
        #expect(ghost.ids.count == 4)
        #expect(try LintTests.lint(ghost.text).map(\.rule.id) == ["role-unknown"])
    }
}

/// A text after both looks and the third, that writes.
struct Mended {
    let text: String
    let changes: [MendChange]

    init(_ text: String, pairs: ToolPairs? = nil, chunk: Int = 4096) throws {
        let bytes = Array(text.utf8)
        let chunks = stride(from: 0, to: bytes.count, by: chunk).map {
            Array(bytes[$0..<min($0 + chunk, bytes.count)])
        }
        let plan = try Self.plan(chunks, pairs)
        var written: [UInt8] = []
        var changes: [MendChange] = []
        try Self.write(chunks, plan, &written, &changes)
        self.text = String(decoding: written, as: UTF8.self)
        self.changes = changes
    }

    private static func plan(_ chunks: [[UInt8]], _ pairs: ToolPairs?) throws -> MendPlan {
        var shell = ShellLint(name: "x.af", target: .v0_16_8)
        for chunk in chunks { try shell.feed(chunk) { _ in } }
        let facts = try shell.finish { _ in }
        return try MendPlan.made(of: "x.af", facts, pairs) { for chunk in chunks { try $0(chunk) } }
    }

    private static func write(
        _ chunks: [[UInt8]], _ plan: MendPlan, _ written: inout [UInt8], _ changes: inout [MendChange]
    ) throws {
        let sink = Sink()
        var found: [MendChange] = []
        var writer = MendWriter(name: "x.af", plan: plan, target: .v0_16_8) { sink.bytes += $0 }
        for chunk in chunks { try writer.feed(chunk) { found.append($0) } }
        _ = try writer.finish { found.append($0) }
        written = sink.bytes
        changes = found
    }

    private final class Sink {
        var bytes: [UInt8] = []
    }

    var agent: JSONValue? { (try? JSONDocument(text))?.root["agents"]?[0] }
    var tools: [String] {
        ((try? JSONDocument(text))?.root["tools"]?.elements ?? []).map {
            "\($0["id"]?.string ?? "") \($0["name"]?.string ?? "")"
        }
    }
    var rows: [JSONValue] { agent?["messages"]?.elements ?? [] }
    var ids: [String] { rows.compactMap { $0["id"]?.string } }
    var context: [String] { agent?["in_context_message_ids"]?.elements.compactMap(\.string) ?? [] }
}
