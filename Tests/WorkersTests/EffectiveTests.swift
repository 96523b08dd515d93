import Glibc
import Home
import Journal
import LettaModel
import LosslessJSON
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// What the workers of the copy will read decides, not the letters of files.
@Suite(.serialized) struct EffectiveTests {
    private func change(_ path: String, _ body: (String) -> String) throws {
        try Disk.write(path, body(String(decoding: try Disk.read(path), as: UTF8.self)))
    }

    private func authority(_ place: Site) -> String { String(place.source.url.dropFirst("http://".count)) }

    @Test func `a server that is put together from variables is written out, with the new token beside it`()
        async throws
    {
        let place = try Site(.a, agents: ["ada"])
        let agent = place.agents[0]
        try change("\(place.tree.root)/\(agent.id)/.env") {
            "HOSTX=\(authority(place))\nUUIDX=\(agent.id.dropFirst(6))\n"
                + $0.replacing(place.source.url, with: "http://${HOSTX}")
                .replacing("AGENT_ID=\(agent.id)", with: "AGENT_ID=agent-${UUIDX}")
        }
        let plan = try await place.plan()
        #expect(plan.refusals.isEmpty)
        #expect(
            plan.rewrites.contains {
                $0.key == "AGENT_ENDPOINT" && $0.kind == .serverURL && $0.new == place.target.url
            })
        try await place.move()
        let path = "\(place.destination)/\(agent.id)/.env"
        let values = try EnvFile(try Disk.read(path)).values()
        #expect(values["AGENT_ENDPOINT"]?.text == place.target.url)
        #expect(values["AGENT_ID"]?.text == place.moved[agent.id])
        #expect(values["AGENT_API_KEY"]?.text == "fresh-password")
        #expect(
            String(decoding: try Disk.read(path), as: UTF8.self).contains(
                "AGENT_ENDPOINT=\(place.target.url)\n"))
    }

    @Test func `a server that a shell puts together is refused before anything is written`() async throws {
        let place = try Site.small()
        try change(place.tree.smcp(place.agents[0]) + "/env.smcp") {
            "HOSTX=\(authority(place))\n" + $0.replacing(place.source.url, with: "http://$HOSTX")
        }
        let plan = try await place.plan()
        #expect(plan.refusals.map(\.code) == [.envValueRefused])
        #expect(plan.refusals.first?.subject.contains("LETTA_SERVER_URL in ") == true)
        #expect(plan.refusals.first?.subject.contains("env.smcp:3") == true)
    }

    @Test func `a worker whose own .env stays behind is not published with another agent`() async throws {
        let place = try Site(.d, agents: ["ada"])
        let agent = place.agents[0]
        let path = "\(place.tree.broca(agent))/.env"
        let outside = place.tree.root + "-outside.env"
        try Disk.write(outside, try Disk.read(path))
        unlink(path)
        #expect(symlink(outside, path) == 0)
        defer { unlink(outside) }
        let failure = await #expect(throws: Failure.self) { try await place.move() }
        #expect(failure?.code == .different, "\(String(describing: failure))")
        #expect(failure?.reason.contains("would speak to ") == true, "\(failure?.reason ?? "")")
        #expect(access(place.destination, F_OK) != 0)
    }

    @Test func `a NUL byte in .env is refused, and nothing is written`() async throws {
        let place = try Site(.a, agents: ["ada"])
        let path = "\(place.tree.root)/\(place.agents[0].id)/.env"
        try Disk.write(path, try Disk.read(path) + Array("X=\0nul\n".utf8))
        #expect(
            try await place.plan().refusals.contains {
                $0.code == .envUnreadable && $0.reason.contains("NUL")
            })
        let failure = await BadTreeTests.failure { try await place.move() }
        #expect(failure?.code == .envUnreadable)
        #expect(try FileKind.names(in: place.folder + "/new").isEmpty && place.target.writes == 0)
    }

    // MARK: Retiring

    private func retiring(_ place: Site) -> WorkersOrder {
        var order = place.order
        order.retires = true
        return order
    }

    @Test func `the place whose token wins is silenced too, and undo gives it back`() async throws {
        let place = try Site.small()
        let script = "\(place.tree.root)/agents/ada/start-broca.sh"
        try change(script) { $0.replacing("exec", with: "export TELEGRAM_BOT_TOKEN='701:live'\nexec") }
        let before = try Disk.read(script)
        let run = try await place.move(retiring(place)).run
        let text = String(decoding: try Disk.read(script), as: UTF8.self)
        #expect(text.contains("\n# FERRY-RETIRED: export TELEGRAM_BOT_TOKEN="))
        let env = String(decoding: try Disk.read(place.tree.broca(place.agents[0]) + "/.env"), as: UTF8.self)
        #expect(env.contains("\n# FERRY-RETIRED: TELEGRAM_BOT_TOKEN="))
        _ = try await place.with { try await $0.undo(run, $1.target) }
        #expect(try Disk.read(script) == before)
    }

    @Test(arguments: [
        "true && export TELEGRAM_BOT_TOKEN=701:live\nexec", "A=1 TELEGRAM_BOT_TOKEN=701:live exec",
    ])
    func `a token that cannot be taken out is refused before`(line: String) async throws {
        let place = try Site.small()
        try change("\(place.tree.root)/agents/ada/start-broca.sh") { $0.replacing("exec", with: line) }
        let refusals = try await place.plan(retiring(place)).refusals
        // A shell's list is not read as a setting; then the line is unknown to all.
        #expect(refusals.allSatisfy { $0.code == .envValueRefused })
        #expect(refusals.contains { $0.subject.contains("TELEGRAM_BOT_TOKEN in agents/ada/start-broca.sh") })
        #expect(try await place.plan().refusals.isEmpty)
    }

    @Test func `a token that pm2 has kept is refused before`() async throws {
        let place = try Site.small()
        try change(place.tree.home + "/.pm2/dump.pm2") {
            $0.replacing("\"HOME\"", with: "\"TELEGRAM_BOT_TOKEN\": \"701:live\", \"HOME\"")
        }
        let refusals = try await place.plan(retiring(place)).refusals
        #expect(refusals.map(\.code) == [.envValueRefused])
        #expect(refusals.first?.subject.hasSuffix("/.pm2/dump.pm2") == true)
    }

    // MARK: Places

    @Test func `a folder inside the tree, around it, or the tree itself is refused, through links too`()
        async throws
    {
        let place = try Site.small()
        try Disk.link(place.folder + "/link", to: place.tree.root)
        for path in [
            place.tree.root + "/new", place.tree.root + "/agents/x/y", place.folder + "/link/new",
            place.folder + "/new/../link/new", place.tree.root, place.tree.home,
        ] {
            var order = place.order
            order.destination = path
            #expect(try await place.plan(order).refusals.contains { $0.code == .usage }, "\(path)")
        }
        var beside = place.order
        beside.destination = place.tree.root + "-new"
        #expect(try await place.plan(beside).refusals.isEmpty)
    }

    @Test func `what a killed plan left in its run is gone at the next start, and the move is the same`()
        async throws
    {
        let place = try Site.small()
        let before = place.fingerprint
        await #expect(throws: StepBook.Killed.self) {
            try await place.with(interrupt: { if $0 == "before target/stage" { throw StepBook.Killed() } }) {
                try await $0.move(place.order, $1)
            }
        }
        let run = try #require(
            try await place.with { engine, _ in
                try await engine.journal.runs().first { $0.draft.job == WorkersEngine.job }
            })
        try Disk.makeFolder(run.folder + "/scratch")
        try Disk.write(run.folder + "/scratch/0.db", "messages of somebody")
        let moved = try await place.move()
        #expect(moved.run.id == run.id && moved.run.status == .verified)
        #expect(FileKind.at(run.folder + "/scratch") == nil)
        #expect(place.fingerprint == before)
    }

    // MARK: What is kept and shown

    @Test func `a URL's password and query are neither kept nor shown`() async throws {
        let place = try Site(.a, agents: ["ada"])
        let path = "\(place.tree.root)/\(place.agents[0].id)/.env"
        try change(path) {
            $0.replacing(place.source.url, with: "http://u:LEAKA@\(authority(place))/?api_key=LEAKA2")
                .replacing("chat.lan/api/v1", with: "chat.lan/api/v1?key=LEAKA3#LEAKA4")
        }
        let shown = try WorkerSurvey.of(place.tree.root, on: place.order.host)
        #expect(!shown.json.text().contains("LEAKA"))
        let plan = try await place.plan()
        #expect(!"\(plan.rewrites) \(plan.omissions) \(plan.notes)".contains("LEAKA"))
        let run = try await place.move().run
        for name in try FileKind.names(in: run.folder) {
            guard case .file = FileKind.at("\(run.folder)/\(name)") else { continue }
            let text = String(decoding: try Disk.read("\(run.folder)/\(name)"), as: UTF8.self)
            #expect(!text.contains("LEAKA"), "\(name)")
        }
        let values = try EnvFile(try Disk.read("\(place.destination)/\(place.agents[0].id)/.env")).values()
        #expect(values["AGENT_ENDPOINT"]?.text == place.target.url)
        let old = try await place.with {
            try await $0.who(place.tree.root, $1.target, host: place.order.host)
        }
        #expect(!"\(old)".contains("LEAKA") && old.contains { $0.isWrong })
    }

    @Test func `a worker without an agent at another server is not well`() async throws {
        let place = try Site(.a, agents: ["ada"])
        let path = "\(place.tree.root)/\(place.agents[0].id)/.env"
        try change(path) { $0.replacing("export AGENT_ID=", with: "OTHER=") }
        let elsewhere = try await place.with {
            try await $0.who(place.tree.root, $1.target, host: place.order.host)
        }
        #expect(elsewhere.map(\.standing) == [.otherServer] && elsewhere.allSatisfy(\.isWrong))
        try change(path) { $0.replacing(place.source.url, with: place.target.url) }
        let here = try await place.with {
            try await $0.who(place.tree.root, $1.target, host: place.order.host)
        }
        #expect(here.map(\.standing) == [.none] && here.allSatisfy(\.isWrong))
    }

    @Test func `a worker that got another agent's id, or lost its own, is not well`() async throws {
        let place = try Site(.d)
        try await place.move()
        func who() async throws -> [String: WorkersWho] {
            let found = try await place.with {
                try await $0.who(place.destination, $1.target, host: HostView())
            }
            return Dictionary(found.map { ("\($0.worker) \($0.kind)", $0) }) { first, _ in first }
        }
        #expect(try await who().values.allSatisfy { $0.standing == .right && !$0.isWrong })
        let (ada, bob) = (place.agents[0], place.agents[1])
        let new = try #require(place.moved[ada.id])
        let other = try #require(place.moved[bob.id])
        // Both ids are of agents that a move made.
        try change(place.destination + "/agents/ada/broca/.env") { $0.replacing(new, with: other) }
        try change(place.destination + "/agents/ada/smcp/env.smcp") {
            $0.replacing("LETTA_AGENT_ID=", with: "OTHER=")
        }
        let now = try await who()
        #expect(now["ada broca"]?.standing == .another && now["ada broca"]?.expected == new)
        #expect(now["ada smcp"]?.standing == .another && now["ada smcp"]?.isWrong == true)
        #expect(now["bob broca"]?.standing == .right && now["bob smcp"]?.standing == .right)
        // A look at a part of the tree says the same.
        let part = try await place.with {
            try await $0.who(place.destination + "/agents/ada/broca", $1.target, host: HostView())
        }
        #expect(part.map(\.standing) == [.another])
    }

    @Test func `what a reader leaves beside a database is no change, and a frame is`() async throws {
        let scene = try Scene()
        let run = try await scene.with { try await $0.move(scene.order(), $1).run }
        let path = scene.destination + "/broca/sanctum.db"
        try Disk.write(path + "-shm", [UInt8](repeating: 0, count: 32_768))
        try Disk.write(path + "-wal", [UInt8](repeating: 1, count: 4_152))
        await #expect {
            try await scene.with { try await $0.undo(run, $1.target) }
        } throws: { ($0 as? Failure)?.code == .workerChanged }
        try Disk.write(path + "-wal", [UInt8]())
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test func `a command that is printed can be typed, whatever the path`() async throws {
        let place = try Site.small()
        var order = place.order
        order.destination = place.folder + "/new/it's $HOME here"
        let plan = try await place.plan(order)
        #expect(plan.refusals.map(\.code) == [.usage], "its scripts could not name it")
        let path = "'\(place.folder)/new/it'\\''s $HOME here"
        #expect(plan.steps.contains("compare: ferry workers check \(path)' --at new"))
        #expect(plan.steps.contains { $0.contains("mkdir \(path)/agents/ada/broca/plugins'") })
        #expect(
            plan.omissions.allSatisfy {
                !$0.remedy.contains(order.destination)
            }, "\(plan.omissions.map(\.remedy))")
    }
}
