import AgentFile
import Hashing
import Home
import LettaModel
import LosslessJSON
import Plan
import Snapshot
import Verify

/// Snapshot × target -> comparisons. Everything on the right-hand side is
/// `Observed`, so it came back from the target.
struct Verifier {
    let home: any Home<TargetSide>
    let snapshot: AgentSnapshot
    let contents: SnapshotContents
    let agent: TargetID<AgentKind>
    /// Differences that the plan announced: names, models, kept tools.
    let mappings: [Mapping]
    let choices: Choices
    /// Conversations that have to be there.
    let carried: [ConversationFacts]
    /// Secrets whose values were given, so that the target has them.
    let secretNames: [String]
    let progress: ProgressSink
    /// What of other agents' it has to have, by id.
    var shared = ExpectedSharing()

    /// What the big comparison gives for the checklist.
    struct Content {
        let results: [KindResult]
        let reply: ChecklistEvidence.Reply?
        let listing: Observed<ChecklistEvidence.ListingCount>?
        let rows: Int
        let passages: KindResult
    }

    // MARK: History and archive

    /// The archive is read while the history is.
    func content(through reader: TargetID<AgentKind>) async throws -> Content {
        async let archive = passages()
        let history = try await history(through: reader)
        let passages = try await archive
        return Content(
            results: [history.messages, history.context, history.conversations, passages],
            reply: history.reply,
            listing: history.listing, rows: history.rows, passages: passages)
    }

    /// What the comparison of the history gives.
    struct History {
        let messages: KindResult
        let context: KindResult
        let conversations: KindResult
        let reply: ChecklistEvidence.Reply?
        let listing: Observed<ChecklistEvidence.ListingCount>?
        let rows: Int
    }

    func history(through reader: TargetID<AgentKind>) async throws -> History {
        var expected = try await ExpectedHistory(snapshot, contents, carried)
        let state = try await home.observeAgent(agent)
        let talks = try await home.observeConversations(of: agent)
        let history = ObservedHistory(home: home, agent: agent, reader: reader)
        var comparison = expected.rows
        let replyPlace = expected.reply.map { Set([$0.place]) } ?? []
        let total = expected.count
        let wanted = Set(state.value.messageIDs).union(talks.value.flatMap(\.contextIDs))
        let walk = try await history.walk(places: wanted, keeping: replyPlace) {
            place, rows in
            comparison.observe(try rows.map { try $0.map(RowForm.print) })
            progress(.counted("messages compared", done: place + rows.value.count, total: total))
        }
        expected.rows = comparison
        let messages = try await explained(comparison.finish(), history)
        let context = ContextComparison(expecting: expected.contextPlaces)
            .compare(state.map { $0.messageIDs.map { walk.places[$0] } })
        let reply = expected.reply.flatMap { reply in
            walk.kept[reply.place].map {
                ChecklistEvidence.Reply(
                    item: "message \((reply.place + 1).grouped) of \(total.grouped)", text: reply.text,
                    row: $0)
            }
        }
        return History(
            messages: messages, context: context,
            conversations: try await conversations(expected.conversations, talks, walk.places), reply: reply,
            listing: walk.count, rows: total)
    }

    /// Fetches the bodies of changed rows, both sides, to say what changed.
    private func explained(_ outcome: RowOutcome, _ history: ObservedHistory) async throws -> KindResult {
        var outcome = outcome
        let pairs = outcome.changed
        guard !pairs.isEmpty else { return outcome.result() }
        let expected = try await ExpectedHistory.bodies(
            at: Set(pairs.map(\.expected)), snapshot, contents, carried)
        let wanted = Set(pairs.map(\.found))
        var found: [Int: VerbatimJSON] = [:]
        _ = try await history.walk(places: []) { place, rows in
            for (offset, row) in rows.value.enumerated() where wanted.contains(place + offset) {
                found[place + offset] = row
            }
        }
        for pair in pairs {
            guard let one = expected[pair.expected], let other = found[pair.found] else { continue }
            outcome.explain(pair, expected: one, found: other)
        }
        return outcome.result()
    }

    /// What is in a conversation's context, in the model's order: a fork takes
    /// all rows into it.
    ///
    /// - Parameter places: of the target's rows in its history.
    private func conversations(
        _ expected: ConversationPlaces,
        _ found: Observed<[Conversation<TargetSide>]>,
        _ places: [TargetID<RowKind>: Int]
    ) async throws -> KindResult {
        let offered = carried.contains { $0.model != nil } ? try await home.models() : nil
        let comparison = ConversationComparison(
            expecting: carried.map { one in
                ConversationComparison.Item(
                    name: one.name, json: one.body(model: choices.model(of: one, among: offered)),
                    messages: expected.places(of: one))
            })
        return comparison.compare(
            found.map { talks in
                talks.compactMap { talk in
                    ConversationFacts(talk.json).map { facts in
                        ConversationComparison.Item(
                            name: facts.name, json: facts.body(model: facts.model),
                            messages: Self.places(of: talk.contextIDs, places))
                    }
                }
            })
    }

    /// Without the system row that every server compiles for a conversation.
    private static func places(
        of rows: [TargetID<RowKind>], _ places: [TargetID<RowKind>: Int]
    ) -> [Int?] {
        let all = rows.map { places[$0] }
        return all.first == .some(nil) ? Array(all.dropFirst()) : all
    }

    func passages() async throws -> KindResult {
        var comparison = PassageComparison()
        if let archive = shared.archive {
            comparison.expect(in: TargetID(archive), try await home.observeArchives(of: agent))
        }
        var count = 0
        var hasMetadata = false
        // Where there is no batch route, the loss of it was announced.
        let takesMetadata = try await home.abilities().insertsPassagesInBatches
        for try await batch in snapshot.passageBatches() {
            for stored in batch {
                let print = PassagePrint(
                    try JSONDocument(stored.passage.json).root, hasMetadata: takesMetadata,
                    digest: Self.digest)
                if print.metadata != .none { hasMetadata = true }
                comparison.expect(print)
                count += 1
            }
        }
        let canSearch = try await home.abilities().searchesPassages && !hasMetadata && count > 0
        if canSearch, let result = try? await observe(comparison, .search(expected: count)) { return result }
        return try await observe(comparison, .listing)
    }

    private func observe(_ comparison: PassageComparison, _ route: PassageRoute) async throws -> KindResult {
        var comparison = comparison
        let isListing = route == .listing
        for try await batch in home.observePassages(of: agent, route: route) {
            comparison.observe(
                try batch.map { passages in
                    try passages.map {
                        PassagePrint(
                            try JSONDocument($0.json).root, hasMetadata: isListing, digest: Self.digest)
                    }
                })
        }
        return comparison.finish(
            method: isListing
                ? "one by one, by time, text, tags and metadata"
                : "one by one, by time, text and tags (no passage has metadata)")
    }

    private static func digest(_ value: JSONValue) -> ContentDigest {
        ContentDigest.ofCanonical(value, dropping: [])
    }

    // MARK: What has a name

    /// Blocks and tools before the commit: the run's marker still stands
    /// among their tags.
    func attachments(withoutMarkers run: String? = nil) async throws -> [KindResult] {
        let strip: @Sendable (VerbatimJSON) -> VerbatimJSON = { json in
            run.map { Self.withoutMarkers(json, $0) } ?? json
        }
        let blocks = try await home.observeBlocks(of: agent).map { blocks in
            blocks.map { Block<TargetSide>(id: $0.id, label: $0.label, json: strip($0.json)) }
        }
        let tools = try await home.observeTools(of: agent).map { tools in
            tools.map {
                Tool<TargetSide>(id: $0.id, name: $0.name, toolType: $0.toolType, json: strip($0.json))
            }
        }
        return [
            fitted(.blocks(expecting: contents.blocks.map(Self.item))).being(shared.blocks).compare(blocks),
            fitted(.tools(expecting: contents.tools.map(Self.item), announced: announcedTools))
                .leavingOut(contents.toolsLeftOut).compare(tools),
        ]
    }

    /// Those that the target can have at all; the plan named the others.
    func identities() async throws -> KindResult {
        let canBe = try await home.abilities().makesIdentities
        let known = contents.surroundings.identities
        let wanted = known.filter { canBe && !choices.leavesIdentities && !$0.isCut }
        // One that was made by hand, as the plan advised, is no surprise.
        let others = Set(known.map(\.key)).subtracting(wanted.map(\.key))
        let announced = mappings.compactMap { mapping -> AnnouncedField? in
            guard case .identity(let key) = mapping.item else { return nil }
            return AnnouncedField(
                key: key, path: mapping.path, rule: mapping.rule, after: mapping.after.expected)
        }
        return KeyedComparison.identities(
            expecting: wanted.map { KeyedItem(key: $0.key, json: $0.body) }, announced: announced
        ).compare(
            try await home.observeIdentities(of: agent).map { identities in
                identities.filter { !others.contains($0.key) }.map { one in
                    Identity<TargetSide>(
                        id: one.id, key: one.key, name: one.name,
                        json: IdentityFacts(one.json)?.body ?? one.json)
                }
            })
    }

    /// The file's tools of these names, against what the server has of them;
    /// a tool that the run itself made may bear its marker still.
    func tools(
        named names: [String], against found: Observed<[Tool<TargetSide>]>, withoutMarkers run: String
    ) -> KindResult {
        let wanted = contents.tools.filter { names.contains($0.document.name) }.map(Self.item)
        let plain = found.map { tools in
            tools.map {
                Tool<TargetSide>(
                    id: $0.id, name: $0.name, toolType: $0.toolType, json: Self.withoutMarkers($0.json, run))
            }
        }
        return fitted(.tools(expecting: wanted)).compare(plain)
    }

    /// The agent's own settings, after the commit.
    func settings() async throws -> (results: [KindResult], type: Observed<String>) {
        let state = try await home.observeAgent(agent)
        let rules = contents.toolRules
        let results = [
            fitted(.agent(expecting: contents.agent.bytes, announced: announcedSettings)).compare(state),
            ValueComparison.toolRules(expecting: rules.rules, announced: rules.changes).compare(
                toolRules: state.map { Self.member("tool_rules", of: $0.json) ?? Array("[]".utf8) }),
            ValueComparison.tags(expecting: contents.tags).compare(tags: state.map(\.tags)),
            ValueComparison.secrets(expecting: secretNames).compare(
                names: state.map { Self.secretNames($0.json) }),
        ]
        return (results, state.map(\.agentType))
    }

    /// An agent file says less of an agent than a server does.
    private func fitted(_ comparison: KeyedComparison) -> KeyedComparison {
        contents.origin.reader == .agentFile ? comparison.ofMentionedFields : comparison
    }

    private static func item(_ stored: StoredDocument) -> KeyedItem {
        KeyedItem(key: stored.document.name, json: stored.document.json)
    }

    private var announcedTools: [AnnouncedField] {
        mappings.compactMap { mapping -> AnnouncedField? in
            guard case .tool(let name) = mapping.item else { return nil }
            return AnnouncedField(
                key: name, path: mapping.path, rule: mapping.rule, after: mapping.after.expected)
        }
    }

    private var announcedSettings: [AnnouncedField] {
        mappings.compactMap { mapping -> AnnouncedField? in
            guard case .agent = mapping.item else { return nil }
            return AnnouncedField(
                key: "agent", path: mapping.path, rule: mapping.rule, after: mapping.after.expected)
        }
    }

    private static func member(_ key: String, of json: VerbatimJSON) -> VerbatimJSON? {
        (try? JSONDocument(json))?.root[key].map { Array($0.raw) }
    }

    private static func secretNames(_ json: VerbatimJSON) -> [String] {
        (try? JSONDocument(json))?.root["secrets"]?.elements.compactMap { $0["key"]?.string } ?? []
    }

    private static func withoutMarkers(_ json: VerbatimJSON, _ run: String) -> VerbatimJSON {
        guard let root = try? JSONDocument(json).root, let tags = root["tags"] else { return json }
        let kept = tags.elements.filter { $0.string?.hasPrefix("ferry-\(run)") != true }
        guard kept.count < tags.count else { return json }
        var patched = JSONNode.shallow(root)
        patched["tags"] = .array(kept.map { JSONNode($0) })
        return patched.bytes()
    }

    // MARK: The checklist

    func checklist(
        _ content: Content, _ attachments: [KindResult], type: Observed<String>, live: ChecklistEvidence.Live
    ) async throws -> [CheckLine] {
        guard let listing = content.listing, let blocks = attachments.first(where: { $0.kind == .blocks })
        else {
            return []
        }
        let export = try await home.observeExport(of: agent).map { ExportShape($0.rows) }
        let isKept = contents.agentType != "letta_v1_agent"
        let evidence = ChecklistEvidence(
            expectedType: contents.agentType,
            reasonForType: isKept ? "the agent is a \(contents.agentType) and stays one" : nil,
            agentType: type,
            reply: content.reply, listing: listing, rows: content.rows, passages: content.passages,
            blocks: blocks,
            live: live, export: export)
        return evidence.lines
    }
}

extension Mapping.After {
    fileprivate var expected: AnnouncedField.After {
        switch self {
        case .text(let text): .value(JSONNode.string(text).bytes())
        case .json(let json): .value(json)
        case .setByTarget: .setByTarget
        }
    }
}
