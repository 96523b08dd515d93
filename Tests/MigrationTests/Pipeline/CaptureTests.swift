import HTTPCurl
import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import Plan
import Snapshot
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// What a capture holds, against what the server holds.
@Suite struct CaptureTests {
    private static let listing = "GET /v1/agents/{}/messages"
    private static let passageListing = "GET /v1/agents/{}/archival-memory"
    private static let makesReader = "POST /v1/agents/"

    private func setting(_ rows: Int = 130) -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source = .small(rows: rows)
        return setting
    }

    @Test(arguments: [true, false])
    func `the whole history is in the file, to the byte and in its order`(isReadOnly: Bool) async throws {
        try await withCrossing(setting()) { crossing in
            let ada = crossing.ada
            let shown = try await crossing.listing(of: ada)
            try await crossing.capture(CaptureOptions(isReadOnly: isReadOnly))
            let stored = try await crossing.storedRows()
            #expect(stored.count == 130)
            #expect(
                stored.map(\.id.raw) == crossing.source.world.rows(of: ada).compactMap { $0["id"]?.string })
            for row in stored { #expect(row.listed == shown[row.id.raw]) }
            let exact = stored.filter { $0.native != nil }.count
            #expect(exact == (isReadOnly ? crossing.source.world.agents[ada]?.messageIDs.count : 130))
            #expect(crossing.source.writes == 0 || !isReadOnly)
        }
    }

    @Test func `rows in export form are those of the server, number for number`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.capture()
            for (row, held) in zip(
                try await crossing.storedRows(), crossing.source.world.rows(of: crossing.ada))
            {
                let native = try #require(row.native)
                #expect(
                    try Self.plain(JSONDocument(native).root) == Self.plain(JSONDocument(held.bytes()).root))
            }
        }
    }

    /// Less the ids that each export makes anew.
    private static func plain(_ row: JSONValue) -> [UInt8] {
        var node = JSONNode.shallow(row)
        for key in ["id", "otid", "agent_id", "sender_id"] { node[key] = .null }
        return node.bytes()
    }

    @Test func `both readers agree in everything that the listing shows`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.capture()
            let exact = try await crossing.storedRows()
            _ = try await crossing.engine.snapshot(
                crossing.ada, from: crossing.from, to: crossing.folder + "/folded.ferry",
                options: CaptureOptions(isReadOnly: true)
            )
            let folded = try await crossing.storedRows(at: crossing.folder + "/folded.ferry")
            #expect(exact.map(\.id) == folded.map(\.id))
            #expect(exact.map(\.listed) == folded.map(\.listed))
        }
    }

    @Test func `agents of one name, and one agent at two addresses, have files of their own`() async throws {
        try await withCrossing(setting(5)) { crossing in
            let ada = try await crossing.from.agent(SourceID(crossing.ada))
            let twin = AgentState<SourceSide>(
                id: SourceID("agent-2"), name: ada.name, agentType: ada.agentType, messageIDs: [], tags: [],
                json: ada.json)
            let here = crossing.engine.snapshotPath(of: ada, at: crossing.from.address)
            let other = crossing.engine.snapshotPath(of: ada, at: crossing.to.address)
            #expect(here == crossing.engine.snapshotPath(of: ada, at: crossing.from.address))
            #expect(here != other)
            #expect(here != crossing.engine.snapshotPath(of: twin, at: crossing.from.address))
        }
    }

    @Test func `a file of another agent is refused, with the flag of the command, and not left to resume`()
        async throws
    {
        try await withCrossing(setting(5)) { crossing in
            try await crossing.capture()
            let other = try ScriptedServer(crossing.source.world)
            defer { other.stop() }
            try await withCurlExchange(CurlSettings(version: "test")) { curl in
                let elsewhere = try LettaServer<SourceSide>(name: "elsewhere", url: other.url, exchange: curl)
                let captured = await crossing.ending {
                    _ = try await crossing.engine.snapshot(
                        crossing.ada, from: elsewhere, to: crossing.snapshotPath, options: CaptureOptions())
                    return try await crossing.resume()
                }
                #expect((captured.error as? Failure)?.remedy == "choose another file with -o")
                #expect(try await crossing.newestRun?.status == .failed)
                let moved = await crossing.ending {
                    try await crossing.engine.move(
                        crossing.ada, from: elsewhere, to: crossing.to, snapshotAt: crossing.snapshotPath,
                        crossing.order())
                }
                #expect((moved.error as? Failure)?.remedy == "choose another file with --snapshot")
                #expect(try await crossing.newestRun?.status == .failed)
            }
        }
    }

    // MARK: again

    @Test func `a second run asks for what is new and nothing else`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.capture()
            let first = crossing.source.count(Self.listing)
            #expect(crossing.source.count(Self.makesReader) == 1)
            crossing.source.forgetRequests()
            try await crossing.capture()
            #expect(crossing.source.count(Self.listing) < first)
            #expect(crossing.source.count(Self.makesReader) == 0, "nothing is to be read in full")
            crossing.source.forgetRequests()
            let ada = crossing.ada
            crossing.source.change { world in
                for number in 0..<3 { world.append(World.userRow("New \(number)."), to: ada) }
            }
            try await crossing.capture()
            let shown = crossing.source.requests.filter { $0.method == "PATCH" }
            let asked = try shown.map { try JSONDocument($0.body).root["message_ids"]?.count ?? 0 }
            #expect(asked == [3])
            #expect(try await crossing.storedRows().count == 133)
            #expect(try await crossing.storedRows().allSatisfy { $0.native != nil })
        }
    }

    @Test func `a system row that was changed in place is read again`() async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.capture()
            let old = try #require(try await crossing.storedRows().first)
            crossing.source.arm([Fault("GET /v1/agents/{}", .nth(1), .change(.rewriteSystemRow))])
            try await crossing.capture()
            let new = try #require(try await crossing.storedRows().first)
            #expect(new.id == old.id)
            #expect(new.listed != old.listed)
            #expect(String(decoding: new.native ?? [], as: UTF8.self).contains("recompiled"))
        }
    }

    @Test(arguments: [0, 17, 64, 129])
    func `a row that is gone at the source is marked and not loaded`(place: Int) async throws {
        try await withCrossing(setting()) { crossing in
            try await crossing.capture()
            let ada = crossing.ada
            crossing.source.change { world in
                let id = world.agents[ada]?.history.id(at: place) ?? ""
                world.agents[ada]?.history.removeAll { $0.id == id }
                world.agents[ada]?.messageIDs.removeAll { $0 == id }
            }
            try await crossing.capture()
            #expect(try await crossing.storedRows().count == 129)
            let gone = try await crossing.storedRows(includingGone: true).filter(\.isGone)
            #expect(gone.map(\.ordinal) == [place])
            let held = try crossing.source.world.rows(of: ada).map {
                try Self.plain(JSONDocument($0.bytes()).root)
            }
            let kept = try await crossing.storedRows().map {
                try Self.plain(JSONDocument($0.native ?? []).root)
            }
            #expect(zip(held, kept).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset) == [])
            // Without its instructions an agent is given them anew.
            guard place > 0 else { return }
            let result = try await crossing.load()
            #expect(result.verdict?.isVerified == true)
            #expect(crossing.problems() == [])
        }
    }

    @Test func `passages are read again each time`() async throws {
        try await withCrossing(setting(20)) { crossing in
            try await crossing.capture()
            let ada = crossing.ada
            crossing.source.change { world in
                let archive = world.agents[ada]?.archiveID ?? ""
                let first = world.passages(of: archive).first?.id ?? ""
                world.passages[first]?.text = "Rewritten."
                let last = world.passages(of: archive).last?.id ?? ""
                world.passages[last] = nil
                world.add(passage: "New.", tags: ["n"], metadata: [:], created: world.tick(), to: archive)
            }
            try await crossing.capture()
            let texts = try await crossing.storedPassages()
            #expect(texts.count == 6)
            #expect(texts.contains("Rewritten.") && texts.contains("New."))
        }
    }

    @Test func `no secret of the source is in any file`() async throws {
        var setting = setting(20)
        setting.sourceToken = "scripted-api-token-93"
        setting.source.addMCPServer(name: "tides", url: "http://127.0.0.1:1/mcp?api_key=scripted-query-11")
        let ada = setting.source.agents.ids.first ?? ""
        setting.source.agents[ada]?.fields["metadata"] = ["note": "kept"]
        try await withCrossing(setting) { crossing in
            try await crossing.capture()
            let secrets = [
                "scripted-card-0417", "scripted-mcp-token", "scripted-api-token-93", "scripted-query-11",
            ]
            for entry in Files.entries(under: crossing.folder) where !entry.isFolder {
                for secret in secrets { #expect(!Files.holds(entry.path, secret), "\(entry.path)") }
            }
            #expect(Files.holds(crossing.snapshotPath, "LIBRARY_CARD"))
        }
    }

    @Test(arguments: [VersionProfile.v0_16_4, .v0_13_0, .v0_11_7])
    func `older servers are read whole`(profile: VersionProfile) async throws {
        var setting = setting(80)
        setting.sourceProfile = profile
        try await withCrossing(setting) { crossing in
            try await crossing.capture()
            let stored = try await crossing.storedRows()
            #expect(stored.count == 80)
            #expect(try await crossing.storedPassages().count == 6)
            #expect(crossing.leftovers() == [])
        }
    }
}
