import Glibc
import Journal
import LettaModel
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

@Suite(.serialized, .enabled(if: LoopbackSSH.lack == nil, "\(LoopbackSSH.lack ?? "")"))
struct RemoteTests {
    private func order(_ scene: Scene, from: Bool, to: Bool) -> WorkersOrder {
        var order = scene.order()
        if from { order.path = "\(LoopbackSSH.host):\(order.path)" }
        if to { order.destination = "\(LoopbackSSH.host):\(order.destination)" }
        return order
    }

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func `a tree arrives whole from and to another machine`(from: Bool, to: Bool) async throws {
        let ssh = try LoopbackSSH()
        defer { withExtendedLifetime(ssh) {} }
        let scene = try Scene()
        let before = try scene.tree.fingerprint()
        let order = order(scene, from: from, to: to)
        let run = try await scene.with { try await $0.move(order, $1).run }
        try EndState(scene).check()
        #expect(try scene.tree.fingerprint() == before)
        // Of what was read and built here nothing is left.
        #expect(
            try FileKind.names(in: run.folder) == ["expected.json", "published.json", "source-rows.json"])
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func `a machine with the sqlite3 command alone will do`(from: Bool, to: Bool) async throws {
        let ssh = try LoopbackSSH(.sqliteAlone)
        defer { withExtendedLifetime(ssh) {} }
        #expect(try RemoteHost(LoopbackSSH.host, end: .source).means == .sqlite)
        let scene = try Scene()
        let before = try Manifest(of: scene.tree.root)
        let stamps = try scene.tree.fingerprint()
        var order = order(scene, from: from, to: to)
        _ = try await scene.with { [order] in try await $0.move(order, $1).run }
        try EndState(scene).check()
        #expect(try scene.tree.fingerprint() == stamps)
        order.retires = true
        let run = try await scene.with { [order] in try await $0.move(order, $1).run }
        let env = String(decoding: try PrivateTree.read(scene.tree.broca + "/.env"), as: UTF8.self)
        #expect(env.contains("# FERRY-RETIRED: TELEGRAM_BOT_TOKEN="))
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(try Manifest(of: scene.tree.root) == before)
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test func `the sqlite3 way sees who has a database open, and a file that changes`() async throws {
        let ssh = try LoopbackSSH(.sqliteAlone)
        defer { withExtendedLifetime(ssh) {} }
        try await refusesWhatMoves()
    }

    @Test func `a machine with neither python3 nor sqlite3 is refused`() async throws {
        let ssh = try LoopbackSSH(.neither)
        defer { withExtendedLifetime(ssh) {} }
        let scene = try Scene()
        let order = order(scene, from: true, to: false)
        await #expect {
            try await scene.with { try await $0.move(order, $1) }
        } throws: { ($0 as? Failure)?.code == .remoteUnable && "\($0)".contains("sqlite3") }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test(arguments: [LoopbackSSH.Offer.stranger, .strangerWithSqliteAlone])
    func `a login that cannot see open files proves nothing, and is refused with what to do`(
        offer: LoopbackSSH.Offer
    ) async throws {
        let ssh = try LoopbackSSH(offer)
        defer { withExtendedLifetime(ssh) {} }
        let scene = try Scene()
        // The files may be read by anybody; they are root's, and so are processes.
        for path in [scene.folder, scene.folder + "/old"] { chmod(path, 0o755) }
        openToAll(scene.tree.root)
        let before = try scene.tree.fingerprint()
        let order = order(scene, from: true, to: false)
        let failure = try #require(
            await BadTreeTests.failure { try await scene.with { try await $0.move(order, $1) } })
        #expect(failure.code == .remoteUnable, "\(failure)")
        #expect(failure.reason.contains("open files") && failure.reason.contains("cannot be read"))
        #expect(failure.remedy.contains("log in as the user who owns the workers, or as root"))
        #expect(FileKind.at(scene.destination) == nil)
        #expect(scene.target.writes == 0)
        #expect(try scene.tree.fingerprint() == before)
        let plan = try await scene.with { try await $0.plan(order, $1) }
        #expect(plan.refusals.contains { $0.code == .remoteUnable })
    }

    private func openToAll(_ folder: String) {
        chmod(folder, 0o755)
        for name in (try? FileKind.names(in: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            if FileKind.at(path) == .folder { openToAll(path) }
            if case .file = FileKind.at(path) { chmod(path, 0o644) }
        }
    }

    @Test func `a source on another machine is retired and comes back`() async throws {
        let ssh = try LoopbackSSH()
        defer { withExtendedLifetime(ssh) {} }
        let scene = try Scene()
        let before = try Manifest(of: scene.tree.root)
        var order = order(scene, from: true, to: false)
        order.retires = true
        let retiring = order
        let run = try await scene.with { try await $0.move(retiring, $1).run }
        let env = String(decoding: try PrivateTree.read(scene.tree.broca + "/.env"), as: UTF8.self)
        #expect(env.contains("# FERRY-RETIRED: TELEGRAM_BOT_TOKEN="))
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(try Manifest(of: scene.tree.root) == before)
    }

    @Test func `a worker that runs on another machine is refused, and one that starts again changes nothing`()
        async throws
    {
        let ssh = try LoopbackSSH()
        defer { withExtendedLifetime(ssh) {} }
        try await refusesWhatMoves()
    }

    private func refusesWhatMoves() async throws {
        let scene = try Scene()
        let order = order(scene, from: true, to: false)
        let holder = popen("exec 3<'\(scene.tree.database)'; echo $$; exec sleep 300", "r")
        var line = [CChar](repeating: 0, count: 32)
        fgets(&line, 32, holder)
        await #expect {
            try await scene.with { try await $0.move(order, $1) }
        } throws: { ($0 as? Failure)?.code == .workerRunning && "\($0)".contains("has it open") }
        kill(pid_t(strtol(line, nil, 10)), SIGKILL)
        pclose(holder)
        let file = scene.tree.root + "/broca/settings.json"
        await #expect {
            try await scene.with(interrupt: { point in
                guard point == "done target/stage" else { return }
                try PrivateTree.replace(file, with: Array("{}".utf8))
            }) { try await $0.move(order, $1) }
        } throws: { ($0 as? Failure)?.code == .sourceChanged }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test func `of another machine's environments the packages are known, and a file core.v2 comes along`()
        async throws
    {
        let ssh = try LoopbackSSH()
        defer { withExtendedLifetime(ssh) {} }
        let place = try Site.small()
        for name in ["core.v2", "core.4711"] {
            try Disk.write(place.tree.broca(place.agents[0]) + "/\(name)", "bytes")
        }
        var order = place.order
        order.path = "\(LoopbackSSH.host):\(place.tree.root)"
        order.host = HostView(temporaryFolder: place.folder)
        let plan = try await place.plan(order)
        #expect(plan.refusals.isEmpty)
        #expect(plan.workers.first?.packages.contains("letta_client==1.12.1") == true)
        #expect(plan.omissions.contains { $0.item == "venv" && $0.remedy.contains("pip") })
        try await place.move(order)
        let text = String(
            decoding: try Disk.read(place.destination + "/ferry-packages.txt"), as: UTF8.self)
        #expect(text.contains("aiosqlite==0.20.0"))
        #expect(FileKind.at(place.destination + "/agents/ada/broca/core.v2") != nil)
        #expect(FileKind.at(place.destination + "/agents/ada/broca/core.4711") == nil)
        #expect(FileKind.at(place.destination + "/venv") == nil)
    }

    @Test func `a database outside a tree of another machine is none of this machine's`() async throws {
        let ssh = try LoopbackSSH()
        defer { withExtendedLifetime(ssh) {} }
        let place = try Site.small()
        // Of the same name here, as it is where both are one machine.
        let outside = place.folder + "/elsewhere/sanctum.db"
        try SyntheticDatabase.write(outside, place.agents[0])
        let env = place.tree.broca(place.agents[0]) + "/.env"
        let text = String(decoding: try Disk.read(env), as: UTF8.self)
        try Disk.write(env, text + "DB_PATH=\(outside)\n")
        var order = place.order
        order.path = "\(LoopbackSSH.host):\(place.tree.root)"
        order.host = HostView(temporaryFolder: place.folder)
        let failure = await BadTreeTests.failure { [order] in try await place.move(order) }
        #expect(
            failure?.code == .databaseMissing && failure?.subject.contains(outside) == true,
            "\(String(describing: failure))")
        #expect(failure?.remedy.contains("set DB_PATH") == true)
        #expect(FileKind.at(place.destination) == nil)
    }

    @Test(arguments: [LoopbackSSH.Offer.everything, .sqliteAlone])
    func `a look with that machine's sqlite3 is no change that an undo would refuse`(
        offer: LoopbackSSH.Offer
    ) async throws {
        let ssh = try LoopbackSSH(offer)
        defer { withExtendedLifetime(ssh) {} }
        let scene = try Scene()
        let order = order(scene, from: false, to: true)
        let run = try await scene.with { try await $0.move(order, $1).run }
        let path = scene.destination + "/broca/sanctum.db"
        let look = try Command(words: ["sqlite3", "-readonly", path, "SELECT count(*) FROM queue"]).run()
        #expect(look.text == "9\n")
        #expect(FileKind.at(path + "-shm") != nil && FileKind.at(path + "-wal") != nil)
        _ = try await scene.with { try await $0.undo(run, $1.target) }
        #expect(FileKind.at(scene.destination) == nil)
    }

    @Test func `a host that is not there fails with a remedy`() async throws {
        setenv("FERRY_SSH", "ssh -F /dev/null -p 1 -o ConnectTimeout=2", 1)
        defer { unsetenv("FERRY_SSH") }
        let scene = try Scene()
        let order = order(scene, from: true, to: false)
        await #expect {
            try await scene.with { try await $0.move(order, $1) }
        } throws: { ($0 as? Failure)?.code == .remoteFailed && ($0 as? Failure)?.end == .source }
    }
}
