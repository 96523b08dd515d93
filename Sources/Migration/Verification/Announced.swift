import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan

/// Which differences a comparison may count as announced.
///
/// A plan that is made anew sees the target as it is now, so it would announce
/// whatever became of it since. Only what the run itself wrote down before its
/// first write counts.
struct Announced {
    let journal: RunJournal
    /// Nil where no run announced anything.
    let run: RunID?

    static let look = "found-identity"

    /// Once a run, before its first write: what the identities that are used
    /// as they are say now.
    func note(_ mappings: [Mapping]) async throws {
        guard let run else { return }
        let steps = try await journal.steps(run)
        let isBegun = steps.contains {
            [Ledger<TargetSide>.kind(Self.look), Ledger<TargetSide>.kind("import-file")]
                .contains($0.intent.kind)
        }
        guard !isBegun else { return }
        for mapping in mappings {
            guard let (key, digest) = Self.identity(mapping) else { continue }
            let details: JSONNode = ["key": .string(key), "digest": .string(digest)]
            let id = try await journal.intend(
                run, StepIntent(kind: Ledger<TargetSide>.kind(Self.look), details: details.bytes()))
            try await journal.settle(id, .done(details: nil))
        }
    }

    /// Without what came later, and without tools that the run itself made:
    /// those are the source's, and nothing was kept.
    func of(_ mappings: [Mapping]) async throws -> [Mapping] {
        guard let run else { return mappings.filter { Self.identity($0) == nil } }
        let known = try await noted(run)
        let own = Set(
            try await journal.mappings(of: run).filter { $0.kind == ToolKind.name }.map(\.sourceID))
        return mappings.filter { mapping in
            if case .tool(let name) = mapping.item { return !own.contains(name) }
            guard let (key, digest) = Self.identity(mapping) else { return true }
            return known[key] == digest
        }
    }

    private func noted(_ run: RunID) async throws -> [String: String] {
        var known: [String: String] = [:]
        for step in try await journal.steps(run) where step.intent.kind == Ledger<TargetSide>.kind(Self.look)
        {
            guard let root = step.intent.details.flatMap({ try? JSONDocument($0).root }),
                let key = root["key"]?.string
            else { continue }
            known[key] = root["digest"]?.string
        }
        return known
    }

    private static func identity(_ mapping: Mapping) -> (key: String, digest: String)? {
        guard case .identity(let key) = mapping.item, case .json(let body) = mapping.after,
            let facts = IdentityFacts(body)
        else { return nil }
        return (key, ContentDigest.ofBytes(facts.content).description)
    }
}
