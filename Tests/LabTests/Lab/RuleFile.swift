import Glibc
import HTTP
import HTTPCurl
import LettaModel
import LosslessJSON

/// A good agent file of one line for each thing, and a change of it that
/// breaks one rule.
struct RuleFile: Sendable, CustomStringConvertible {
    let rule: String
    let old: String
    let new: String
    /// Fields of the import's form.
    var form: [String: String] = [:]
    /// A text of the file that no reader finds on the server afterwards.
    var lost: String?

    init(
        _ rule: String, _ old: String, _ new: String, form: [String: String] = [:], lost: String? = nil
    ) {
        self.lost = lost
        self.rule = rule
        self.old = old
        self.new = new
        self.form = form
    }

    var description: String { "\(rule): \(new.prefix(60))" }

    /// - Parameter word: in every name that a server keeps.
    func text(_ word: String, _ models: Models) -> String? {
        let good = Self.good(word, models)
        if rule == "byte-order-mark" { return "\u{FEFF}" + good }
        if rule == "json-in-a-string" { return JSONNode.string(good).text() }
        if rule == "legacy-form" { return Self.legacy }
        let found = old.replacing("WORD", with: word)
        let broken = good.replacing(found, with: new.replacing("WORD", with: word), maxReplacements: 1)
        return broken == good ? nil : broken
    }

    /// The configurations of the lab's models, as its server lists them.
    struct Models: Sendable {
        let llm: String
        let embedding: String

        static func listed(by server: LabServer) async throws -> Models {
            func config(_ path: String, _ variable: String) async throws -> String {
                let handle = Lab.variable(variable) ?? ""
                let list = try await server.get(path).elements
                guard let config = list.first(where: { $0["handle"]?.string == handle }) else {
                    throw LabError("\(path) lists no \(handle)")
                }
                return String(decoding: config.minified(), as: UTF8.self)
            }
            return Models(
                llm: try await config("/v1/models/", "FERRY_LAB_MODEL"),
                embedding: try await config("/v1/models/embedding", "FERRY_LAB_EMBEDDING"))
        }
    }

    static let legacy =
        #"{"name": "Ada", "version": "0.6.47", "messages": [], "core_memory": [], "llm_config": {}}"#

    private static let packed = #"{\"status\": \"OK\", \"message\": \"seen\"}"#

    static func good(_ word: String, _ models: Models) -> String {
        """
        {
        "agents": [{"id": "agent-0", "name": "Ada \(word)", "agent_type": "letta_v1_agent", "system": "Be kind.",
        "description": "Rule.", "metadata": {"k": "v"}, "tags": ["\(word)"],
        "llm_config": \(models.llm),
        "embedding_config": \(models.embedding),
        "tool_rules": [{"type": "exit_loop", "tool_name": "look_\(word)"}],
        "block_ids": ["block-0"], "tool_ids": ["tool-0"],
        "in_context_message_ids": ["message-0", "message-1", "message-2", "message-3", "message-4"],
        "messages": [
        {"id": "message-0", "type": "message", "role": "system", "content": [{"type": "text", "text": "Be kind."}], "created_at": "2026-05-02T10:11:12Z"},
        {"id": "message-1", "type": "message", "role": "user", "content": [{"type": "text", "text": "Hello"}], "name": "Tom", "created_at": "2026-05-02T10:11:13Z"},
        {"id": "message-2", "type": "message", "role": "assistant", "content": [{"type": "reasoning", "is_native": true, "reasoning": "Look."}], "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look_\(word)", "arguments": "{}"}}], "created_at": "2026-05-02T10:11:14Z"},
        {"id": "message-3", "type": "message", "role": "tool", "name": "look_\(word)", "tool_call_id": "c1", "content": [{"type": "text", "text": "\(packed)"}], "tool_returns": [{"tool_call_id": "c1", "status": "success", "stdout": null, "stderr": null, "func_response": "\(packed)"}], "created_at": "2026-05-02T10:11:15Z"},
        {"id": "message-4", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "Seen."}], "created_at": "2026-05-02T10:11:16Z"}
        ]}],
        "groups": [],
        "blocks": [{"id": "block-0", "label": "persona", "value": "I am Ada \(word).", "description": "Who.", "metadata": {"k": "v"}}],
        "files": [], "sources": [],
        "tools": [{"id": "tool-0", "name": "look_\(word)", "tool_type": "custom", "source_type": "python", "description": "Looks.", "source_code": "def look_\(word)():\\n    return 1", "json_schema": {"name": "look_\(word)", "description": "Looks.", "parameters": {"type": "object", "properties": {}}}, "tags": ["\(word)"]}],
        "mcp_servers": [], "metadata": {"revision_id": "x"}
        }
        """
    }
}

/// What a server made of a file.
struct RuleTrial: Sendable, CustomStringConvertible {
    var imported = 0
    var listed = 0
    var exported = 0
    var chatted = 0
    /// Agents, blocks and tools that are there and should not be.
    var leftovers = 0
    /// It was taken, and a part of it is nowhere.
    var isLost = false
    var words = ""

    var description: String {
        "import \(imported), list \(listed), export \(exported), chat \(chatted), \(leftovers) left: \(words.prefix(300))"
    }

    /// By what it does, in the words of `Rule.Reaction`.
    var reaction: String {
        if imported >= 400 { return leftovers > 0 ? "orphan" : "refused" }
        if isLost { return "lost" }
        return [listed, exported, chatted].contains { $0 >= 400 } ? "poison" : "fine"
    }

    /// Imports, reads, exports, chats, and takes everything away again.
    ///
    /// - Parameter part: a text that has to be in the agent's export.
    static func of(
        _ bytes: [UInt8], _ word: String, form: [String: String] = [:], holding part: String? = nil,
        on server: LabServer
    ) async throws -> RuleTrial {
        do {
            let trial = try await tried(bytes, word, form, part, server)
            try await remove(word, server)
            return trial
        } catch {
            try await remove(word, server)
            throw error
        }
    }

    private static func tried(
        _ bytes: [UInt8], _ word: String, _ form: [String: String], _ part: String?, _ server: LabServer
    ) async throws -> RuleTrial {
        var trial = RuleTrial()
        let answer = try await server.tryImport(bytes, form: form)
        trial.imported = answer.status
        trial.words = answer.text
        guard answer.status < 400, let id = answer.body?["agent_ids"]?[0]?.string else {
            trial.leftovers = try await leftovers(word, server).count
            trial.isLost = answer.status < 400 && part != nil
            return trial
        }
        let agent = "/v1/agents/\(id)"
        trial.listed = try await server.status(
            .get, "\(agent)/messages?order=asc&use_assistant_message=false&limit=500")
        trial.exported = try await server.status(.get, "\(agent)/export")
        if let part, trial.exported < 400 {
            let export = String(decoding: try await server.get("\(agent)/export").raw, as: UTF8.self)
            trial.isLost = !export.contains(part)
        }
        let chat: JSONNode = ["input": "stub: strict How are you?"]
        trial.chatted = try await server.status(.post, "\(agent)/messages", chat)
        return trial
    }

    private static func leftovers(_ word: String, _ server: LabServer) async throws -> [String] {
        func bears(_ thing: JSONValue) -> Bool { String(decoding: thing.raw, as: UTF8.self).contains(word) }
        var paths: [String] = []
        for kind in ["agents", "blocks", "tools"] {
            let list = try await server.get("/v1/\(kind)/?limit=1000").elements
            paths += list.filter(bears).compactMap { $0["id"]?.string }.map { "/v1/\(kind)/\($0)" }
        }
        return paths
    }

    private static func remove(_ word: String, _ server: LabServer) async throws {
        for path in try await leftovers(word, server) { try await server.delete(path) }
    }
}

extension LabServer {
    struct Answer: Sendable {
        let status: Int
        let body: JSONValue?
        let text: String
    }

    func tryImport(_ bytes: [UInt8], form: [String: String]) async throws -> Answer {
        let path = "/tmp/ferry-labtest-\(Lab.unique()).af"
        try Files.write(bytes, to: path)
        defer { unlink(path) }
        var fields = ["append_copy_suffix": "false", "override_existing_tools": "false"]
        fields.merge(form) { _, new in new }
        let parts = fields.sorted { $0.key < $1.key }.map { FormPart.field(name: $0.key, value: $0.value) }
        return try await answer(
            .post, "/v1/agents/import",
            .form(
                parts + [
                    .file(name: "file", path: path, fileName: "agent.af", contentType: "application/json")
                ]))
    }

    func status(_ method: Request.Method, _ path: String, _ body: JSONNode? = nil) async throws -> Int {
        try await answer(
            method, path, body.map { .bytes($0.bytes(), contentType: "application/json") } ?? .none
        ).status
    }

    private func answer(_ method: Request.Method, _ path: String, _ body: RequestBody) async throws -> Answer
    {
        try await withCurlExchange(CurlSettings(version: "labtests")) { exchange in
            let request = Request(
                method, url + path,
                headers: [HeaderField("Authorization", "Bearer \(token.map { $0.reveal() } ?? "")")],
                body: body, effect: method == .get ? .read : .create(marker: "labtests"),
                timeout: .seconds(120), usesFreshConnection: true)
            let response = try await exchange.send(request)
            let bytes = try await response.body.collect(upTo: 64 << 20)
            return Answer(
                status: response.status, body: try? JSONDocument(bytes).root,
                text: String(decoding: bytes.prefix(600), as: UTF8.self))
        }
    }
}
