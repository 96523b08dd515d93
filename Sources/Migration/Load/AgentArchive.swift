import Home
import Journal
import LettaModel
import Plan
import Snapshot

/// The archive that a run makes for an agent: one, whatever answers are lost.
struct AgentArchive {
    let context: LoadContext
    let agent: TargetID<AgentKind>

    /// - Returns: with whether nothing can be in it yet.
    func archive() async throws -> (TargetID<ArchiveKind>, isNew: Bool) {
        try await context.forget(SharedMapping.archive)
        try await giveBack()
        let mapped = try await context.ledger.journal.mappings(of: context.run)
        if let known = mapped.last(where: { $0.kind == ArchiveKind.name }) {
            return (TargetID(known.targetID), false)
        }
        let there = try await attachFound()
        let archive = if let there { there } else { try await attachNew() }
        try await map(archive)
        return (archive, there == nil)
    }

    /// The archive that other agents have, with all that is in it.
    func share(_ copy: SharedCopy) async throws {
        let archive = TargetID<ArchiveKind>(copy.targetID)
        try await giveBack(besides: archive)
        if try await !context.home.archives(of: agent).contains(archive) {
            context.progress(.note("archive \(copy.name): attaching that of \(copy.names)"))
            try await context.ledger.perform(
                .attachArchive(archive, to: agent), expecting: [SharedMapping.mark])
        }
        try await context.share(SharedMapping.archive, copy.sourceID, copy.targetID)
    }

    /// One that was attached when it held the source's passages, and does not
    /// any more: an agent has one archive.
    private func giveBack(besides kept: TargetID<ArchiveKind>? = nil) async throws {
        let foreign = try await SharedMapping.attached(by: "attach-archive", context.ledger)
        guard !foreign.isEmpty else { return }
        for archive in try await context.home.archives(of: agent)
        where foreign.contains(archive.raw) && archive != kept {
            context.progress(
                .note("the shared archive, \(archive), was changed, or its agents are gone; it comes off"))
            try await context.ledger.perform(.detachArchive(archive, from: agent))
        }
    }

    /// The archive that the run made before there was an agent.
    func take(_ archive: TargetID<ArchiveKind>) async throws {
        try await context.ledger.perform(.attachArchive(archive, to: agent))
        try await map(archive)
    }

    private func map(_ archive: TargetID<ArchiveKind>) async throws {
        try await context.ledger.journal.map([
            .init(
                kind: ArchiveKind.name, sourceServer: context.contents.origin.serverURL,
                sourceID: context.contents.origin.agentID.raw, targetServer: context.home.address.url,
                targetID: archive.raw, run: context.run)
        ])
    }

    /// The archive of an attempt whose answer was lost: it may still be under
    /// way at the server. Of several, the one that is attached already takes
    /// no other beside it.
    private func attachFound() async throws -> TargetID<ArchiveKind>? {
        let open = try await context.ledger.openSteps("create-archive")
        for pause in [0] + (open.isEmpty ? [] : [0.5, 1, 2]) {
            try await Task.sleep(for: .seconds(pause))
            for found in try await context.found() where found.kind == .archive {
                if try await isAttached(TargetID(found.id)) { return TargetID(found.id) }
            }
        }
        for step in open {
            try await context.ledger.journal.settle(step.id, .abandoned(reason: "no archive appeared"))
        }
        return nil
    }

    private func isAttached(_ archive: TargetID<ArchiveKind>) async throws -> Bool {
        do {
            try await context.ledger.perform(.attachArchive(archive, to: agent))
            return true
        } catch let failure as Failure where failure.code == .serverRefused {
            return false
        }
    }

    private func attachNew() async throws -> TargetID<ArchiveKind> {
        let maker = ArchiveMaker(ledger: context.ledger, embedding: context.archiveEmbedding)
        let archive = try await maker.make()
        try await context.ledger.perform(.attachArchive(archive, to: agent))
        return archive
    }
}
