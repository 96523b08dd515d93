import Home
import Hashing
import Journal
import LettaModel
import LosslessJSON
import Plan

/// Everything that a run made or overwrote on the target, as it stands now:
/// by the journal first, then by the run's markers. Reads only.
struct UndoSurvey {
    let ledger: Ledger<TargetSide>
    let steps: [StepRecord]
    let mappings: [IDMapping]
    let found: [Found<TargetSide>]
    let record: CommitRecord?
    /// The agent that a repair added to: not the run's own, and no stranger
    /// to what the run made.
    let host: TargetID<AgentKind>?

    init(_ ledger: Ledger<TargetSide>, host: TargetID<AgentKind>? = nil) async throws {
        self.ledger = ledger
        self.host = host
        steps = try await ledger.journal.steps(ledger.run)
        mappings = try await ledger.journal.mappings(of: ledger.run)
        found = try await ledger.home.find(run: ledger.run.description)
        record = CommitRecord.merged(steps)
    }

    private var home: any Home<TargetSide> { ledger.home }

    func items() async throws -> [UndoItem] {
        let agents = try await agents()
        let own = Set(agents.map(\.id.raw) + [host?.raw].compactMap(\.self))
        var items: [UndoItem] = []
        for agent in agents { items.append(try await item(agent)) }
        items += try await blocks(of: agents, own)
        items += try await archives(of: agents, own)
        items += try await tools(own, isOut: isOut(agents))
        items += try await identities(own)
        items += try await shared(own)
        return items
    }

    /// What other runs made, and this one gave its agent.
    private func shared(_ own: Set<String>) async throws -> [UndoItem] {
        var items: [UndoItem] = []
        for id in Self.unique(mapped(SharedMapping.block)) {
            guard let block = try await home.block(ServerID(id)) else { continue }
            let users = try await users(.block(block.id), own)
            items.append(
                UndoItem(
                    kind: .sharedBlock, id: id, name: block.label,
                    obstacle: try await leftOver(id, users, "DELETE /v1/blocks/\(id)")))
        }
        for id in Self.unique(mapped(SharedMapping.archive)) {
            guard let users = try await archiveUsers(id, own) else { continue }
            items.append(
                UndoItem(
                    kind: .sharedArchive, id: id, name: "",
                    obstacle: try await leftOver(id, users, "DELETE /v1/archives/\(id)")))
        }
        return items
    }

    /// An undo of the run that made it left it, since it was in use, and it is
    /// no more: nobody will come back for it.
    private func leftOver(
        _ id: String, _ others: (users: [String], unknown: String?), _ removal: String
    ) async throws -> String? {
        guard others.users.isEmpty else { return nil }
        for other in try await ledger.journal.runs() where other.id != ledger.run && other.status == .undone {
            let made = try await ledger.journal.mappings(of: other.id).contains {
                $0.targetID == id && [BlockKind.name, ArchiveKind.name].contains($0.kind)
            }
            if made {
                let who = others.unknown.map { "\($0); where nobody does" } ?? "no other agent has it"
                return "the run \(other.id) made it, and is undone; \(who): `\(removal)` removes it"
            }
        }
        return nil
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
        // A target counts the system row that it makes for each conversation.
        let system = ConversationLoader.systemRows(steps)
        let now = try await home.counts(of: agent.id).rows
        if let now, system.contains(now - uploaded) { return nil }
        return Self.more(now, than: uploaded + system.lowerBound, "message")
    }

    private func newer(_ agent: AgentState<TargetSide>) async throws -> String? {
        guard let record else { return Self.unknown }
        let now = try await CommitRecord.look(at: agent.id, tools: [], home)
        if let words = Self.more(now.rows, than: record.rows, "message") { return words }
        return now.state == record.state ? nil : "its settings, its context or a conversation changed"
    }

    private static let unknown =
        "it is not known what stood here when the run was committed, so nothing tells what came since"

    /// The run got as far as giving the agent its name, or somebody deleted
    /// the agent: then only the record tells what is the run's own.
    private func isOut(_ agents: [AgentState<TargetSide>]) -> Bool {
        guard let mapped = mapped(AgentKind.name).last else { return false }
        guard let agent = agents.first(where: { $0.id.raw == mapped }) else { return true }
        return Marker(agent.name)?.run != ledger.run.description
    }

    private static func more(_ now: Int?, than then: Int?, _ what: String) -> String? {
        guard let now, let then, now != then else { return nil }
        return now > then ? "\((now - then).counted(what)) more" : "\((then - now).counted(what)) less"
    }

    // MARK: What may be shared

    private func blocks(
        of agents: [AgentState<TargetSide>], _ own: Set<String>
    ) async throws -> [UndoItem] {
        let ids = mapped(BlockKind.name) + createdBlocks + found.filter { $0.kind == .block }.map(\.id)
        let isOut = isOut(agents)
        var items: [UndoItem] = []
        for id in Self.unique(ids) {
            guard let block = try await home.block(ServerID(id)) else { continue }
            let (users, obstacle) = try await users(.block(block.id), own)
            items.append(
                UndoItem(
                    kind: .block, id: id, name: block.label, users: users,
                    newer: try newer(block, isOut: isOut), obstacle: obstacle))
        }
        return items
    }

    private func newer(_ block: Block<TargetSide>, isOut: Bool) throws -> String? {
        guard let then = record?.blocks[block.id.raw] else { return isOut ? Self.unknown : nil }
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
        let ids = Self.unique(mapped(ArchiveKind.name) + found.filter { $0.kind == .archive }.map(\.id))
        guard !ids.isEmpty else { return [] }
        let newer = try await newerPassages(agents)
        let isOrphan =
            isOut(agents) && !agents.contains { $0.id.raw == mapped(AgentKind.name).last }
            && !hasRemovedAgent
        var items: [UndoItem] = []
        for id in ids {
            guard let (users, obstacle) = try await archiveUsers(id, own) else { continue }
            let orphan =
                isOrphan ? "its agent is gone, so its passages can neither be looked at nor kept" : nil
            items.append(
                UndoItem(
                    kind: .archive, id: id, name: id, users: users, newer: newer,
                    obstacle: obstacle ?? orphan))
        }
        return items
    }

    /// An undo that was stopped has removed the agent itself, and looked at its
    /// passages before.
    private var hasRemovedAgent: Bool {
        steps.contains { step in
            step.intent.kind == Ledger<TargetSide>.kind("delete-agent") && !step.isRefused
                && step.intent.details.flatMap { try? JSONDocument($0).root["id"]?.string }
                    == mapped(AgentKind.name).last
        }
    }

    /// By content, since one may have come for one that went.
    private func newerPassages(_ agents: [AgentState<TargetSide>]) async throws -> String? {
        guard isOut(agents), let mapped = mapped(AgentKind.name).last,
            let agent = agents.first(where: { $0.id.raw == mapped })
        else { return nil }
        guard let then = record?.passageDigest else { return Self.unknown }
        let now = try await PassageSet.digest(of: agent.id, home)
        return now == then ? nil : "its passages changed"
    }

    /// - Returns: nil where the archive is gone.
    private func archiveUsers(_ id: String, _ own: Set<String>) async throws -> ([String], String?)? {
        do {
            return try await users(.archive(ServerID(id)), own)
        } catch let failure as Failure where failure.code == .serverRefused && failure.reason.contains("404")
        {
            return nil
        }
    }

    /// Who has it besides the run's own; an obstacle where the server cannot
    /// tell, for then somebody may.
    private func users(
        _ thing: SharedThing<TargetSide>, _ own: Set<String>
    ) async throws -> ([String], String?) {
        guard let users = try await home.users(of: thing) else {
            return ([], "the server cannot tell who uses it")
        }
        return (users.filter { !own.contains($0.id.raw) }.map { "\($0.name) (\($0.id))" }, nil)
    }

    /// Those that this run made; one that it found there stays, and so does
    /// one of which nobody knows who made it.
    private func identities(_ own: Set<String>) async throws -> [UndoItem] {
        let made = IdentityLoader.made(steps)
        var items: [UndoItem] = []
        for id in Self.unique(made.ids) {
            guard let one = try await home.identity(ServerID(id)) else { continue }
            let (agents, obstacle) = try await users(.identity(one.id), own)
            items.append(
                UndoItem(
                    kind: .identity, id: id, name: one.name, users: agents + (try await runs(using: id)),
                    newer: newer(one), obstacle: obstacle))
        }
        var unclear: [Identity<TargetSide>] = []
        for id in Self.unique(made.unclear) {
            if let one = try await home.identity(ServerID(id)) { unclear.append(one) }
        }
        for key in Self.unique(made.keys) { unclear += try await home.identities(key: key) }
        return items
            + unclear.map {
                UndoItem(
                    kind: .identity, id: $0.id.raw, name: $0.name,
                    obstacle: "the answer that would say who made it was lost")
            }
    }

    /// Other runs that gave it to something: users of a worker, say.
    private func runs(using identity: String) async throws -> [String] {
        var found: [String] = []
        for other in try await ledger.journal.runs() where other.id != ledger.run && other.status != .undone {
            let mapped = try await ledger.journal.mappings(of: other.id)
            if mapped.contains(where: { $0.kind == IdentityKind.name && $0.targetID == identity }) {
                found.append("the run \(other.id)")
            }
        }
        return found
    }

    /// Held against the body that made it, which hung no blocks on it.
    private func newer(_ identity: Identity<TargetSide>) -> String? {
        guard let now = IdentityFacts(identity.json) else { return nil }
        guard now.blockIDs.isEmpty else { return "blocks hang on it" }
        let step = steps.first {
            $0.intent.kind == Ledger<TargetSide>.kind(IdentityLoader.create)
                && IdentityLoader.key(of: $0) == identity.key
        }
        return step?.intent.request == ContentDigest.ofBytes(now.content) ? nil : "it was edited"
    }

    /// Whether the archive was given to an agent, or may have been filled.
    func mayHaveUsed(archive id: String) -> Bool {
        steps.contains { step in
            let isUse =
                switch step.intent.kind {
                case Ledger<TargetSide>.kind("attach-archive"): !step.isRefused && !step.isOpen
                case Ledger<TargetSide>.kind("insert-passages"): !step.isRefused
                default: false
                }
            guard isUse else { return false }
            return step.intent.details.flatMap { try? JSONDocument($0).root["id"]?.string } == id
        }
    }

    // MARK: Tools

    private func tools(_ own: Set<String>, isOut: Bool) async throws -> [UndoItem] {
        let made = Set(mapped(ToolKind.name))
        let overwritten = overwrittenTools.filter { !made.contains($0.key) }
        let names = createdNames + overwritten.values.map(\.name)
        guard !names.isEmpty else { return [] }
        var items: [UndoItem] = []
        for tool in try await home.tools(named: Self.unique(names)) {
            let isMine = made.contains(tool.id.raw) || ToolPatch.tags(of: tool.json).contains(runTag)
            if isMine {
                let (users, obstacle) = try await users(.tool(tool.id), own)
                items.append(
                    UndoItem(
                        kind: .tool, id: tool.id.raw, name: tool.name, users: users,
                        newer: try newer(tool, isOut), obstacle: obstacle))
            } else if let before = overwritten[tool.id.raw], try !Self.isSame(tool, before.json) {
                items.append(
                    UndoItem(
                        kind: .overwrittenTool, id: tool.id.raw, name: tool.name,
                        newer: try newer(overwritten: tool)))
            }
        }
        return items
    }

    private var runTag: String { Marker.runTag(ledger.run.description) }

    /// - Parameter isOut: the agent has its name, so the tool may have users.
    private func newer(_ tool: Tool<TargetSide>, _ isOut: Bool) throws -> String? {
        guard let then = record?.tools[tool.id.raw] else { return isOut ? Self.unknown : nil }
        return try CommitRecord.digest(of: tool) == then ? nil : "it was changed"
    }

    /// Held against what was read right after it was overwritten.
    private func newer(overwritten tool: Tool<TargetSide>) throws -> String? {
        guard let then = ToolLoader.overwritten(steps)[tool.id.raw] else {
            return "it is not known what was written over it"
        }
        return try CommitRecord.digest(of: tool) == then ? nil : "it was changed"
    }

    private static func isSame(_ tool: Tool<TargetSide>, _ json: VerbatimJSON) throws -> Bool {
        let then = Tool<TargetSide>(id: tool.id, name: tool.name, toolType: tool.toolType, json: json)
        return try CommitRecord.digest(of: tool) == CommitRecord.digest(of: then)
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
