import Journal
import LettaModel
import Snapshot

/// What of other agents' the agent has to have, by id.
struct ExpectedSharing: Sendable {
    /// Ids by label.
    var blocks: [String: String] = [:]
    var archive: String?

    init() {}

    /// - Parameter run: the run that gave it; nil where there was none.
    init(_ journal: RunJournal, _ run: RunID?, _ contents: SnapshotContents) async throws {
        guard let run else { return }
        let mappings = try await journal.mappings(of: run)
        for stored in contents.blocks {
            blocks[stored.document.name] =
                mappings.last {
                    $0.kind == SharedMapping.block && $0.sourceID == stored.document.key
                }?.targetID
        }
        archive = mappings.last { $0.kind == SharedMapping.archive }?.targetID
    }
}
