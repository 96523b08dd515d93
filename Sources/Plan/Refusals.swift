import LettaModel

/// Everything that is refused before the first write, all at once.
struct Refusals {
    let context: PlanContext

    var all: [Failure] {
        [sameServer, type, abilities, name, taken, clash, model, embedding, secrets].compactMap(\.self)
    }

    private var target: ServerFacts { context.target.server }
    private var agent: AgentFacts { context.source.agent }

    /// A snapshot may go back to where it came from; that is a restore.
    private var sameServer: Failure? {
        guard case .server(let source) = context.source.origin, source.isSame(as: target) else { return nil }
        return Failure(
            .sameServer, subject: target.sentence, reason: "source and target are the same server",
            remedy: "name another server: `ferry move \(agent.name.quoted) --from \(source.name) --to OTHER`",
            end: .target)
    }

    private var type: Failure? {
        guard let known = context.target.abilities.agentTypes, !known.contains(context.agentType) else {
            return nil
        }
        return Failure(
            .agentTypeUnknown, subject: "agent type \(context.agentType)",
            reason: "\(target.name) does not know it (it knows \(known.sorted().joined(separator: ", ")))",
            remedy: context.source.conversion == nil
                ? "choose a target of the source's version or newer: --to SERVER"
                : "leave out `--convert-legacy`, or choose a newer target: --to SERVER", end: .target)
    }

    private var abilities: Failure? {
        let known = context.target.abilities.importFields
        var missing = TargetAbilities.neededImportFields.subtracting(known).sorted().map {
            "import field \($0)"
        }
        if context.source.passages.count > 0, context.target.abilities.insertsPassagesInBatches,
            !context.target.abilities.attachesArchives
        {
            missing.append("attaching archives")
        }
        guard !missing.isEmpty else { return nil }
        return Failure(
            .abilityMissing, subject: target.sentence, reason: "it lacks \(missing.joined(separator: ", "))",
            remedy: "update the target to Letta 0.16, or choose another", end: .target)
    }

    private var name: Failure? {
        guard let bad = AgentName.offence(in: context.name) else { return nil }
        let flag = AgentName.plain(context.name).map { "--as \($0.quoted)" } ?? "--as NAME"
        return Failure(
            .agentNameInvalid, subject: "agent name “\(context.name)”",
            reason: "it holds \(bad), with which no server can export the agent again",
            remedy: "`\(flag)`: a name of letters, digits, spaces and - _ '", end: .target)
    }

    private var taken: Failure? {
        let same = context.target.sameNamedAgents
        guard let first = same.first else { return nil }
        let who =
            same.count == 1 ? first.id.raw : "\(same.count.grouped) agents, the first is \(first.id.raw)"
        return Failure(
            .agentNameTaken, subject: "agent name “\(context.name)”",
            reason: "\(target.name) already has an agent of that name (\(who))",
            remedy: "choose another name: `--as \("\(context.name) 2".quoted)`", end: .target)
    }

    private var clash: Failure? {
        let names = context.clashes.map(\.name)
        guard context.choices.tools == .fail, !names.isEmpty else { return nil }
        return Failure(
            .toolClash,
            subject: names.count == 1 ? "tool \(names[0])" : "tools \(names.joined(separator: ", "))",
            reason: "\(target.name) has \(names.count == 1 ? "it" : "them") with other source",
            remedy:
                "`--tools keep` leaves the target's, `--tools overwrite` replaces them for all its agents",
            end: .target)
    }

    private var model: Failure? {
        refuse(.modelUnknown, "model", "--model", handle: context.model, among: context.target.models)
    }

    private var embedding: Failure? {
        refuse(
            .embeddingUnknown, "embedding model", "--embedding", handle: context.embedding,
            among: context.target.embeddings)
    }

    private func refuse(
        _ code: ErrorCode, _ what: String, _ flag: String, handle: String?, among known: [ModelHandle]?
    ) -> Failure? {
        guard let handle, let known, !known.contains(where: { $0.handle == handle }) else { return nil }
        let near = NearHandles.of(handle, among: known.map(\.handle))
        let reason =
            near.isEmpty
            ? "\(target.name) offers no \(what) at all"
            : "\(target.name) does not offer it; near: \(near.joined(separator: ", "))"
        let map = context.choices.handles
        let isMapped = (what == "model" ? map.models : map.embeddings).values.contains(handle)
        return Failure(
            code, subject: "\(what) \(handle)", reason: reason,
            remedy: isMapped
                ? "correct it in the file of `--map`, or choose one: `\(flag) \(near.first ?? "HANDLE")`"
                : near.first.map { "choose one: `\(flag) \($0)`" }
                    ?? "add the model to the target, then run the command again",
            end: .target)
    }

    private var secrets: Failure? {
        let known = context.source.secrets.map(\.name)
        let strange = context.choices.secrets.subtracting(known).sorted()
        guard !strange.isEmpty else { return nil }
        let has = known.isEmpty ? "it has none" : "it has \(known.sorted().joined(separator: ", "))"
        return Failure(
            .secretMissing, subject: "secret \(strange.joined(separator: ", "))",
            reason: "\(agent.name) has no secret of that name; \(has)",
            remedy: "correct the name or leave out `--secret \(strange[0])`", end: .source)
    }
}

extension ServerFacts {
    /// The same address and project, however it is spelt.
    func isSame(as other: ServerFacts) -> Bool {
        normalised == other.normalised && (project ?? "") == (other.project ?? "")
    }

    private var normalised: String {
        var text = url.lowercased()
        while text.hasSuffix("/") { text.removeLast() }
        if text.hasSuffix("/v1") { text.removeLast(3) }
        let place = isLoopback ? text.replacing(host, with: "loopback") : text
        let isPlain = place.hasPrefix("http://")
        let port = isPlain ? ":80" : ":443"
        return place.hasSuffix(port) ? String(place.dropLast(port.count)) : place
    }
}

extension String {
    /// As one word of a shell.
    var quoted: String { ShellWord.quoted(self) }
}
