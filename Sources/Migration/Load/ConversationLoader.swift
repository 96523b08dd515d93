import Home
import Journal
import LettaModel
import LosslessJSON
import Plan
import Snapshot

/// The conversations of the agent beside its default thread.
///
/// No route makes a conversation of rows that are there already. So the
/// default thread's context becomes the conversation's rows for a moment, a
/// fork makes a conversation of it, and at the end the context is put back.
/// Nobody else has the agent yet: it still bears the run's marker.
///
/// Source: 0.16.8 `POST /v1/conversations/default/fork`, tried on a real one.
struct ConversationLoader {
    let context: LoadContext
    let agent: TargetID<AgentKind>

    static let fork = "fork-conversation"
    /// A step around all of it; its pre-image is the context to put back.
    static let borrow = "borrow-context"

    func run() async throws {
        let carried = context.conversations
        guard !carried.isEmpty else { return }
        var made = try await mapped()
        let open = try await context.ledger.openSteps(Self.borrow).last
        let isUnclear = try await context.ledger.steps(Self.fork).contains { !Self.isSettled($0) }
        guard open != nil || isUnclear || carried.contains(where: { made[$0.id] == nil }) else { return }
        let own = try await ownContext(open)
        let rows = try await rows(of: carried)
        try await adoptStrays(carried, rows, &made)
        let offered = carried.contains { $0.model != nil } ? try await context.home.models() : nil
        for (place, one) in carried.enumerated() {
            if made[one.id] == nil { made[one.id] = try await restore(one, rows[one.id] ?? [], own.ids) }
            if let there = made[one.id] { try await describe(one, there, offered) }
            context.progress(.counted("conversations restored", done: place + 1, total: carried.count))
        }
        try await show(own.ids)
        try await sweep(rows, keeping: Set(made.values))
        try await context.ledger.settleIfOpen(own.step, .done(details: nil))
    }

    // MARK: The context

    private func ownContext(_ open: StepRecord?) async throws -> (ids: [String], step: StepID) {
        if let open, let list = open.intent.preImage.flatMap({ try? JSONDocument($0).root }) {
            return (list.elements.compactMap(\.string), open.id)
        }
        let ids = try await context.home.agent(agent).messageIDs.map(\.raw)
        let step = try await context.ledger.journal.intend(
            context.run,
            StepIntent(
                kind: Ledger<TargetSide>.kind(Self.borrow), preImage: Self.list(ids).bytes(),
                details: (["id": .string(agent.raw)] as JSONNode).bytes()))
        return (ids, step)
    }

    private func show(_ ids: [String]) async throws {
        try await context.ledger.perform(
            .patchAgent(agent, json: (["message_ids": Self.list(ids)] as JSONNode).bytes()))
    }

    private static func list(_ ids: [String]) -> JSONNode { .array(ids.map { .string($0) }) }

    // MARK: One conversation

    private func restore(
        _ one: ConversationFacts, _ rows: [String], _ own: [String]
    ) async throws -> TargetID<ConversationKind> {
        try await show(Array(own.prefix(1)) + rows)
        do {
            let outcome = try await context.ledger.perform(
                .forkConversation(of: agent), expecting: [("of", .string(one.id))])
            if case .conversation(let id) = outcome { return try await remember(one, id) }
        } catch let failure as Failure where failure.code == .outcomeUnknown {
            var made: [String: TargetID<ConversationKind>] = try await mapped()
            try await adoptStrays([one], [one.id: rows], &made)
            if let id = made[one.id] { return id }
            throw failure
        }
        throw Failure(
            .loadIncomplete, subject: "conversation \(one.name)",
            reason: "the target did not say what it made",
            remedy: "ferry resume \(context.run)", end: .target)
    }

    /// Name, model and time. May be repeated.
    private func describe(
        _ one: ConversationFacts, _ there: TargetID<ConversationKind>, _ offered: [ModelHandle]?
    ) async throws {
        let model = context.choices.model(of: one, among: offered)
        let body = try JSONDocument(one.body(model: model)).root
        let said = body.members.filter { !$0.value.isNull }
        guard !said.isEmpty else { return }
        let patch = JSONNode.object(said.map { JSONMember(key: $0.key, value: JSONNode($0.value)) })
        try await context.ledger.perform(.patchConversation(there, json: patch.bytes()))
    }

    // MARK: What is there

    /// By the id map, and by the outcome of a fork after which the process
    /// ended before it wrote the map.
    private func mapped() async throws -> [String: TargetID<ConversationKind>] {
        let known = try await context.ledger.journal.mappings(of: context.run).filter {
            $0.kind == ConversationKind.name
        }
        var made = Dictionary(known.map { ($0.sourceID, TargetID<ConversationKind>($0.targetID)) }) { $1 }
        for step in try await context.ledger.steps(Self.fork) {
            guard case .done(let details?) = step.outcome,
                let id = try JSONDocument(details).root["conversation"]?.string,
                let source = try step.intent.details.flatMap({ try JSONDocument($0).root["of"]?.string }),
                made[source] == nil, let one = context.conversations.first(where: { $0.id == source })
            else { continue }
            made[source] = try await remember(one, TargetID(id))
        }
        return made
    }

    private func remember(
        _ one: ConversationFacts, _ id: TargetID<ConversationKind>
    ) async throws -> TargetID<ConversationKind> {
        try await context.ledger.journal.map([
            IDMapping(
                kind: ConversationKind.name, sourceServer: context.contents.origin.serverURL,
                sourceID: one.id, targetServer: context.home.address.url, targetID: id.raw, run: context.run)
        ])
        return id
    }

    /// Forks whose answer was lost: a conversation that nobody knows, and that
    /// holds exactly the rows of one that is still wanted.
    private func adoptStrays(
        _ wanted: [ConversationFacts], _ rows: [String: [String]],
        _ made: inout [String: TargetID<ConversationKind>]
    ) async throws {
        let open = try await context.ledger.steps(Self.fork).filter { !Self.isSettled($0) }
        guard !open.isEmpty else { return }
        var known = Set(made.values)
        for stray in try await context.home.conversations(of: agent) where !known.contains(stray.id) {
            let held = stray.contextIDs.dropFirst().map(\.raw)
            guard let one = wanted.first(where: { made[$0.id] == nil && rows[$0.id] == held }) else {
                continue
            }
            known.insert(stray.id)
            made[one.id] = try await remember(one, stray.id)
        }
    }

    /// A fork whose answer was lost, and that came when it had been made again.
    private func sweep(
        _ rows: [String: [String]], keeping known: Set<TargetID<ConversationKind>>
    ) async throws {
        guard try await context.ledger.steps(Self.fork).contains(where: { !Self.isSettled($0) }) else {
            return
        }
        for stray in try await context.home.conversations(of: agent) where !known.contains(stray.id) {
            guard rows.values.contains(stray.contextIDs.dropFirst().map(\.raw)) else { continue }
            context.progress(.note("removing a conversation that came late and is there already"))
            try await context.ledger.perform(.deleteConversation(stray.id))
        }
    }

    private static func isSettled(_ step: StepRecord) -> Bool {
        switch step.outcome {
        case nil, .unknown: false
        default: true
        }
    }

    /// The target's ids of each conversation's rows, in order.
    private func rows(of carried: [ConversationFacts]) async throws -> [String: [String]] {
        var places = ConversationPlaces(carried)
        try await ShapedHistory(
            snapshot: context.snapshot, contents: context.contents, conversations: carried
        ).forEach { try places.note($0, of: $1) }
        let wanted = Set(carried.flatMap { places.places(of: $0) })
        let ids = try await ids(at: wanted)
        return Dictionary(
            carried.map { one in (one.id, places.places(of: one).compactMap { ids[$0] }) },
            uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter places: in the whole history, from 0.
    private func ids(at places: Set<Int>) async throws -> [Int: String] {
        var found: [Int: String] = [:]
        var count = 0
        let pages = context.home.listing(of: agent, thread: .main, from: .oldest)
        while let page = try await pages.next() {
            for row in page.rows {
                if places.contains(count) { found[count] = row.id.raw }
                count += 1
            }
        }
        guard try await AgentLoader.uploadedRows(context.ledger) == count else {
            throw Failure(
                .loadIncomplete, subject: context.plan.agentName,
                reason: "the target lists \(count.counted("message")), and another number was uploaded",
                remedy: "look at the target's log, then: ferry resume \(context.run)", end: .target)
        }
        return found
    }

    // MARK: What the journal says of them

    /// How many system rows the target may have made for conversations: at
    /// least, and at most.
    static func systemRows(_ steps: [StepRecord]) -> ClosedRange<Int> {
        let forks = steps.filter { $0.intent.kind == Ledger<TargetSide>.kind(fork) }
        let sure = forks.count { if case .done? = $0.outcome { true } else { false } }
        return sure...(sure + forks.count { !isSettled($0) })
    }
}
