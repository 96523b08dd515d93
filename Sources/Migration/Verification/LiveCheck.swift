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
        case .baseTool:
            return try await chat(
                with: LiveTool.base(among: Set(context.contents.tools.map(\.document.name))))
        case .tool(let name): return try await chat(with: LiveTool(name: name, arguments: "{}"))
        }
    }

    private func chat(with tool: LiveTool) async throws -> ChecklistEvidence.Live {
        try await sweep()
        context.progress(.note("making a temporary copy for the live check"))
        let copy = try await makeCopy()
        let verdict: ChecklistEvidence.Live
        do {
            if tool.isLent { try await lend(tool, to: copy) }
            verdict = try await talk(to: copy, tool.name, tool.arguments)
        } catch {
            verdict = .failed("the chat failed: \(error)")
        }
        try await shielded { try await remove(copy) }
        return verdict
    }

    /// Copies of an earlier attempt that was killed, and their blocks.
    private func sweep() async throws {
        let kept = Set(try await context.home.blocks(of: agent).map(\.id.raw))
        let found = try await context.found().filter { $0.id != agent.raw && !kept.contains($0.id) }
        for copy in found where copy.kind == .agent && !copy.isReader {
            try await context.ledger.perform(.deleteAgent(TargetID(copy.id)))
        }
        for block in found where block.kind == .block {
            try await context.ledger.perform(.deleteBlock(TargetID(block.id)))
        }
    }

    /// The copy gets the tool; the agent itself stays without.
    private func lend(_ tool: LiveTool, to copy: TargetID<AgentKind>) async throws {
        guard let there = try await context.home.tools(named: [tool.name]).first else { return }
        try await context.ledger.perform(.attachTool(there.id, to: copy))
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
        return LiveAnswer(try JSONDocument(json).root).judged(tool)
    }

    private func remove(_ copy: TargetID<AgentKind>) async throws {
        let blocks = try await context.home.blocks(of: copy)
        try await context.ledger.perform(.deleteAgent(copy))
        for block in blocks { try await context.ledger.perform(.deleteBlock(block.id)) }
    }
}
