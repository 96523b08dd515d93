import Home
import Journal
import LettaModel
import LosslessJSON
import Snapshot

/// What a run gave its agent of other agents' things. Such a mapping has a
/// kind of its own, since the run did not make what it stands for: an undo
/// leaves it, and a verification looks for it by id.
enum SharedMapping {
    static let block = "shared-block"
    static let archive = "shared-archive"

    static func isOne(_ mapping: IDMapping) -> Bool { [block, archive].contains(mapping.kind) }

    /// In the intent of a step that attaches what the run did not make.
    static let mark: (String, JSONNode) = ("shared", true)

    /// Ids of what the run attached, or may have, and did not make.
    static func attached(by step: String, _ ledger: Ledger<TargetSide>) async throws -> Set<String> {
        let details = try await ledger.steps(step).compactMap { $0.intent.details }
        return Set(
            details.compactMap { details in
                guard let root = try? JSONDocument(details).root, root[mark.0]?.bool == true else {
                    return nil
                }
                return root["id"]?.string
            })
    }
}

extension LoadContext {
    /// What an earlier try of the run gave in its place is not looked for any
    /// more.
    func share(_ kind: String, _ sourceID: String, _ targetID: String) async throws {
        try await forget(kind, sourceID, besides: targetID)
        try await ledger.journal.map([
            IDMapping(
                kind: kind, sourceServer: contents.origin.serverURL, sourceID: sourceID,
                targetServer: home.address.url, targetID: targetID, run: run)
        ])
    }

    /// - Parameter sourceID: nil for all of the kind.
    func forget(_ kind: String, _ sourceID: String? = nil, besides kept: String? = nil) async throws {
        for mapping in try await ledger.journal.mappings(of: run)
        where mapping.kind == kind && mapping.targetID != kept
            && (sourceID == nil || mapping.sourceID == sourceID)
        {
            try await ledger.journal.forget(kind, mapping.targetID, of: run)
        }
    }
}
