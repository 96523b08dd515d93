import AgentFile
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// The agent itself: spooled, uploaded under the run's marker, adopted when
/// it is complete. Never made twice, whatever the server answers.
struct AgentLoader {
    let context: LoadContext
    /// Seconds on a steady clock.
    let clock: @Sendable () -> Double

    private static let maximumAttempts = 4

    /// - Returns: the one agent of this run on the target.
    func run() async throws -> TargetID<AgentKind> {
        if let adopted = try await adopted() {
            try await sweep(keeping: adopted)
            return adopted
        }
        for _ in 0..<Self.maximumAttempts {
            if let agent = try await reconcileOpenAttempts() { return try await settle(agent) }
            if let agent = try await upload() { return try await settle(agent) }
        }
        throw Failure(
            .loadIncomplete, subject: context.plan.agentName,
            reason: "\(Self.maximumAttempts) uploads were lost or stayed half-done at the target",
            remedy: "look at the target's log, then: ferry resume \(context.run)", end: .target)
    }

    private func settle(_ agent: TargetID<AgentKind>) async throws -> TargetID<AgentKind> {
        try await sweep(keeping: agent)
        try await context.ledger.journal.map([
            IDMapping(
                kind: AgentKind.name, sourceServer: context.contents.origin.serverURL,
                sourceID: context.contents.origin.agentID.raw, targetServer: context.home.address.url,
                targetID: agent.raw, run: context.run)
        ])
        return agent
    }

    // MARK: The journal's word

    /// The agent that an earlier part of this run adopted.
    func adopted() async throws -> TargetID<AgentKind>? {
        let mapped = try await context.ledger.journal.mappings(of: context.run)
        guard let known = mapped.last(where: { $0.kind == AgentKind.name }) else { return nil }
        do {
            return try await context.home.agent(TargetID(known.targetID)).id
        } catch let failure as Failure where failure.code == .agentUnknown {
            throw Failure(
                .loadIncomplete, subject: known.targetID,
                reason: "the agent that this run made is gone from the target: someone deleted it",
                remedy: "start anew: ferry load \(context.ledger.run) is over; run the move again",
                end: .target)
        }
    }

    private func agentSteps() async throws -> [StepRecord] {
        try await context.ledger.steps("import-file").filter { Self.names(agentOf: $0) != nil }
    }

    /// How many rows the newest upload of an agent brought.
    static func uploadedRows(_ ledger: Ledger<TargetSide>) async throws -> Int? {
        try await ledger.steps("import-file").compactMap(expected).last?.rows
    }

    private static func names(agentOf step: StepRecord) -> String? {
        step.intent.details.flatMap { try? JSONDocument($0).root["name"]?.string }
    }

    /// Attempts without a certain outcome, newest first: adopted or abandoned.
    private func reconcileOpenAttempts() async throws -> TargetID<AgentKind>? {
        for step in try await agentSteps().reversed() {
            guard let marker = step.intent.marker, step.isOpen || Self.succeeded(step) else { continue }
            guard let expected = Self.expected(step) else { continue }
            if let agent = try await reconcile(step.id, marker, expected) { return agent }
        }
        return nil
    }

    private static func succeeded(_ step: StepRecord) -> Bool {
        if case .done = step.outcome { return true }
        return false
    }

    private static func expected(_ step: StepRecord) -> ImportReconciler.Expected? {
        guard let details = step.intent.details.flatMap({ try? JSONDocument($0).root }),
            let rows = details["rows"]?.int, let inContext = details["in_context"]?.int
        else { return nil }
        return ImportReconciler.Expected(rows: rows, inContext: inContext)
    }

    // MARK: One attempt

    private func upload() async throws -> TargetID<AgentKind>? {
        let attempt = try await context.ledger.journal.nextAttempt(context.run)
        let marker = context.marker(attempt)
        let written = try await spool(marker, attempt)
        defer { PrivateFile.remove(written.path) }
        let upload = ImportUpload(
            path: written.path, marker: marker, name: marker.description,
            overridesTools: false, model: context.model, embedding: context.embedding,
            secrets: context.secrets)
        let expected = ImportReconciler.Expected(rows: written.rows, inContext: written.contextIDs.count)
        context.progress(
            .note(
                "uploading \(written.rows.counted("message")) (\(written.bytes.grouped) bytes) to \(context.home.address)"
            ))
        do {
            try await context.ledger.perform(
                .importFile(upload), marker: marker, request: written.digest,
                expecting: [
                    ("name", .string(marker.description)), ("rows", .number("\(expected.rows)")),
                    ("in_context", .number("\(expected.inContext)")),
                ])
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            context.progress(
                .note("the answer to the upload was lost (\(failure.reason)); looking for what it made"))
        } catch let failure as Failure where failure.code == .importRefused || failure.code == .serverRefused
        {
            try await sweepAttempt(marker)
            guard Self.isCollision(failure) else { throw failure }
            context.progress(.note("the target's database refused for a moment; uploading again"))
            return nil
        }
        guard let step = try await agentSteps().last(where: { $0.intent.marker == marker }) else {
            return nil
        }
        return try await reconcile(step.id, marker, expected)
    }

    /// Two imports at once can stand in each other's way inside the server
    /// (seen on 0.16.8: 400 with Postgres' DeadlockDetectedError).
    private static func isCollision(_ failure: Failure) -> Bool {
        ["deadlock", "serialize access", "SerializationError"].contains { failure.reason.contains($0) }
            || failure.reason.contains("DeadlockDetected")
    }

    private func spool(_ marker: Marker, _ attempt: Int) async throws -> Spool.Written {
        var choices = AgentFileChoices(
            name: marker.description, markerTags: LoadContext.tags(of: marker), agentType: nil,
            model: context.model, embedding: context.embedding,
            toolKeys: context.abilities.toolKeys, secretNames: Set(context.secrets.keys))
        choices.blocksLeftOut = Set(context.attachedBlocks.keys)
        let spool = Spool(
            snapshot: context.snapshot, contents: context.contents, choices: choices,
            conversations: context.conversations)
        let path = "\(context.folder)/agent-\(attempt).af"
        PrivateFile.remove(path)
        try await context.ledger.journal.clearChanges(context.run)
        let written = try await spool.write(to: path) { changes in
            try await context.ledger.journal.announce(changes.map { RecordedChange($0) }, context.run)
        }
        try await context.ledger.journal.announce(written.changes.map { RecordedChange($0) }, context.run)
        return written
    }

    /// Looks until the attempt's agent is complete, or is given up.
    private func reconcile(
        _ step: StepID, _ marker: Marker, _ expected: ImportReconciler.Expected
    ) async throws -> TargetID<AgentKind>? {
        var reconciler = ImportReconciler(expected: expected, now: clock())
        while true {
            switch reconciler.on(try await look(for: marker), now: clock()) {
            case .adopt(let id):
                let details: JSONNode = ["agents": .array([.string(id)])]
                try await context.ledger.settleIfOpen(step, .done(details: details.bytes()))
                return TargetID(id)
            case .look(let pause):
                try await Task.sleep(for: .seconds(pause))
            case .abandon(let ids):
                context.progress(.note("attempt \(marker) is given up; removing what it left"))
                for id in ids { try await delete(TargetID(id)) }
                try await sweepAttempt(marker)
                try await context.ledger.settleIfOpen(
                    step, .abandoned(reason: "absent or half-made after the deadline"))
                return nil
            }
        }
    }

    private func look(for marker: Marker) async throws -> ImportReconciler.Event {
        let mine = try await context.found().filter {
            $0.kind == .agent && $0.marker == marker && !$0.isReader
        }
        var sightings: [ImportReconciler.Sighting] = []
        for found in mine {
            let id = TargetID<AgentKind>(found.id)
            let rows = try await context.home.counts(of: id).rows ?? -1
            let state = try await context.home.agent(id)
            sightings.append(
                ImportReconciler.Sighting(agentID: found.id, rows: rows, inContext: state.messageIDs.count))
        }
        guard let only = sightings.first else { return .absent }
        return sightings.count == 1 ? .seen(only) : .several(sightings)
    }

    // MARK: What other attempts left

    /// Agents first, then their blocks: of every attempt but the adopted one.
    func sweep(keeping agent: TargetID<AgentKind>) async throws {
        let kept = Set(try await context.home.blocks(of: agent).map(\.id.raw))
        let found = try await context.found()
        for one in found where one.kind == .agent && !one.isReader && one.id != agent.raw {
            context.progress(.note("removing what the attempt \(one.marker) left"))
            try await delete(TargetID(one.id))
        }
        for one in found where one.kind == .block && !kept.contains(one.id) {
            try await context.ledger.perform(.deleteBlock(TargetID(one.id)))
        }
    }

    private func sweepAttempt(_ marker: Marker) async throws {
        let found = try await context.found().filter { $0.marker == marker }
        for one in found where one.kind == .agent && !one.isReader { try await delete(TargetID(one.id)) }
        for one in found where one.kind == .block {
            try await context.ledger.perform(.deleteBlock(TargetID(one.id)))
        }
    }

    private func delete(_ agent: TargetID<AgentKind>) async throws {
        do {
            try await context.ledger.perform(.deleteAgent(agent))
        } catch let failure as Failure where failure.code == .agentUnknown {
            return
        }
    }
}
