import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// Adds the passages that an agent lacks, item by item by their content, and
/// keeps the ids of what it added: an undo takes exactly those away.
///
/// **Bounds**: about 100 bytes a passage.
struct PassageRepair {
    let context: LoadContext
    let agent: TargetID<AgentKind>
    /// Seconds on a steady clock.
    let clock: @Sendable () -> Double

    private static let maximumRounds = 5
    private static let samples = 3

    /// What the agent lacks now.
    struct Survey {
        fileprivate(set) var missing = PassageLedger()
        /// Ids of the agent's copies of what the file holds.
        fileprivate(set) var there: [ContentDigest: [String]] = [:]
        /// The beginnings of some that are missing.
        fileprivate(set) var samples: [String] = []

        var count: Int { missing.missingCount }
    }

    /// The route for one passage takes no metadata.
    private func form(_ json: VerbatimJSON) throws -> PassageForm {
        try PassageForm(json, hasMetadata: context.abilities.insertsPassagesInBatches)
    }

    func survey() async throws -> Survey {
        var survey = Survey()
        var wanted: Set<ContentDigest> = []
        for try await batch in context.snapshot.passageBatches() {
            for stored in batch {
                let digest = try form(stored.passage.json).digest
                survey.missing.want(digest)
                wanted.insert(digest)
            }
        }
        guard !wanted.isEmpty else { return survey }
        for try await batch in context.home.passages(of: agent, route: .listing) {
            for passage in batch {
                let digest = try form(passage.json).digest
                guard wanted.contains(digest) else { continue }
                survey.missing.found(digest, id: passage.id.raw)
                survey.there[digest, default: []].append(passage.id.raw)
            }
        }
        survey.samples = try await samples(of: survey.missing)
        return survey
    }

    private func samples(of missing: PassageLedger) async throws -> [String] {
        var ledger = missing
        var samples: [String] = []
        guard ledger.missingCount > 0 else { return [] }
        for try await batch in context.snapshot.passageBatches() {
            for stored in batch {
                let form = try form(stored.passage.json)
                guard ledger.take(form.digest) else { continue }
                samples.append("\(form.createdAt) \(String(form.text.prefix(60)))")
                if samples.count == Self.samples { return samples }
            }
        }
        return samples
    }

    // MARK: Adding

    /// Adds until nothing is missing. What a lost answer may have brought is
    /// looked for before more is sent.
    func run() async throws {
        for _ in 0..<Self.maximumRounds {
            try await PassageSteps(ledger: context.ledger, agent: agent, clock: clock)
                .settleOpen(context.progress) { try form($0).digest }
            let survey = try await survey()
            if survey.count == 0 { return }
            let archive = try await archive()
            if try await send(survey, to: archive) { return }
        }
        throw Failure(
            .loadIncomplete, subject: "passages", reason: "answers were lost \(Self.maximumRounds) times",
            remedy: "ferry resume \(context.run)", end: .target)
    }

    /// The agent's own; else one that the run makes. Nil where the server
    /// makes it with the first passage.
    private func archive() async throws -> TargetID<ArchiveKind>? {
        guard context.abilities.insertsPassagesInBatches else { return nil }
        let isOwn = try await context.found().contains { $0.kind == .archive }
        let mapped = try await context.ledger.journal.mappings(of: context.run)
        if !isOwn, !mapped.contains(where: { $0.kind == ArchiveKind.name }),
            let there = try await context.home.archives(of: agent).first
        {
            return there
        }
        return try await AgentArchive(context: context, agent: agent).archive().0
    }

    /// - Returns: false where the outcome of a batch is not known.
    private func send(_ survey: Survey, to archive: TargetID<ArchiveKind>?) async throws -> Bool {
        var ledger = survey.missing
        var batcher = PassageBatcher(archive == nil ? PassagePace(most: 1) : PassagePace(first: 100))
        var inserted = 0
        func add(_ batch: [PassageDraft]) async throws -> Bool {
            guard try await insert(batch, into: archive, survey) else { return false }
            inserted += batch.count
            context.progress(.counted("passages inserted", done: inserted, total: survey.count))
            return true
        }
        for try await stored in context.snapshot.passageBatches() {
            for one in stored {
                let form = try form(one.passage.json)
                guard ledger.take(form.digest), let full = batcher.add(form.draft) else { continue }
                guard try await add(full) else { return false }
            }
        }
        guard let rest = batcher.finish() else { return true }
        return try await add(rest)
    }

    private func insert(
        _ batch: [PassageDraft], into archive: TargetID<ArchiveKind>?, _ survey: Survey
    ) async throws -> Bool {
        let digests = try batch.map { try form($0.json).digest }
        let there = Set(digests).flatMap { survey.there[$0] ?? [] }
        let step: Step<TargetSide>
        if let archive {
            step = .insertPassages(batch, into: archive)
        } else if let only = batch.first {
            step = .insertPassage(only, to: agent)
        } else {
            return true
        }
        do {
            try await context.ledger.perform(
                step, request: ContentDigest.ofBytes(batch.flatMap(\.json)),
                expecting: PassageSteps.expecting(digests, there: there), keepsIDs: true)
            return true
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            context.progress(
                .note(
                    "the answer to a batch of passages was lost (\(failure.reason)); looking before sending more"
                ))
            return false
        }
    }
}

/// The steps of a run that inserted passages, with the ids that they made.
struct PassageSteps {
    let ledger: Ledger<TargetSide>
    let agent: TargetID<AgentKind>
    let clock: @Sendable () -> Double

    private static let kinds = ["insert-passages", "insert-passage"]

    /// - Parameter there: ids of the agent's copies of the same content.
    static func expecting(_ digests: [ContentDigest], there: [String]) -> [(String, JSONNode)] {
        [
            ("digests", .array(digests.map { .string($0.description) })),
            ("there", .array(there.map { .string($0) })),
        ]
    }

    /// Ids of everything that the run inserted, as far as it is known.
    func inserted() async throws -> Set<String> {
        var ids: Set<String> = []
        for kind in Self.kinds {
            for step in try await ledger.steps(kind) { ids.formUnion(Self.ids(of: step)) }
        }
        return ids
    }

    private static func ids(of step: StepRecord) -> [String] {
        guard case .done(let details?) = step.outcome else { return [] }
        return (try? JSONDocument(details))?.root["passages"]?.elements.compactMap(\.string) ?? []
    }

    /// Whether the outcome of a batch is not known.
    func areOpen() async throws -> Bool {
        for kind in Self.kinds {
            if try await !ledger.openSteps(kind).isEmpty { return true }
        }
        return false
    }

    /// What a batch of unknown outcome made is found by its content, less
    /// what was there before and what other batches made.
    ///
    /// - Parameter digest: of a passage as the agent returns it.
    func settleOpen(
        _ progress: ProgressSink, _ digest: (VerbatimJSON) throws -> ContentDigest
    ) async throws {
        var open: [StepRecord] = []
        for kind in Self.kinds { open += try await ledger.openSteps(kind) }
        guard !open.isEmpty else { return }
        progress(.note("passages may still be on their way; waiting until their number stands still"))
        try await waitForStillness()
        var found: [ContentDigest: [String]] = [:]
        let wanted = Set(open.flatMap { Self.list($0, "digests") })
        for try await batch in ledger.home.passages(of: agent, route: .listing) {
            for passage in batch {
                let digest = try digest(passage.json)
                if wanted.contains(digest.description) { found[digest, default: []].append(passage.id.raw) }
            }
        }
        try await settle(open, found)
    }

    private func settle(_ open: [StepRecord], _ found: [ContentDigest: [String]]) async throws {
        var taken = try await inserted()
        for step in open {
            let before = Set(Self.list(step, "there"))
            var made: [String] = []
            for text in Self.list(step, "digests") {
                guard let digest = ContentDigest(hex: text),
                    let id = found[digest]?.first(where: { !before.contains($0) && !taken.contains($0) })
                else { continue }
                taken.insert(id)
                made.append(id)
            }
            let details: JSONNode = ["passages": .array(made.map { .string($0) })]
            try await ledger.settleIfOpen(
                step.id,
                made.isEmpty ? .abandoned(reason: "nothing of it is there") : .done(details: details.bytes()))
        }
    }

    private func waitForStillness() async throws {
        var watch = PassageWatch(expected: -1, now: clock())
        while case .look(let pause) = watch.on(
            try await ledger.home.counts(of: agent).passages, now: clock())
        {
            try await Task.sleep(for: .seconds(pause))
        }
    }

    private static func list(_ step: StepRecord, _ key: String) -> [String] {
        step.intent.details.flatMap { try? JSONDocument($0).root[key]?.elements.compactMap(\.string) } ?? []
    }
}
