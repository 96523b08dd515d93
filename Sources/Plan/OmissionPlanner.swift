import LettaModel

/// What does not arrive: losses first, then what no server can keep.
struct OmissionPlanner {
    let context: PlanContext

    var omissions: [Omission] {
        let all =
            source.omissions + surroundings + SharingPlanner(context: context).omissions + identities
            + conversations + tools + secrets + passages
            + folding + inherent
        return all.filter { $0.class == .loss } + all.filter { $0.class == .inherent }
    }

    private var source: SourceInventory { context.source }

    // MARK: Losses

    private var surroundings: [Omission] {
        source.surroundings.compactMap { thing in
            guard let row = FidelityTable.row(of: thing.kind) else { return nil }
            if thing.kind == .identity, IdentityFacts(thing.json) == nil {
                return Omission(
                    id: "\(thing.kind.rawValue):\(thing.id)", class: .loss, item: thing.sentence,
                    reason: "the source names no key by which the target could know it",
                    remedy: "give it an `identifier_key` at the source")
            }
            if thing.kind == .conversation, !source.conversations.contains(where: { $0.id == thing.id }) {
                return Omission(
                    id: "\(thing.kind.rawValue):\(thing.id)", class: .loss, item: thing.sentence,
                    reason: Self.unread.reason, remedy: Self.unread.remedy)
            }
            guard row.fate == .loss, Sharing(thing) == nil else { return nil }
            return Omission(
                id: "\(thing.kind.rawValue):\(thing.id)", class: .loss, item: thing.sentence,
                reason: row.lost,
                remedy: row.remedy)
        }
    }

    /// Those that do not arrive as they are, and the blocks that hang on them.
    private var identities: [Omission] {
        source.identities.flatMap { identity in
            let whole = why(identity).map { why in
                Omission(
                    id: "identity:\(identity.id)", class: .loss, item: "identity “\(identity.name)”",
                    reason: why.reason, remedy: why.remedy)
            }
            return [whole].compactMap(\.self)
                + identity.blockIDs.map { block in
                    Omission(
                        id: "identity-block:\(block)", class: .loss,
                        item: "block \(block) of identity “\(identity.name)”",
                        reason: FidelityTable.row("identity-block")?.lost ?? "",
                        remedy: FidelityTable.row("identity-block")?.remedy ?? "")
                }
        }
    }

    /// Nil where it arrives as it is.
    private func why(_ identity: IdentityFacts) -> (reason: String, remedy: String)? {
        let byHand = "make it on the target, and attach it: `PATCH /v1/agents/{id}` with `identity_ids`"
        if identity.isCut {
            return ("a property holds something like a password, and a snapshot keeps none", byHand)
        }
        if context.choices.leavesIdentities { return ("`--identities leave` was given", byHand) }
        if context.isOther(identity) {
            return (
                "the target has one of the key \(identity.key) that says something else, and it is used as it is",
                FidelityTable.row("identity")?.remedy ?? ""
            )
        }
        guard !context.brings(identity) else { return nil }
        return ("the target has no identities", "bring the target to a Letta that has them")
    }

    /// Those that do not arrive as they are.
    private var conversations: [Omission] {
        source.conversations.flatMap { one in
            let item = "conversation \(one.name)"
            guard context.brings(one) else {
                let (reason, remedy) = why(one)
                return [
                    Omission(
                        id: "conversation:\(one.id)", class: .loss, item: item, reason: reason,
                        remedy: remedy)
                ]
            }
            return parts(of: one, item)
        }
    }

    private static let unread = (
        reason: "its messages were not read", remedy: "capture the agent again: `ferry snapshot`"
    )

    private func why(_ one: ConversationFacts) -> (reason: String, remedy: String) {
        let accept = "leave the source in place, or `--accept conversation:\(one.id)`"
        if context.choices.leavesConversations { return ("`--conversations leave` was given", accept) }
        if one.sharedIDs == nil { return Self.unread }
        if one.isTooLong {
            return (
                "it has more than \(ConversationFacts.rowsAtMost.grouped) messages, and a server forks no so long list",
                accept
            )
        }
        return (
            "the target cannot make a conversation of messages that are there",
            FidelityTable.row("conversation")?.remedy ?? accept
        )
    }

    private func parts(of one: ConversationFacts, _ item: String) -> [Omission] {
        var parts = one.isolatedBlockIDs.map { block in
            Omission(
                id: "isolated-block:\(block)", class: .loss, item: "block \(block) of \(item)",
                reason: FidelityTable.row("isolated-block")?.lost ?? "",
                remedy: FidelityTable.row("isolated-block")?.remedy ?? "")
        }
        if let model = one.model, context.model(of: one) == nil {
            parts.append(
                Omission(
                    id: "conversation-model:\(one.id)", class: .loss, item: "model \(model) of \(item)",
                    reason: "the target does not offer it, so the conversation uses the agent's model",
                    remedy: FidelityTable.row("conversation-model")?.remedy ?? ""))
        }
        return parts
    }

    private var tools: [Omission] {
        context.outsideTools.map { tool in
            Omission(
                id: "tool:\(tool.name)", class: .loss, item: "tool \(tool.name) (\(tool.type))",
                reason: FidelityTable.row("tool")?.lost ?? "", remedy: FidelityTable.row("tool")?.remedy ?? ""
            )
        }
    }

    private var secrets: [Omission] {
        source.secrets.filter { !context.brings($0) }.map { secret in
            let flag = "`--secret \(secret.name)`"
            let reason =
                secret.value == .shown
                ? "the source shows the value, but it was not asked to be copied"
                : "the source does not show the value"
            return Omission(
                id: "secret:\(secret.name)", class: .loss, item: "value of secret \(secret.name)",
                reason: reason,
                remedy: secret.value == .shown ? "`--copy-secrets` or \(flag)" : flag)
        }
    }

    private var passages: [Omission] {
        let isLost = source.passages.count > 0 && !context.target.abilities.insertsPassagesInBatches
        return isLost ? [omission("passage-metadata", .loss)].compactMap(\.self) : []
    }

    private var folding: [Omission] {
        source.rows.reader == .folded ? [omission("folding", .loss)].compactMap(\.self) : []
    }

    private func omission(_ id: String, _ kind: Omission.Class) -> Omission? {
        FidelityTable.row(id).map { row in
            Omission(
                id: id, class: kind, item: row.item.lowercasedFirst, reason: row.lost, remedy: row.remedy)
        }
    }

    // MARK: Inherent

    private var inherent: [Omission] {
        FidelityTable.rows.filter { $0.fate == .inherent && concerns($0.id) }.compactMap {
            omission($0.id, .inherent)
        }
    }

    private func concerns(_ id: String) -> Bool {
        switch id {
        case "embeddings": source.passages.count > 0
        case "conversation-form": source.conversations.contains(where: context.brings)
        case "block-history": !source.blocks.isEmpty
        case "run", "job": source.surroundings.contains { $0.kind.rawValue == id }
        default: true
        }
    }
}

extension Surrounding {
    /// `conversation “Rome”`. How long one is, its list does not say: the ids
    /// there are of its context alone, and may be none.
    var sentence: String {
        name == id || name.isEmpty ? "\(kind.words) \(id)" : "\(kind.words) “\(name)”"
    }
}

extension Surrounding.Kind {
    var words: String {
        switch self {
        case .mcpServer: "MCP server"
        case .sharedBlock: "shared block"
        case .sharedArchive: "shared archive"
        case .sandboxVariable: "sandbox variable"
        default: rawValue
        }
    }
}

extension String {
    /// `The agent's id` inside a sentence; abbreviations stay.
    var lowercasedFirst: String {
        let second = dropFirst().first
        guard let first, second.map({ $0.isLowercase || $0 == " " }) ?? true else { return self }
        return first.lowercased() + dropFirst()
    }
}
