import HTTPCurl
import Home
import LettaModel
import LosslessJSON
import ScriptedLetta
import Testing

@testable import LettaServer

/// The whole way through a socket, against a server that misbehaves. Repeated
/// requests are another module's task: what needs them is not tried here.
@Suite struct ScriptedLettaTests {
    private static let listing = "GET /v1/agents/{}/messages"

    private func withAda<Value>(
        rows: Int = 341, passages: Int = 20, profile: VersionProfile = .v0_16_8, mode: ServerMode = .letta,
        faults: [Fault] = [],
        _ body: (LettaServer<SourceSide>, ServerID<AgentKind, SourceSide>, ScriptedServer) async throws ->
            Value
    ) async throws -> Value {
        let world = World.ada(rows: rows, passages: passages)
        let scripted = try ScriptedServer(world, profile: profile, mode: mode, faults: faults)
        defer { scripted.stop() }
        return try await withCurlExchange(CurlSettings(version: "test")) { exchange in
            let server = try Source(name: "scripted", url: scripted.url, exchange: exchange)
            return try await body(server, ServerID(world.agents.ids.first ?? ""), scripted)
        }
    }

    @Test(arguments: [VersionProfile.v0_16_8, .v0_16_4, .v0_13_0, .v0_11_7])
    func `every version shows its whole history`(profile: VersionProfile) async throws {
        try await withAda(profile: profile) { server, ada, scripted in
            let rows = try await server.rows(of: ada)
            #expect(rows.count == 341)
            #expect(Set(rows.map(\.id)).count == 341)
            #expect(rows.map(\.date) == rows.map(\.date).sorted())
            #expect(scripted.writes == 0)
        }
    }

    @Test(arguments: [VersionProfile.v0_16_8, .v0_16_4, .v0_13_0])
    func `a reader shows the rows that were asked for`(profile: VersionProfile) async throws {
        try await withAda(profile: profile) { server, ada, _ in
            let marker = Marker(run: "k3f9", attempt: 1)
            let reader = try await server.reader(marker, for: ada)
            let rows = try await server.rows(of: ada).map(\.id)
            let asked = Array(rows[100..<140].reversed())
            let native = try await server.nativeRows(asked, through: reader)
            #expect(native.map(\.id) == asked)
            #expect(try await server.find(run: "k3f9").map(\.id) == [reader.raw])
        }
    }

    /// Lies of a listing that are worked round, without a repetition of
    /// requests by anyone else.
    private static let workedRound: [(String, Fault)] = [
        ("a page answers 500 once", Fault(listing, .nth(3), .refuse(status: 500))),
        ("a page repeats once", Fault(listing, .nth(4), .repeatPreviousPage)),
        ("a page is left out", Fault(listing, .nth(3), .skipPage)),
        ("the first page is left out", Fault(listing, .nth(1), .skipPage)),
        ("the order is ignored", Fault(listing, .every, .ignoreOrder)),
        ("a cursor vanishes", Fault(listing, .nth(3), containing: "after=", .vanishCursor)),
        ("pages are cut to seven rows", Fault(listing, .every, .capLimit(7))),
        ("a page calls itself text", Fault(listing, .every, .wrongContentType("text/plain"))),
        ("a page breaks off once", Fault(listing, .nth(3), .closeMidBody(after: 700))),
        ("a row arrives", Fault(listing, .nth(4), .change(.appendRow))),
    ]

    @Test(arguments: workedRound) func `a listing that misbehaves is read whole`(name: String, fault: Fault)
        async throws
    {
        try await withAda(faults: [fault]) { server, ada, scripted in
            let rows = try await server.rows(of: ada)
            let stored = scripted.world.agents[ada.raw]?.history.count
            #expect(rows.count == stored)
        }
    }

    private static let refused: [(String, Fault, Set<ErrorCode>)] = [
        ("every page answers 500", Fault(listing, .every, .refuse(status: 500)), [.historyIncomplete]),
        ("every page breaks off", Fault(listing, .from(2), .closeMidBody(after: 700)), [.connectionLost]),
        (
            "every page's JSON ends early", Fault(listing, .from(2), .truncateJSON(keeping: 900)),
            [.answerNotUnderstood]
        ),
        ("a page is HTML", Fault(listing, .from(2), .html), [.answerNotUnderstood]),
        ("a page is an object", Fault(listing, .from(2), .wrongShape), [.answerNotUnderstood]),
        (
            "a page repeats for ever", Fault(listing, .from(4), .repeatPreviousPage),
            [.pageRepeated, .historyIncomplete]
        ),
        (
            "every cursor vanishes", Fault(listing, .every, containing: "after=message", .vanishCursor),
            [.cursorVanished]
        ),
        (
            "the agent is deleted", Fault(listing, .nth(3), .change(.deleteAgent)),
            [.agentUnknown, .cursorVanished]
        ),
        ("a redirect", Fault(listing, .nth(2), .refuse(status: 307)), [.redirected]),
    ]

    @Test(arguments: refused)
    func `a listing that cannot be trusted is refused`(name: String, fault: Fault, codes: Set<ErrorCode>)
        async throws
    {
        try await withAda(faults: [fault]) { server, ada, _ in
            let failure = await #expect(throws: Failure.self) { try await server.rows(of: ada) }
            #expect(failure.map { codes.contains($0.code) } == true, "\(failure?.code as Any)")
        }
    }

    @Test func `a row that poisons its page is reported`() async throws {
        try await withAda(faults: [Fault(Self.listing, .every, .poisonRow(at: 17))]) { server, ada, _ in
            let pages = try await server.pages(of: ada)
            #expect(pages.flatMap(\.rows).count == 340)
            #expect(pages.compactMap(\.unreachable).count == 1)
        }
    }

    @Test(arguments: [ServerMode.notLetta, .appServer])
    func `who is no Letta server is named`(mode: ServerMode) async throws {
        try await withAda(mode: mode) { server, _, _ in
            let failure = await #expect(throws: Failure.self) { try await server.abilities() }
            #expect(failure?.code == (mode == .appServer ? .appServer : .notLetta))
        }
    }

    @Test(arguments: [VersionProfile.v0_16_8, .v0_13_0])
    func `passages come whole by each route that exists`(profile: VersionProfile) async throws {
        try await withAda(passages: 230, profile: profile) { server, ada, _ in
            let listed = try await server.passages(of: ada, route: .listing).flattened()
            #expect(listed.count == 230)
            guard try await server.abilities().searchesPassages else { return }
            let found = try await server.passages(of: ada, route: .search(expected: 230)).flattened()
            #expect(found.map(\.id) == listed.map(\.id))
            #expect(found.map { Instant($0.createdAt) } == listed.map { Instant($0.createdAt) })
        }
    }

    @Test func `everything around Ada is read`() async throws {
        try await withAda { server, ada, _ in
            let state = try await server.agent(ada)
            #expect(state.name == "Ada")
            #expect(
                try await server.blocks(of: ada).map(\.label) == [
                    "persona", "human", "promises", "words", "empty",
                ])
            #expect(try await server.tools(of: ada).count == 14)
            #expect(try await server.secrets(of: ada) == ["LIBRARY_CARD": Secret("scripted-card-0417")])
            #expect(try await server.counts(of: ada).rows == 341)
            #expect(
                try await server.surroundings(of: ada).contains { $0.kind == .identity && $0.name == "Mira" })
            #expect(try await server.export(of: ada).rows.count == state.messageIDs.count)
        }
    }
}
