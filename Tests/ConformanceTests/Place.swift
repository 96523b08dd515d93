import Glibc
import HTTP
import HTTPCurl
import Home
import HomeConformance
import LettaModel
import LettaServer
import LosslessJSON
import ScriptedLetta

/// A server with the same agent on it, asked by hand.
struct Place: Sendable {
    let exchange: any Exchange
    let url: String
    let token: Secret?
    let names: [String: String]

    struct Answer {
        let status: Int
        let body: JSONValue?
        let text: String
    }

    func answer(_ probe: Probe) async throws -> Answer {
        let body = probe.json.map {
            RequestBody.bytes(Array(filled($0).utf8), contentType: "application/json")
        }
        var headers: [HeaderField] = []
        if let token { headers.append(HeaderField("authorization", "Bearer \(token.reveal())")) }
        let request = Request(
            probe.method, url + filled(probe.target), headers: headers, body: body ?? .none,
            effect: probe.method == .get ? .read : .create(marker: "drift"), usesFreshConnection: true)
        let response = try await exchange.send(request)
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let text = String(decoding: bytes.prefix(300), as: UTF8.self)
        return Answer(status: response.status, body: try? JSONDocument(bytes).root, text: text)
    }

    private func filled(_ text: String) -> String {
        names.reduce(text) { text, name in
            text.split(separator: "{\(name.key)}", omittingEmptySubsequences: false).joined(
                separator: name.value)
        }
    }

    /// The listed items without what is minted.
    func items(_ target: String) async throws -> [String] {
        let minted: Set<String> = ["id", "otid", "step_id", "run_id"]
        let list = try await answer(Probe(.get, target)).body?.elements ?? []
        return list.map { String(decoding: Canonical.bytes($0, dropping: minted), as: UTF8.self) }
    }

    /// The exported rows without what is minted.
    func exported(_ target: String) async throws -> [String] {
        let rows = try await answer(Probe(.get, target)).body?["agents"]?[0]?["messages"]?.elements ?? []
        return rows.map { String(decoding: Canonical.bytes($0, dropping: ["otid"]), as: UTF8.self) }
    }
}

/// The same agent with passages on a scripted and on a real server; removed
/// afterwards.
func withBoth(_ body: (Place, Place) async throws -> Void) async throws {
    let server = try ScriptedServer(World(), token: "scripted-token")
    defer { server.stop() }
    guard let url = Lab.variable("FERRY_LAB_TARGET_URL"), let token = Lab.token("TARGET") else {
        throw ConformanceSubject.NotInLab(role: "TARGET")
    }
    try await withPlace(
        server.url, Secret("scripted-token"), model: "openai-proxy/gpt-4o-mini",
        embedding: "openai/text-embedding-3-small"
    ) { scripted in
        try await withPlace(
            url, token, model: Lab.variable("FERRY_LAB_MODEL"), embedding: Lab.variable("FERRY_LAB_EMBEDDING")
        ) { real in try await body(scripted, real) }
    }
}

private func withPlace(
    _ url: String, _ token: Secret, model: String?, embedding: String?, _ body: (Place) async throws -> Void
) async throws {
    try await withCurlExchange(CurlSettings(version: "test")) { exchange in
        let server = try LettaServer<TargetSide>(name: "drift", url: url, token: token, exchange: exchange)
        let source = try LettaServer<SourceSide>(name: "drift", url: url, token: token, exchange: exchange)
        let subject = ConformanceSubject(
            name: "drift", rows: ConformanceSubject.fixtureRows, model: model, embedding: embedding,
            open: { _ in })
        try await subject.withFixture(on: server, readAs: source) { fixture in
            let rows = try await server.agent(fixture.agent).messageIDs
            let names = [
                "agent": fixture.agent.raw, "name": fixture.marker.description,
                "archive": fixture.archive.raw,
                "block": try await server.blocks(of: fixture.agent).first { $0.label == "human" }?.id.raw
                    ?? "",
                "tool": try await server.tools(of: fixture.agent).first?.id.raw ?? "", "row": rows[3].raw,
            ]
            try await body(Place(exchange: exchange, url: url, token: token, names: names))
        }
    }
}
