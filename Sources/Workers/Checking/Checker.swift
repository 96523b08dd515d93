import Home
import Journal
import LettaModel
import LosslessJSON
import WorkerTree

/// Compares moved workers with what their move said they would be, and with
/// what the server has now. Changes nothing.
struct Checker: Sendable {
    let engine: WorkersEngine
    let target: any Home<TargetSide>
    let source: (any Home<SourceSide>)?
    let view: TreeView
    /// Of the move that made the folder; nil where the journal knows none.
    let run: RunRecord?
    let expectation: Expectation?
    let order: WorkersCheckOrder

    func check(scratch: String) async throws -> [WorkersFinding] {
        var found: [WorkersFinding] = []
        found += try await agents()
        found += try await databases(scratch)
        found += try await ToolChecker(
            target: target, neighbours: order.neighbours, view: view, expectation: expectation,
            looksAtProcesses: order.host.processes != .none
        ).findings()
        found += try await otherAgents()
        found += try leftovers(scratch)
        found += try modes()
        found += await RedisChecker(
            neighbours: order.neighbours, redis: order.redis, server: target.address.name
        ).findings(view.brocas)
        return found
    }

    // MARK: Agents

    private func agents() async throws -> [WorkersFinding] {
        var found: [WorkersFinding] = []
        for worker in view.inventory.workers where worker.kind != .otto {
            guard let id = worker.agentID, !id.isEmpty else {
                found.append(
                    WorkersFinding(
                        .agent, worker.name, isGood: worker.kind != .broca, "names no agent",
                        remedy: "set \(worker.kind.agentKey)"))
                continue
            }
            found.append(contentsOf: try await agent(id, of: worker))
        }
        return found
    }

    private func agent(_ id: String, of worker: Worker) async throws -> [WorkersFinding] {
        let place = view.relative(worker.codeFolder) ?? ""
        let expected = expectation?.programs.first {
            $0.codeFolder == place && $0.kind == worker.kind.rawValue
        }?.agent
        if let expected, expected != id {
            return [
                WorkersFinding(
                    .agent, worker.name, isGood: false, "serves \(id) instead of \(expected)",
                    remedy: "set \(worker.kind.agentKey)=\(expected)")
            ]
        }
        let state: AgentState<TargetSide>
        do { state = try await target.agent(TargetID(id)) } catch let failure as Failure
            where failure.code == .agentUnknown
        {
            return [
                WorkersFinding(
                    .agent, worker.name, isGood: false,
                    "serves \(id), which \(target.address.name) does not have",
                    remedy: "set \(worker.kind.agentKey) to the right one")
            ]
        }
        var found = [WorkersFinding(.agent, worker.name, isGood: true, "serves \(state.name) (\(id))")]
        let url = worker.serverURL ?? ""
        let isHere = WhoReader.root(url) == WhoReader.root(target.address.url)
        found.append(
            WorkersFinding(
                .agent, worker.name, isGood: isHere, "speaks to \(ShownURL.shown(url))",
                remedy: isHere ? "" : "set \(worker.kind.serverKey)=\(target.address.url)"))
        if worker.kind == .broca { found.append(try await attached(id)) }
        found += secrets(state, worker)
        found += await TokenFindings(worker: worker, neighbours: order.neighbours, server: target.address)
            .findings(agent: id, isHere: isHere)
        return found
    }

    private func attached(_ id: String) async throws -> WorkersFinding {
        let labels = Set(expectation?.labels ?? []).union(["human"])
        let human = try await target.blocks(of: TargetID(id)).first { labels.contains($0.label) }
        guard let human else {
            return WorkersFinding(
                .blocks, id, isGood: true, "no block \(labels.sorted().joined(separator: " or ")) is attached"
            )
        }
        let refusal = Refusals.attached(
            human.id.raw, label: human.label, agent: id, at: target.address.url)
        return WorkersFinding(.blocks, id, isGood: false, refusal.reason, remedy: refusal.remedy)
    }

    /// A value that an import lost reads as a text of its own.
    private func secrets(_ state: AgentState<TargetSide>, _ worker: Worker) -> [WorkersFinding] {
        guard let root = try? JSONDocument(state.json).root else { return [] }
        let entries =
            (root["secrets"]?.elements ?? []) + (root["tool_exec_environment_variables"]?.elements ?? [])
        let blank = Set(
            entries.filter { ["", "<encrypted>"].contains($0["value"]?.string ?? "") }.compactMap {
                $0["key"]?.string
            })
        return blank.sorted().map {
            WorkersFinding(
                .secrets, $0, isGood: false,
                "the agent's secret has no value, and \(worker.name) would use none",
                remedy: "set it on the server, then restart \(worker.name)")
        }
    }

    /// Lines that would send messages elsewhere; those that the move was told to
    /// bring are told, and no finding.
    private func otherAgents() async throws -> [WorkersFinding] {
        let agreed = try await AgentRoutes(journal: engine.journal, server: target.address.url)
            .agreed(run?.id)
        return view.inventory.otherAgents.map { other in
            let isAgreed = agreed.contains(Omissions.id(of: other, view))
            let place = (view.relative(other.path) ?? other.path) + (other.line.map { ":\($0)" } ?? "")
            return WorkersFinding(
                .settings, place, isGood: isAgreed,
                other.words + (isAgreed ? ", which the move was told to bring" : ""),
                remedy: isAgreed ? "" : "take the line out, or set the agent that is meant")
        }
    }

    // MARK: Databases

    private func databases(_ scratch: String) async throws -> [WorkersFinding] {
        var found: [WorkersFinding] = []
        try PrivateTree.makeFolder(scratch)
        defer { try? PrivateTree.remove(scratch) }
        for (number, database) in view.databases.enumerated() {
            let copy = "\(scratch)/\(number).db"
            try PrivateCopy.take(database.path, to: copy, scratch: copy + ".parts")
            let store = try BrocaStore(copy)
            let name = view.relative(database.path) ?? database.path
            let damage = try store.damage()
            found.append(
                WorkersFinding(
                    .database, name, isGood: damage.isEmpty,
                    damage.isEmpty ? "is sound" : damage.joined(separator: "; "),
                    remedy: damage.isEmpty ? "" : "move it again from the source"))
            let program = expectation?.programs.first { $0.database == name }
            found += try RowFindings(name: name, program: program, store: store).findings()
            found += try await users(try store.users(), name)
        }
        return found + missing()
    }

    /// What the move brought and no worker of the tree opens now.
    private func missing() -> [WorkersFinding] {
        let there = Set(view.databases.compactMap { view.relative($0.path) })
        return (expectation?.programs ?? []).compactMap { program in
            guard let database = program.database, !there.contains(database) else { return nil }
            return WorkersFinding(
                .database, database, isGood: false,
                "no worker opens it, though the move brought it for \(program.name)",
                remedy: "see which one would be opened: ferry workers inspect \(ShellWord.quoted(view.root))")
        }
    }

    private func users(_ users: [ChatUser], _ name: String) async throws -> [WorkersFinding] {
        var found: [WorkersFinding] = []
        let needs = UserNeeds(users)
        for (id, user) in needs.identities where try await target.identity(TargetID(id)) == nil {
            found.append(missing("identity", id, user))
        }
        for (id, user) in needs.blocks {
            guard let block = try await target.observeBlock(TargetID(id)) else {
                found.append(missing("block", id, user))
                continue
            }
            found += try await compare(block.value, user)
        }
        if found.allSatisfy(\.isGood) {
            found.append(
                WorkersFinding(
                    .users, name, isGood: true,
                    "\(needs.identities.count.counted("identity", "identities")) and \(needs.blocks.count.counted("block")) are there"
                        + compared(needs.blocks.count, without: found.count { !$0.isSeen })))
        }
        if needs.orphans > 0 {
            found.append(
                WorkersFinding(
                    .users, name, isGood: true,
                    "\(needs.orphans.counted("user")) without a profile left as they were"))
        }
        return found
    }

    /// Says no more than was compared.
    private func compared(_ count: Int, without unseen: Int) -> String {
        guard source != nil || run != nil, count > 0 else { return "" }
        let which = unseen == 0 ? "the blocks" : "\((count - unseen).counted("block")) of them"
        return ", \(which) " + (source != nil ? "equal to the source's" : "as the move wrote them")
    }

    private func uncompared(_ block: Block<TargetSide>, _ user: ChatUser, _ why: String) -> WorkersFinding {
        .unseen(
            .users, "user \(user.id) (\(user.name))", "block \(block.id) was not compared: \(why)",
            remedy: "read it: GET /v1/blocks/\(block.id)")
    }

    private func missing(_ what: String, _ id: String, _ user: ChatUser) -> WorkersFinding {
        WorkersFinding(
            .users, "user \(user.id) (\(user.name))", isGood: false,
            "\(what) \(id) is not on \(target.address.name)",
            remedy: "move the workers again: ferry workers move")
    }

    /// With the source at hand; a block that the agent has written to since is
    /// no longer the source's.
    private func compare(_ block: Block<TargetSide>, _ user: ChatUser) async throws -> [WorkersFinding] {
        guard let source else { return try await compareWithMove(block, user) }
        // A block of the same Letta is its own counterpart.
        let old = BlockContent.origin(of: block.json) ?? block.id.raw
        guard let known = try await source.block(SourceID(old)) else {
            return [uncompared(block, user, "the source has no block \(old)")]
        }
        let fields = try BlockContent.differences(known.json, block.json)
        guard !fields.isEmpty else { return [] }
        return [
            WorkersFinding(
                .users, "user \(user.id) (\(user.name))", isGood: false,
                "block \(block.id) differs from the source's in \(fields.joined(separator: ", "))",
                remedy: "if a worker has run here since, that is the agent's own writing; else move it again")
        ]
    }

    /// Without the old server: with what the run wrote there.
    private func compareWithMove(_ block: Block<TargetSide>, _ user: ChatUser) async throws
        -> [WorkersFinding]
    {
        guard let run else { return [] }
        let made = try await MadeBlock.all(of: run.id, engine.journal).first { $0.id == block.id.raw }
        guard let made, !made.fields.isEmpty else {
            return [uncompared(block, user, "the journal does not hold what it was when it was moved")]
        }
        guard try !made.isUntouched(block.json) else { return [] }
        return [
            WorkersFinding(
                .users, "user \(user.id) (\(user.name))", isGood: false,
                "block \(block.id) is not as the move wrote it",
                remedy: "if a worker has run here since, that is the agent's own writing; else move it again")
        ]
    }

    // MARK: Files

    /// What nothing may hold any more.
    private var old: [Replacement] {
        (expectation?.oldValues ?? []).map { value in
            let kind: Rewrite.Kind =
                value.hasPrefix("agent-") ? .agentID : value.contains("://") ? .serverURL : .path
            return Replacement(kind: kind, old: value, new: value + "\u{0}")
        }
    }

    /// Every text of the tree, in files and in databases, but users' messages.
    private func leftovers(_ scratch: String) throws -> [WorkersFinding] {
        guard !old.isEmpty else { return [] }
        let ids = (expectation?.oldValues ?? []).filter { $0.hasPrefix("agent-") }
        let rewriter = TextRewriter(old, keeping: Replacements.kept(view, named: ids, at: view.names))
        var found = try columns(scratch)
        for file in view.files
        where file.shape == .file && file.bytes < 4 << 20 && !view.databaseFiles.contains(file.path) {
            guard let place = view.relative(file.path) else { continue }
            let bytes = try PrivateTree.read(file.path)
            for hit in rewriter.rewrite(WideText.narrow(bytes) ?? bytes, file: place)?.rewrites ?? [] {
                found.append(
                    WorkersFinding(
                        .leftovers, "\(place):\(hit.line)", isGood: false, "still holds \(hit.old)",
                        remedy: "change it by hand, where it matters"))
            }
        }
        if found.isEmpty {
            found.append(
                WorkersFinding(.leftovers, view.root, isGood: true, "holds nothing of the old place"))
        }
        return found
    }

    private func columns(_ scratch: String) throws -> [WorkersFinding] {
        try PrivateTree.makeFolder(scratch)
        defer { try? PrivateTree.remove(scratch) }
        var found: [WorkersFinding] = []
        let all =
            view.databases.map { ($0.path, true) } + view.stores.map { ($0.path, $0.kind == .strayBroca) }
        for (number, (path, isBrocas)) in all.enumerated() {
            let copy = "\(scratch)/columns-\(number).db"
            try PrivateCopy.takeAsItIs(path, to: copy, isHeld: !Holders.of(path).isNobody)
            let place = view.relative(path) ?? path
            for hit in try ColumnSearch.hits(
                in: copy, of: path, old, except: isBrocas ? ["messages"] : [])
            {
                let isText = isBrocas && BrocaStore.texts.contains("\(hit.table).\(hit.column)")
                let look = "sqlite3 -readonly \(ShellWord.quoted(path)) \"SELECT * FROM \(hit.table)\""
                found.append(
                    WorkersFinding(
                        .leftovers, place, isGood: isText,
                        "\(hit.words) still holds \(hit.value)"
                            + (isText ? ", in a text of the user's that Broca sends nowhere" : ""),
                        remedy: isText ? "" : "look at it: \(look)"))
            }
        }
        return found
    }

    private func modes() throws -> [WorkersFinding] {
        let open = view.files.filter { file in
            file.shape == .file && file.mode & 0o077 != 0 && [.secret, .key, .state].contains(file.class)
        }
        guard !open.isEmpty else {
            return [
                WorkersFinding(.modes, view.root, isGood: true, "secrets and state are their owner's alone")
            ]
        }
        return open.map {
            WorkersFinding(
                .modes, view.relative($0.path) ?? $0.path, isGood: false, "others may read it",
                remedy: "chmod 600 \(ShellWord.quoted($0.path))")
        }
    }
}
