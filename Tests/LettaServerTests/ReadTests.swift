import HTTP
import Home
import LettaModel
import LosslessJSON
import Testing

@testable import LettaServer

private typealias Answer = MemoryExchange.Answer
private let agent = SourceID<AgentKind>("agent-1")

@Suite struct ListingTests {
    private static let row =
        "[{\"id\":\"message-1\",\"date\":\"2026-01-01T00:00:00+00:00\",\"message_type\":\"user_message\"}]"

    private func lines(_ version: String, _ thread: Thread) async throws -> [String] {
        let exchange = MemoryExchange { request, key in
            if key.hasSuffix("/conversations/") { return .json("[]") }
            return request.url.contains("after=") || request.url.contains("before=")
                ? .json("[]") : .json(Self.row)
        }
        #expect(try await Source.known(as: version, exchange).rows(of: agent, thread: thread).count == 1)
        return exchange.lines
    }

    @Test func `the main thread is asked for in order, unfiltered, and checked at both ends`() async throws {
        let path = "GET /v1/agents/agent-1/messages"
        let rest = "&use_assistant_message=false"
        let conversations = "GET /v1/conversations/?agent_id=agent-1&limit=1000&order=asc"
        #expect(
            try await lines("0.16.8", .main) == [
                conversations, "\(path)?limit=50&order=asc" + rest,
                "\(path)?limit=20&order=desc&before=message-1" + rest,
                "\(path)?limit=200&order=asc&after=message-1" + rest, "\(path)?limit=1&order=desc" + rest,
                conversations,
            ])
    }

    /// A flow of four rows: the second and third were forked into conv-1,
    /// the third and fourth were written there.
    private func forked(_ conversations: @escaping @Sendable (Int) -> String) -> MemoryExchange {
        let listed = Once<Bool>()
        return MemoryExchange { request, key in
            if key.hasSuffix("/conversations/") {
                if request.url.contains("after=") { return .json("[]") }
                defer { listed.set(true) }
                return .json(conversations(listed.value == nil ? 1 : 2))
            }
            if request.url.contains("before=") { return .json("[]") }
            let born = request.url.contains("conversation_id=conv-1")
            let all = born ? [3, 4] : [1, 2, 3, 4]
            let shown = request.url.contains("order=desc") ? [4] : request.url.contains("after=") ? [] : all
            return .json("[\(shown.map(Self.message).joined(separator: ","))]")
        }
    }

    private static func message(_ number: Int) -> String {
        "{\"id\":\"message-\(number)\",\"date\":\"d\",\"message_type\":\"user_message\"}"
    }

    private static let conversation =
        "[{\"id\":\"conv-1\",\"agent_id\":\"agent-1\",\"in_context_message_ids\":[]}]"

    @Test func `rows that were forked stay in the main thread, rows written in a conversation do not`()
        async throws
    {
        let exchange = forked { _ in Self.conversation }
        let rows = try await Source.known(exchange).rows(of: agent)
        #expect(rows.map(\.id.raw) == ["message-1", "message-2"])
    }

    @Test func `a conversation that is written to meanwhile is told`() async throws {
        let exchange = forked {
            $0 == 1 ? Self.conversation : Self.conversation.replacing("[]", with: "[\"m\"]")
        }
        let failure = await #expect(throws: Failure.self) { try await Source.known(exchange).rows(of: agent) }
        #expect(failure?.code == .sourceChanged)
    }

    @Test func `a server that does not know the order is not sent it`() async throws {
        let path = "GET /v1/agents/agent-1/messages"
        #expect(
            try await lines("0.11.7", .main) == [
                "\(path)?limit=50&use_assistant_message=false",
                "\(path)?limit=200&before=message-1&use_assistant_message=false",
                "\(path)?limit=1&use_assistant_message=false", "\(path)?limit=1&use_assistant_message=false",
            ])
    }

    @Test func `what was written in a conversation is asked for by its id`() async throws {
        let lines = try await lines("0.16.8", .conversation("conv-1"))
        let filter = "conversation_id=conv-1&use_assistant_message=false"
        #expect(lines.first == "GET /v1/agents/agent-1/messages?limit=50&order=asc&\(filter)")
    }

    private static func items(_ ids: [String]) -> String {
        let items = ids.map { "{\"id\":\"\($0)\",\"message_type\":\"user_message\"}" }
        return "[" + items.joined(separator: ",") + "]"
    }

    @Test func `all rows of a conversation are asked for at once, each counted once`() async throws {
        let exchange = MemoryExchange { _, _ in .json(Self.items(["message-1", "message-2", "message-2"])) }
        let rows = try await Source.known(exchange).rows(of: SourceID<ConversationKind>("conv-1"))
        #expect(rows.map(\.raw) == ["message-1", "message-2"])
    }

    @Test func `a server that limits its pages is read in pages`() async throws {
        let all = (0..<250).map { "message-\($0)" }
        let exchange = MemoryExchange { request, _ in
            guard request.url.contains("limit=100&") else {
                return .status(422, "{\"detail\":\"limit is too large\"}")
            }
            let after = all.lastIndex { request.url.contains("after=\($0)&") || request.url.hasSuffix($0) }
            return .json(Self.items(Array(all[(after.map { $0 + 1 } ?? 0)...].prefix(100))))
        }
        let rows = try await Source.known(exchange).rows(of: SourceID<ConversationKind>("conv-1"))
        #expect(rows.map(\.raw) == all)
    }

    @Test func `an agent that is gone is unknown and not unreadable`() async {
        let exchange = MemoryExchange { _, _ in .status(404, "{\"detail\":\"Agent not found\"}") }
        let failure = await #expect(throws: Failure.self) { try await Source.known(exchange).rows(of: agent) }
        #expect(failure?.code == .agentUnknown)
    }

    @Test func `a history in which every page fails says what the server said`() async {
        let exchange = MemoryExchange { _, key in
            key.hasSuffix("/conversations/") ? .json("[]") : .status(500, "{\"detail\":\"database is gone\"}")
        }
        let failure = await #expect(throws: Failure.self) { try await Source.known(exchange).rows(of: agent) }
        #expect(failure?.code == .historyIncomplete)
        #expect(failure?.reason.contains("database is gone") == true)
    }

    @Test func `an answer that is no listing is not an empty history`() async {
        for body in ["{\"detail\":\"x\"}", "\"text\"", "[{\"id\":\"message-1\"}]", "[", ""] {
            let exchange = MemoryExchange { _, _ in .json(body) }
            let failure = await #expect(throws: Failure.self) {
                try await Source.known(exchange).rows(of: agent)
            }
            #expect(failure?.code == .answerNotUnderstood)
        }
    }
}

@Suite struct RowGroupingTests {
    private func item(_ id: String, _ type: String, _ date: String = "d") -> String {
        "{\"id\":\"\(id)\",\"date\":\"\(date)\",\"message_type\":\"\(type)\",\"n\":1.0}"
    }

    private func group(_ items: [String]) throws -> [ListedRow<SourceSide>] {
        var grouping = RowGrouping<SourceSide>()
        for item in items { try grouping.add(Array(item.utf8)) }
        return grouping.finished()
    }

    @Test func `neighbours of one id are one row, byte for byte`() throws {
        let items = [
            item("m1", "reasoning_message"), item("m1", "tool_call_message"), item("m2", "user_message"),
        ]
        let rows = try group(items)
        #expect(rows.map(\.id.raw) == ["m1", "m2"])
        #expect(rows[0].messageTypes == ["reasoning_message", "tool_call_message"])
        #expect(rows[0].items == Array("[\(items[0]),\(items[1])]".utf8))
    }

    @Test func `two user messages of one id are two rows`() throws {
        #expect(try group([item("m1", "user_message"), item("m1", "user_message")]).count == 2)
    }

    @Test func `one id with two dates is two rows`() throws {
        #expect(
            try group([item("m1", "tool_return_message", "a"), item("m1", "tool_return_message", "b")]).count
                == 2)
    }

    @Test func `the same row has the same mark, and other content another`() throws {
        let one = try group([item("m1", "user_message")]).map { RowMark($0) }
        #expect(try group([item("m1", "user_message")]).map { RowMark($0) } == one)
        #expect(try group([item("m1", "system_message")]).map { RowMark($0) } != one)
    }
}

@Suite struct ListsTests {
    @Test func `a listing is asked on until nothing new comes`() async throws {
        let first = (0..<12).map { "{\"id\":\"x\($0)\"}" }.joined(separator: ",")
        let pages = ["": "[\(first)]", "x11": "[{\"id\":\"c\"}]"]
        let exchange = MemoryExchange { request, _ in
            let after = request.url.split(separator: "&").first { $0.hasPrefix("after=") }?.dropFirst(6) ?? ""
            return pages[String(after)].map { .json($0) }
        }
        let found = try await Source.known(exchange).wire.all("/v1/archives/")
        #expect(found.compactMap { $0["id"]?.string } == (0..<12).map { "x\($0)" } + ["c"])
        #expect(exchange.lines.first == "GET /v1/archives/?limit=1000&order=asc")
    }

    @Test func `a list shorter than any server's page is the whole`() async throws {
        let exchange = MemoryExchange { _, _ in .json("[{\"id\":\"a\"},{\"id\":\"b\"}]") }
        #expect(try await Source.known(exchange).wire.all("/v1/archives/").count == 2)
        #expect(exchange.lines.count == 1)
    }

    @Test func `a route without a cursor repeats its page, and that is the end`() async throws {
        let page = "[" + (0..<12).map { "{\"id\":\"x\($0)\"}" }.joined(separator: ",") + "]"
        let exchange = MemoryExchange { _, _ in .json(page) }
        #expect(try await Source.known(exchange).wire.all("/v1/archives/").count == 12)
    }

    @Test func `a full page that repeats may be a cut one and is refused`() async {
        let exchange = MemoryExchange { _, _ in .json("[{\"id\":\"a\"},{\"id\":\"b\"}]") }
        let failure = await #expect(throws: Failure.self) {
            try await Source.known(exchange).wire.all("/v1/archives/", limit: 2)
        }
        #expect(failure?.code == .pageRepeated)
    }

    @Test func `a server that refuses large pages gets smaller ones`() async throws {
        let exchange = MemoryExchange { request, _ in
            request.url.contains("limit=1000") ? .status(422) : .json("[{\"id\":\"a\"}]")
        }
        #expect(try await Source.known(exchange).wire.all("/v1/blocks/").count == 1)
    }

    @Test func `tools that the list leaves out are missed`() async {
        let exchange = MemoryExchange([
            "GET /v1/agents/agent-1/tools": .json("[{\"id\":\"tool-1\",\"name\":\"a\"}]"),
            "GET /v1/agents/agent-1": .json("{\"tools\":[{\"id\":\"tool-1\"},{\"id\":\"tool-2\"}]}"),
        ])
        let failure = await #expect(throws: Failure.self) {
            try await Source.known(exchange).tools(of: agent)
        }
        #expect(failure?.code == .historyIncomplete)
    }

    @Test func `blocks come in attachment order with their tags`() async throws {
        let exchange = MemoryExchange([
            "GET /v1/agents/agent-1": .json("{\"blocks\":[{\"id\":\"block-2\"},{\"id\":\"block-1\"}]}"),
            "GET /v1/agents/agent-1/core-memory/blocks": .json("[{\"id\":\"block-1\"},{\"id\":\"block-2\"}]"),
            "GET /v1/blocks/block-1": .json("{\"label\":\"one\",\"tags\":[\"t\"]}"),
            "GET /v1/blocks/block-2": .json("{ \"label\" : \"two\" }"),
        ])
        let blocks = try await Source.known(exchange).blocks(of: agent)
        #expect(blocks.map(\.label) == ["two", "one"])
        #expect(String(decoding: blocks[0].json, as: UTF8.self) == "{\"label\":\"two\"}")
    }

    @Test func `what is stored empty is no secret`() async throws {
        let listed = """
            {"secrets":[{"key":"A","value":"1"},{"key":"B","value":"<encrypted>"},{"key":"C","value":""},
            {"key":"D","value":null}]}
            """
        let exchange = MemoryExchange(["GET /v1/agents/agent-1": .json(listed)])
        #expect(try await Source.known(exchange).secrets(of: agent) == ["A": Secret("1")])
    }
}

@Suite struct NativeRowTests {
    private static let ids = ["m-a", "m-b"].map { SourceID<RowKind>($0) }
    private static let reader = SourceID<AgentKind>("agent-9")

    private func export(_ rows: [String], inContext: [String]) -> Answer {
        let list = inContext.map { "\"\($0)\"" }.joined(separator: ",")
        return .json(
            "{\"agents\":[{\"in_context_message_ids\":[\(list)],\"messages\":[\(rows.joined(separator: ","))]}]}"
        )
    }

    private func read(_ exchange: MemoryExchange) async throws -> [String] {
        try await Source.known(exchange).nativeRows(Self.ids, through: Self.reader)
            .map { "\($0.id) " + String(decoding: $0.json, as: UTF8.self) }
    }

    @Test func `rows are mapped by their place in the list that was asked for`() async throws {
        let rows = ["{\"id\":\"message-7\",\"n\":1.50}", "{\"id\":\"message-0\"}"]
        let exchange = MemoryExchange([
            "PATCH /v1/agents/agent-9": .json("{}"),
            "GET /v1/agents/agent-9/export": export(rows, inContext: ["message-7", "message-0"]),
        ])
        #expect(try await read(exchange) == ["m-a \(rows[0])", "m-b \(rows[1])"])
        #expect(exchange.requests.first?.text == "{\"message_ids\":[\"m-a\",\"m-b\"]}")
    }

    @Test func `rows that the reader brings along are left out`() async throws {
        let rows = ["{\"id\":\"message-0\"}", "{\"id\":\"message-1\"}", "{\"id\":\"message-2\"}"]
        let exchange = MemoryExchange([
            "PATCH /v1/agents/agent-9": .json("{}"),
            "GET /v1/agents/agent-9/export": export(rows, inContext: ["message-2", "message-1"]),
        ])
        #expect(try await read(exchange) == ["m-a \(rows[2])", "m-b \(rows[1])"])
    }

    @Test func `a row too few is refused`() async {
        let exchange = MemoryExchange([
            "PATCH /v1/agents/agent-9": .json("{}"),
            "GET /v1/agents/agent-9/export": export(["{\"id\":\"message-0\"}"], inContext: ["message-0"]),
        ])
        let failure = await #expect(throws: Failure.self) { try await read(exchange) }
        #expect(failure?.code == .readerFailed)
    }

    private static let stumble = Answer.status(
        500, "{\"detail\":\"Export failed: Unexpected new message ID 'message-00000000-aaaa' encountered\"}")

    @Test func `a stumble over another export passes`() async throws {
        let stumbled = Once<Bool>()
        let good = export(["{}", "{}"], inContext: ["a", "b"])
        let exchange = MemoryExchange { _, key in
            if key.hasPrefix("PATCH") { return .json("{}") }
            if stumbled.value != nil { return good }
            stumbled.set(true)
            return Self.stumble
        }
        #expect(try await read(exchange).count == 2)
    }

    @Test func `a stumble that stays is told as the reader's failure`() async {
        let exchange = MemoryExchange { _, key in key.hasPrefix("PATCH") ? .json("{}") : Self.stumble }
        let failure = await #expect(throws: Failure.self) { try await read(exchange) }
        #expect(failure?.code == .readerFailed)
    }

    @Test(arguments: [0, 2001]) func `a slice has from 1 to 2,000 rows`(count: Int) async {
        let exchange = MemoryExchange([:])
        let failure = await #expect(throws: Failure.self) {
            try await Source.known(exchange)
                .nativeRows(Array(repeating: Self.ids[0], count: count), through: Self.reader)
        }
        #expect(failure?.code == .readerFailed)
        #expect(exchange.requests.isEmpty)
    }

    @Test func `one export runs at a time`() async throws {
        let running = Running()
        let server = try Source.known(MemoryExchange { _, key in key.hasPrefix("PATCH") ? .json("{}") : nil })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { try await server.shared.exporting.pass { try await running.stay() } }
            }
            try await group.waitForAll()
        }
        #expect(await running.most == 1)
    }

    private actor Running {
        private var count = 0
        private(set) var most = 0

        func stay() async throws {
            count += 1
            most = max(most, count)
            try await Task.sleep(for: .microseconds(200))
            count -= 1
        }
    }
}

@Suite struct ExportTests {
    @Test func `the shell keeps everything but the rows of the first agent`() async throws {
        let text = """
            { "agents": [ {"name":"a","messages":[{"id":1},{"id":2.0}]}, {"name":"b","messages":[{"id":3}]} ],
            "metadata": {"revision_id":"x"} }
            """
        let exchange = MemoryExchange(["GET /v1/agents/agent-1/export": .json(text)])
        let export = try await Source.known(exchange).export(of: agent)
        #expect(export.rows.map { String(decoding: $0, as: UTF8.self) } == ["{\"id\":1}", "{\"id\":2.0}"])
        let shell = String(decoding: export.shell, as: UTF8.self)
        #expect(
            shell == "{\"agents\":[{\"name\":\"a\",\"messages\":[]},{\"name\":\"b\",\"messages\":[]}],"
                + "\"metadata\":{\"revision_id\":\"x\"}}")
    }

    @Test func `an export inside a string is unwrapped`() async throws {
        let exchange = MemoryExchange([
            "GET /v1/agents/agent-1/export": .json(
                "\"{\\\"agents\\\":[{\\\"messages\\\":[{\\\"id\\\":1}]}]}\"")
        ])
        let export = try await Source.known(exchange).export(of: agent)
        #expect(export.rows.count == 1)
    }

    @Test func `an answer that is no agent file is refused`() async {
        for body in ["{}", "[]", "\"x\"", "null"] {
            let exchange = MemoryExchange(["GET /v1/agents/agent-1/export": .json(body)])
            let failure = await #expect(throws: Failure.self) {
                try await Source.known(exchange).export(of: agent)
            }
            #expect(failure?.code == .answerNotUnderstood)
        }
    }
}

@Suite struct CountTests {
    /// 0.11.7 renders the context before it counts, and cannot render each.
    @Test func `a source that fails at its counts has none, a target is in error`() async throws {
        let exchange = MemoryExchange(["GET /v1/agents/agent-1/context": .status(500)])
        #expect(try await Source.known(exchange).counts(of: agent) == AgentCounts())
        let failure = await #expect(throws: Failure.self) {
            try await Target.known(exchange).counts(of: ServerID("agent-1"))
        }
        #expect(failure?.code == .serverError)
    }
}

@Suite struct PassageTests {
    private static func passage(_ number: Int) -> String {
        "{\"id\":\"passage-\(number)\",\"text\":\"t\",\"created_at\":\"2026-01-01T00:00:0\(number)Z\",\"embedding\":[1,2]}"
    }

    /// A listing of five, two a page, that ends wherever `end` says.
    private func server(end: Int, counted: Int = 5) -> MemoryExchange {
        MemoryExchange { request, key in
            if key.hasSuffix("/context") { return .json("{\"num_archival_memory\":\(counted)}") }
            if request.url.contains("ascending=false") { return .json("[\(Self.passage(4))]") }
            let after = request.url.split(separator: "-").last.flatMap { Int($0) } ?? -1
            let page = (after + 1..<min(after + 3, end)).map(Self.passage)
            return .json("[\(page.joined(separator: ","))]")
        }
    }

    private func listed(_ exchange: MemoryExchange) async throws -> [Passage<SourceSide>] {
        try await Source.known(exchange).passages(of: agent, route: .listing).flattened()
    }

    @Test func `passages come in order and without their embeddings`() async throws {
        let exchange = server(end: 5)
        let passages = try await listed(exchange)
        #expect(passages.map(\.id.raw) == (0..<5).map { "passage-\($0)" })
        #expect(passages.allSatisfy { !String(decoding: $0.json, as: UTF8.self).contains("embedding") })
        #expect(exchange.lines.first == "GET /v1/agents/agent-1/archival-memory?limit=100&ascending=true")
    }

    @Test func `a short walk is refused`() async {
        let failure = await #expect(throws: Failure.self) { try await listed(server(end: 2)) }
        #expect(failure?.code == .historyIncomplete)
    }

    @Test func `a walk that reaches the newest and misses some is refused`() async {
        let failure = await #expect(throws: Failure.self) { try await listed(server(end: 5, counted: 6)) }
        #expect(failure?.code == .historyIncomplete)
    }

    @Test func `a page that repeats is refused`() async {
        let exchange = MemoryExchange { _, _ in .json("[\(Self.passage(1))]") }
        let failure = await #expect(throws: Failure.self) { try await listed(exchange) }
        #expect(failure?.code == .pageRepeated)
    }

    @Test func `what the search found reads like the listing, in UTC and in order`() async throws {
        let found = """
            {"results":[{"id":"p2","timestamp":"2026-06-26T21:12:00.004121+01:00","content":"b","tags":["x"]},
            {"id":"p1","timestamp":"2026-06-26T20:12:00+00:00","content":"a","tags":[]}],"count":2}
            """
        let exchange = MemoryExchange(["GET /v1/agents/agent-1/archival-memory/search": .json(found)])
        let passages = try await Source.known(exchange).passages(of: agent, route: .search(expected: 2))
            .flattened()
        #expect(
            passages.map { String(decoding: $0.json, as: UTF8.self) } == [
                "{\"id\":\"p1\",\"text\":\"a\",\"tags\":[],\"created_at\":\"2026-06-26T20:12:00Z\"}",
                "{\"id\":\"p2\",\"text\":\"b\",\"tags\":[\"x\"],\"created_at\":\"2026-06-26T20:12:00.004121Z\"}",
            ])
    }

    @Test(arguments: [PassageRoute.listing, .search(expected: 0)])
    func `an answer that is no listing is not an empty memory`(route: PassageRoute) async {
        for body in ["{\"detail\":\"x\"}", "null", "\"x\""] {
            let exchange = MemoryExchange { _, _ in .json(body) }
            let failure = await #expect(throws: Failure.self) {
                try await Source.known(exchange).passages(of: agent, route: route).flattened()
            }
            #expect(failure?.code == .answerNotUnderstood)
        }
    }

    @Test func `a search of none is empty`() async throws {
        let exchange = MemoryExchange([
            "GET /v1/agents/agent-1/archival-memory/search": .json("{\"results\":[],\"count\":0}")
        ])
        #expect(
            try await Source.known(exchange).passages(of: agent, route: .search(expected: 0)).flattened()
                .isEmpty)
    }
}

@Suite struct FindingTests {
    @Test func `whatever carries the run's markers is found, and nothing else`() async throws {
        let exchange = MemoryExchange { request, key in
            if request.url.contains("after=") { return .json("[]") }
            switch key {
            case "GET /v1/agents/":
                return .json(
                    """
                    [{"id":"agent-1","name":"ferry-k3f9-1","tags":["ferry-k3f9-1","ferry-k3f9"]},
                    {"id":"agent-2","name":"ferry-k3f9-2","tags":["ferry-k3f9-2","ferry-k3f9","ferry-k3f9-reader"]},
                    {"id":"agent-5","name":"ferry-k3f9-3","tags":["ferry-k3f9-3","ferry-k3f9","ferry-reader"]},
                    {"id":"agent-3","name":"ferry-other-1","tags":["ferry-other-1","ferry-other"]},
                    {"id":"agent-4","name":"Ada","tags":[]}]
                    """)
            case "GET /v1/blocks/":
                return .json(
                    """
                    [{"id":"block-1","label":"persona","tags":["ferry-k3f9","ferry-k3f9-1"]},
                    {"id":"block-2","label":"persona","tags":["theirs"]}]
                    """)
            case "GET /v1/archives/":
                return .json(
                    "[{\"id\":\"archive-1\",\"name\":\"ferry-k3f9-3\"},{\"id\":\"archive-2\",\"name\":\"Ada's\"}]"
                )
            default: return nil
            }
        }
        let found = try await Target.known(exchange).find(run: "k3f9")
        #expect(
            found.map { "\($0.kind) \($0.id) \($0.marker) \($0.isReader)" } == [
                "agent agent-1 ferry-k3f9-1 false", "agent agent-2 ferry-k3f9-2 true",
                // A tag that the user's own agent brought along makes no reader of it.
                "agent agent-5 ferry-k3f9-3 false",
                "block block-1 ferry-k3f9-1 false",
                "archive archive-1 ferry-k3f9-3 false",
            ])
        #expect(exchange.lines.contains { $0.contains("tags=ferry-k3f9&show_hidden_agents=true") })
    }
}
