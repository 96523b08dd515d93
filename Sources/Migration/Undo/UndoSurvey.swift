import Home
import Journal
import LettaModel
import LosslessJSON

/// Everything that a run made or overwrote on the target, as it stands now:
/// by the journal first, then by the run's markers. Reads only.
struct UndoSurvey {
    let ledger: Ledger<TargetSide>
    let steps: [StepRecord]
    let mappings: [IDMapping]
    let found: [Found<TargetSide>]
    let record: CommitRecord?

    init(_ ledger: Ledger<TargetSide>) async throws {
        self.ledger = ledger
        steps = try await ledger.journal.steps(ledger.run)
        mappings = try await ledger.journal.mappings(of: ledger.run)
        found = try await ledger.home.find(run: ledger.run.description)
        record = CommitRecord.kept(steps)
    }

    private var home: any Home<TargetSide> { ledger.home }

    func items() async throws -> [UndoItem] {
        let agents = try await agents()
        let own = Set(agents.map(\.id.raw))
        var items: [UndoItem] = []
        for agent in agents { items.append(try await item(agent)) }
        items += try await blocks(of: agents, own)
        items += try await archives(of: agents, own)
        items += try await tools(own)
        return items
    }

    // MARK: Agents

    private func agents() async throws -> [AgentState<TargetSide>] {
        let ids = mapped(AgentKind.name) + found.filter { $0.kind == .agent }.map(\.id)
        var agents: [AgentState<TargetSide>] = []
        for id in Self.unique(ids) {
            do {
                agents.append(try await home.agent(ServerID(id)))
            } catch let failure as Failure where failure.code == .agentUnknown {
                continue
            }
        }
        return agents
    }

    private func item(_ agent: AgentState<TargetSide>) async throws -> UndoItem {
        let isMine = Marker(agent.name)?.run == ledger.run.description
        let newer = isMine ? try await newerRows(agent) : try await newer(agent)
        return UndoItem(kind: .agent, id: agent.id.raw, name: agent.name, newer: newer)
    }

    /// Before its commit an agent holds what was uploaded.
    private func newerRows(_ agent: AgentState<TargetSide>) async throws -> String? {
        guard mapped(AgentKind.name).contains(agent.id.raw),
            let uploaded = try await AgentLoader.uploadedRows(ledger)
        else { return nil }
        return Self.more(try await home.counts(of: agent.id).rows, than: uploaded, "message")
    }

    private func newer(_ agent: AgentState<TargetSide>) async throws -> String? {
        guard let record else {
            return "it is not known what it held when it was committed, so nothing tells what came since"
        }
        let now = try await CommitRecord.look(at: agent.id, tools: [], home)
        if let words = Self.more(now.rows, than: record.rows, "message") { return words }
        return now.state == record.state ? nil : "its settings or its context changed"
    }

    private static func more(_ now: Int?, than then: Int?, _ what: String) -> String? {
        guard let now, let then, now != then else { return nil }
        return now > then ? "\((now - then).counted(what)) more" : "\((then - now).counted(what)) less"
    }

    // MARK: What may be shared

    private func blocks(
        of agents: [AgentState<TargetSide>], _ own: Set<String>
    ) async throws -> [UndoItem] {
        var attached: [String: Block<TargetSide>] = [:]
        for agent in agents {
            for block in try await home.blocks(of: agent.id) { attached[block.id.raw] = block }
        }
        var items: [UndoItem] = []
        for id in Self.unique(
            mapped(BlockKind.name) + createdBlocks + found.filter { $0.kind == .block }.map(\.id))
        {
            guard let users = try await users(.block(ServerID(id)), own) else { continue }
            items.append(
                UndoItem(
                    kind: .block, id: id, name: attached[id]?.label ?? id, users: users,
                    newer: try attached[id].flatMap(newer)))
        }
        return items
    }

    private func newer(_ block: Block<TargetSide>) throws -> String? {
        guard let then = record?.blocks[block.id.raw] else { return nil }
        return try CommitRecord.digest(of: block) == then ? nil : "it was edited"
    }

    private var createdBlocks: [String] {
        steps.filter { $0.intent.kind == Ledger<TargetSide>.kind("create-block") }.compactMap { step in
            guard case .done(let details?) = step.outcome else { return nil }
            return (try? JSONDocument(details))?.root["block"]?.string
        }
    }

    private func archives(
        of agents: [AgentState<TargetSide>], _ own: Set<String>
    ) async throws -> [UndoItem] {
        var items: [UndoItem] = []
        for id in Self.unique(mapped(ArchiveKind.name) + found.filter { $0.kind == .archive }.map(\.id)) {
            guard let users = try await users(.archive(ServerID(id)), own) else { continue }
            items.append(
                UndoItem(
                    kind: .archive, id: id, name: id, users: users, newer: try await newerPassages(agents)))
        }
        return items
    }

    private func newerPassages(_ agents: [AgentState<TargetSide>]) async throws -> String? {
        guard let mapped = mapped(AgentKind.name).last, let record,
            let agent = agents.first(where: { $0.id.raw == mapped })
        else { return nil }
        return Self.more(try await home.counts(of: agent.id).passages, than: record.passages, "passage")
    }

    /// - Returns: nil where the thing is gone.
    private func users(_ thing: SharedThing<TargetSide>, _ own: Set<String>) async throws -> [String]? {
        do {
            let users = try await home.users(of: thing) ?? []
            return users.filter { !own.contains($0.id.raw) }.map { "\($0.name) (\($0.id))" }
        } catch let failure as Failure where failure.code == .serverRefused {
            return nil
        }
    }

    // MARK: Tools

    private func tools(_ own: Set<String>) async throws -> [UndoItem] {
        let made = Set(mapped(ToolKind.name))
        let overwritten = overwrittenTools.filter { !made.contains($0.key) }
        let names = createdNames + overwritten.values.map(\.name)
        guard !names.isEmpty else { return [] }
        var items: [UndoItem] = []
        for tool in try await home.tools(named: Self.unique(names)) {
            let isMine = made.contains(tool.id.raw) || ToolPatch.tags(of: tool.json).contains(runTag)
            if isMine {
                let users = try await users(.tool(tool.id), own) ?? []
                items.append(
                    UndoItem(
                        kind: .tool, id: tool.id.raw, name: tool.name, users: users, newer: try newer(tool)))
            } else if overwritten[tool.id.raw] != nil {
                items.append(
                    UndoItem(
                        kind: .overwrittenTool, id: tool.id.raw, name: tool.name, newer: try newer(tool)))
            }
        }
        return items
    }

    private var runTag: String { Marker.runTag(ledger.run.description) }

    private func newer(_ tool: Tool<TargetSide>) throws -> String? {
        guard let then = record?.tools[tool.id.raw] else { return nil }
        return try CommitRecord.digest(of: tool) == then ? nil : "it was changed"
    }

    /// Names that the run's uploads of tools brought.
    private var createdNames: [String] {
        steps.filter { $0.intent.kind == Ledger<TargetSide>.kind("import-file") }.flatMap { step in
            step.intent.details.flatMap { try? JSONDocument($0).root["tools"]?.elements.compactMap(\.string) }
                ?? []
        }
    }

    /// The first pre-image of each tool that was patched whole, by id.
    var overwrittenTools: [String: (name: String, json: VerbatimJSON)] {
        var found: [String: (name: String, json: VerbatimJSON)] = [:]
        for step in steps where step.intent.kind == Ledger<TargetSide>.kind("patch-tool") {
            guard let json = step.intent.preImage, let root = try? JSONDocument(json).root,
                let id = root["id"]?.string, let name = root["name"]?.string, found[id] == nil,
                !ToolPatch.tags(of: json).contains(runTag)
            else { continue }
            found[id] = (name, json)
        }
        return found
    }

    private func mapped(_ kind: String) -> [String] {
        mappings.filter { $0.kind == kind }.map(\.targetID)
    }

    private static func unique(_ ids: [String]) -> [String] {
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }
    }
}
