import Home
import Journal
import LettaModel

/// The archive that passages go into, under the run's marker.
struct ArchiveMaker {
    let ledger: Ledger<TargetSide>
    let embedding: String?

    /// **Errors**: `outcome-unknown` where no answer came and no archive
    /// appeared; its step stays open, for it may still come.
    func make() async throws -> TargetID<ArchiveKind> {
        let marker = Marker(
            run: ledger.run.description, attempt: try await ledger.journal.nextAttempt(ledger.run))
        let step = Step<TargetSide>.createArchive(
            marker, description: "being filled by ferry", embedding: embedding)
        do {
            guard case .archive(let id) = try await ledger.perform(step, marker: marker) else {
                throw Failure(
                    .answerNotUnderstood, subject: "archive", reason: "the target named none",
                    remedy: "ferry resume \(ledger.run)", end: .target)
            }
            return id
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            return try await appeared(marker, after: failure)
        }
    }

    private func appeared(_ marker: Marker, after failure: Failure) async throws -> TargetID<ArchiveKind> {
        for pause in [0.5, 1, 2, 4] {
            try await Task.sleep(for: .seconds(pause))
            let found = try await ledger.home.find(run: ledger.run.description)
                .first { $0.kind == .archive && $0.marker == marker }
            if let found { return TargetID(found.id) }
        }
        throw failure
    }
}
