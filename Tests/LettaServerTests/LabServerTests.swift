import Home
import LettaModel
import LosslessJSON
import Testing

@testable import LettaServer

@Suite(.enabled(if: Lab.isUp, "Lab/lab up, then export its environment"), .serialized) struct LabServerTests {
    @Test func `a 0.16.8 server tells what it can do`() async throws {
        let abilities = try await Lab.withServer { try await $0.abilities() }
        #expect(abilities.version == "0.16.8")
        #expect(abilities.versionIsTried)
        #expect(abilities.ordersListing && abilities.separatesThreads && abilities.readsNative)
        #expect(
            abilities.insertsPassagesInBatches && abilities.searchesPassages && abilities.attachesArchives)
        #expect(abilities.importFields.isSuperset(of: ["file", "name", "model", "embedding", "secrets"]))
        #expect(abilities.toolKeys?.contains("project_id") == true)
        #expect(abilities.agentTypes?.contains("letta_v1_agent") == true)
    }

    @Test func `the table of versions agrees with the openapi of 0.16.8`() async throws {
        let probed = try await Lab.withServer { try await $0.abilities() }
        var table = VersionTable.abilities("0.16.8")
        #expect(table.routes.allSatisfy(probed.has))
        (table.routes, table.agentTypes) = (probed.routes, probed.agentTypes)
        #expect(table == probed)
    }

    @Test func `a wrong token is unauthorized`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await Lab.withServer(token: Secret("wrong-token")) { try await $0.abilities() }
        }
        #expect(failure?.code == .unauthorized)
    }

    @Test func `an agent that is not there is unknown`() async throws {
        for id in ["agent-00000000-0000-4000-8000-000000000001", "junk"] {
            let failure = await #expect(throws: Failure.self) {
                try await Lab.withServer { try await $0.agent(ServerID(id)) }
            }
            #expect(failure?.code == .agentUnknown)
        }
    }

    @Test func `what was imported is listed whole and found by its run`() async throws {
        try await Lab.withRun { server, marker in
            let agent = try await Lab.plant(AgentFileText.conversation(260), on: server, marker)
            let rows = try await server.rows(of: agent)
            #expect(rows.count == 260)
            let inContext = try await server.agent(agent).messageIDs
            #expect(rows.map(\.id) == inContext)
            #expect(try await server.counts(of: agent).rows == 260)
            #expect(try await server.secrets(of: agent) == ["KEY": Secret("four-words-of-secret")])
            #expect(try await server.blocks(of: agent).map(\.label) == ["persona"])
            let found = try await server.find(run: marker.run)
            #expect(Set(found.map(\.kind)) == [.agent, .block])
            #expect(found.allSatisfy { $0.marker == marker && !$0.isReader })
            try await Lab.sweep(server, marker.run)
            #expect(try await server.find(run: marker.run).isEmpty)
        }
    }

    @Test func `reading on from a row gives what is behind it`() async throws {
        try await Lab.withRun { server, marker in
            let agent = try await Lab.plant(AgentFileText.conversation(120), on: server, marker)
            let all = try await server.rows(of: agent)
            #expect(try await server.rows(of: agent, from: .after(all[70].id)) == Array(all[71...]))
            #expect(try await server.rows(of: agent, from: .after(all[119].id)).isEmpty)
        }
    }

    @Test func `a conversation has all its rows, and what was written in it apart from the main thread`()
        async throws
    {
        try await Lab.withRun { server, marker in
            let agent = try await Lab.plant(AgentFileText.conversation(130), on: server, marker)
            let main = try await server.rows(of: agent)
            var fork = Call.post("/v1/conversations/default/fork", [], marker: "x")
            fork.query = [QueryItem("agent_id", agent.raw)]
            let id = try #require(try await server.wire.json(fork)["id"]?.string)
            let rows = try await server.rows(of: TargetID<ConversationKind>(id))
            #expect(rows.count == 130)
            #expect(rows.dropFirst() == main.map(\.id).dropFirst())
            let own = try await server.rows(of: agent, thread: .conversation(id))
            #expect(own.map(\.id) == [rows[0]] && own[0].messageTypes == ["system_message"])
            let state = try await server.conversations(of: agent)
            #expect(state.map(\.contextIDs) == [rows])
            #expect(try await server.rows(of: agent) == main)
            let around = try await server.surroundings(of: agent)
            #expect(around.filter { $0.kind == .conversation }.map(\.id) == [id])
        }
    }

    @Test func `a reader shows rows in the order asked, to the microsecond`() async throws {
        try await Lab.withRun { server, marker in
            let agent = try await Lab.plant(AgentFileText.conversation(60), on: server, marker)
            let reader = try await server.reader(marker, for: agent)
            let rows = try await server.rows(of: agent).map(\.id)
            let asked = [rows[5], rows[0], rows[59], rows[58]]
            let native = try await server.nativeRows(asked, through: reader)
            #expect(native.map(\.id) == asked)
            let texts = try native.map { try JSONDocument($0.json).root["content"]?[0]?["text"]?.string }
            #expect(texts == ["row 5", "row 0", "row 59", "row 58"])
            #expect(try JSONDocument(native[0].json).root["created_at"]?.string?.contains(".000035") == true)
            #expect(try await server.agent(agent).messageIDs == rows)
            let found = try await server.find(run: marker.run)
            #expect(found.filter(\.isReader).map(\.id) == [reader.raw])
            let shown = try await server.agents(AgentQuery())
            #expect(!shown.contains { $0.id == reader })
        }
    }

    @Test func `rows that are gone are named`() async throws {
        try await Lab.withRun { server, marker in
            let agent = try await Lab.plant(AgentFileText.conversation(5), on: server, marker)
            let reader = try await server.reader(marker, for: agent)
            let gone = "message-00000000-0000-4000-8000-000000000001"
            let rows = try await server.rows(of: agent).map(\.id)
            let vanished = await #expect(throws: RowsVanished.self) {
                try await server.nativeRows(rows + [ServerID(gone)], through: reader)
            }
            #expect(vanished?.ids == [gone])
            #expect(try await server.nativeRows(rows, through: reader).count == 5)
        }
    }

    @Test func `rows that the listing cannot show are walked round, and a reader shows them`() async throws {
        try await Lab.withRun { server, marker in
            var planted = AgentFileText.conversation(130)
            planted[60] = AgentFileText.poison(60)
            planted[90] = AgentFileText.poison(90)
            let agent = try await Lab.plant(planted, on: server, marker)
            let ids = try await server.agent(agent).messageIDs
            let pages = try await server.pages(of: agent)
            #expect(pages.flatMap(\.rows).map(\.id) == Array(ids[..<60] + ids[91...]))
            let gaps = pages.compactMap(\.unreachable)
            #expect(gaps.map(\.after) == [ids[59]] && gaps.map(\.before) == [ids[91]])
            #expect(gaps.first?.reason.isEmpty == false)
            let reader = try await server.reader(marker, for: agent)
            #expect(try await server.nativeRows(Array(ids[60...90]), through: reader).count == 31)
        }
    }

    @Test func `passages go in by batches and come back by both routes`() async throws {
        try await Lab.withRun { server, marker in
            let agent = try await Lab.plant(AgentFileText.conversation(3), on: server, marker)
            let embedding = Lab.variable("FERRY_LAB_EMBEDDING")
            let made = try await server.perform(
                .createArchive(marker, description: "of a test", embedding: embedding))
            guard case .archive(let archive) = made else { throw LabError(text: "no archive") }
            _ = try await server.perform(.attachArchive(archive, to: agent))
            let drafts = (0..<120).map { number in
                let at = "2026-03-04T05:06:07.\(String(100_000 + number))Z"
                let json: JSONNode = [
                    "text": .string("passage \(number)"), "tags": ["a"], "metadata": ["n": .int(number)],
                    "created_at": .string(at),
                ]
                return PassageDraft(createdAt: at, json: json.bytes())
            }
            _ = try await server.perform(.insertPassages(drafts, into: archive))
            let listed = try await server.passages(of: agent, route: .listing).flattened()
            #expect(listed.map(\.createdAt) == drafts.map(\.createdAt))
            #expect(
                listed.allSatisfy { !String(decoding: $0.json, as: UTF8.self).contains("\"embedding\":") })
            let searched = try await server.passages(of: agent, route: .search(expected: 120)).flattened()
            #expect(searched.map(\.id) == listed.map(\.id))
            #expect(searched.map(\.createdAt) == listed.map(\.createdAt))
            let failure = await #expect(throws: Failure.self) {
                try await server.passages(of: agent, route: .search(expected: 119)).flattened()
            }
            #expect(failure?.code == .historyIncomplete)
            _ = try await server.perform(.deletePassage(listed[7].id, of: agent))
            #expect(try await server.passages(of: agent, route: .listing).flattened().count == 119)
            let seen = try await server.find(run: marker.run)
            #expect(seen.contains { $0.kind == .archive && $0.id == archive.raw })
        }
    }

    @Test func `a file that is refused says so, and what it left is found`() async throws {
        try await Lab.withRun { server, marker in
            var rows = AgentFileText.conversation(3)
            rows[1]["content"] = "a plain string"
            let refused = rows
            let failure = await #expect(throws: Failure.self) {
                try await Lab.plant(refused, on: server, marker)
            }
            #expect(failure?.code == .importRefused)
            #expect(failure?.description.contains("four-words-of-secret") == false)
            let seen = try await server.find(run: marker.run)
            #expect(seen.contains { $0.kind == .agent })
        }
    }

    @Test func `tools, models and surroundings are read`() async throws {
        try await Lab.withRun { server, marker in
            let agent = try await Lab.plant(AgentFileText.conversation(3), on: server, marker)
            #expect(try await server.models().isEmpty == false)
            let seen = try await server.embeddingModels()
            #expect(seen.contains { $0.dimensions == 1536 })
            let memory = try await server.tools(named: ["conversation_search", "no_such_tool"])
            #expect(memory.map(\.name) == ["conversation_search"])
            let tool = try #require(memory.first)
            _ = try await server.perform(.attachTool(tool.id, to: agent))
            #expect(try await server.tools(of: agent).map(\.name) == ["conversation_search"])
            #expect(try await server.surroundings(of: agent).filter { $0.kind != .sandboxVariable }.isEmpty)
            let other = try await Lab.plant(
                AgentFileText.conversation(3), on: server, Marker(run: marker.run, attempt: 2))
            let block = try #require(try await server.blocks(of: agent).first)
            _ = try await server.perform(.patchBlock(block.id, json: Array("{\"label\":\"shared\"}".utf8)))
            _ = try await server.perform(.attachBlock(block.id, to: other))
            let around = try await server.surroundings(of: agent)
            #expect(around.contains { $0.kind == .sharedBlock && $0.id == block.id.raw })
        }
    }

    @Test func `a step on what is gone is refused, and a deletion of it is done`() async throws {
        try await Lab.withServer { server in
            let gone = ServerID<AgentKind, TargetSide>("agent-00000000-0000-4000-8000-000000000001")
            let failure = await #expect(throws: Failure.self) {
                try await server.perform(.patchAgent(gone, json: Array("{\"name\":\"x\"}".utf8)))
            }
            #expect(failure?.code == .agentUnknown)
            _ = try await server.perform(.deleteAgent(gone))
        }
    }
}

extension LettaServer {
    func pages(
        of agent: ServerID<AgentKind, Side>, thread: Thread = .main, from start: ListingStart<Side> = .oldest
    ) async throws -> [ListedPage<Side>] {
        var pages: [ListedPage<Side>] = []
        for try await page in listing(of: agent, thread: thread, from: start) { pages.append(page) }
        return pages
    }

    func rows(
        of agent: ServerID<AgentKind, Side>, thread: Thread = .main, from start: ListingStart<Side> = .oldest
    ) async throws -> [ListedRow<Side>] {
        try await pages(of: agent, thread: thread, from: start).flatMap(\.rows)
    }

    func reader(
        _ marker: Marker, for agent: ServerID<AgentKind, Side>
    ) async throws -> ServerID<AgentKind, Side> {
        let template = try await self.agent(agent).json
        guard case .agents(let ids) = try await perform(.createReader(marker, template: template)),
            let id = ids.first
        else { throw LabError(text: "no reader") }
        return id
    }
}

extension Batches {
    func flattened<Item>() async throws -> [Item] where Element == [Item] {
        var items: [Item] = []
        for try await batch in self { items += batch }
        return items
    }
}
