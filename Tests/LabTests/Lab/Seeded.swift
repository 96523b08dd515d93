import Glibc
import LosslessJSON

/// An agent that `Lab/lab seed` planted on the source.
struct SeededAgent: Sendable {
    let id: String
    let name: String
    /// Part of the name, of nobody else's.
    let word: String
    let rows: Int
    let passages: Int

    /// - Parameters rows, passages: the shape's own where nil.
    static func plant(_ shape: String, rows: Int? = nil, passages: Int? = nil) async throws -> SeededAgent {
        let word = Lab.unique()
        var arguments = ["seed", "--shape", shape, "--name", "lt-\(shape)-\(word)"]
        if let rows { arguments += ["--rows", "\(rows)"] }
        if let passages { arguments += ["--passages", "\(passages)"] }
        let folder = try Files.folder()
        defer { Files.removeTree(folder) }
        var variables: [String] = []
        var entry = environ
        while let text = entry.pointee {
            variables.append(String(cString: text))
            entry += 1
        }
        let process = try FerryProcess(lab, arguments, variables, out: folder + "/seed")
        let outcome = try await process.outcome()
        guard outcome.exit == 0 else { throw LabError(outcome.description) }
        let made = try JSONDocument(outcome.out).root
        return SeededAgent(
            id: made["agent_id"]?.string ?? "", name: made["name"]?.string ?? "", word: word,
            rows: made["rows"]?.int ?? 0, passages: made["passages"]?.int ?? 0)
    }

    private static var lab: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(4).joined(separator: "/") + "/Lab/lab"
    }

    /// The agent with its blocks and its archive, on both servers; its tools
    /// are shared by name and stay.
    func remove() async throws {
        for server in [Lab.source, Lab.target] {
            for agent in try await server.agents(bearing: word) {
                guard let id = agent["id"]?.string else { continue }
                let blocks = try await server.get("/v1/agents/\(id)/core-memory/blocks?limit=100").elements
                try await server.delete("/v1/agents/\(id)")
                for block in blocks { try await server.delete("/v1/blocks/\(block["id"]?.string ?? "")") }
            }
            for archive in try await server.archives(bearing: word) {
                try await server.delete("/v1/archives/\(archive["id"]?.string ?? "")")
            }
        }
    }
}

/// Runs `body` with a seeded agent and removes it on every way out.
func withSeeded(
    _ shape: String, rows: Int? = nil, passages: Int? = nil, _ body: (SeededAgent) async throws -> Void
) async throws {
    let agent = try await SeededAgent.plant(shape, rows: rows, passages: passages)
    do {
        try await body(agent)
    } catch {
        try await agent.remove()
        throw error
    }
    try await agent.remove()
}

/// Runs `body` with ferry between the two servers, through proxies that only
/// count.
func withSandbox<Value: Sendable>(
    _ script: FaultScript = FaultScript(), _ body: (Sandbox) async throws -> Value
) async throws -> Value {
    let source = try FaultProxy("source", before: Lab.source, script)
    let target = try FaultProxy("target", before: Lab.target, script)
    source.start()
    target.start()
    let sandbox = try Sandbox(source: source.url, target: target.url)
    defer {
        source.stop()
        target.stop()
        sandbox.remove()
    }
    return try await body(sandbox)
}

/// Runs `body` with a small agent on the source and removes whatever bears
/// its word on every way out.
func withSmall(_ agent: SmallAgent, _ body: (Planted) async throws -> Void) async throws {
    func remove() async throws {
        for server in [Lab.source, Lab.target] { try await server.removeAll(of: agent.word) }
    }
    do {
        try await body(try await agent.plant(on: Lab.source))
    } catch {
        try await remove()
        throw error
    }
    try await remove()
}
