import LettaModel
import LosslessJSON
import ScriptedLetta
import Testing

@testable import FerryCLI

@Suite struct BadInputTests {
    @Test(arguments: BadInput.all)
    func `bad input is answered with what, why and what to type, and nothing is written`(row: BadInput)
        async throws
    {
        let stage = try await Stage(source: row.source(), target: row.target())
        if !row.before.isEmpty { try await stage.succeed(row.before) }
        let before = Inventory(stage.target.world)
        let ended = try await stage.run(row.command + " --json")
        #expect(ended.status == row.exit, "\(ended.errors)")
        let error = try #require(stage.error(in: ended), "\(ended.errors)")
        #expect(error["code"]?.string == row.code.rawValue, "\(ended.errors)")
        #expect(error["exit"]?.int == Int(row.exit))
        for part in ["subject", "reason"] { #expect(error[part]?.string?.isEmpty == false) }
        let remedy = error["remedy"]?.string ?? ""
        #expect(remedy.contains(Stage.somethingToType), "\(remedy)")
        #expect(Inventory(stage.target.world) == before)
        let leavesRun = row.exit == ExitCode.incomplete.rawValue && row.command.contains("ferry snapshot")
        #expect(try await stage.run("ferry runs").output.contains("incomplete") == leavesRun)
        if !row.after.isEmpty { try await stage.succeed(row.after) }
        #expect(stage.home.files(holding: stage.secrets).isEmpty)
    }

    @Test func `a version that nobody has listed works when it can do all that is needed`() async throws {
        let stage = try await Stage(
            source: BadInput.ada(version: BadInput.version("0.17.3")),
            target: BadInput.empty(version: BadInput.version("0.17.3")))
        let ended = try await stage.run(BadInput.move)
        #expect(ended.status == 0, "\(ended.errors)")
    }

    /// What fails after the first write, and how that ends.
    static let late: [LateFailure] = [
        LateFailure(
            "the import is refused", Fault("POST /v1/agents/import", .every, .refuse(status: 400)), exits: [5]
        ),
        LateFailure(
            "passages cannot be inserted",
            Fault("POST /v1/archives/{}/passages/batch", .every, .refuse(status: 500)), exits: [5, 8]),
        LateFailure(
            "the target stops listing messages",
            Fault("GET /v1/agents/{}/messages", .every, .refuse(status: 500)), exits: [5]),
        LateFailure(
            "the last patch is refused", Fault("PATCH /v1/agents/{}", .every, .refuse(status: 400)),
            exits: [5]),
    ]

    @Test(arguments: late)
    func `after the first write a failed run is listed, shows what exists, and goes on`(row: LateFailure)
        async throws
    {
        let stage = try await Stage(source: BadInput.ada(), target: BadInput.empty([row.fault]))
        let ended = try await stage.run(BadInput.move + " --json")
        #expect(row.exits.contains(ended.status), "\(ended.errors)")
        #expect(
            stage.error(in: ended)?["remedy"]?.string?.contains(Stage.somethingToType) == true,
            "\(ended.errors)")
        let runs = try JSONDocument(try await stage.run("ferry runs --json").output).root
        let run = try #require(runs["runs"]?[0])
        #expect(run["status"]?.string == "incomplete")
        try await stage.showsWhatExists(run["run"]?.string ?? "")
        stage.target.arm([])
        let resumed = try await stage.run("ferry resume")
        #expect(resumed.status == 0, "\(resumed.errors)")
        let there = stage.target.world.agents.all.filter { $0.isHidden != true }
        #expect(there.map(\.name) == ["Ada"])
        #expect(stage.target.world.passages.all.count == 6)
    }
}

struct LateFailure: Sendable, CustomTestStringConvertible {
    let name: String
    let fault: Fault
    let exits: [Int32]

    init(_ name: String, _ fault: Fault, exits: [Int32]) {
        self.name = name
        self.fault = fault
        self.exits = exits
    }

    var testDescription: String { name }
}

/// Two servers, and a HOME in which both are known.
final class Stage: Sendable {
    let home = Sandbox()
    let source: ScriptedServer
    let target: ScriptedServer
    private let tlsOnly = StubbornServer(answering: StubbornServer.alert)
    private let plainOnly = StubbornServer(answering: StubbornServer.badRequest)

    /// A command of ferry or of the shell, a flag, or the word that it is to
    /// be run again.
    nonisolated(unsafe) static let somethingToType =
        /ferry [a-z]+|`[a-z]+|--[a-z]|-o\b|ls -l|export [A-Z]|XDG_|the (same )?command again/

    let secrets = ["source", "target"].map(ScriptedSecrets.token(of:)) + ScriptedSecrets.inWorlds

    init(source: ScriptedServer, target: ScriptedServer) async throws {
        self.source = source
        self.target = target
        for (name, server) in [("source", source), ("target", target)] {
            try await succeed(
                "ferry servers add \(name) --url \(server.url) --token-env \(name.uppercased())_TOKEN")
        }
    }

    func run(_ command: String) async throws -> Finished {
        let filled = command.replacing("{source}", with: source.url)
            .replacing("{plain-only}", with: plainOnly.url.replacing("http://", with: "https://"))
            .replacing("{tls-only}", with: tlsOnly.url)
        return try await ChildProcess(
            command: filled, folder: home.path,
            environment: [
                "HOME": home.path, "PATH": "\(BuiltProgram.folder):/usr/bin:/bin",
                "SOURCE_TOKEN": ScriptedSecrets.token(of: "source"),
                "TARGET_TOKEN": ScriptedSecrets.token(of: "target"),
            ]
        ).run()
    }

    func succeed(_ command: String) async throws {
        let ended = try await run(command)
        #expect(ended.status == 0, "\(command): \(ended.errors)")
    }

    /// The error that stderr ends with.
    func error(in ended: Finished) -> JSONValue? {
        ended.errors.split(separator: "\n").compactMap { try? JSONDocument(String($0)).root["error"] }.first
    }

    /// `show` lists every agent that lies on the target.
    func showsWhatExists(_ run: String) async throws {
        let shown = try await self.run("ferry show \(run)")
        #expect(shown.status == 0, "\(shown.errors)")
        for agent in target.world.agents.all where agent.isHidden != true {
            #expect(shown.output.contains(agent.id), "\(shown.output)")
        }
    }
}
