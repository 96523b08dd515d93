import LettaModel

/// Says what moves, what changes, what stays behind, what needs the user.
struct FidelityPlanner {
    let context: PlanContext

    var statement: FidelityStatement {
        var statement = FidelityStatement(
            moves: moves, changes: changes, staysBehind: OmissionPlanner(context: context).omissions,
            needsYou: needs)
        statement.conversion = source.conversion.map {
            Conversion(
                from: source.agent.type, to: $0.type, keptCalls: $0.keptCalls, example: $0.example,
                needs: LegacyNeeds(source: source, choices: context.choices).ofConversion)
        }
        return statement
    }

    private var source: SourceInventory { context.source }

    // MARK: Moves

    private var moves: [Moving] {
        [
            Moving(item: "messages", count: source.rows.count, isExact: source.rows.isExact, detail: history),
            Moving(item: "in-context", count: source.rows.inContext, detail: "in the source's own order"),
            Moving(item: "blocks", count: source.blocks.count, detail: blocks),
            Moving(
                item: "tools", count: context.customTools.count, detail: list(context.customTools.map(\.name))
            ),
            Moving(
                item: "built-in-tools", count: context.builtInTools.count,
                detail: list(context.builtInTools.map(\.name))),
            Moving(item: "tool-rules", count: source.toolRules),
            Moving(
                item: "passages", count: source.passages.count, isExact: source.passages.isExact,
                detail: passages),
            Moving(item: "identities", count: identities.count, detail: list(identities.map(\.name))),
            Moving(
                item: "conversations", count: conversations.count,
                detail: list(conversations.map { $0.summary ?? $0.id })),
            Moving(item: "tags", count: source.tags.count, detail: list(source.tags)),
            Moving(item: "secrets", count: bringable.count, detail: list(bringable)),
        ].filter { $0.count > 0 || $0.item == "messages" }
    }

    private var identities: [IdentityFacts] { source.identities.filter(context.brings) }

    private var conversations: [ConversationFacts] { source.conversations.filter(context.brings) }

    private var history: String {
        let size = source.rows.bytes > 0 ? ", \(Measures.bytes(source.rows.bytes))" : ""
        let folded = "rebuilt from the listing: \(source.rows.readerReason ?? "the source is not written to")"
        switch (source.origin, source.rows.reader) {
        case (.agentFile, _): return "as they stand in the file\(size)"
        case (_, .folded): return folded + size
        case (.snapshot, .native): return "as the snapshot holds them\(size)"
        case (.server, .native): return "read row by row through a temporary agent on the source\(size)"
        }
    }

    private var blocks: String {
        list(
            source.blocks.map { block in
                let name = block.isReadOnly ? "\(block.label) (read-only)" : block.label
                return context.attached(.block, block.id).map { "\(name) (\(Self.shared($0)))" } ?? name
            })
    }

    private static func shared(_ copy: SharedCopy) -> String {
        "shared with \(copy.names): the run \(copy.run) made it, it will be attached"
    }

    private var passages: String {
        if let archive = context.attachedArchive {
            let compared = archive.state == .counted ? ", once they have been compared" : ""
            return "in an archive that is \(Self.shared(archive))\(compared); none is written again"
        }
        let size = source.passages.bytes > 0 ? "\(Measures.bytes(source.passages.bytes)) of text, " : ""
        return "\(size)with tags, metadata and time; embedded again"
    }

    private var bringable: [String] { source.secrets.filter(context.brings).map(\.name).sorted() }

    private func list(_ names: [String]) -> String {
        let shown = names.prefix(12).joined(separator: ", ")
        return names.count > 12 ? "\(shown) and \((names.count - 12).grouped) more" : shown
    }

    // MARK: Changes

    private var changes: [ChangeTally] {
        source.changes + [name, model, embedding, window].compactMap(\.self) + tools
    }

    private func mapped(_ rule: String, _ what: String, _ before: String?, _ after: String?) -> ChangeTally? {
        guard let after, before != after else { return nil }
        let old = before ?? "none"
        return ChangeTally(
            rule: rule, summary: "\(what) \(old) becomes \(after)", count: 1,
            example: AnnouncedChange(item: "agent", rule: rule, before: old, after: after))
    }

    private var name: ChangeTally? { mapped("name", "the name", source.agent.name, context.name) }
    private var model: ChangeTally? { mapped("model", "the model", source.agent.model, context.model) }
    private var embedding: ChangeTally? {
        mapped("embedding", "the embedding model", source.agent.embedding, context.embedding)
    }

    private var window: ChangeTally? {
        guard let before = source.agent.contextWindow, let after = context.targetModel?.contextWindow else {
            return nil
        }
        return mapped("context-window", "the context window", before.grouped, after.grouped)
    }

    private var tools: [ChangeTally] {
        let names = context.clashes.map(\.name)
        guard let first = names.first else { return [] }
        switch context.choices.tools {
        case .fail: return []
        case .keep:
            return [
                ChangeTally(
                    rule: "tool-kept", summary: "the target's own source stays: \(list(names))",
                    count: names.count,
                    example: AnnouncedChange(
                        item: "tool \(first)", rule: "tool-kept", before: "the source's",
                        after: "the target's"))
            ]
        case .overwrite: return []
        }
    }

    // MARK: Needs you

    private var needs: [Need] {
        [acceptance, overwrite, version].compactMap(\.self) + legacy + [oldSecrets].compactMap(\.self)
    }

    private var acceptance: Need? {
        let open = OmissionPlanner(context: context).omissions.filter { !context.choices.accepts($0) }
        guard !open.isEmpty else { return nil }
        let remedy = open.count == 1 ? "--accept \(open[0].id.quoted)" : "--accept all"
        return Need(
            what:
                "\(open.count.counted("loss", "losses")) to agree to; without that the work is done and the exit code is 3",
            remedy: "`\(remedy)`")
    }

    private var overwrite: Need? {
        guard context.choices.tools == .overwrite, !context.clashes.isEmpty else { return nil }
        return Need(
            what:
                "tools of the target are replaced for all agents there: \(list(context.clashes.map(\.name)))",
            remedy: "look at them first, or `--tools keep`")
    }

    private var version: Need? {
        guard !context.target.abilities.versionIsTried else { return nil }
        let version = context.target.server.version
        return Need(
            what: "Ferry was not tried against Letta \(version), though it can do all that is needed",
            remedy: "try with an agent you can spare")
    }

    private var legacy: [Need] { LegacyNeeds(source: source, choices: context.choices).all }

    private var oldSecrets: Need? {
        let missing = source.secrets.filter { !context.brings($0) }
        guard let first = missing.first else { return nil }
        let remedy =
            missing.contains { $0.value == .shown }
            ? "`--copy-secrets`, or `--secret \(first.name)` from the environment"
            : "`--secret \(first.name)` from the environment, or `--secret \(first.name)=@FILE`"
        return Need(what: "values for \(list(missing.map(\.name).sorted()))", remedy: remedy)
    }
}
