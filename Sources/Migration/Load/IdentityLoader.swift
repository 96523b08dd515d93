import Hashing
import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// The identities of the agent: found on the target by their key, else made
/// there, and attached together.
///
/// One that the target has already is never changed; where it says something
/// else the plan has named it as a loss.
struct IdentityLoader {
    let context: LoadContext
    let agent: TargetID<AgentKind>

    static let create = "create-identity"

    func run() async throws {
        let wanted = context.contents.surroundings.identities.filter { !$0.isCut }
        var there: [(wanted: IdentityFacts, id: TargetID<IdentityKind>)] = []
        for one in wanted {
            if let id = try await present(one) { there.append((one, id)) }
        }
        let made = Self.made(try await context.ledger.steps(Self.create)).ids
        for one in there where made.contains(one.id.raw) { try await remember(one.wanted, one.id) }
        try await attach(there.map(\.id))
    }

    private func attach(_ ids: [TargetID<IdentityKind>]) async throws {
        let there = try await context.home.agent(agent).identityIDs
        let lacking = ids.filter { !there.contains($0) }
        guard !lacking.isEmpty else { return }
        let all = (there + lacking).map { JSONNode.string($0.raw) }
        try await context.ledger.perform(
            .patchAgent(agent, json: (["identity_ids": .array(all)] as JSONNode).bytes()))
    }

    /// - Returns: nil where the target has no identities; the plan named that.
    private func present(_ wanted: IdentityFacts) async throws -> TargetID<IdentityKind>? {
        guard context.abilities.makesIdentities else { return nil }
        if let there = try await adopted(wanted) { return there }
        context.progress(.note("identity \(wanted.name): adding"))
        do {
            let outcome = try await context.ledger.perform(
                .createIdentity(json: wanted.body), request: ContentDigest.ofBytes(wanted.content),
                expecting: [("key", .string(wanted.key))])
            if case .identity(let id) = outcome { return id }
        } catch let failure as Failure where failure.code == .serverRefused || failure.code == .outcomeUnknown
        {
            // Somebody was faster, or the answer was lost: the key is unique.
            guard let there = try await adopted(wanted) else { throw failure }
            return there
        }
        return try await adopted(wanted)
    }

    /// The identity of that key. Nothing had the key when an open step was
    /// intended, so what bears it now is that step's.
    private func adopted(_ wanted: IdentityFacts) async throws -> TargetID<IdentityKind>? {
        let there = try await context.home.identities(key: wanted.key).first?.id
        for step in try await context.ledger.openSteps(Self.create) where Self.key(of: step) == wanted.key {
            guard let there else { continue }
            let made: JSONNode = ["identity": .string(there.raw)]
            try await context.ledger.settleIfOpen(step.id, .done(details: made.bytes()))
        }
        return there
    }

    private func remember(_ one: IdentityFacts, _ id: TargetID<IdentityKind>) async throws {
        try await context.ledger.journal.map([
            IDMapping(
                kind: IdentityKind.name, sourceServer: context.contents.origin.serverURL, sourceID: one.id,
                targetServer: context.home.address.url, targetID: id.raw, run: context.run)
        ])
    }

    // MARK: What the journal says of them

    static func key(of step: StepRecord) -> String? {
        step.intent.details.flatMap { try? JSONDocument($0).root["key"]?.string }
    }

    /// The body that made it, by id; by key where its answer never came.
    static func made(_ steps: [StepRecord]) -> (ids: [String], keys: [String]) {
        var made: (ids: [String], keys: [String]) = ([], [])
        for step in steps where step.intent.kind == Ledger<TargetSide>.kind(create) {
            switch step.outcome {
            case .done(let details?):
                if let id = (try? JSONDocument(details))?.root["identity"]?.string { made.ids.append(id) }
            case nil, .unknown: if let key = key(of: step) { made.keys.append(key) }
            default: continue
            }
        }
        return made
    }
}
