import HTTP
import Home
import LettaModel
import LosslessJSON
import Testing

@testable import LettaServer

private typealias Answer = MemoryExchange.Answer
private let marker = Marker(run: "k3f9", attempt: 2)

@Suite struct StepTests {
    private static let agent = TargetID<AgentKind>("agent-1")
    private static let block = TargetID<BlockKind>("block-1")
    private static let archive = TargetID<ArchiveKind>("archive-1")
    private static let tool = TargetID<ToolKind>("tool-1")
    private static let json = Array("{\"a\":1}".utf8)

    private static let changes: [(Step<TargetSide>, String)] = [
        (.attachArchive(archive, to: agent), "PATCH /v1/agents/agent-1/archives/attach/archive-1"),
        (.detachArchive(archive, from: agent), "PATCH /v1/agents/agent-1/archives/detach/archive-1"),
        (.attachBlock(block, to: agent), "PATCH /v1/agents/agent-1/core-memory/blocks/attach/block-1"),
        (.attachTool(tool, to: agent), "PATCH /v1/agents/agent-1/tools/attach/tool-1"),
        (.patchAgent(agent, json: json), "PATCH /v1/agents/agent-1 {\"a\":1}"),
        (.patchBlock(block, json: json), "PATCH /v1/blocks/block-1 {\"a\":1}"),
        (.patchArchive(archive, json: json), "PATCH /v1/archives/archive-1 {\"a\":1}"),
        (.patchTool(tool, json: json), "PATCH /v1/tools/tool-1 {\"a\":1}"),
        (.deleteAgent(agent), "DELETE /v1/agents/agent-1"),
        (.deleteBlock(block), "DELETE /v1/blocks/block-1"),
        (.deleteArchive(archive), "DELETE /v1/archives/archive-1"),
        (.deleteTool(tool), "DELETE /v1/tools/tool-1"),
        (
            .deletePassage(TargetID("passage-1"), of: agent),
            "DELETE /v1/agents/agent-1/archival-memory/passage-1"
        ),
    ]

    @Test(arguments: changes)
    func `a change is one request that may be repeated`(step: Step<TargetSide>, line: String) async throws {
        let exchange = MemoryExchange { _, _ in .json("{}") }
        _ = try await Target.known(exchange).perform(step)
        let request = try #require(exchange.requests.first)
        #expect([request.line, request.text].filter { !$0.isEmpty }.joined(separator: " ") == line)
        #expect(request.effect == .idempotent)
        #expect(exchange.requests.count == 1)
    }

    private static let makings: [(Step<TargetSide>, String)] = [
        (
            .createArchive(marker, description: "d", embedding: "e/f"),
            "POST /v1/archives/ {\"name\":\"ferry-k3f9-2\",\"description\":\"d\",\"embedding\":\"e/f\"}"
        ),
        (
            .createArchive(marker, description: "d", embedding: nil),
            "POST /v1/archives/ {\"name\":\"ferry-k3f9-2\",\"description\":\"d\"}"
        ),
        (
            .insertPassages([PassageDraft(createdAt: "x", json: json)], into: archive),
            "POST /v1/archives/archive-1/passages/batch {\"passages\":[{\"a\":1}]}"
        ),
        (
            .insertPassage(
                PassageDraft(createdAt: "x", json: Array("{\"text\":\"t\",\"metadata\":{}}".utf8)), to: agent),
            "POST /v1/agents/agent-1/archival-memory {\"text\":\"t\"}"
        ),
        (.createBlock(json: json), "POST /v1/blocks/ {\"a\":1}"),
        (
            .chat(agent, text: "hello \"you\""),
            "POST /v1/agents/agent-1/messages {\"messages\":[{\"role\":\"user\",\"content\":\"hello \\\"you\\\"\"}]}"
        ),
    ]

    @Test(arguments: makings)
    func `a creation is one request on a connection of its own`(step: Step<TargetSide>, line: String)
        async throws
    {
        // Passages are answered by a list of those that were made.
        let isList = step.name.hasPrefix("insert-passage")
        let exchange = MemoryExchange { _, _ in
            .json(isList ? "[{\"id\":\"made-1\"}]" : "{\"id\":\"made-1\"}")
        }
        _ = try await Target.known(exchange).perform(step)
        let request = try #require(exchange.requests.first)
        #expect(request.line + " " + request.text == line)
        #expect(request.usesFreshConnection)
        guard case .create = request.effect else {
            Issue.record("its effect is \(request.effect)")
            return
        }
    }

    @Test(arguments: [500, 502, 503, 504]) func `a 5xx leaves every write open`(status: Int) async {
        for (step, _) in Self.changes + Self.makings {
            let exchange = MemoryExchange { _, _ in .status(status) }
            let failure = await #expect(throws: Failure.self) {
                try await Target.known(exchange).perform(step)
            }
            #expect(failure?.code == .outcomeUnknown)
        }
    }

    @Test(arguments: [400, 401, 409, 422, 307]) func `a refusal is an answer`(status: Int) async {
        for (step, _) in Self.changes + Self.makings {
            let exchange = MemoryExchange { _, _ in .status(status) }
            let failure = await #expect(throws: Failure.self) {
                try await Target.known(exchange).perform(step)
            }
            #expect(failure?.code != .outcomeUnknown)
        }
    }

    @Test func `deleting what is gone is done`() async throws {
        let exchange = MemoryExchange { _, _ in .status(404, "{\"detail\":\"Agent not found\"}") }
        _ = try await Target.known(exchange).perform(.deleteAgent(Self.agent))
    }

    @Test func `a creation whose answer names nothing is open`() async {
        for answer in [Answer.json("{}"), .json("null"), .html] {
            let exchange = MemoryExchange { _, _ in answer }
            let failure = await #expect(throws: Failure.self) {
                try await Target.known(exchange).perform(.createBlock(json: Self.json))
            }
            #expect(failure?.code == .outcomeUnknown)
        }
    }

    @Test func `the token and the project go into every request`() async throws {
        for (project, name) in [("project-1", "X-Project-Id"), ("my-slug", "X-Project")] {
            let exchange = MemoryExchange { _, _ in .json("{}") }
            _ = try await Target.known(exchange, project: project).perform(.deleteAgent(Self.agent))
            let headers = try #require(exchange.requests.first).headers
            #expect(headers.contains(HeaderField("Authorization", "Bearer the-token")))
            #expect(headers.contains(HeaderField(name, project)))
        }
    }
}

@Suite struct ImportFormTests {
    private func fields(_ version: String, _ upload: ImportUpload) async throws -> [String] {
        let exchange = MemoryExchange { _, _ in .json("{\"agent_ids\":[\"agent-9\"]}") }
        let outcome = try await Target.known(as: version, exchange).perform(.importFile(upload))
        guard case .agents(let ids) = outcome else { return [] }
        #expect(ids == [TargetID("agent-9")])
        let request = try #require(exchange.requests.first)
        #expect(request.usesFreshConnection && request.effect == .create(marker: "ferry-k3f9-2"))
        guard case .form(let parts) = request.body else { return [] }
        return parts.map { part in
            switch part {
            case .field(let name, let value): "\(name)=\(value)"
            case .file(let name, let path, let fileName, let type): "\(name)=@\(path);\(fileName);\(type)"
            }
        }
    }

    private func upload(
        name: String? = "ferry-k3f9-2", model: String? = nil, embedding: String? = nil,
        secrets: [String: Secret] = [:]
    ) -> ImportUpload {
        ImportUpload(
            path: "/run/a.af", marker: marker, name: name, overridesTools: false, model: model,
            embedding: embedding,
            secrets: secrets)
    }

    @Test func `every field of 0.16.8 is said`() async throws {
        let chosen = upload(
            model: "a/m", embedding: "a/e", secrets: ["B": Secret("2"), "A": Secret("\"1\"")])
        #expect(
            try await fields("0.16.8", chosen) == [
                "append_copy_suffix=false", "override_existing_tools=false", "strip_messages=false",
                "name=ferry-k3f9-2", "model=a/m", "embedding=a/e",
                "secrets={\"A\":\"\\\"1\\\"\",\"B\":\"2\"}",
                "file=@/run/a.af;agent.af;application/json",
            ])
    }

    @Test func `older servers get their own names for the fields`() async throws {
        let chosen = upload(embedding: "a/e", secrets: ["A": Secret("1")])
        let sent = try await fields("0.13.0", chosen)
        #expect(sent.contains("override_name=ferry-k3f9-2"))
        #expect(sent.contains("override_embedding_handle=a/e"))
        #expect(sent.contains("env_vars_json={\"A\":\"1\"}"))
        #expect(!sent.contains { $0.hasPrefix("name=") })
    }

    @Test func `a file without agents has no name to give`() async throws {
        #expect(try await fields("0.16.8", upload(name: nil)).contains { $0.hasPrefix("name=") } == false)
    }

    @Test func `a choice that the server has no field for is refused before it is sent`() async throws {
        let exchange = MemoryExchange { _, _ in .json("{}") }
        let failure = await #expect(throws: Failure.self) {
            try await Target.known(as: "0.13.0", exchange).perform(.importFile(upload(model: "a/m")))
        }
        #expect(failure?.code == .abilityMissing)
        #expect(exchange.requests.isEmpty)
    }
}

@Suite struct ReaderBodyTests {
    private let template = try? JSONDocument(
        "{\"agent_type\":\"memgpt_agent\",\"llm_config\":{\"context_window\":32000,\"model_endpoint\":\"http://real\"},"
            + "\"embedding_config\":{\"embedding_endpoint\":\"http://real\",\"embedding_dim\":8}}"
    ).root

    @Test func `a reader is hidden, plain, tagged and cannot talk`() throws {
        let body = try JSONDocument(ReaderBody.json(marker, template: template, version: Version("0.16.8")))
            .root
        #expect(body["name"]?.string == "ferry-k3f9-2")
        #expect(body["hidden"]?.bool == true)
        #expect(
            body.strings("tags") == ["ferry-k3f9-2", "ferry-k3f9", "ferry-k3f9-reader", "ferry-reader"])
        #expect(body["initial_message_sequence"]?.count == 0)
        #expect(body["include_base_tools"]?.bool == false)
        #expect(body["llm_config"]?["model_endpoint"]?.string == "http://127.0.0.1:1/v1")
        #expect(body["embedding_config"] == nil)
        #expect(body["model"] == nil)
    }

    @Test func `an older server gets an embedder that is dead, too`() throws {
        let body = try JSONDocument(ReaderBody.json(marker, template: template, version: Version("0.13.0")))
            .root
        #expect(body["embedding_config"]?["embedding_endpoint"]?.string == "http://127.0.0.1:1/v1")
        #expect(body["embedding_config"]?["embedding_dim"]?.int == 8)
        #expect(!String(decoding: body.raw, as: UTF8.self).contains("http://real"))
    }
}
