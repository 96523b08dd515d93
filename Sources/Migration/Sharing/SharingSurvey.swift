import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Verify

/// Which of an agent's blocks, and whether its archive, earlier runs brought
/// to the target for agents that share them. Reads only.
///
/// The journal's id map says what a run made; a run counts when it ended
/// right and was not undone, and an agent when it still has the thing.
///
/// **Bounds**: the mappings of one run at a time, and one block.
struct SharingSurvey {
    let journal: RunJournal
    let home: any Home<TargetSide>
    /// As in `IDMapping`.
    let sourceServer: String
    /// The agent that moves, at the source.
    let agent: String
    /// The run that moves it.
    let run: RunID?
    private var movers: [RunID: Mover] = [:]

    /// How much is known of the agent's passages at the source.
    enum Passages {
        case count(Int)
        case contents(() async throws -> PassageLedger)
    }

    /// An agent that a run brought.
    private struct Mover {
        let sourceID: String
        let targetID: String
    }

    private struct Known {
        let mapping: IDMapping
        let mover: Mover
    }

    init(
        journal: RunJournal, home: any Home<TargetSide>, sourceServer: String, agent: String, run: RunID?
    ) {
        self.journal = journal
        self.home = home
        self.sourceServer = sourceServer
        self.agent = agent
        self.run = run
    }

    mutating func copies(of source: SourceInventory, _ passages: Passages) async throws -> [SharedCopy] {
        // An end of the run that is looked at again compares by itself.
        let own = try await finishedOwn()
        var copies: [SharedCopy] = []
        for block in source.blocks where !block.id.isEmpty {
            if let copy = try await copy(of: block, own) { copies.append(copy) }
        }
        // One that is empty is not made on the target, so nobody has it there.
        for sharing in source.surroundings.compactMap(Sharing.init)
        where sharing.kind == .archive && source.passages.count > 0 {
            if let copy = try await copy(of: sharing, passages, own) { copies.append(copy) }
        }
        return copies
    }

    // MARK: What the journal knows

    private func finishedOwn() async throws -> Set<String> {
        guard let run, try await journal.run(run.description).status.isRight else { return [] }
        return Set(try await journal.mappings(of: run).map(\.targetID))
    }

    private mutating func known(_ kind: String, _ sourceID: String) async throws -> [Known] {
        var known: [Known] = []
        let mappings = try await journal.find(
            kind: kind, sourceServer: sourceServer, sourceID: sourceID, targetServer: home.address.url)
        for mapping in mappings {
            if let mover = try await mover(of: mapping.run) {
                known.append(Known(mapping: mapping, mover: mover))
            }
        }
        return known
    }

    /// Nil for a run that did not end right.
    private mutating func mover(of other: RunID) async throws -> Mover? {
        if let known = movers[other] { return known }
        guard other != run, let record = try? await journal.run(other.description), record.status.isRight,
            let mapping = try await journal.mappings(of: other).last(where: { $0.kind == AgentKind.name })
        else { return nil }
        let mover = Mover(sourceID: mapping.sourceID, targetID: mapping.targetID)
        movers[other] = mover
        return mover
    }

    // MARK: Blocks

    private mutating func copy(of block: BlockFacts, _ own: Set<String>) async throws -> SharedCopy? {
        let made = try await known(BlockKind.name, block.id)
        let known = try await made + known(SharedMapping.block, block.id)
        var other: SharedCopy?
        for id in Self.unique(known) {
            guard let observed = try await home.observeBlock(TargetID(id)) else { continue }
            let holders = try await holders(
                of: .block(TargetID(id)), known.filter { $0.mapping.targetID == id })
            guard !holders.isEmpty else { continue }
            let expected = KeyedComparison.blocks(expecting: [KeyedItem(key: block.label, json: block.json)])
            let result = expected.compare(observed.map { [$0] })
            let differs = own.contains(id) ? nil : result.differences.first?.what
            let copy = SharedCopy(
                kind: .block, sourceID: block.id, name: block.label, targetID: id,
                run: Self.maker(of: id, made, known), holders: holders,
                state: differs.map { .differs($0) } ?? .same)
            if copy.isAttached { return copy }
            other = other ?? copy
        }
        return other
    }

    // MARK: The archive

    /// A run maps the archive that it made by its agent.
    private mutating func copy(
        of sharing: Sharing, _ passages: Passages, _ own: Set<String>
    ) async throws -> SharedCopy? {
        let abilities = try await home.abilities()
        guard abilities.attachesArchives, abilities.insertsPassagesInBatches else { return nil }
        var made: [Known] = []
        for id in sharing.agents.map(\.id) + [agent] {
            made += try await known(ArchiveKind.name, id).filter { $0.mover.sourceID == id }
        }
        let known = try await made + known(SharedMapping.archive, sharing.id)
        var other: SharedCopy?
        for id in Self.unique(known) {
            let holders = try await holders(
                of: .archive(TargetID(id)), known.filter { $0.mapping.targetID == id })
            guard let holder = holders.first else { continue }
            let state = own.contains(id) ? .same : try await state(of: TargetID(holder.id), passages)
            let copy = SharedCopy(
                kind: .archive, sourceID: sharing.id, name: sharing.name, targetID: id,
                run: Self.maker(of: id, made, known), holders: holders, state: state)
            if copy.isAttached { return copy }
            other = other ?? copy
        }
        return other
    }

    /// Read through an agent that has it: an archive has no listing of its own.
    private func state(
        of holder: TargetID<AgentKind>, _ passages: Passages
    ) async throws -> SharedCopy.State {
        switch passages {
        case .count(let wanted):
            guard let found = try await home.counts(of: holder).passages, found != wanted else {
                return .counted
            }
            return Self.differs(found, wanted)
        case .contents(let wanted):
            if try await hasBegunItsOwn() { return .differs("this run has begun an archive of its own") }
            var ledger = try await wanted()
            let count = ledger.missingCount
            if let found = try await home.counts(of: holder).passages, found != count {
                return Self.differs(found, count)
            }
            for try await batch in home.passages(of: holder, route: .listing) {
                for passage in batch {
                    ledger.found(try PassageForm(passage.json).digest, id: passage.id.raw)
                }
            }
            let more = ledger.strangers + ledger.surplus.count
            guard ledger.missingCount + more > 0 else { return .same }
            return .differs(
                "it lacks \(ledger.missingCount.counted("passage")) of the source's, and has "
                    + "\(more.grouped) that the source's does not have")
        }
    }

    private static func differs(_ found: Int, _ wanted: Int) -> SharedCopy.State {
        .differs("it holds \(found.counted("passage")), the source's \(wanted.grouped)")
    }

    private func hasBegunItsOwn() async throws -> Bool {
        guard let run else { return false }
        return try await journal.mappings(of: run).contains { $0.kind == ArchiveKind.name }
    }

    // MARK: Who has it there

    /// Those of the agents that were moved which still have it; where the
    /// server cannot tell, those that were given it. None where an earlier copy
    /// of this very agent has it: the second of them would write to what the
    /// first one lives on.
    private func holders(
        of thing: SharedThing<TargetSide>, _ known: [Known]
    ) async throws -> [SharedCopy.Holder] {
        let users: [AgentSummary<TargetSide>]?
        do {
            users = try await home.users(of: thing)
        } catch let failure as Failure where failure.code == .serverRefused && failure.reason.contains("404")
        {
            return []
        }
        let earlier = try await earlierCopies()
        guard users?.contains(where: { earlier.contains($0.id.raw) }) != true else { return [] }
        var holders: [SharedCopy.Holder] = []
        for mover in known.map(\.mover) where !holders.contains(where: { $0.id == mover.targetID }) {
            let name: String?
            if let users {
                name = users.first { $0.id.raw == mover.targetID }?.name
            } else {
                name = try await nameOf(TargetID(mover.targetID))
            }
            guard let name else { continue }
            holders.append(.init(sourceID: mover.sourceID, id: mover.targetID, name: name))
        }
        return holders.contains { $0.sourceID == agent } ? [] : holders
    }

    /// Target ids of this very agent by other runs, whatever became of those:
    /// the id map outlives a run that was removed.
    private func earlierCopies() async throws -> Set<String> {
        let mappings = try await journal.find(
            kind: AgentKind.name, sourceServer: sourceServer, sourceID: agent,
            targetServer: home.address.url)
        let mine = Set(mappings.filter { $0.run == run }.map(\.targetID))
        return Set(mappings.map(\.targetID)).subtracting(mine)
    }

    private func nameOf(_ agent: TargetID<AgentKind>) async throws -> String? {
        do {
            return try await home.agent(agent).name
        } catch let failure as Failure where failure.code == .agentUnknown {
            return nil
        }
    }

    /// The run that made it; where that one was undone, one that has it.
    private static func maker(of id: String, _ made: [Known], _ known: [Known]) -> String {
        (made + known).first { $0.mapping.targetID == id }?.mapping.run.description ?? ""
    }

    private static func unique(_ known: [Known]) -> [String] {
        var seen: Set<String> = []
        return known.map(\.mapping.targetID).filter { seen.insert($0).inserted }
    }
}

extension RunStatus {
    /// It compared what it had brought, and found it right.
    fileprivate var isRight: Bool { self == .verified || self == .verifiedWithChanges }
}

extension Origin {
    /// As the id map names it; nil for an agent file, whose ids are not a server's.
    var serverURL: String? {
        switch self {
        case .server(let server): server.url
        case .snapshot(_, let server): server?.url
        case .agentFile: nil
        }
    }
}
