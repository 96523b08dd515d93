import Glibc
import Journal
import LettaModel
import LosslessJSON
import SQLite
import ScriptedLetta
import Testing
import WorkerFixtures
import WorkerTree

@testable import Workers

/// Every bad input ends with a clear error or in the same end state; the
/// source is byte for byte what it was, and nothing half done is left.
@Suite(.serialized) struct BadTreeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// nil: the tree moves.
        var code: ErrorCode?
        /// In the message.
        var words: [String] = []
        var prepare: @Sendable (Site) throws -> Void
        /// After a move.
        var check: @Sendable (Site) throws -> Void = { _ in }

        var testDescription: String { name }
    }

    private static func broca(_ place: Site) -> String { place.tree.broca(place.agents[0]) }

    private static func drop(_ place: Site, _ endings: [String] = ["", "-wal", "-shm"]) {
        for ending in endings { Disk.remove(place.tree.database(place.agents[0]) + ending) }
    }

    private static func write(_ place: Site, _ fault: SyntheticDatabase.Fault) throws {
        drop(place)
        try SyntheticDatabase.write(place.tree.database(place.agents[0]), place.agents[0], fault: fault)
    }

    private static func env(_ place: Site, _ change: (String) -> String) throws {
        let path = broca(place) + "/.env"
        try Disk.write(path, change(String(decoding: try Disk.read(path), as: UTF8.self)))
    }

    private static func movedEnv(_ place: Site, _ name: String = "broca/.env") throws -> String {
        String(
            decoding: try Disk.read("\(place.destination)/agents/ada/\(name)"), as: UTF8.self)
    }

    static let refused: [Case] = [
        Case(
            name: "a tree without a database", code: .databaseMissing, words: ["sanctum.db", "not there"],
            prepare: { drop($0) }),
        Case(
            name: "a database that is not Broca's", code: .databaseForeign, words: ["letta_users"],
            prepare: {
                drop($0)
                try SyntheticDatabase.writeOther($0.tree.database($0.agents[0]), text: "not Broca's")
            }),
        Case(
            name: "a text where the database should be", code: .databaseForeign,
            words: ["not a database"],
            prepare: {
                drop($0)
                try Disk.write(
                    $0.tree.database($0.agents[0]), String(repeating: "words, no pages. ", count: 400))
            }),
        Case(
            name: "a database without one of its tables", code: .databaseForeign, words: ["queue"],
            prepare: { try write($0, .missingTable) }),
        Case(
            name: "a newer schema by its version", code: .databaseNewer, words: ["version 4"],
            prepare: { try write($0, .newerVersion) }),
        Case(
            name: "a newer schema by a column", code: .databaseNewer, words: ["letta_group_id"],
            prepare: { try write($0, .unknownColumn) }),
        Case(
            name: "a .env that is not UTF-8", code: .envUnreadable, words: [".env", "UTF-8"],
            prepare: { try Disk.write(broca($0) + "/.env", [0x41, 0x3D, 0xFF, 0xFE, 0x0A]) }),
        Case(
            name: "a folder where .env should be: the parent's is read, of an agent that nobody moved",
            code: .agentUnmapped, words: [SyntheticAgent.uuid(9, 9)],
            prepare: {
                Disk.removeTree($0.tree.home + "/.pm2")
                Disk.remove(broca($0) + "/.env")
                try Disk.makeFolder(broca($0) + "/.env")
            }),
        Case(
            name: "a device where .env should be", code: .agentUnmapped, words: [SyntheticAgent.uuid(9, 9)],
            prepare: {
                Disk.removeTree($0.tree.home + "/.pm2")
                Disk.remove(broca($0) + "/.env")
                try Disk.makeDevice(broca($0) + "/.env")
            }),
        Case(
            name: "no .env, and an agent's id from pm2 alone", code: .agentUnmapped,
            words: ["AGENT_ENDPOINT", "cloud"],
            prepare: {
                Disk.remove(broca($0) + "/.env")
                Disk.remove("\($0.tree.root)/agents/ada/.env")
            }),
        Case(
            name: "a target folder that is not empty", code: .fileExists, words: ["not empty"],
            prepare: { try Disk.write($0.destination + "/mine", "kept") }),
        Case(
            name: "a damaged database of another program", code: .workerDatabaseUnreadable,
            words: ["thalamus.db"],
            prepare: {
                let path = $0.tree.root + "/thalamus/thalamus.db"
                try SyntheticDatabase.writeOther(path, text: "x")
                var bytes = try Disk.read(path)
                bytes.replaceSubrange(100..<140, with: [UInt8](repeating: 0xFF, count: 40))
                try Disk.write(path, bytes)
            }),
    ]

    @Test(.enabled(if: getuid() == 0, "a device is root's alone to make"), arguments: refused)
    func `bad input is refused with what, where, why and what to type`(row: Case) async throws {
        let place = try Site.small()
        try row.prepare(place)
        let before = place.fingerprint
        let beside = try FileKind.names(in: place.folder + "/new")
        let failure = try #require(await Self.failure { try await place.move() })
        #expect(failure.code == row.code, "\(failure)")
        for word in row.words { #expect("\(failure.subject) \(failure.reason)".contains(word), "\(failure)") }
        #expect(!failure.subject.isEmpty && !failure.remedy.isEmpty, "\(failure)")
        #expect(place.fingerprint == before)
        #expect(try FileKind.names(in: place.folder + "/new") == beside)
        #expect(place.target.world.identities.all.isEmpty)
        #expect(place.target.writes == 0)
    }

    /// What a move ends with, whether a plan refuses or a step fails.
    static func failure<Result>(_ body: () async throws -> Result) async -> Failure? {
        do {
            _ = try await body()
            return nil
        } catch let refused as WorkersRefused {
            return refused.plan.refusals.first
        } catch { return error as? Failure }
    }

    static let moving: [Case] = [
        Case(name: "a WAL whose -shm is gone", prepare: { drop($0, ["-shm"]) }) { place in
            let path = place.destination + "/agents/ada/broca/sanctum.db"
            let rows = try Database(path, .immutable).number("SELECT count(*) FROM queue")
            #expect(rows == SyntheticDatabase.queue.count)
        },
        Case(
            name: "line ends of Windows and a byte order mark",
            prepare: { place in
                try env(place) { "\u{FEFF}# a mark\r\n" + $0.replacing("\n", with: "\r\n") }
            }
        ) { place in
            let text = try movedEnv(place)
            #expect(text.hasPrefix("\u{FEFF}# a mark\r\n"))
            #expect(text.contains("export AGENT_ID=\(place.moved[place.agents[0].id] ?? "")\r\n"))
            #expect(!text.replacing("\r\n", with: "").contains("\n"))
        },
        Case(
            name: "quotes and # in values",
            prepare: { place in
                try env(place) { $0 + "MOTTO='two # words'\nPATHS=\"\(place.tree.root)/x # y\"\n" }
            }
        ) { place in
            let text = try movedEnv(place)
            #expect(text.contains("MOTTO='two # words'\n"))
            #expect(text.contains("PATHS=\"\(place.destination)/x # y\"\n"))
            #expect(text.contains("AGENT_API_KEY=\"fresh-password\"   # the server's password\n"))
            #expect(text.contains("WEB_CHAT_API_KEY=wck#ada#é\n"))
        },
        Case(
            name: "duplicate keys, of which the last counts",
            prepare: { place in
                try env(place) { "AGENT_ID=agent-\(SyntheticAgent.uuid(8, 8))\n" + $0 }
            }
        ) { place in
            let text = try movedEnv(place)
            #expect(text.hasPrefix("AGENT_ID=agent-\(SyntheticAgent.uuid(8, 8))\n"))
            #expect(text.contains("export AGENT_ID=\(place.moved[place.agents[0].id] ?? "")\n"))
        },
        Case(
            name: "a key that is set in three places",
            prepare: { place in
                let (agent, folder) = (place.agents[0], broca(place))
                try Disk.write(
                    place.tree.root + "/units/broca-ada.service",
                    "[Service]\nWorkingDirectory=\(folder)\nEnvironment=\"AGENT_ID=\(agent.id)\"\nExecStart=/usr/bin/python3 \(folder)/main.py\n"
                )
                try Disk.write("\(place.tree.root)/agents/ada/.env", "AGENT_ID=\(agent.id)\n")
            }
        ) { place in
            let new = place.moved[place.agents[0].id] ?? ""
            #expect(try movedEnv(place).contains("export AGENT_ID=\(new)\n"))
            #expect(try movedEnv(place, ".env") == "AGENT_ID=\(new)\n")
            let unit = String(
                decoding: try Disk.read(place.destination + "/units/broca-ada.service"), as: UTF8.self)
            #expect(unit.contains("Environment=\"AGENT_ID=\(new)\""))
            #expect(unit.contains("WorkingDirectory=\(place.destination)/agents/ada/broca\n"))
        },
        Case(
            name: "links out of the tree and in rings, sockets, pipes, devices",
            prepare: { place in
                try Disk.makeDevice(broca(place) + "/null")
                try Disk.link(broca(place) + "/plugins/up", to: "../..")
                try Disk.link(broca(place) + "/plugins/one", to: "two")
                try Disk.link(broca(place) + "/plugins/two", to: "one")
                try Disk.link(broca(place) + "/plugins/nowhere", to: "/nowhere/at/all")
            }
        ) { place in
            let folder = place.destination + "/agents/ada/broca"
            for gone in ["null", "pipe", "run/broca.sock", "plugins/outside", "plugins/nowhere"] {
                #expect(FileKind.at("\(folder)/\(gone)") == nil, "\(gone)")
            }
            #expect(FileKind.at(folder + "/plugins/up") == .link(to: "../.."))
            #expect(FileKind.at(folder + "/plugins/one") == .link(to: "two"))
        },
    ]

    @Test(.enabled(if: getuid() == 0, "a device is root's alone to make"), arguments: moving)
    func `an odd tree moves, and its oddities are kept or named`(row: Case) async throws {
        let place = try Site.small()
        try row.prepare(place)
        let before = place.fingerprint
        let result = try await place.move()
        #expect(result.run.status == .verified)
        try row.check(place)
        #expect(place.fingerprint == before)
        #expect(try FileKind.names(in: place.folder + "/new") == ["sanctum"])
        let who = try await place.with {
            // Without the old home: its pm2 still names the old agent.
            try await $0.who(place.destination, $1.target, host: HostView(temporaryFolder: place.folder))
        }
        #expect(!who.isEmpty && who.allSatisfy { $0.standing == .right }, "\(who)")
    }

    @Test(.enabled(if: getuid() == 0, "a device is root's alone to make"))
    func `what cannot come along is named with a reason and a remedy`() async throws {
        let place = try Site.small()
        try Disk.makeDevice(Self.broca(place) + "/null")
        let left = try await place.plan().omissions
        for name in ["null", "pipe", "run/broca.sock", "plugins/outside"] {
            let omission = left.first { $0.item == "agents/ada/broca/\(name)" }
            #expect(omission.map { !$0.reason.isEmpty && !$0.remedy.isEmpty } == true, "\(name)")
        }
    }
}

/// What happens while a move is on its way.
@Suite(.serialized) struct TroubleTests {
    @Test func `a source that starts again during the copy publishes nothing, and the next try does`()
        async throws
    {
        let place = try Site.small()
        let before = place.fingerprint
        let database = place.tree.database(place.agents[0])
        var started: [pid_t] = []
        defer { for pid in started { kill(pid, SIGKILL) } }
        let pidFile = place.folder + "/pid"
        let failure = await BadTreeTests.failure {
            try await place.with(interrupt: { point in
                guard point == "done target/stage" else { return }
                // A Broca that opens its database.
                system("sleep 300 3<'\(database)' >/dev/null 2>&1 & echo $! >'\(pidFile)'")
            }) { try await $0.move(place.order, $1) }
        }
        let pid = pid_t(
            strtol(String(decoding: try Disk.read(pidFile), as: UTF8.self), nil, 10))
        started.append(pid)
        #expect(failure?.code == .sourceChanged, "\(failure.map { "\($0)" } ?? "moved")")
        #expect(failure?.remedy.contains("same command again") == true)
        #expect(try FileKind.names(in: place.folder + "/new").isEmpty)
        kill(pid, SIGKILL)
        for _ in 0..<200 where !Holders.of(database).isNobody { usleep(10_000) }
        _ = try await place.move()
        let end = try await Arrived(place)
        #expect(end.runs == 1 && end.open == 0 && end.beside == ["sanctum"])
        #expect(place.fingerprint == before)
    }

    @Test(arguments: [
        ("POST /v1/identities/", 3), ("POST /v1/blocks/", 1), ("POST /v1/blocks/", 2),
        ("GET /v1/blocks/{}", 2), ("PATCH /v1/blocks/{}", 2),
    ])
    func `a target that goes away in the middle is said, and the same command goes on when it is back`(
        route: String, number: Int
    ) async throws {
        let calm = try Site.small()
        _ = try await calm.move()
        let wanted = try await Arrived(calm)
        let place = try Site.small()
        let before = place.fingerprint
        place.target.arm([Fault(route, .from(number), .closeBeforeReading)])
        let failure = try #require(await BadTreeTests.failure { try await place.move() })
        #expect(failure.end == .target || "\(failure)".contains(place.target.url), "\(failure)")
        #expect(!failure.reason.isEmpty && !failure.remedy.isEmpty)
        place.target.arm([])
        _ = try await place.move()
        #expect(try await Arrived(place) == wanted)
        #expect(place.fingerprint == before)
    }

    @Test(.enabled(if: Tmpfs.lack == nil, "\(Tmpfs.lack ?? "")"))
    func `a full disk at the target is said, nothing is left on it, and with room the same command goes on`()
        async throws
    {
        let place = try Site.small()
        try Disk.write(
            place.tree.broca(place.agents[0]) + "/plugins/own/model.bin",
            [UInt8](repeating: 7, count: 3 << 20))
        let before = place.fingerprint
        let disk = try Tmpfs(at: place.folder + "/new", size: "1m")
        defer { withExtendedLifetime(disk) {} }
        let failure = try #require(await BadTreeTests.failure { try await place.move() })
        #expect(failure.code == .diskFull, "\(failure)")
        #expect(failure.subject.hasPrefix(place.destination))
        #expect(failure.remedy.contains("make room"))
        #expect(try FileKind.names(in: place.folder + "/new").isEmpty)
        #expect(place.target.world.identities.all.isEmpty)
        try disk.resize("64m")
        let result = try await place.move()
        #expect(result.run.status == .verified)
        #expect(try FileKind.names(in: place.folder + "/new") == ["sanctum"])
        #expect(place.fingerprint == before)
    }
}

/// A small disk of memory.
final class Tmpfs {
    let path: String

    struct Refused: Error {}

    static var lack: String? {
        getuid() == 0
            && system(
                "f=$(mktemp -d) && mount -t tmpfs -o size=64k ferry-test \"$f\" 2>/dev/null && umount \"$f\"; s=$?; rmdir \"$f\"; exit $s"
            ) == 0
            ? nil : "no tmpfs can be mounted here: run as root outside of a locked container"
    }

    init(at path: String, size: String) throws {
        self.path = path
        guard system("mount -t tmpfs -o size=\(size),mode=700 ferry-test '\(path)'") == 0 else {
            throw Refused()
        }
    }

    func resize(_ size: String) throws {
        guard system("mount -o remount,size=\(size) '\(path)'") == 0 else { throw Refused() }
    }

    deinit { system("umount '\(path)'") }
}
