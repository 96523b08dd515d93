import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// The archive and its passages. What is sent is always the difference
/// between what the snapshot holds and what the target returns, so a lost
/// answer costs a look and never a duplicate.
struct PassageLoader {
    let context: LoadContext
    let agent: TargetID<AgentKind>
    /// Seconds on a steady clock.
    let clock: @Sendable () -> Double
    /// What was sent while the source was still being read.
    var head: HeadStart.Result?

    private static let maximumRounds = 5

    /// - Returns: the archive that this run made; nil where there are no
    ///   passages, and where they are in an archive of other agents.
    func run() async throws -> TargetID<ArchiveKind>? {
        let ahead = try await takenOver()
        guard context.contents.passageCount > 0 else { return nil }
        if let copy = context.attachedArchive {
            try await AgentArchive(context: context, agent: agent).share(copy)
            return nil
        }
        var (archive, ledger) = try await begin(ahead)
        for round in 1... {
            if ledger.isSettled { return archive }
            guard round <= Self.maximumRounds else { break }
            let isCertain = try await send(ledger, to: archive)
            if isCertain { return archive }
            ledger = try await missing()
        }
        throw Failure(
            .loadIncomplete, subject: "passages", reason: "answers were lost \(Self.maximumRounds) times",
            remedy: "ferry resume \(context.run)", end: .target)
    }

    private func begin(
        _ ahead: (TargetID<ArchiveKind>, PassageLedger)?
    ) async throws -> (TargetID<ArchiveKind>, PassageLedger) {
        if let (archive, rest) = ahead {
            try await AgentArchive(context: context, agent: agent).take(archive)
            return (archive, rest)
        }
        let (archive, isNew) = try await AgentArchive(context: context, agent: agent).archive()
        return (archive, isNew ? try await wanted() : try await missing())
    }

    /// The archive of the head start, with what it lacks yet; nil where there
    /// is none, or where it holds something that the snapshot does not: that
    /// one is removed.
    private func takenOver() async throws -> (TargetID<ArchiveKind>, PassageLedger)? {
        guard let head else { return nil }
        if let archive = head.archive, head.isCertain, context.attachedArchive == nil,
            context.contents.passageCount > 0,
            let rest = try await wanted().less(head.sent)
        {
            try await HeadStart.seal(context.ledger)
            return (archive, rest)
        }
        try await HeadStart.withdraw(context.ledger)
        return nil
    }

    // MARK: What is missing

    /// The route for one passage takes no metadata.
    private func form(_ json: VerbatimJSON) throws -> PassageForm {
        try PassageForm(json, hasMetadata: context.abilities.insertsPassagesInBatches)
    }

    private func wanted() async throws -> PassageLedger {
        try await PassageLedger(
            of: context.snapshot, hasMetadata: context.abilities.insertsPassagesInBatches)
    }

    /// Passages that are there already. A copy that a lost answer brought
    /// twice is removed; a passage that this run never sent is not its own.
    private func subtractPresent(from ledger: inout PassageLedger) async throws {
        for try await batch in context.home.passages(of: agent, route: .listing) {
            for passage in batch { ledger.found(try form(passage.json).digest, id: passage.id.raw) }
        }
        for id in ledger.surplus {
            try await context.ledger.perform(.deletePassage(TargetID(id), of: agent))
        }
        ledger.surplusRemoved()
    }

    /// What the target does not have yet. Where the outcome of a batch is not
    /// known, it may still be on its way: then the count is watched first.
    private func missing() async throws -> PassageLedger {
        let open = try await openSteps()
        if !open.isEmpty { try await waitForStillness() }
        var ledger = try await wanted()
        try await subtractPresent(from: &ledger)
        for step in open {
            try await context.ledger.settleIfOpen(step.id, .abandoned(reason: "what it lacked is sent anew"))
        }
        return ledger
    }

    private func openSteps() async throws -> [StepRecord] {
        try await context.ledger.openSteps("insert-passages") + context.ledger.openSteps("insert-passage")
    }

    private func waitForStillness() async throws {
        context.progress(.note("passages may still be on their way; waiting until their number stands still"))
        var watch = PassageWatch(expected: context.contents.passageCount, now: clock())
        while case .look(let pause) = watch.on(
            try await context.home.counts(of: agent).passages, now: clock())
        {
            try await Task.sleep(for: .seconds(pause))
        }
    }

    // MARK: Sending

    /// - Returns: false when the outcome of a batch is unknown.
    private func send(_ wanted: PassageLedger, to archive: TargetID<ArchiveKind>) async throws -> Bool {
        var ledger = wanted
        let sender = PassageSender(
            ledger: context.ledger,
            destination: context.abilities.insertsPassagesInBatches ? .archive(archive) : .agent(agent),
            progress: context.progress, clock: clock)
        return try await withThrowingTaskGroup(of: PassageSender.Sent.self) { group in
            var batcher = PassageBatcher(
                context.abilities.insertsPassagesInBatches ? PassagePace() : PassagePace(most: 1))
            var running = 0
            var isCertain = true
            var inserted = 0
            func settle(_ sent: PassageSender.Sent) {
                batcher.took(sent)
                isCertain = isCertain && sent.inserted != nil
                inserted += sent.inserted ?? 0
                context.progress(.counted("passages inserted", done: inserted, total: wanted.missingCount))
            }
            func start(_ batch: [PassageDraft]) async throws {
                if running >= PassageSender.width, let done = try await group.next() {
                    settle(done)
                    running -= 1
                }
                guard isCertain else { return }
                running += 1
                group.addTask { try await sender.send(batch) }
            }
            for try await stored in context.snapshot.passageBatches() {
                for one in stored {
                    let form = try form(one.passage.json)
                    guard ledger.take(form.digest) else { continue }
                    if let full = batcher.add(form.draft) { try await start(full) }
                }
            }
            if let rest = batcher.finish() { try await start(rest) }
            for try await done in group { settle(done) }
            return isCertain
        }
    }
}
