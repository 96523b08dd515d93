import Glibc
import LosslessJSON
import ScriptedLetta
import Testing
import WorkerFixtures

/// The built program, killed by a real SIGKILL in the middle of a move of
/// workers; then the same command again.
@Suite(.serialized) struct WorkersKillTests {
    /// Ada on the old server and, moved by ferry itself, on the new one; her
    /// tree of workers; a HOME.
    final class Scene {
        let folder: String
        let servers: RunbookScene
        let home = Sandbox()

        init() async throws {
            folder = try Disk.temporaryFolder()
            servers = try RunbookScene(in: folder)
            for (name, url) in [("old", servers.old.url), ("new", servers.new.url)] {
                try await succeed(
                    "ferry servers add \(name) --url \(url) --token-env \(name.uppercased())_TOKEN")
            }
            try await succeed("ferry move Ada --from old --to new --accept all --yes -q")
            servers.new.forgetRequests()
        }

        deinit {
            servers.stop()
            Disk.removeTree(folder)
        }

        var destination: String { home.path + "/new/ada" }

        var command: String {
            "mkdir -p new; ferry workers move \(servers.tree.root) --to \(destination) --at new "
                + "--token-env NEW_TOKEN --accept all"
        }

        func run(_ command: String) async throws -> Finished {
            try await ChildProcess(
                command: command, folder: home.path,
                environment: [
                    "HOME": home.path, "PATH": "\(BuiltProgram.folder):/usr/bin:/bin",
                    "OLD_TOKEN": "the-old-password", "NEW_TOKEN": "the-new-password",
                ]
            ).run()
        }

        @discardableResult
        func succeed(_ command: String) async throws -> Finished {
            let ended = try await run(command)
            #expect(ended.status == 0, "\(command)\n\(ended.errors)")
            return ended
        }

        /// What has to be so at the end, however often it was killed.
        var end: [String] {
            let world = servers.new.world
            let marked = world.blocks.all.filter { $0.label == "human" }
            return [
                "beside: \(Disk.names(in: home.path + "/new"))",
                "identities: \(world.identities.all.map { $0.json["identifier_key"]?.text() ?? "" }.sorted())",
                "blocks: \(marked.map { "\($0.value) \($0.tags)" }.sorted())",
                "files: \(Folder.files(below: destination).map { $0.dropFirst(destination.count) }.sorted())",
            ]
        }
    }

    private static func killed(_ seconds: String, _ command: String) -> String {
        command.replacing("ferry workers", with: "timeout -s KILL \(seconds) ferry workers")
    }

    /// The server says nothing more at a request of a step: the process is
    /// killed exactly there, and whether the step was done is for it to find.
    @Test(
        .timeLimit(.minutes(3)),
        arguments: [
            ("POST /v1/identities/", 2, Fault.Behaviour.hang), ("POST /v1/identities/", 4, .workThenHang),
            ("POST /v1/blocks/", 1, .workThenHang), ("POST /v1/blocks/", 6, .hang),
            ("PATCH /v1/blocks/{}", 3, .workThenHang),
        ])
    func `a SIGKILL in the middle of a step, then the same command, ends as if nothing had happened`(
        route: String, number: Int, behaviour: Fault.Behaviour
    ) async throws {
        let calm = try await Scene()
        try await calm.succeed(calm.command)
        let scene = try await Scene()
        let before = TreeFingerprint.of(scene.folder)
        scene.servers.new.arm([Fault(route, .nth(number), behaviour)])
        let ended = try await scene.run(Self.killed("3", scene.command))
        #expect(ended.status == 137, "\(ended.errors)")
        #expect(scene.servers.new.count(route) == number)
        #expect(Disk.names(in: scene.destination).isEmpty || route.hasPrefix("PATCH"))
        scene.servers.new.arm([])
        try await scene.succeed(scene.command)
        #expect(scene.end == calm.end)
        #expect(TreeFingerprint.of(scene.folder) == before)
        let runs = try await scene.succeed("ferry runs --json").output
        #expect(try !runs.contains("incomplete") && Self.count("workers-move", in: runs) == 1, "\(runs)")
    }

    private static func count(_ job: String, in runs: String) throws -> Int {
        try JSONDocument(runs).root["runs"]?.elements.count { $0["job"]?.string == job } ?? 0
    }

    /// Anywhere at all; the seed stands in the message.
    @Test(.timeLimit(.minutes(4)))
    func `SIGKILLs at any moment, one after the other, change nothing of the end`() async throws {
        let calm = try await Scene()
        let began = Self.now()
        try await calm.succeed(calm.command)
        let whole = Self.now() - began
        let seed = getenv("FERRY_KILL_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64(began * 1000)
        var dice = SeededDice(seed)
        let scene = try await Scene()
        let before = TreeFingerprint.of(scene.folder)
        var moments: [Double] = []
        for _ in 0..<8 {
            let moment = whole * Double(dice.below(1000)) / 1000
            moments.append(moment)
            _ = try await scene.run(Self.killed("\(max(0.01, moment))", scene.command))
        }
        try await scene.succeed(scene.command)
        #expect(scene.end == calm.end, "FERRY_KILL_SEED=\(seed): \(moments)")
        #expect(TreeFingerprint.of(scene.folder) == before, "FERRY_KILL_SEED=\(seed)")
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private struct SeededDice {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed | 1 }

        mutating func below(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
    }
}

/// Files that the user of the command may not read: as root everything may
/// be read, so the command is run as nobody.
@Suite struct UnreadableTests {
    private static let lack: String? = getuid() == 0 ? nil : "only root can run a command as somebody else"

    @Test(.enabled(if: lack == nil, "\(lack ?? "")"))
    func `a .env that may not be read is named, with who should run ferry`() async throws {
        let folder = try Disk.temporaryFolder()
        defer { Disk.removeTree(folder) }
        let tree = try SyntheticTree(.d, home: folder, agents: [.ada])
        Self.open(folder)
        let env = tree.broca(.ada) + "/.env"
        chmod(env, 0o600)
        chown(env, 0, 0)
        let before = TreeFingerprint.of(folder)
        // Where nobody may run it, whatever the folder that it was built in.
        let home = Sandbox()
        chmod(home.path, 0o777)
        for command in ["workers inspect \(tree.root)", "workers inspect \(tree.root) --json"] {
            let ended = try await ChildProcess(
                command:
                    "cp '\(BuiltProgram.folder)/ferry' ferry && chmod 755 ferry && exec setpriv --reuid=65534 --regid=65534 "
                    + "--clear-groups --inh-caps=-all ./ferry \(command)",
                folder: home.path, environment: ["HOME": home.path, "PATH": "/usr/bin:/bin"]
            ).run()
            #expect(ended.status == 2, "\(ended.output) \(ended.errors)")
            #expect(ended.output.contains("env-unreadable") && ended.output.contains("broca/.env"))
            #expect(ended.output.contains("run ferry as the user whom the tree belongs to"))
        }
        #expect(TreeFingerprint.of(folder) == before)
    }

    private static func open(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            chmod(path, 0o755)
            for name in Disk.names(in: path) { open("\(path)/\(name)") }
        } else if status.st_mode & S_IFMT == S_IFREG {
            chmod(path, 0o644)
        }
    }
}
