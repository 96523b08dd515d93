import Glibc
import ScriptedLetta

/// What the command line asks for.
struct Options {
    static let usage = """
        usage: scripted-letta [--rows N] [--passages N] [--row-bytes B] [--embedding N] [--in-context N]
                              [--empty] [--name NAME] [--seed TEXT] [--version V] [--mode letta|not-letta|app-server]
                              [--fault CASE]... [--list-faults] [--late MS] [--token-file FILE] [--port P]
                              [--origin ORIGIN]...

        Serves a scripted Letta server on 127.0.0.1 and prints its URL. Ends with standard input, or when killed.
        --late: pages of a history come that many milliseconds late, as from a server that has to work for them.

        """

    struct Unknown: Error { let reason: String }

    var rows = 341
    var passages = 60
    var rowBytes: Int?
    var embedding = 4096
    var inContext = 20
    var isEmpty = false
    var name = "Ada"
    var seed = "scripted"
    var profile = VersionProfile.v0_16_8
    var mode = ServerMode.letta
    var faults: [Fault] = []
    var listsFaults = false
    var token: String?
    var port: UInt16 = 0
    var origins: [String]?

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--empty": isEmpty = true
            case "--list-faults": listsFaults = true
            default:
                guard let value = rest.popFirst() else { throw Unknown(reason: "\(option) needs a value") }
                try take(option, value)
            }
        }
    }

    private mutating func take(_ option: String, _ value: String) throws {
        switch option {
        case "--rows": rows = try Self.number(option, value)
        case "--passages": passages = try Self.number(option, value)
        case "--row-bytes": rowBytes = try Self.number(option, value)
        case "--embedding": embedding = try Self.number(option, value)
        case "--in-context": inContext = try Self.number(option, value)
        case "--port": port = UInt16(clamping: try Self.number(option, value))
        case "--name": name = value
        case "--origin": origins = (origins ?? []) + [value]
        case "--seed": seed = value
        case "--version": profile = try Self.profile(value)
        case "--mode": mode = try Self.mode(value)
        case "--token-file": token = try Self.line(of: value)
        case "--late": faults.append(Self.late(try Self.number(option, value)))
        case "--fault": faults += try Self.faults(value)
        default: throw Unknown(reason: "unknown option \(option)")
        }
    }

    private static func number(_ option: String, _ value: String) throws -> Int {
        guard let number = Int(value), number >= 0 else {
            throw Unknown(reason: "\(option): \(value) is no number")
        }
        return number
    }

    private static func profile(_ value: String) throws -> VersionProfile {
        let known: [VersionProfile] = [.v0_16_8, .v0_16_4, .v0_13_0, .v0_11_7]
        guard let profile = known.first(where: { $0.version == value }) else {
            throw Unknown(reason: "--version: one of \(known.map(\.version).joined(separator: ", "))")
        }
        return profile
    }

    private static func mode(_ value: String) throws -> ServerMode {
        switch value {
        case "letta": .letta
        case "not-letta": .notLetta
        case "app-server": .appServer
        default: throw Unknown(reason: "--mode: letta, not-letta or app-server")
        }
    }

    private static func faults(_ value: String) throws -> [Fault] {
        guard let found = FaultMatrix.all.first(where: { $0.name == value }) else {
            throw Unknown(reason: "--fault: no such case; see --list-faults")
        }
        return found.faults
    }

    private static func late(_ milliseconds: Int) -> Fault {
        Fault("GET /v1/agents/{}/messages", .every, .answerLate(milliseconds: milliseconds))
    }

    private static func line(of path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Unknown(reason: "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count].prefix { $0 > 0x20 }, as: UTF8.self)
    }

    var world: World {
        var world =
            isEmpty
            ? World(seed: seed)
            : World.ada(
                rows: rows, passages: passages, inContext: inContext, rowBytes: rowBytes, name: name,
                seed: seed)
        world.embeddingLength = embedding
        return world
    }
}
