public import Home
public import Journal
public import LettaModel
import Plan
import Snapshot
import Verify

/// The file that has what an agent lacks, as the user typed it.
public struct RepairFile: Sendable, ExpressibleByStringLiteral {
    public let path: String
    /// Which agent of a file with several.
    public let agent: String?
    /// For a shell.
    public let words: String

    /// - Parameter words: of the command line that say the same, quoted; the
    ///   path where there is nothing to quote.
    public init(_ path: String, agent: String? = nil, words: String? = nil) {
        self.path = path
        self.agent = agent
        self.words = words ?? path
    }

    public init(stringLiteral path: String) { self.init(path) }
}

extension Engine {
    public static let repairJob = "repair"

    /// Adds to an agent what an earlier move by hand lacks: blocks, tools and
    /// passages of a snapshot; never messages, which no server takes into an
    /// agent that exists. Changes the agent itself, in place.
    ///
    /// - Parameter path: of a snapshot; an agent file is made one first.
    ///   file: what the user typed for it.
    ///
    /// **Effects**: a temporary reader agent; each addition journalled, a
    /// tool's pre-image before it is overwritten.
    /// **Errors**: `agent-busy`; those of a load and of a verification.
    public func repair(
        _ agent: String, at target: any Home<TargetSide>, with path: String, file: RepairFile,
        _ order: RepairOrder
    ) async throws -> RepairResult {
        let state = try await atTarget {
            let state = try await AgentFinder(target).find(agent)
            try await AgentIdleness(home: target).check(
                state.id, named: state.name,
                again: "ferry repair \(state.id) --at \(target.address.name) --with \(file.words)")
            return state
        }
        var choices = Choices()
        choices.tools = order.overwritesTools ? .overwrite : .keep
        var draft = try await atTarget { try await self.draft(Self.repairJob, source: nil, target: target) }
        draft.agentID = state.id.raw
        draft.agentName = state.name
        draft.snapshotPath = path
        draft.choices = try ChoicesCoding.encode(choices, CaptureOptions())
        let run = try await journal.create(draft)
        return try await claimed(run.id) { try await repair(run, at: target, file: file, order) }
    }

    /// Goes on with a repair that was stopped: what it lacks still is added;
    /// nobody is asked again who has agreed.
    public func resumeRepair(
        _ run: RunRecord, at target: any Home<TargetSide>, _ order: RepairOrder
    ) async throws -> RepairResult {
        try Self.checkIsSame(run.draft.target, target.address, run, .target)
        try Self.checkIsNotUndone(run)
        var order = order
        order.overwritesTools = ChoicesCoding.decode(run.draft.choices).0.tools == .overwrite
        return try await claimed(run.id) {
            try await repair(run, at: target, file: RepairFile(run.draft.snapshotPath ?? ""), order)
        }
    }

    static func checkIsNotUndone(_ run: RunRecord) throws {
        guard run.status != .undoing, run.status != .undone else {
            throw Failure(
                .runNotResumable, subject: run.id.description, reason: "its undo has begun",
                remedy: "end that first: ferry undo \(run.id)")
        }
    }

    private func repair(
        _ run: RunRecord, at target: any Home<TargetSide>, file: RepairFile, _ order: RepairOrder
    ) async throws -> RepairResult {
        guard let path = run.draft.snapshotPath, let id = run.draft.agentID else {
            throw Failure(
                .runNotResumable, subject: run.id.description,
                reason: "the journal doesn't say which agent it repairs",
                remedy: "start anew: ferry repair AGENT --at SERVER --with FILE")
        }
        return try await withSoundSnapshot(at: path) { snapshot in
            try await keepGeneration(of: snapshot, path, run)
            return try await atTarget {
                let repairing = try await Repairing(
                    engine: self, run: run, snapshot: snapshot, path: path, file: file,
                    agent: TargetID(id), target: target, order)
                return try await repairing.run()
            }
        }
    }
}
