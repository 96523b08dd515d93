import HTTP
import Home
import LettaModel
import Testing

@testable import LettaServer

private typealias Answer = MemoryExchange.Answer

@Suite struct ProbeTests {
    private static let health = Answer.json("{\"version\":\"0.16.8\",\"status\":\"ok\"}")

    private func probe<Side>(_ table: [String: Answer], as _: Side.Type = SourceSide.self) async throws
        -> Abilities
    where Side: HomeSide {
        let exchange = MemoryExchange(table)
        return try await LettaServer<Side>(name: "home", url: "http://letta.test", exchange: exchange)
            .abilities()
    }

    private func code(_ table: [String: Answer]) async -> ErrorCode? {
        let failure = await #expect(throws: Failure.self) { try await probe(table) }
        return failure?.code
    }

    @Test func `a server that shows no openapi is taken for its version`() async throws {
        let abilities = try await probe(["GET /v1/health/": Self.health])
        #expect(abilities == VersionTable.abilities("0.16.8"))
    }

    @Test(arguments: [
        ("0.11.7", false, false, false), ("0.12.1", true, false, false), ("0.16.2", true, true, false),
        ("0.16.8", true, true, true), ("0.17.0-rc1", true, true, true),
    ])
    func `the table knows the versions`(version: String, order: Bool, threads: Bool, batches: Bool) {
        let abilities = VersionTable.abilities(version)
        #expect(abilities.ordersListing == order)
        #expect(abilities.separatesThreads == threads)
        #expect(abilities.insertsPassagesInBatches == batches)
        #expect(abilities.versionIsTried == ["0.11.7", "0.16.8"].contains(version))
    }

    @Test(arguments: [
        (MemoryExchange.Answer.html, ErrorCode.notLetta), (.json("{\"status\":\"ok\"}"), .notLetta),
        (.json("[]"), .notLetta), (.status(404, "nope"), .notLetta), (.status(401), .unauthorized),
        (.status(302), .redirected), (.status(503), .serverError),
        (.lost(HTTPError(.connectionRefused, detail: "")), .connectFailed),
    ])
    func `what answers at the address is named`(answer: MemoryExchange.Answer, expected: ErrorCode) async {
        #expect(await code(["GET /v1/health/": answer]) == expected)
    }

    @Test func `an app server is told apart`() async {
        let table = [
            "GET /v1/health/": Answer.status(404, "not found"), "GET /readyz": .json("{\"ready\":true}"),
        ]
        #expect(await code(table) == .appServer)
    }

    @Test func `a web page that answers everything is no app server`() async {
        #expect(await code(["GET /v1/health/": .html, "GET /readyz": .html]) == .notLetta)
    }

    @Test func `a token that openapi refuses is unauthorized`() async {
        #expect(
            await code(["GET /v1/health/": Self.health, "GET /openapi.json": .status(401)]) == .unauthorized)
    }

    @Test func `a missing route is named`() async {
        let openapi = Answer.json("{\"paths\":{\"/v1/agents/\":{\"get\":{}}}}")
        let failure = await #expect(throws: Failure.self) {
            try await probe(["GET /v1/health/": Self.health, "GET /openapi.json": openapi])
        }
        #expect(failure?.code == .abilityMissing)
        #expect(failure?.reason.contains("GET /v1/agents/{agent_id}") == true)
    }

    @Test func `a missing form field of the import is named at the target only`() async throws {
        let table = [
            "GET /v1/health/": Self.health, "GET /openapi.json": Answer.json(Self.openapi(form: ["file"])),
        ]
        _ = try await probe(table, as: SourceSide.self)
        let failure = await #expect(throws: Failure.self) { try await probe(table, as: TargetSide.self) }
        #expect(failure?.code == .abilityMissing)
        #expect(failure?.reason.contains("append_copy_suffix") == true)
    }

    @Test func `parameters, fields and enums are read through references`() async throws {
        let form = ["file", "append_copy_suffix", "override_existing_tools", "name"]
        let table = [
            "GET /v1/health/": Self.health, "GET /openapi.json": Answer.json(Self.openapi(form: form)),
        ]
        let abilities = try await probe(table, as: TargetSide.self)
        #expect(abilities.importFields == Set(form))
        #expect(abilities.ordersListing && !abilities.separatesThreads && abilities.readsNative)
        #expect(abilities.toolKeys == ["id", "name"])
        #expect(abilities.agentTypes == ["letta_v1_agent"])
        #expect(abilities.has("GET /v1/agents/{whatever}/messages"))
    }

    @Test func `callers at the same time probe once`() async throws {
        let exchange = MemoryExchange(["GET /v1/health/": Self.health])
        let server = try Source(name: "home", url: "http://letta.test", exchange: exchange)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await server.abilities() } }
            try await group.waitForAll()
        }
        #expect(exchange.lines == ["GET /v1/health/", "GET /openapi.json"])
    }

    @Test func `a probe that failed is tried again`() async throws {
        let exchange = MemoryExchange { _, _ in .status(503) }
        let server = try Source(name: "home", url: "http://letta.test", exchange: exchange)
        for _ in 0..<2 { _ = await #expect(throws: Failure.self) { try await server.abilities() } }
        #expect(exchange.lines.count == 2)
    }

    /// Every route that is needed, references and all.
    private static func openapi(form: [String]) -> String {
        var paths: [String: [String]] = [:]
        for route in Probe.reads + Probe.writes {
            let parts = route.split(separator: " ").map(String.init)
            paths[parts[1], default: []].append(operation(parts[0].lowercased(), parts[1]))
        }
        let fields = form.map { "\"\($0)\":{}" }.joined(separator: ",")
        let text = paths.map { "\"\($0.key)\":{\($0.value.joined(separator: ","))}" }.joined(separator: ",")
        return """
            {"paths":{\(text)},"components":{"schemas":{
            "Form":{"properties":{\(fields)}},
            "Patch":{"allOf":[{"$ref":"#/components/schemas/Inner"}]},"Inner":{"properties":{"message_ids":{}}},
            "AgentType":{"enum":["letta_v1_agent"]},
            "letta__schemas__agent_file__ToolSchema":
            {"additionalProperties":false,"properties":{"id":{},"name":{}}}}}}
            """
    }

    private static func operation(_ method: String, _ path: String) -> String {
        let schema = path.hasSuffix("import") ? "Form" : "Patch"
        let order = "{\"name\":\"order\",\"in\":\"query\"},{\"name\":\"conversation_id\",\"in\":\"header\"}"
        return """
            "\(method)":{"parameters":[\(order)],"requestBody":{"content":{"x":{"schema":
            {"$ref":"#/components/schemas/\(schema)"}}}}}
            """
    }
}
