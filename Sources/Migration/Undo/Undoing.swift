import Home
import Journal
import LettaModel
import LosslessJSON

/// Carries an undo out, each removal journalled before and after.
struct Undoing {
    let ledger: Ledger<TargetSide>
    let progress: ProgressSink

    /// - Parameter overwritten: what stood in the tools' place, by id.
    func carryOut(
        _ plan: UndoPlan, _ overwritten: [String: (name: String, json: VerbatimJSON)]
    ) async throws {
        for item in plan.removals {
            // It comes off with the agent, and is of another run.
            if [.sharedBlock, .sharedArchive].contains(item.kind) { continue }
            progress(.note("removing \(item.sentence)"))
            try await remove(item)
            try await ledger.journal.unmap(targetServer: ledger.home.address.url, targetID: item.id)
        }
        for item in plan.restorations {
            guard let json = overwritten[item.id]?.json else { continue }
            progress(.note("putting back \(item.sentence)"))
            try await putBack(ServerID(item.id), json, name: item.name)
        }
    }

    private func remove(_ item: UndoItem) async throws {
        switch item.kind {
        case .agent: try await delete(agent: item.id)
        case .block: try await ledger.perform(.deleteBlock(ServerID(item.id)))
        case .archive: try await ledger.perform(.deleteArchive(ServerID(item.id)))
        case .tool: try await ledger.perform(.deleteTool(ServerID(item.id)))
        case .identity: try await ledger.perform(.deleteIdentity(ServerID(item.id)))
        case .sharedBlock, .sharedArchive, .overwrittenTool, .attachedTool, .passages, .context,
            .detachedBlock, .denial:
            break
        }
    }

    private func delete(agent id: String) async throws {
        do {
            try await ledger.perform(.deleteAgent(ServerID(id)))
        } catch let failure as Failure where failure.code == .agentUnknown {
            return
        }
    }

    private func putBack(_ tool: TargetID<ToolKind>, _ json: VerbatimJSON, name: String) async throws {
        let there = try await ledger.home.tools(named: [name]).first { $0.id == tool }
        try await ledger.perform(.patchTool(tool, json: try ToolPatch.whole(json)), preImage: there?.json)
    }

    /// What was on its way when the run was stopped may arrive now: an import
    /// goes on for some seconds after its client has died (0.16.8: up to 9.8).
    func sweepLate() async throws {
        progress(.note("some outcomes were never known; waiting for what may still arrive"))
        for pause in [1.0, 2, 4, 6] {
            try await Task.sleep(for: .seconds(pause))
            let survey = try await UndoSurvey(ledger)
            try await carryOut(UndoPlan(try await survey.items(), discards: true), [:])
        }
    }
}
