import Glibc
import HTTP
import HTTPCurl
import Home
import LettaModel
import LosslessJSON

@testable import LettaServer

/// The real server of `Lab/lab`, where its environment is set.
enum Lab {
    static var isUp: Bool { variable("FERRY_LAB") == "1" }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static func token() -> Secret? {
        guard let path = variable("FERRY_LAB_SOURCE_TOKEN_FILE"), let file = fopen(path, "r") else {
            return nil
        }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = fread(&buffer, 1, buffer.count, file)
        return Secret(String(String(decoding: buffer[..<count], as: UTF8.self).trimmingSpaces()))
    }

    static func withServer<Value>(
        token: Secret? = Lab.token(), _ body: (LettaServer<TargetSide>) async throws -> Value
    ) async throws -> Value {
        try await withCurlExchange(CurlSettings(version: "test")) { exchange in
            let url = variable("FERRY_LAB_SOURCE_URL") ?? ""
            return try await body(
                LettaServer<TargetSide>(name: "lab", url: url + "/v1/", token: token, exchange: exchange))
        }
    }

    /// Runs `body` with a run of its own and removes whatever carries its
    /// markers, on every way out.
    static func withRun<Value>(
        _ body: (LettaServer<TargetSide>, Marker) async throws -> Value
    ) async throws -> Value {
        try await withServer { server in
            let marker = Marker(run: "t\(UInt32.random(in: 0...UInt32.max))x", attempt: 1)
            do {
                let value = try await body(server, marker)
                try await sweep(server, marker.run)
                return value
            } catch {
                try await sweep(server, marker.run)
                throw error
            }
        }
    }

    static func sweep(_ server: LettaServer<TargetSide>, _ run: String) async throws {
        for found in try await server.find(run: run) {
            switch found.kind {
            case .agent: _ = try await server.perform(.deleteAgent(ServerID(found.id)))
            case .block: _ = try await server.perform(.deleteBlock(ServerID(found.id)))
            case .archive: _ = try await server.perform(.deleteArchive(ServerID(found.id)))
            }
        }
    }

    /// Imports an agent with these rows, all of them in context.
    static func plant(
        _ rows: [JSONNode], on server: LettaServer<TargetSide>, _ marker: Marker
    ) async throws -> ServerID<AgentKind, TargetSide> {
        let path = "/tmp/ferry-test-\(marker)-\(UInt32.random(in: 0...UInt32.max)).af"
        let file = fopen(path, "w")
        let bytes = AgentFileText.make(name: marker.description, marker: marker, rows: rows)
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        defer { unlink(path) }
        let upload = ImportUpload(
            path: path, marker: marker, name: marker.description, overridesTools: false,
            model: nil, embedding: variable("FERRY_LAB_EMBEDDING"),
            secrets: ["KEY": Secret("four-words-of-secret")])
        guard case .agents(let ids) = try await server.perform(.importFile(upload)), let id = ids.first else {
            throw LabError(text: "the import names no agent")
        }
        return id
    }
}

struct LabError: Error {
    let text: String
}

enum AgentFileText {
    static func make(name: String, marker: Marker, rows: [JSONNode]) -> [UInt8] {
        let tags: JSONNode = [.string(marker.description), .string(marker.runTag)]
        let agent: JSONNode = [
            "id": "agent-0", "name": .string(name), "agent_type": "letta_v1_agent",
            "system": "You are a test.",
            "tags": tags, "block_ids": ["block-0"], "tool_ids": [], "tool_rules": [], "source_ids": [],
            "memory_blocks": [], "tools": [], "include_base_tools": false,
            "llm_config": [
                "model": "gpt-4o-mini", "model_endpoint_type": "openai",
                "model_endpoint": "http://127.0.0.1:1/v1",
                "context_window": 8192,
            ],
            "embedding_config": [
                "embedding_model": "text-embedding-3-small", "embedding_endpoint_type": "openai",
                "embedding_endpoint": "http://127.0.0.1:1/v1", "embedding_dim": 1536,
                "embedding_chunk_size": 300,
            ],
            "secrets": ["KEY": ""], "tool_exec_environment_variables": [:],
            "messages": .array(
                rows.enumerated().map { number, row in
                    var row = row
                    row["id"] = .string("message-\(number)")
                    return row
                }),
            "in_context_message_ids": .array(rows.indices.map { .string("message-\($0)") }),
            "files_agents": [], "group_ids": [],
        ]
        let block: JSONNode = [
            "id": "block-0", "label": "persona", "value": "I test.", "limit": 5000, "tags": tags,
        ]
        let file: JSONNode = [
            "agents": [agent], "groups": [], "blocks": [block], "files": [], "sources": [], "tools": [],
            "mcp_servers": [], "metadata": [:], "created_at": "2026-01-02T03:04:05Z",
        ]
        return file.bytes()
    }

    static func conversation(_ count: Int) -> [JSONNode] {
        (0..<count).map { number in
            let role = number == 0 ? "system" : number % 2 == 1 ? "user" : "assistant"
            return row(role, "row \(number)", at: number)
        }
    }

    static func row(_ role: String, _ text: String, at number: Int) -> JSONNode {
        let micro = String(1_000_000 + number * 7 % 1_000_000).dropFirst()
        return [
            "type": "message", "role": .string(role), "content": [["type": "text", "text": .string(text)]],
            "created_at": .string("2026-02-03T04:05:06.\(micro)+00:00"), "model": "gpt-4o-mini",
        ]
    }

    /// A tool row whose text no listing can show.
    static func poison(_ number: Int) -> JSONNode {
        var row = row("tool", "plain English", at: number)
        row["tool_call_id"] = "call-1"
        row["name"] = "a_tool"
        return row
    }
}
