import LettaModel
import Snapshot

/// Which passages are still to be sent: the wanted multiset less what is
/// there. Two passages may be equal in everything; each copy counts.
///
/// **Bounds**: 40 bytes a passage.
struct PassageLedger {
    private var missing: [ContentDigest: Int] = [:]
    private var known: Set<ContentDigest> = []
    /// Ids of copies that are there once too often, in the order seen.
    private(set) var surplus: [String] = []
    /// Passages that this run never sent: somebody else's, and left alone.
    private(set) var strangers = 0

    init() {}

    /// All that a snapshot holds.
    init(of snapshot: AgentSnapshot, hasMetadata: Bool = true) async throws {
        for try await batch in snapshot.passageBatches() {
            for stored in batch {
                want(try PassageForm(stored.passage.json, hasMetadata: hasMetadata).digest)
            }
        }
    }

    mutating func want(_ digest: ContentDigest) {
        missing[digest, default: 0] += 1
        known.insert(digest)
    }

    mutating func found(_ digest: ContentDigest, id: String) {
        guard let count = missing[digest] else {
            if known.contains(digest) { surplus.append(id) } else { strangers += 1 }
            return
        }
        missing[digest] = count == 1 ? nil : count - 1
    }

    /// The surplus was deleted.
    mutating func surplusRemoved() {
        surplus = []
    }

    /// What is still missing when all of `other` is there; nil where `other`
    /// has something that is not wanted.
    func less(_ other: PassageLedger) -> PassageLedger? {
        var rest = self
        for (digest, count) in other.missing {
            guard let wanted = rest.missing[digest], wanted >= count else { return nil }
            rest.missing[digest] = wanted == count ? nil : wanted - count
        }
        return rest
    }

    var isSettled: Bool { missing.isEmpty && surplus.isEmpty }
    var missingCount: Int { missing.values.reduce(0, +) }

    /// Whether this one is still to be sent; asked once for each copy.
    mutating func take(_ digest: ContentDigest) -> Bool {
        guard let count = missing[digest] else { return false }
        missing[digest] = count == 1 ? nil : count - 1
        return true
    }
}
