import AgentFile
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot
import Verify

/// A chat and one tool call against a temporary copy of the agent, which is
/// removed afterwards: the real history is never touched.
struct LiveCheck {
    let context: LoadContext
    let agent: TargetID<AgentKind>
    let clock: @Sendable () -> Double

    /// - Parameter orElse: what is said where no live check was asked for.
    func run(orElse: ChecklistEvidence.Live) async throws -> ChecklistEvidence.Live {
        switch context.choices.live {
        case .off: return orElse
        case .baseTool: return try await chat(with: "conversation_search", arguments: #"{"query": "hello"}"#)
        case .tool(let name): return try await chat(with: name, arguments: "{}")
        }
    }

    private func chat(with tool: String, arguments: String) async throws -> ChecklistEvidence.Live {
        context.progress(.note("making a temporary copy for the live check"))
        let copy = try await makeCopy()
        let verdict: ChecklistEvidence.Live
        do {
            verdict = try await talk(to: copy, tool, arguments)
        } catch {
            verdict = .failed("the chat failed: \(error)")
        }
        try await shielded { try await remove(copy) }
        return verdict
    }

    private func makeCopy() async throws -> TargetID<AgentKind> {
        let attempt = try await context.ledger.journal.nextAttempt(context.run)
        let marker = context.marker(attempt)
        let choices = AgentFileChoices(
            name: marker.description, markerTags: LoadContext.tags(of: marker), model: context.model,
            embedding: context.embedding, toolKeys: context.abilities.toolKeys)
        let spool = Spool(snapshot: context.snapshot, contents: context.contents, choices: choices)
        let path = "\(context.folder)/live-\(attempt).af"
        let written = try await spool.write(to: path)
        defer { PrivateFile.remove(path) }
        let upload = ImportUpload(
            path: path, marker: marker, name: marker.description, overridesTools: false,
            model: context.model, embedding: context.embedding, secrets: [:])
        let outcome = try await context.ledger.perform(
            .importFile(upload), marker: marker, request: written.digest)
        guard case .agents(let ids) = outcome, let id = ids.first else {
            throw Failure(
                .answerNotUnderstood, subject: "live check", reason: "the import named no agent",
                remedy: "ferry resume \(context.run)", end: .target)
        }
        return id
    }

    private func talk(
        to copy: TargetID<AgentKind>, _ tool: String, _ arguments: String
    ) async throws -> ChecklistEvidence.Live {
        let text =
            "This is a check after a move. Please call \(tool) \(arguments) once, then say that you are well."
        guard case .answer(let json) = try await context.ledger.perform(.chat(copy, text: text)) else {
            return .failed("the server did not answer")
        }
        let messages = try JSONDocument(json).root["messages"]?.elements ?? []
        let types = messages.compactMap { $0["message_type"]?.string }
        let returned = messages.first { $0["message_type"]?.string == "tool_return_message" }
        guard types.contains("assistant_message") else {
            return .failed("no reply came: \(types.joined(separator: ", "))")
        }
        guard let returned else { return .failed("a reply came, and the model did not call \(tool)") }
        let status = returned["status"]?.string ?? "no status"
        guard status == "success" else { return .failed("\(tool) was called and returned \(status)") }
        return .worked("\(tool) was called and returned \(status); a reply came")
    }

    private func remove(_ copy: TargetID<AgentKind>) async throws {
        let blocks = try await context.home.blocks(of: copy)
        try await context.ledger.perform(.deleteAgent(copy))
        for block in blocks { try await context.ledger.perform(.deleteBlock(block.id)) }
    }
}
