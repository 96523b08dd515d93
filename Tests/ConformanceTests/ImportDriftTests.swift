import AgentFile
import Glibc
import HTTP
import HTTPCurl
import Home
import HomeConformance
import LettaModel
import LettaServer
import LosslessJSON
import ScriptedLetta
import Testing

/// Files that break a rule of import, on both servers: what is answered, what
/// stays behind, and whether the rows can be listed and exported afterwards.
@Suite("Import drift", .serialized, .enabled(if: Lab.isUp, "Lab/lab up, then load its environment"))
struct ImportDriftTests {
    @Test(arguments: BrokenFile.all)
    func `both take or refuse alike`(_ file: BrokenFile) async throws {
        let server = try ScriptedServer(World(), token: "scripted-token")
        defer { server.stop() }
        let url = try #require(Lab.variable("FERRY_LAB_TARGET_URL"))
        let mine = try await file.tried(at: server.url, Secret("scripted-token"))
        let theirs = try await file.tried(at: url, Lab.token("TARGET"))
        #expect(mine.figures == theirs.figures, "\n\(mine.words)\n\(theirs.words)")
        guard file.form.isEmpty else { return }
        // Lint's verdict and the server's behaviour agree, in both directions.
        let errors = try Linted.errors(in: try file.bytes(Marker(run: "lint", attempt: 1)))
        #expect(errors.isEmpty == !theirs.breaks, "\(errors)\n\(theirs.figures)\n\(theirs.words)")
    }
}

/// What lint says of a file.
private enum Linted {
    static func errors(in file: [UInt8]) throws -> [String] {
        var found: [LintFinding] = []
        var shell = ShellLint(name: "drift.af", target: .v0_16_8)
        do {
            try shell.feed(file) { found.append($0) }
            let facts = try shell.finish { found.append($0) }
            guard !facts.isLegacy else { return found.map(\.rule.id) }
            var rows = RowLint(name: "drift.af", facts: facts)
            try rows.feed(file) { found.append($0) }
            try rows.finish { found.append($0) }
        } catch let failure as Failure {
            return [failure.code.rawValue]
        }
        return found.filter { $0.severity == .error }.map { "\($0.rule.id) at \($0.path)" }
    }
}

/// A change of a good file.
struct BrokenFile: Sendable, CustomStringConvertible {
    let description: String
    let form: [String: String]
    let change: @Sendable (_ file: inout JSONNode, _ rows: inout [JSONNode]) -> Void

    init(
        _ description: String, form: [String: String] = [:],
        _ change: @escaping @Sendable (_ file: inout JSONNode, _ rows: inout [JSONNode]) -> Void
    ) {
        self.description = description
        self.form = form
        self.change = change
    }

    /// What came of it; the words are for whoever reads a difference.
    struct Trial {
        var figures: [String: Int] = [:]
        var words = ""

        /// Refused, or taken and unreadable afterwards; without a row in
        /// context every chat answers 500.
        var breaks: Bool {
            let statuses = ["import", "list", "export"].compactMap { figures[$0] }
            return statuses.contains { $0 >= 400 } || figures["in context"] == 0
        }
    }

    func tried(at url: String, _ token: Secret?) async throws -> Trial {
        try await withCurlExchange(CurlSettings(version: "test")) { exchange in
            let marker = Marker(run: "b" + String(UInt64.random(in: 0...UInt64.max), radix: 36), attempt: 1)
            let target = try LettaServer<TargetSide>(
                name: "drift", url: url, token: token, exchange: exchange)
            let source = try LettaServer<SourceSide>(
                name: "drift", url: url, token: token, exchange: exchange)
            do {
                let trial = try await trial(
                    marker, Place(exchange: exchange, url: url, token: token, names: [:]), target)
                try await ConformanceSubject.sweep(marker.run, on: target, readAs: source)
                return trial
            } catch {
                try? await ConformanceSubject.sweep(marker.run, on: target, readAs: source)
                throw error
            }
        }
    }

    private func trial(_ marker: Marker, _ place: Place, _ target: LettaServer<TargetSide>) async throws
        -> Trial
    {
        var trial = Trial()
        let answer = try await place.upload(try bytes(marker), form: form)
        trial.figures["import"] = answer.status
        trial.words = answer.text
        let found = try await target.find(run: marker.run)
        trial.figures["agents"] = found.count { $0.kind == .agent }
        trial.figures["blocks"] = found.count { $0.kind == .block }
        guard let agent = found.first(where: { $0.kind == .agent }) else { return trial }
        for (name, path) in [
            ("list", "/messages?order=asc&use_assistant_message=false"), ("export", "/export"),
        ] {
            let read = try await place.answer(Probe(.get, "/v1/agents/\(agent.id)\(path)"))
            trial.figures[name] = read.status
            trial.words += "\n" + read.text
        }
        trial.figures["in context"] = try await target.agent(ServerID(agent.id)).messageIDs.count
        return trial
    }

    func bytes(_ marker: Marker) throws -> [UInt8] {
        let rows = Array(ConformanceSubject.fixtureRows.prefix(4))
        let whole = ConformanceSubject.agentFile(marker, rows: rows)
        var file = JSONNode.shallow(try JSONDocument(whole).root)
        var nodes = try rows.map { JSONNode.shallow(try JSONDocument($0).root) }
        change(&file, &nodes)
        if case .array(var agents)? = file["agents"].map({ $0.taken }), !agents.isEmpty {
            var agent = agents[0]
            agent["messages"] = .array(nodes)
            agents[0] = agent
            file["agents"] = .array(agents)
        }
        return file.bytes()
    }

    // MARK: the table

    static let all = refusedAtOnce + refusedLate + poison + fine

    private static func agent(_ key: String, _ value: JSONNode?)
        -> @Sendable (inout JSONNode, inout [JSONNode]) -> Void
    {
        { file, _ in
            guard case .array(var agents)? = file["agents"]?.taken else { return }
            agents[0][key] = value
            file["agents"] = .array(agents)
        }
    }

    private static func row(_ key: String, _ value: JSONNode?)
        -> @Sendable (inout JSONNode, inout [JSONNode]) -> Void
    {
        { _, rows in rows[3][key] = value }
    }

    private static func toolRow(_ text: String, returns: JSONNode = [])
        -> @Sendable (inout JSONNode, inout [JSONNode]) -> Void
    {
        { _, rows in
            rows[3]["role"] = "tool"
            rows[3]["name"] = "a_tool"
            rows[3]["tool_call_id"] = "call-1"
            rows[3]["content"] = [["type": "text", "text": .string(text)]]
            rows[3]["tool_returns"] = returns
        }
    }

    private static func text(_ words: String) -> JSONNode { ["type": "text", "text": .string(words)] }

    private static let refusedAtOnce = [
        BrokenFile("content is null", row("content", .null)),
        BrokenFile("content is missing", row("content", Optional.none)),
        BrokenFile("created_at is null", row("created_at", .null)),
        BrokenFile("created_at is no time", row("created_at", "soon")),
        BrokenFile(
            "a reasoning part without is_native", row("content", [["type": "reasoning", "reasoning": "r"]])),
        BrokenFile("a part of an unknown type", row("content", [["type": "hologram", "data": "x"]])),
        BrokenFile(
            "a call without type",
            row("tool_calls", [["id": "c", "function": ["name": "f", "arguments": "{}"]]])),
        BrokenFile(
            "arguments are an object",
            row(
                "tool_calls", [["id": "c", "type": "function", "function": ["name": "f", "arguments": [:]]]])),
        BrokenFile(
            "a return of unknown status", toolRow("{}", returns: [["status": "fine", "func_response": "{}"]])),
        BrokenFile("an unknown agent type", agent("agent_type", "poet_agent")),
        BrokenFile("a row id without number", row("id", "message-abc")),
        BrokenFile("a row id twice", row("id", "message-0")),
        BrokenFile("groups are missing") { file, _ in file["groups"] = Optional.none },
        BrokenFile("no agents key") { file, _ in file["agents"] = Optional.none },
        BrokenFile("a tool with an unknown key") { file, _ in
            file["tools"] = [["id": "tool-0", "name": "some_tool", "tool_type": "custom", "novelty": 1]]
        },
        BrokenFile("an unknown core tool") { file, _ in
            file["tools"] = [["id": "tool-0", "name": "memory_frobnicate", "tool_type": "letta_core"]]
        },
        BrokenFile("a name with a dot in the file", agent("name", "Dr. Who")),
        BrokenFile("an unknown model handle", form: ["model": "no/such"]) { _, _ in },
        BrokenFile("an unknown embedding handle", form: ["embedding": "no/such"]) { _, _ in },
        BrokenFile("secrets that are no JSON", form: ["secrets": "{"]) { _, _ in },
    ]

    private static let refusedLate = [
        BrokenFile("content is a plain string", row("content", "words")),
        BrokenFile("the role is function", row("role", "function")),
        BrokenFile(
            "a row in context that is not there",
            agent("in_context_message_ids", ["message-0", "message-99"])),
        BrokenFile("a block that is not there", agent("block_ids", ["block-0", "block-77"])),
        BrokenFile("a tool that is not there", agent("tool_ids", ["tool-77"])),
        BrokenFile("a name with a dot in the form", form: ["name": "Dr. Who"]) { _, _ in },
    ]

    private static let poison = [
        BrokenFile("a tool row in plain English", toolRow("It went well.")),
        BrokenFile("a tool row without words", toolRow("")),
        BrokenFile("a tool row of unknown status", toolRow("{\"status\":\"error\",\"message\":\"m\"}")),
        BrokenFile("a tool row that is a list", toolRow("[1]")),
        BrokenFile("a tool row that is a number", toolRow("7")),
        BrokenFile(
            "a return in plain English",
            toolRow("{}", returns: [["status": "success", "func_response": "It went."]])),
        BrokenFile(
            "a return of null", toolRow("{}", returns: [["status": "success", "func_response": nil]])),
        BrokenFile("a user row without parts", row("content", [])),
        BrokenFile("two parts in the system row") { _, rows in
            rows[0]["content"] = [text("one"), text("two")]
        },
        BrokenFile("an approval about nothing") { _, rows in
            rows[3]["role"] = "approval"
            rows[3]["content"] = []
            rows[3]["tool_calls"] = .null
        },
        BrokenFile("a picture by URL") { _, rows in
            rows[3]["role"] = "user"
            rows[3]["content"] = [
                ["type": "image", "source": ["type": "url", "url": "http://127.0.0.1/x.png"]]
            ]
        },
        BrokenFile("a return in plain English beside no content") { file, rows in
            toolRow("{}", returns: [["status": "success", "func_response": "It went."]])(&file, &rows)
            rows[3]["content"] = []
        },
        BrokenFile("nothing in context", agent("in_context_message_ids", [])),
    ]

    private static let fine = [
        BrokenFile("a good file") { _, _ in },
        BrokenFile("a packed return without tool_returns", toolRow("{\"status\":\"OK\",\"message\":\"m\"}")),
        BrokenFile("a packed return with ok", toolRow("{\"ok\":false,\"message\":\"m\"}")),
        BrokenFile("unknown keys in a row", row("novelty", 1)),
        BrokenFile("unknown keys in the agent", agent("novelty", 1)),
        BrokenFile("a time without zone", row("created_at", "2026-01-01T00:00:00")),
        BrokenFile("a negative number in an id", row("id", "message--5")),
        BrokenFile("two blocks of one label") { file, _ in
            guard case .array(var blocks)? = file["blocks"]?.taken else { return }
            blocks[1]["label"] = "persona"
            file["blocks"] = .array(blocks)
        },
        BrokenFile("a suffix is asked for", form: ["append_copy_suffix": "true"]) { _, _ in },
        BrokenFile("messages are to be stripped", form: ["strip_messages": "true"]) { _, _ in },
    ]
}

extension JSONNode {
    /// Taken apart by one level.
    fileprivate var taken: JSONNode {
        guard case .verbatim(let bytes) = self, let document = try? JSONDocument(bytes) else { return self }
        return .shallow(document.root)
    }
}

extension Place {
    func upload(_ bytes: [UInt8], form: [String: String]) async throws -> Answer {
        let path = "/tmp/ferry-drift-\(UInt32.random(in: 0...UInt32.max)).af"
        let file = fopen(path, "w")
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        defer { unlink(path) }
        var fields = ["append_copy_suffix": "false", "override_existing_tools": "false"]
        fields.merge(form) { _, new in new }
        var parts = fields.sorted { $0.key < $1.key }.map { FormPart.field(name: $0.key, value: $0.value) }
        parts.append(.file(name: "file", path: path, fileName: "agent.af", contentType: "application/json"))
        let headers = token.map { [HeaderField("authorization", "Bearer \($0.reveal())")] } ?? []
        let request = Request(
            .post, url + "/v1/agents/import", headers: headers, body: .form(parts),
            effect: .create(marker: "drift"),
            usesFreshConnection: true)
        let response = try await exchange.send(request)
        let body = try await response.body.collect(upTo: 64 << 20)
        let text = String(decoding: body.prefix(400), as: UTF8.self)
        return Answer(status: response.status, body: try? JSONDocument(body).root, text: text)
    }
}
