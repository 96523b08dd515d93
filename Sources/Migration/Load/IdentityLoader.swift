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
        guard !context.choices.leavesIdentities else { return }
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
        } catch let failure as Failure
            where [.serverRefused, .unauthorized, .outcomeUnknown].contains(failure.code)
        {
            // Somebody was faster, or the answer was lost: the key is unique.
            guard let there = try await adopted(wanted) else { throw explained(failure) }
            return there
        }
        return try await adopted(wanted)
    }

    /// A target that makes none for this token never will, and the run has to
    /// come to an end all the same.
    private func explained(_ failure: Failure) -> Failure {
        guard failure.code != .outcomeUnknown else { return failure }
        return Failure(
            failure.code, subject: failure.subject, reason: failure.reason,
            remedy:
                "let this token make identities, then: ferry resume \(context.run); or take the run back, "
                + "ferry undo \(context.run), and run the command again with --identities leave", end: .target
        )
    }

    /// The identity of that key. Where the answer of an open step was lost,
    /// nobody knows whether that step made it.
    private func adopted(_ wanted: IdentityFacts) async throws -> TargetID<IdentityKind>? {
        let there = try await context.home.identities(key: wanted.key).first?.id
        for step in try await context.ledger.openSteps(Self.create) where Self.key(of: step) == wanted.key {
            guard let there else { continue }
            let made: JSONNode = ["identity": .string(there.raw), "adopted": true]
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

    /// What the run made, and what it may have made: an answer was lost.
    struct Made {
        var ids: [String] = []
        var unclear: [String] = []
        /// Of steps that nobody looked at again.
        var keys: [String] = []
    }

    static func made(_ steps: [StepRecord]) -> Made {
        var made = Made()
        for step in steps where step.intent.kind == Ledger<TargetSide>.kind(create) {
            switch step.outcome {
            case .done(let details?):
                let root = try? JSONDocument(details).root
                guard let id = root?["identity"]?.string else { continue }
                if root?["adopted"]?.bool == true { made.unclear.append(id) } else { made.ids.append(id) }
            case nil, .unknown: if let key = key(of: step) { made.keys.append(key) }
            default: continue
            }
        }
        return made
    }
}
