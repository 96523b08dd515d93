import Glibc
import LettaModel
import LosslessJSON
import ScriptedLetta
import Testing

/// One thing that can be wrong, the command that meets it, and how it ends.
struct BadInput: Sendable, CustomTestStringConvertible {
    let name: String
    let command: String
    let code: ErrorCode
    let exit: Int32
    var source: @Sendable () throws -> ScriptedServer = { try Self.ada() }
    var target: @Sendable () throws -> ScriptedServer = { try Self.empty() }
    /// Typed before the command, and after it; must succeed.
    var before = ""
    var after = ""
    /// Only root may fill a disk of its own.
    var needsRoot = false

    var testDescription: String { name }

    init(
        _ name: String, _ command: String, _ code: ErrorCode, _ exit: Int32,
        source: @escaping @Sendable () throws -> ScriptedServer = { try Self.ada() },
        target: @escaping @Sendable () throws -> ScriptedServer = { try Self.empty() }, before: String = "",
        after: String = "", needsRoot: Bool = false
    ) {
        self.name = name
        self.command = command
        self.code = code
        self.exit = exit
        self.source = source
        self.target = target
        self.before = before
        self.after = after
        self.needsRoot = needsRoot
    }

    // MARK: Servers

    static let move = "ferry move Ada --from source --to target --yes"
    static let load = "ferry load ada.ferry --to target --yes"
    static let snapshot = "ferry snapshot Ada --from source -o ada.ferry --quiet"

    static func ada(_ faults: [Fault] = [], version: VersionProfile = .v0_16_8) throws -> ScriptedServer {
        try ScriptedServer(
            adaWorld(), profile: version, token: ScriptedSecrets.token(of: "source"), faults: faults)
    }

    static func adaWorld() -> World {
        var world = World.ada(rows: 30, passages: 6, tools: 2)
        for agent in world.agents.all {
            world.agents[agent.id]?.identityIDs = []
            world.agents[agent.id]?.secrets = []
        }
        return world
    }

    static func empty(
        _ faults: [Fault] = [], version: VersionProfile = .v0_16_8, _ change: (inout World) -> Void = { _ in }
    ) throws -> ScriptedServer {
        var world = World(seed: "empty")
        change(&world)
        return try ScriptedServer(
            world, profile: version, token: ScriptedSecrets.token(of: "target"), faults: faults)
    }

    static func version(_ text: String) -> VersionProfile {
        var profile = VersionProfile.v0_16_8
        profile.version = text
        return profile
    }

    // MARK: The table

    static let all = (servers + agents + files + mending).filter { !$0.needsRoot || geteuid() == 0 }

    static let servers: [BadInput] = [
        BadInput(
            "nothing listens at the source", "ferry plan Ada --from http://127.0.0.1:1 --to target",
            .connectFailed, 4),
        BadInput(
            "nothing listens at the target", "ferry move Ada --from source --to http://127.0.0.1:1",
            .connectFailed, 5),
        BadInput(
            "the host has no address", "ferry move Ada --from http://ferry.invalid --to target",
            .nameNotFound, 4),
        BadInput("an address that is none", "ferry agents --at http://", .usage, 2),
        BadInput("a name that is no server", "ferry move Ada --from sorce --to target", .unknownServer, 2),
        BadInput(
            "https where plain HTTP is spoken", "ferry move Ada --from source --to {plain-only}",
            .tlsOnPlainPort, 5),
        BadInput(
            "plain HTTP where TLS is spoken", "ferry move Ada --from {tls-only} --to target", .plainOnTLSPort,
            4),
        BadInput("a wrong token of the source", "SOURCE_TOKEN=wrong \(move)", .unauthorized, 4),
        BadInput("a wrong token of the target", "TARGET_TOKEN=wrong \(move)", .unauthorized, 5),
        BadInput("a token that is not there", "unset SOURCE_TOKEN; \(move)", .tokenMissing, 2),
        BadInput(
            "a web page at the source", move, .notLetta, 6, source: { try ScriptedServer(mode: .notLetta) }),
        BadInput(
            "a web page at the target", move, .notLetta, 6, target: { try ScriptedServer(mode: .notLetta) }),
        BadInput(
            "an app server at the source", move, .appServer, 6,
            source: { try ScriptedServer(mode: .appServer) }),
        BadInput(
            "an app server at the target", move, .appServer, 6,
            target: { try ScriptedServer(mode: .appServer) }),
        BadInput(
            "an unknown version that shows no abilities", move, .abilityMissing, 6,
            target: {
                var profile = version("9.9.9")
                profile.hasOpenAPI = false
                return try empty(version: profile)
            }),
        BadInput(
            "an old target that does not know the agent's type", move, .agentTypeUnknown, 7,
            target: { try empty(version: .v0_11_7) }),
        BadInput("source and target are one", "ferry move Ada --from source --to source", .sameServer, 7),
        BadInput(
            "source and target are one by address", "ferry move Ada --from source --to {source}/v1",
            .sameServer, 7),
        BadInput(
            "a server that fails", move, .serverError, 4,
            source: { try ada([Fault("GET /v1/agents/{}", .every, .refuse(status: 500))]) }),
    ]

    static let agents: [BadInput] = [
        BadInput("an unknown agent", "ferry move Adda --from source --to target", .agentUnknown, 4),
        BadInput("an unknown id", "ferry move agent-0 --from source --to target", .agentUnknown, 4),
        BadInput(
            "two agents of one name", move, .agentAmbiguous, 4,
            source: {
                let server = try ada()
                server.change { _ = $0.addAgent(name: "Ada") }
                return server
            }),
        BadInput(
            "the target lacks the model", move, .modelUnknown, 7, target: { try empty { $0.models = [] } }),
        BadInput(
            "the target lacks the embedding model", move, .embeddingUnknown, 7,
            target: { try empty { $0.embeddingModels = [] } }),
        BadInput(
            "a map that names a model which nobody offers", move + " --map map.json", .modelUnknown, 7,
            before: #"echo '{"models": {"openai-proxy/gpt-4o-mini": "open/none"}}' > map.json"#),
        BadInput(
            "a map that is none", move + " --map map.json", .fileUnreadable, 2,
            before: #"echo '{"model": {}}' > map.json"#),
        BadInput("a map that is not there", move + " --map map.json", .fileUnreadable, 2),
        BadInput("a model that nobody offers", move + " --model open/none", .modelUnknown, 7),
        BadInput(
            "the target has an agent of that name", move, .agentNameTaken, 7,
            target: { try empty { $0.addAgent(name: "Ada") } }),
        BadInput(
            "the target has a tool of that name with other source", move, .toolClash, 7,
            target: {
                try empty {
                    $0.addTool(World.tool("tool_number_0", source: "def tool_number_0():\n    return 1\n"))
                }
            }),
        BadInput("a name that no server takes", move + " --as a/b", .agentNameInvalid, 7),
        BadInput("a secret that the agent does not have", "NONE=1 \(move) --secret NONE", .secretMissing, 2),
    ]

    static let files: [BadInput] = [
        BadInput("no snapshot at that path", "ferry load none.ferry --to target", .fileUnreadable, 2),
        BadInput("a snapshot that is text", load, .snapshotUnreadable, 2, before: "echo hello > ada.ferry"),
        BadInput("a snapshot that is empty", load, .snapshotUnreadable, 2, before: ": > ada.ferry"),
        BadInput(
            "a snapshot that is cut off", load, .snapshotUnreadable, 2,
            before: "\(snapshot) && truncate -s 20000 ada.ferry"),
        BadInput(
            "a snapshot that is damaged", load, .snapshotUnreadable, 2,
            before:
                "\(snapshot) && head -c 9000 /dev/zero | dd of=ada.ferry bs=1 seek=12000 conv=notrunc 2>/dev/null"
        ),
        BadInput(
            "a snapshot of a later format", load, .snapshotNewer, 6,
            before:
                "\(snapshot) && printf '\\000\\000\\000\\143' | dd of=ada.ferry bs=1 seek=60 conv=notrunc 2>/dev/null"
        ),
        BadInput(
            "a snapshot of another agent", "ferry snapshot Bob --from source -o ada.ferry",
            .snapshotOfAnotherAgent, 7,
            source: {
                let server = try ada()
                server.change { _ = $0.addAgent(name: "Bob", rows: 3) }
                return server
            }, before: snapshot),
        BadInput(
            "a disk that is full, at a snapshot",
            "mount -t tmpfs -o size=96k none tiny && ferry snapshot Ada --from source -o tiny/ada.ferry",
            .diskFull, 8,
            before: "mkdir tiny", after: "umount tiny", needsRoot: true),
        BadInput(
            "a limit of file size, at a snapshot",
            "ulimit -f 240; ferry snapshot Ada --from source -o ada.ferry",
            .fileUnwritable, 8),
        BadInput(
            "a disk that is full, at an export", "ulimit -f 4; ferry export ada.ferry -o ada.af", .diskFull,
            8,
            before: snapshot),
        BadInput(
            "a folder that is not there", "ferry export ada.ferry -o none/ada.af", .fileUnwritable, 8,
            before: snapshot),
        BadInput(
            "a file that exists", "ferry export ada.ferry -o ada.af", .fileExists, 2,
            before: "\(snapshot); : > ada.af"),
        BadInput("no agent file at that path", "ferry load none.af --to target", .fileUnreadable, 2),
        BadInput(
            "an empty agent file", "ferry load x.af --to target", .agentFileUnreadable, 2, before: ": > x.af"),
        BadInput(
            "a truncated agent file", "ferry load x.af --to target", .agentFileUnreadable, 2,
            before: "\(snapshot) && ferry export ada.ferry -o ada.af --quiet && head -c 3000 ada.af > x.af"),
        BadInput(
            "a web page for an agent file", "ferry load x.af --to target", .agentFileUnreadable, 2,
            before: "echo '<!DOCTYPE html><html></html>' > x.af"),
        BadInput(
            "a compressed agent file", "ferry load x.af --to target", .agentFileUnreadable, 2,
            before: "echo '{\"agents\":[]}' | gzip > x.af"),
        BadInput(
            "an agent file of the old form", "ferry load x.af --to target", .agentFileLegacy, 6,
            before:
                "echo '{\"agent_type\":\"memgpt_agent\",\"core_memory\":[],\"messages\":[],\"version\":\"0.6\"}' > x.af"
        ),
        BadInput(
            "a document for people that is to be converted",
            "ferry export ada.ferry -o ada.md --format md --convert-legacy", .usage, 2, before: snapshot),
        BadInput(
            "JSON that is no agent file", "ferry load x.af --to target", .agentFileUnreadable, 2,
            before: "echo '{}' > x.af"),
        BadInput(
            "an agent file without agents", "ferry load x.af --to target", .agentFileUnreadable, 2,
            before: "echo '{\"agents\":[],\"blocks\":[],\"tools\":[]}' > x.af"),
    ]

    private static let mend = "ferry mend x.af -o new.af"

    static let mending: [BadInput] = [
        BadInput("nothing to mend", mend, .fileUnreadable, 2),
        BadInput("an empty file to mend", mend, .agentFileUnreadable, 2, before: ": > x.af"),
        BadInput(
            "a web page to mend", mend, .agentFileUnreadable, 2, before: "echo '<html></html>' > x.af"),
        BadInput(
            "a compressed file to mend", mend, .agentFileUnreadable, 2,
            before: "echo '{\"agents\":[]}' | gzip > x.af"),
        BadInput(
            "a truncated file to mend", mend, .agentFileUnreadable, 2,
            before: "echo '{\"agents\":[{\"messages\":[{' > x.af"),
        BadInput(
            "a file of the old form to mend", mend, .agentFileLegacy, 6,
            before: "echo '{\"core_memory\":[],\"messages\":[],\"version\":\"0.6\"}' > x.af"),
        BadInput(
            "a new file that exists", mend, .fileExists, 2,
            before: "echo '{\"agents\":[]}' | tee x.af > new.af"),
        BadInput(
            "version 2 to convert", "ferry convert x.af -o new.af", .agentFileUnreadable, 2,
            before: "echo '{\"agents\":[]}' > x.af"),
        BadInput("nothing to compare", "ferry diff x.ferry y.ferry", .fileUnreadable, 2),
    ]
}

/// What the target holds, to tell whether something was written.
struct Inventory: Equatable {
    let ids: Set<String>

    init(_ world: World) {
        ids = Set(
            world.agents.all.map(\.id) + world.blocks.all.map(\.id) + world.tools.all.map(\.id)
                + world.archives.all.map(\.id) + world.passages.all.map(\.id))
    }
}
