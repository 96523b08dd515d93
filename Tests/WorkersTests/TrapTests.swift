import Journal
import LettaModel
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// What is easily forgotten when programs change their place.
@Suite(.serialized) struct TrapTests {
    private func change(_ path: String, _ body: (String) -> String) throws {
        try Disk.write(path, body(String(decoding: try Disk.read(path), as: UTF8.self)))
    }

    @Test func `a file of two bytes a letter is told before and found after, and stays as it is`()
        async throws
    {
        let place = try Site.small()
        let path = place.tree.root + "/cochlea/.env"
        let text = "LETTA_AGENT_ID=\(place.agents[0].id)\r\n".utf16
        try Disk.write(path, [0xFF, 0xFE] + text.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        let bytes = try Disk.read(path)
        let shown = try WorkerSurvey.of(place.tree.root, on: place.order.host)
        #expect(shown.mentions.contains { $0.place.path == path && $0.subject.kind == "agent-id" })
        let plan = try await place.plan()
        #expect(
            plan.omissions.contains {
                $0.item == "cochlea/.env" && $0.reason.contains("line 1") && $0.remedy.contains("iconv")
            })
        try await place.move()
        #expect(try Disk.read(place.destination + "/cochlea/.env") == bytes)
        let found = try await place.with {
            try await $0.check(
                WorkersCheckOrder(place.destination, neighbours: ScriptedNeighbours()), $1)
        }.findings.filter { $0.kind == .leftovers && !$0.isGood }
        #expect(found.contains { $0.subject == "cochlea/.env:1" }, "\(found)")
    }

    @Test func `a setting that leads out of the tree is told`() async throws {
        let place = try Site.small()
        try change(place.tree.smcp(place.agents[0]) + "/env.smcp") {
            $0 + "SMCP_PROFILES=/etc/smcp/profiles.json\nPYTHONPATH=\(place.tree.root)/lib:/opt/lib\n"
        }
        let told = try await place.plan().omissions.filter { $0.id.hasPrefix("path:") }
        #expect(told.map(\.item).sorted() == ["/etc/smcp/profiles.json", "/opt/lib"])
        #expect(told.allSatisfy { $0.class == .inherent && !$0.remedy.isEmpty })
    }

    @Test func `an address of the old host itself is told where the host changes`() throws {
        var worker = Worker(
            kind: .broca, layout: .production, name: "ada", codeFolder: "/t/b", folder: "/t/b")
        worker.settings = [
            Setting(
                key: "WEB_CHAT_API_URL", value: .plain("http://u:hush@127.0.0.1:8080/api?k=hush"), role: .url,
                origin: .envFile(path: "/t/b/.env", line: 1))
        ]
        let view = TreeView(inventory: WorkerInventory(root: "/t", workers: [worker]), names: ["/t"])
        var order = WorkersOrder(path: "/t", destination: "/new")
        #expect(LoopbackNotes.of(view, order, target: "http://127.0.0.1:8283").isEmpty)
        order.destination = "me@new:/srv"
        let notes = LoopbackNotes.of(view, order, target: "http://127.0.0.1:8283")
        #expect(notes.count == 2 && !"\(notes)".contains("hush"))
        #expect(LoopbackNotes.of(view, order, target: "https://letta.lan").count == 1)
    }

    @Test func `a source that runs again is not retired, and its move stays verified`() async throws {
        let place = try Site.small()
        let run = try await place.move().run
        let before = place.fingerprint
        var order = place.order
        order.retires = true
        let holder = Holder(place.tree.database(place.agents[0]))
        let failure = await BadTreeTests.failure { [order] in try await place.move(order) }
        withExtendedLifetime(holder) {}
        #expect(failure?.code == .workerRunning)
        #expect(place.fingerprint == before)
        let status = try await place.with { engine, _ in try await engine.journal.run(run.id.raw).status }
        #expect(status == .verified)
    }
}
