import LosslessJSON
import ScriptedLetta

/// The servers that a script can ask for by name.
enum Servers {
    struct Unknown: Error { let kind: String }

    static func start(_ kind: String, _ settings: [String: String], token: String) throws -> ScriptedServer {
        switch kind {
        case "ada":
            try ScriptedServer(
                ada(settings), profile: profile(settings), token: token, faults: faults(settings),
                origins: origins(settings))
        case "empty":
            try ScriptedServer(
                World(seed: "empty"), profile: profile(settings), token: token, faults: faults(settings),
                origins: origins(settings))
        case "bob": try ScriptedServer(bob(settings), token: token)
        case "notLetta": try ScriptedServer(mode: .notLetta)
        case "appServer": try ScriptedServer(mode: .appServer)
        default: throw Unknown(kind: kind)
        }
    }

    /// `ade`: ADE's page is let in.
    private static func origins(_ settings: [String: String]) -> [String]? {
        settings["ade"].map { _ in ["https://app.letta.com"] }
    }

    /// An agent that speaks by `send_message`.
    private static func bob(_ settings: [String: String]) -> World {
        var world = World(seed: "bob")
        let bob = world.addLegacyAgent(name: "Bob", rows: settings["rows"].flatMap { Int($0) } ?? 13)
        world.agents[bob]?.fields["system"] = "You speak by calling send_message."
        world.agents[bob]?.fields["tool_rules"] = [["tool_name": "send_message", "type": "exit_loop"]]
        if let tool = world.tool(named: "send_message") { world.agents[bob]?.toolIDs.append(tool.id) }
        return world
    }

    private static func ada(_ settings: [String: String]) -> World {
        func number(_ key: String, _ standard: Int) -> Int { settings[key].flatMap { Int($0) } ?? standard }
        var world = World.ada(
            rows: number("rows", 30), passages: number("passages", 6), inContext: number("context", 8),
            tools: number("tools", 2), name: settings["name"] ?? "Ada")
        guard let ada = world.agents.all.first else { return world }
        for place in 0..<number("conversations", 0) {
            world.addConversation(to: ada.id, summary: "Talk \(place)", rows: 3)
        }
        if settings["plain"] != nil {
            // Nothing that a move leaves behind.
            world.agents[ada.id]?.identityIDs = []
            world.agents[ada.id]?.secrets = []
        }
        if settings["lacking"] != nil { takeAway(ada, &world) }
        if let fault = settings["sick"] { sicken(ada.id, fault, &world) }
        if let name = settings["sharer"] { share(ada, with: name, &world) }
        for _ in 0..<number("twins", 0) { world.addAgent(name: ada.name, rows: 3) }
        return world
    }

    /// `sharer`: another agent, with Ada's block `words` and her archive.
    private static func share(_ ada: ScriptedAgent, with name: String, _ world: inout World) {
        let id = world.addAgent(name: name, rows: 3)
        let words = ada.blockIDs.filter { world.blocks[$0]?.label == "words" }
        world.agents[id]?.blockIDs = words
        world.agents[id]?.archiveID = ada.archiveID
    }

    /// `lacking`: what a move by hand leaves behind. One block and one tool
    /// are missing, one block has other words, passages and messages are gone.
    private static func takeAway(_ ada: ScriptedAgent, _ world: inout World) {
        let custom = ada.toolIDs.filter { world.tools[$0]?.name.hasPrefix("tool_number") == true }
        for tool in custom.prefix(1) {
            world.tools[tool] = nil
            world.agents[ada.id]?.toolIDs.removeAll { $0 == tool }
        }
        world.blocks[ada.blockIDs[0]]?.fields["value"] = "Somebody else by now."
        world.blocks[ada.blockIDs[1]] = nil
        world.agents[ada.id]?.blockIDs.remove(at: 1)
        for passage in world.passages(of: ada.archiveID).dropFirst(2) { world.passages[passage.id] = nil }
        let gone = Set((1..<6).map { ada.history.id(at: $0) })
        world.agents[ada.id]?.history.removeAll { gone.contains($0.id) }
        world.agents[ada.id]?.messageIDs.removeAll { gone.contains($0) }
    }

    /// `sick=orphan`: a return that answers no call is in context;
    /// `pending`: a call that waits for approval; `link`: an image that is
    /// only a link; `beheaded`: no system row is in front; `busy`: an orphan,
    /// and a turn that is under way.
    private static func sicken(_ agent: String, _ fault: String, _ world: inout World) {
        var row = World.userRow(#"{"status": "OK", "message": "fine"}"#)
        switch fault {
        case "beheaded": world.agents[agent]?.messageIDs.removeFirst()
        case "pending":
            row["role"] = "approval"
            row["content"] = []
            row["tool_calls"] = [
                ["id": "call-1", "type": "function", "function": ["name": "send", "arguments": "{}"]]
            ]
        case "link":
            row["content"] = [
                ["type": "image", "source": ["type": "url", "url": "https://example.org/a.png"]]
            ]
        default:
            row["role"] = "tool"
            row["tool_call_id"] = "call-nobody"
        }
        if fault == "busy" { world.addRun(of: agent) }
        guard fault != "beheaded" else { return }
        let id = world.append(row, to: agent)
        world.agents[agent]?.messageIDs.append(id)
    }

    /// `late=2000`: an import is answered that many milliseconds late.
    /// `mute`: a message is never answered.
    private static func faults(_ settings: [String: String]) -> [Fault] {
        if settings["mute"] != nil { return [Fault("POST /v1/agents/{}/messages/stream", .every, .hang)] }
        guard let late = settings["late"].flatMap({ Int($0) }) else { return [] }
        return [Fault("POST /v1/agents/import", .every, .answerLate(milliseconds: late))]
    }

    private static func profile(_ settings: [String: String]) -> VersionProfile {
        switch settings["version"] {
        case "0.16.4": return .v0_16_4
        case "0.13.0": return .v0_13_0
        case "0.11.7": return .v0_11_7
        case let version?:
            var profile = VersionProfile.v0_16_8
            profile.version = version
            return profile
        case nil: return .v0_16_8
        }
    }
}

/// Values that must never be printed or written.
enum ScriptedSecrets {
    static let inWorlds = ["scripted-card-0417", "scripted-mcp-token"]

    static func token(of server: String) -> String { "token-\(server)-7f3b9d" }
}
