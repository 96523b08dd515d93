import Glibc
import HTTP
import HTTPCurl
import Home
import HomeConformance
import LettaModel
import LettaServer
import LosslessJSON
import ScriptedLetta

extension ConformanceSubject {
    /// A fresh scripted server for each check.
    static let scripted = ConformanceSubject(
        name: "scripted", rows: fixtureRows, model: "openai-proxy/gpt-4o-mini",
        embedding: "openai/text-embedding-3-small"
    ) { body in
        var world = World.ada(rows: 40, passages: 7, name: "Somebody else", seed: "other")
        world.embeddingLength = 16
        let server = try ScriptedServer(world, token: "scripted-token")
        defer { server.stop() }
        try await withHomes(name: "scripted", url: server.url, token: Secret("scripted-token"), body)
    }

    /// One of the lab's servers, `SOURCE` or `TARGET`.
    static func lab(_ role: String) throws -> ConformanceSubject {
        guard let url = Lab.variable("FERRY_LAB_\(role)_URL"), let token = Lab.token(role) else {
            throw NotInLab(role: role)
        }
        return ConformanceSubject(
            name: "lab", rows: fixtureRows, model: Lab.variable("FERRY_LAB_MODEL"),
            embedding: Lab.variable("FERRY_LAB_EMBEDDING")
        ) { body in
            try await withHomes(name: "lab", url: url, token: token, body)
        }
    }

    struct NotInLab: Error { let role: String }

    /// A history with everything that rows can hold, as an export has it.
    static let fixtureRows: [VerbatimJSON] = {
        let world = World.ada(rows: 101, passages: 0)
        return world.rows(of: world.agents.ids[0]).enumerated().map { place, row in
            var row = row
            row["id"] = .string("message-\(place)")
            row["agent_id"] = "agent-0"
            return row.bytes()
        }
    }()
}

func withHomes(
    name: String, url: String, token: Secret?,
    _ body: (any Home<SourceSide>, any Home<TargetSide>) async throws -> Void
) async throws {
    try await withCurlExchange(CurlSettings(version: "test")) { exchange in
        try await body(
            LettaServer<SourceSide>(name: name, url: url, token: token, exchange: exchange),
            LettaServer<TargetSide>(name: name, url: url, token: token, exchange: exchange))
    }
}

/// The real servers of `Lab/lab`, where its environment is loaded.
enum Lab {
    static var isUp: Bool { variable("FERRY_LAB_TARGET_URL") != nil }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static func token(_ role: String) -> Secret? {
        guard let path = variable("FERRY_LAB_\(role)_TOKEN_FILE"), let file = fopen(path, "r") else {
            return nil
        }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = fread(&buffer, 1, buffer.count, file)
        return Secret(String(decoding: buffer[..<count].prefix { $0 > 0x20 }, as: UTF8.self))
    }
}
