import HTTP
public import Home
public import LettaModel
import LosslessJSON

extension LettaServer {
    public func export(of agent: ServerID<AgentKind, Side>) async throws -> ExportedAgent {
        try await shared.exporting.pass { try await exported(agent) }
    }

    /// Rows of `agents[0]` one by one, the rest as the shell. Only from
    /// inside the lock: exports share state inside the server.
    func exported(_ agent: ServerID<AgentKind, Side>) async throws -> ExportedAgent {
        let call = Call(
            .get, "/v1/agents/\(agent)/export", effect: .read, timeout: .seconds(1800), stall: .seconds(900))
        let found = try await wire.stream(call, paths: ["$.agents[*].messages[*]"]) { element in
            element.indices.first == 0 ? element.bytes : nil
        }
        return try unwrapped(ExportedAgent(shell: found.rest, rows: found.items), of: call)
    }

    /// Letta Cloud's client says that the export is a string of JSON.
    private func unwrapped(_ export: ExportedAgent, of call: Call) throws -> ExportedAgent {
        let root = try wire.document(export.shell, in: call)
        if root["agents"]?.kind == .array { return export }
        guard let text = root.string, let inner = try? Self.split(text), inner.isAgentFile else {
            throw wire.errors.notUnderstood(call, "its answer is no agent file")
        }
        return inner
    }

    private static func split(_ text: String) throws -> ExportedAgent {
        var splitter = JSONSplitter(streaming: ["$.agents[*].messages[*]"])
        var rows: [VerbatimJSON] = []
        try splitter.feed(Array(text.utf8)) { if $0.indices.first == 0 { rows.append($0.bytes) } }
        return ExportedAgent(shell: try splitter.finish(), rows: rows)
    }
}

extension ExportedAgent {
    fileprivate var isAgentFile: Bool {
        (try? JSONDocument(shell))?.root["agents"]?.kind == .array
    }
}
