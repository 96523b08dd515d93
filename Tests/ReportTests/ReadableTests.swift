import LettaModel
import LosslessJSON
import Report
import Testing

/// What a person sees of a snapshot, item by item.
struct ReadableTests {
    private func markdown(_ row: JSONNode) throws -> String {
        var writer = ReadableWriter(.markdown)
        _ = try writer.bytes(of: .head(Self.head))
        return String(decoding: try writer.bytes(of: .message(Self.message(row))), as: UTF8.self)
    }

    private static let head = ReadableHead(
        agentName: "Ada", source: "home", startedAt: "2026-05-02T13:11:12+00:00", finishedAt: nil,
        movement: nil)

    private static func message(_ row: JSONNode) -> ReadableMessage {
        ReadableMessage(
            thread: .main, number: 7, id: "message-1", date: "2026-05-02T13:11:12+00:00", form: .export,
            verbatim: row.bytes(), row: row.bytes())
    }

    private static func user(_ text: String) -> JSONNode {
        [
            "role": "user", "created_at": "2026-05-02T15:11:12.5+02:00",
            "content": [["type": "text", "text": .string(text)]],
        ]
    }

    @Test(arguments: [
        #"{"type":"alert","message":"disk full","host":"db1"}"#,
        #"{"type":"user_message","message":"hello","name":"Mira"}"#,
    ])
    func `an object that says more than Letta's wrapping is shown whole`(text: String) throws {
        #expect(try markdown(Self.user(text)).contains(text))
    }

    @Test func `Letta's own wrapping is taken off`() throws {
        let text = #"{"type":"user_message","message":"hello","time":"2026-05-02 13:11:12 PM UTC+0000"}"#
        let shown = try markdown(Self.user(text))
        #expect(shown.contains("\nhello\n") && !shown.contains("user_message"))
    }

    @Test func `a return that says more than its message is shown whole`() throws {
        func shown(_ body: String) throws -> String {
            try markdown([
                "role": "tool", "tool_returns": [["status": "success", "func_response": .string(body)]],
            ])
        }
        #expect(try shown(#"{"message":"found 1","items":["kept"]}"#).contains("kept"))
        #expect(try !shown(#"{"status":"OK","message":"found 1","time":"noon"}"#).contains("noon"))
    }

    @Test func `a message says its number, its time in UTC, its speaker and its words`() throws {
        #expect(
            try markdown(Self.user("Good morning")) == """

                ### 2026-05-02

                **7 · 2026-05-02 13:11:12 · user**

                ```text
                Good morning
                ```

                """)
    }

    @Test func `a fence in a message does not end the message`() throws {
        let text = "```swift\nlet a = 1\n```\n# Not a heading\n````"
        #expect(try markdown(Self.user(text)).hasSuffix("\n`````text\n\(text)\n`````\n"))
    }

    @Test func `a carriage return is a line end, and no way out of a quote`() throws {
        let row: JSONNode = [
            "role": "assistant", "content": [["type": "reasoning", "reasoning": "a\r# b\r\n```"]],
        ]
        let lines = try markdown(row).split(separator: "\n", omittingEmptySubsequences: false)
        let place = try #require(lines.firstIndex(of: "> *reasoning*"))
        #expect(
            lines[place...].prefix { !$0.isEmpty } == [
                "> *reasoning*", ">", "> ````text", "> a", "> # b", "> ```", "> ````",
            ])
    }

    @Test func `characters beyond the basic plane, right to left and combining stay as they are`() throws {
        let text = "𝄞 👩‍👩‍👧 שלום 你好 e\u{301} 𠮷"
        #expect(try markdown(Self.user(text)).contains("\n\(text)\n"))
    }

    @Test func `control characters are shown as pictures of themselves`() throws {
        #expect(try markdown(Self.user("a\u{1B}[2Jb\u{0}")).contains("a\u{241B}[2Jb\u{2400}"))
    }

    @Test func `the wrapping of a user's words is taken off`() throws {
        let packed = #"{"type": "user_message", "message": "Hi \u4f60", "time": "now"}"#
        let text = try markdown(Self.user(packed))
        #expect(text.contains("· user**\n\n```text\nHi 你\n```"))
    }

    @Test func `news of the server's own says what it is`() throws {
        let packed = #"{"type": "system_alert", "message": "low on memory", "time": "now"}"#
        #expect(try markdown(Self.user(packed)).contains("· user, system alert**"))
    }

    @Test func `a short call stands in one line, with its escapes read`() throws {
        let function: JSONNode = ["name": "look_up", "arguments": #"{"word": "\u4f60", "n": 2}"#]
        let row: JSONNode = [
            "role": "assistant", "content": [], "tool_calls": [["id": "call-1", "function": function]],
        ]
        #expect(
            try markdown(row).contains(
                "**7 · 2026-05-02 13:11:12 · Ada**\n\n*calls* `look_up` `word: 你, n: 2`"))
    }

    @Test func `a long call stands in a fence, whole`() throws {
        let long = String(repeating: "word ", count: 100) + "```"
        let arguments: JSONNode = ["text": .string(long)]
        let function: JSONNode = ["name": "write", "arguments": .string(arguments.text())]
        let row: JSONNode = ["role": "assistant", "tool_calls": [["id": "call-1", "function": function]]]
        #expect(try markdown(row).contains("*calls* `write`\n\n````text\ntext: \(long)\n````"))
    }

    @Test func `a return says once what came back, and whether it failed`() throws {
        let body = #"{"status": "Failed", "message": "no such `file`", "time": "now"}"#
        let row: JSONNode = [
            "role": "tool", "content": [["type": "text", "text": .string(body)]],
            "tool_returns": [["tool_call_id": "call-1", "status": "error", "func_response": .string(body)]],
        ]
        let text = try markdown(row)
        #expect(text.hasSuffix("· tool**\n\n*fails with* `` no such `file` ``\n"))
    }

    @Test func `a return that only the content holds is read from there`() throws {
        let row: JSONNode = [
            "role": "tool", "content": [["type": "text", "text": #"{"status": "OK", "message": "done"}"#]],
        ]
        #expect(try markdown(row).contains("*returns* `done`"))
    }

    @Test func `a denied call says why`() throws {
        let row: JSONNode = [
            "role": "approval", "approvals": [["type": "approval", "approve": false, "reason": "too dear"]],
        ]
        #expect(try markdown(row).contains("*denied* `too dear`"))
    }

    @Test func `an image says what it is, not its bytes`() throws {
        let source: JSONNode = ["type": "base64", "media_type": "image/png", "data": "AAAABBBB"]
        let row: JSONNode = ["role": "user", "content": [["type": "image", "source": source]]]
        let text = try markdown(row)
        #expect(text.contains("*image, image/png, about 6 bytes"))
        #expect(!text.contains("AAAA"))
    }

    @Test func `a row without words says so`() throws {
        #expect(try markdown(["role": "assistant", "content": []]).contains("*without words*"))
    }

    @Test func `a name with marks in it makes no markup`() throws {
        var writer = ReadableWriter(.markdown)
        var head = Self.head
        head.agentName = "<b>Ada</b>\n# [x](y) &amp; `z`"
        let text = String(decoding: try writer.bytes(of: .head(head)), as: UTF8.self)
        #expect(text.hasPrefix("# \\<b\\>Ada\\</b\\> \\# \\[x\\](y) \\&amp; \\`z\\`\n"))
    }

    @Test func `an agent without anything is a document that says so`() throws {
        var writer = ReadableWriter(.markdown)
        var text = ""
        for section: ReadableSection in [.memory, .tools, .conversation(.main), .passages, .omissions] {
            text += String(decoding: try writer.bytes(of: .section(section, count: 0)), as: UTF8.self)
        }
        #expect(
            text == """

                ## Memory (0)

                None.

                ## Tools (0)

                None.

                ## Messages (0)

                None.

                ## Archival passages (0)

                None.

                ## What is not in this file

                None.

                """)
    }

    @Test func `a line holds the message byte for byte, on one line`() throws {
        var writer = ReadableWriter(.lines)
        let spelled = Array("{\"n\": 1.0,\n \"big\": 12345678901234567890, \"s\": \"\\u4f60 \\ud83d\"}".utf8)
        let message = ReadableMessage(
            thread: .main, number: 1, id: "message-1", date: "today", form: .export, verbatim: spelled,
            row: spelled)
        #expect(
            String(decoding: try writer.bytes(of: .message(message)), as: UTF8.self)
                == #"{"type":"message","thread":"main","number":1,"id":"message-1","date":"today","#
                + #""form":"export","item":{"n":1.0,"big":12345678901234567890,"s":"\u4f60 \ud83d"}}"# + "\n")
    }

    @Test func `a section is no line`() throws {
        var writer = ReadableWriter(.lines)
        #expect(try writer.bytes(of: .section(.memory, count: 3)).isEmpty)
    }
}
