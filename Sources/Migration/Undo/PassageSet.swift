import Hashing
import Home
import LettaModel
import Snapshot

/// One digest for all passages of an archive, whatever order they come in.
///
/// **Bounds**: 32 bytes a passage.
enum PassageSet {
    /// What the snapshot holds, in the form in which the target recognises it.
    static func digest(of snapshot: AgentSnapshot, hasMetadata: Bool) async throws -> ContentDigest {
        var all: [ContentDigest] = []
        for try await batch in snapshot.passageBatches() {
            for one in batch {
                all.append(try PassageForm(one.passage.json, hasMetadata: hasMetadata).digest)
            }
        }
        return digest(of: all)
    }

    /// What the target returns now.
    static func digest(of agent: TargetID<AgentKind>, _ home: any Home<TargetSide>) async throws
        -> ContentDigest
    {
        let hasMetadata = try await home.abilities().insertsPassagesInBatches
        var all: [ContentDigest] = []
        for try await batch in home.passages(of: agent, route: .listing) {
            for one in batch { all.append(try PassageForm(one.json, hasMetadata: hasMetadata).digest) }
        }
        return digest(of: all)
    }

    private static func digest(of all: [ContentDigest]) -> ContentDigest {
        let sorted = all.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) }
        return ContentDigest.ofBytes(sorted.flatMap { $0 })
    }
}
