import Home
import Journal
import LettaModel
import WorkerTree

/// Reads everything that decides a move; writes nothing but private copies of
/// databases, which are gone afterwards.
struct Planner: Sendable {
    let engine: WorkersEngine
    let order: WorkersOrder
    let servers: WorkersServers
    let view: TreeView
    /// As files of the tree will call their new place.
    let destination: String

    /// A plan with what only the move itself needs.
    struct Result: Sendable {
        var plan: WorkersPlan
        var routes: [AgentRoute] = []
        /// By database.
        var users: [String: [ChatUser]] = [:]
        var fates: [String: [QueueFate]] = [:]
        var counts: [String: BrocaCounts] = [:]
        var ledgers: [String: RowLedger] = [:]
        var replacements: [Replacement] = []
        /// Of each old agent, by name; none where its server is not there.
        var tools: [String: [String]] = [:]
        /// The old server had one registered; nil where it was not asked.
        var hadToolServers: Bool?
        /// Of users' own blocks, at the source.
        var labels: Set<String> = ["human"]
        var mapper: UserMapper
    }

    var target: any Home<TargetSide> { servers.target }

    /// - Parameter scratch: a folder that is made and removed.
    func result(scratch: String) async throws -> Result {
        let routes = try await routes()
        let source = try await liveSource()
        let mapper = UserMapper(
            journal: engine.journal, source: source, target: target, sourceURL: sourceURL(routes.found))
        var result = Result(
            plan: WorkersPlan(
                source: order.path, destination: order.destination, server: target.address.description),
            routes: routes.found, mapper: mapper)
        result.plan.refusals = view.inventory.allRefusals + routes.refusals + testModes
        result.plan.refusals += Nesting(order).refusals
        // Where no agent has a new one yet, its move will say where the old one is.
        if !routes.found.isEmpty {
            result.plan.refusals += strangers.map { Refusals.unasked($0, at: servers.targetName) }
        }
        if order.retires { result.plan.refusals += try Retirement.refusals(view) }
        if servers.source != nil, source == nil { result.plan.omissions.append(Omissions.sourceGone) }
        // A killed run's private copies.
        try PrivateTree.remove(scratch)
        try PrivateTree.makeFolder(scratch)
        defer { try? PrivateTree.remove(scratch) }
        let held = held
        for (number, database) in view.databases.enumerated() {
            try await add(
                database.path, database.workers, copy: "\(scratch)/\(number).db", held: held, to: &result)
        }
        try await addAgents(to: &result)
        result.plan.omissions += try await LaterRows(journal: engine.journal, source: source)
            .omissions(result.routes)
        addWorkers(to: &result)
        result.plan.omissions += MixedJobs.omissions(view.inventory.workers, result.routes)
        let heirs = try await AgentRoutes(journal: engine.journal, server: target.address.url).heirs()
        result.plan.omissions += MixedJobs.misnamed(view.inventory, heirs)
        result.plan.omissions += Omissions.otherAgents(view)
        result.plan.omissions += Omissions.tokens(view)
        try addFiles(to: &result)
        try addStores(to: &result, scratch: scratch, held: held)
        try await addToolServers(to: &result)
        addBridge(to: &result)
        result.plan.omissions += Omissions.of(view, order, destination: destination)
        result.plan.omissions += Omissions.outside(view, destination: destination)
        result.plan.notes += LoopbackNotes.of(view, order, target: target.address.url)
        result.plan.notes += view.inventory.notes.map { "\($0.subject): \($0.text)" }
        result.plan.notes += view.inventory.workers.flatMap { worker in
            worker.notes.map { note in
                (note.subject.hasPrefix("/") ? "" : "\(worker.name)'s \(worker.kind.rawValue): ")
                    + "\(note.subject): \(note.text)"
            }
        }
        result.plan.steps = Steps.list(result.plan, order, view, at: servers.targetName)
        return result
    }

    // MARK: Agents

    private func routes() async throws -> (found: [AgentRoute], refusals: [Failure]) {
        let routes = AgentRoutes(journal: engine.journal, server: target.address.url)
        var found: [AgentRoute] = []
        var refusals: [Failure] = []
        var seen: Set<String> = []
        for worker in view.inventory.workers where worker.kind != .otto {
            guard let old = worker.agentID, !old.isEmpty else {
                if worker.kind == .broca {
                    refusals.append(Refusals.noAgent(worker: worker.name, key: worker.kind.agentKey))
                }
                continue
            }
            guard seen.insert(old).inserted else { continue }
            if let route = try await routes.route(of: old, order) {
                found.append(route)
            } else {
                refusals.append(Refusals.unmapped(old, worker: worker.name, at: servers.targetName))
            }
        }
        refusals += view.inventory.workers.filter { $0.kind != .otto }.compactMap(serverRefusal)
        if let bare = order.agents.first(where: { !$0.contains("=") }), seen.count > 1 {
            refusals.append(Refusals.severalAgents(seen.sorted(), new: bare))
        }
        return (found, refusals)
    }

    /// Where nothing sets a server, there is nothing that could be rewritten:
    /// Broca speaks to Letta's own cloud then, SMCP to a port of its host.
    private func serverRefusal(_ worker: Worker) -> Failure? {
        let url = worker.serverURL ?? ""
        let isSet = worker.setting(worker.kind.serverKey)?.origin != .builtIn && !url.isEmpty
        guard !isSet, url.isEmpty || WhoReader.root(url) != WhoReader.root(target.address.url) else {
            return nil
        }
        // Broca without an agent is refused for that.
        if worker.kind == .broca, worker.agentID?.isEmpty ?? true { return nil }
        return Refusals.noServer(worker, default: url)
    }

    private func sourceURL(_ routes: [AgentRoute]) -> String {
        servers.source?.address.url ?? routes.lazy.compactMap(\.source?.url).first ?? target.address.url
    }

    /// The source's server, if it answers; a dead one only where the user said
    /// so. Without one the workers stay with their server.
    private func liveSource() async throws -> (any Home<SourceSide>)? {
        guard let source = servers.source else { return nil }
        do {
            _ = try await source.abilities()
            return source
        } catch let failure as Failure where Self.means(failure.code) {
            if order.accepts("source-gone") { return nil }
            throw Failure(
                failure.code, subject: failure.subject, reason: failure.reason,
                remedy: "start it; or, if it is gone for good, say so: --accept source-gone "
                    + "(what the agent had learnt of each user is lost then)",
                end: .source, underlying: failure.underlying)
        }
    }

    /// That nobody answers.
    static func means(_ code: ErrorCode) -> Bool {
        [.connectFailed, .nameNotFound, .timedOut, .connectionLost].contains(code)
    }

    /// The new agents exist, and carry no block that Broca's users' blocks
    /// would collide with.
    private func addAgents(to result: inout Result) async throws {
        for route in result.routes {
            do {
                _ = try await target.agent(TargetID(route.new))
            } catch let failure as Failure where failure.code == .agentUnknown {
                result.plan.refusals.append(failure.at(.target))
                continue
            }
            let serves = view.brocas.contains { $0.agentID == route.old }
            guard serves else { continue }
            for block in try await target.blocks(of: TargetID(route.new))
            where result.labels.contains(block.label) {
                result.plan.refusals.append(
                    Refusals.attached(
                        block.id.raw, label: block.label, agent: route.new, at: target.address.url))
            }
        }
    }

    /// A worker that answers users with their own words must not follow.
    private var testModes: [Failure] {
        view.inventory.workers.flatMap { worker in
            worker.notes.filter { ["debug-mode", "echo-mode"].contains($0.id) }
                .map { Refusals.testMode(worker.name, what: "\($0.subject) \($0.text)") }
        }
    }

    // MARK: Databases

    /// Databases that a process has open: they may change at any moment.
    private var held: Set<String> {
        let all = Holders.all(view.databases.map(\.path) + view.stores.map(\.path))
        return Set(all.filter { !$0.value.isNobody }.keys)
    }

    private func add(
        _ path: String, _ workers: [Worker], copy: String, held: Set<String>, to result: inout Result
    ) async throws {
        let folders = workers.flatMap(\.agentFolders)
        if folders.count > 1 {
            let names = folders.map { view.relative($0) ?? $0 }
            result.plan.refusals.append(Refusals.shared(path, agents: names))
        }
        let agents = workers.compactMap(\.agentID).reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        if agents.count > 1, !result.plan.refusals.contains(where: { $0.code == .workerShared }) {
            result.plan.refusals.append(Refusals.shared(path, agents: agents))
        }
        if let worker = workers.first, let folder = Neighbourhood.otherBroca(at: path, than: worker, view) {
            result.plan.refusals.append(Refusals.anothers(path, worker: worker.name, folder: folder))
        }
        try PrivateCopy.takeAsItIs(path, to: copy, isHeld: held.contains(path))
        let store = try BrocaStore(copy)
        let damage = try store.damage()
        if !damage.isEmpty {
            result.plan.refusals.append(
                Refusals.newerSchema(path, "it is damaged: \(damage.joined(separator: "; "))"))
        }
        result.counts[path] = try store.counts()
        // Refused in any case, and nobody can say what would become of them.
        guard strangers.isEmpty else { return }
        let users = try store.users()
        let rows = try store.openRows()
        result.users[path] = users
        let closed = try store.closedRows(endingIn: Set(rows.filter(\.needsHistory).map(\.text)))
        let fates = try await fates(rows, closed, users, agent: agents.first, in: result)
        result.fates[path] = fates
        result.ledgers[path] = try store.ledger(after: fates)
        let needs = UserNeeds(users)
        result.plan.orphans += needs.orphans
        let things = try await result.mapper.plan(needs)
        result.plan.users += things
        result.labels.formUnion(things.compactMap(\.label))
        result.plan.omissions += Omissions.of(things, from: asked(result))
    }

    /// The server that was asked for users' own things, by name; nil where
    /// none was: what nobody asked cannot be said to be gone.
    private func asked(_ result: Result) -> String? {
        servers.source == nil ? servers.targetName : result.mapper.source.map(\.address.name)
    }

    /// Servers that Brocas of the tree speak to, where the user named none and
    /// they are not the target: only there are users' own things.
    private var strangers: [String] {
        guard servers.source == nil else { return [] }
        return view.brocas.compactMap(\.serverURL).filter {
            !$0.isEmpty && WhoReader.root($0) != WhoReader.root(target.address.url)
        }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func fates(
        _ rows: [QueueEntry], _ closed: [QueueEntry], _ users: [ChatUser], agent: String?, in result: Result
    ) async throws -> [QueueFate] {
        let search = rows.contains(where: \.needsHistory) ? try await history(agent, result) : nil
        let listed = Set(rows.map(\.id))
        let all = (rows + closed.filter { !listed.contains($0.id) }).sorted { $0.id < $1.id }
        let senders = Dictionary(
            users.map { ($0.id, Set($0.profiles.map(\.platformUserID))) },
            uniquingKeysWith: { first, _ in first })
        let answers = search?.answers(to: all, senders: senders) ?? [:]
        return rows.compactMap { row in
            let fate = QueueDecision.fate(of: row, history: answers[row.id] ?? .unknown)
            return fate.action == .carry && fate.notice == nil ? nil : fate
        }
    }

    static let rowsLookedAt = 1000

    /// Of the agent that was running when the rows were written; of its copy
    /// where its server is gone.
    private func history(_ agent: String?, _ result: Result) async throws -> AnswerSearch? {
        guard let agent, let route = result.routes.first(where: { $0.old == agent }) else { return nil }
        do {
            if let source = result.mapper.source {
                let rows = try await source.newestRows(of: SourceID(agent), limit: Self.rowsLookedAt)
                return AnswerSearch(rows, limit: Self.rowsLookedAt)
            }
            let rows = try await target.newestRows(of: TargetID(route.new), limit: Self.rowsLookedAt)
            return AnswerSearch(rows, limit: Self.rowsLookedAt)
        } catch let failure as Failure where failure.code == .agentUnknown {
            return nil
        }
    }

    // MARK: Workers and files

    private func addWorkers(to result: inout Result) {
        for worker in view.inventory.workers {
            let old = worker.agentID
            var planned = PlannedWorker(
                name: worker.name, kind: worker.kind, codeFolder: view.relative(worker.codeFolder) ?? "",
                oldAgent: old, newAgent: result.routes.first { $0.old == old }?.new)
            if worker.kind == .broca, let path = worker.database?.path {
                planned.database = view.place(of: path, worker)
                planned.counts = result.counts[path]
                planned.ledger = result.ledgers[path]
                planned.queue = result.fates[path] ?? []
            }
            planned.commit = worker.code.commit
            planned.packages = worker.code.packages
            result.plan.workers.append(planned)
        }
    }

    private func addFiles(to result: inout Result) throws {
        if let token = order.token, !Refusals.isFit(token.reveal()) {
            result.plan.refusals.append(Refusals.unfitToken(order.tokenSource ?? "--token-file"))
        }
        let left = Set(view.storesLeft.map(\.path))
        let files = view.files.filter { order.brings($0.class) && !left.contains($0.path) }
        result.plan.copied = FileTally.of(files)
        result.replacements = Replacements.of(
            view, routes: result.routes, server: target.address.url, destination: destination,
            token: order.token)
        let settings = EffectiveSettings(
            view, result.routes, result.replacements, server: target.address.url, token: order.token)
        var texts: [String: [UInt8]] = [:]
        for file in files where Rewritable.is(file, view) {
            guard let place = view.relative(file.path) else { continue }
            let bytes = try PrivateTree.read(file.path)
            if let narrow = WideText.narrow(bytes),
                let found = settings.rewriter.rewrite(narrow, file: place)?.rewrites
            {
                result.plan.omissions.append(Omissions.wide(place, found, destination: destination))
            }
            do {
                guard let done = try settings.rewrite(bytes, path: file.path, place: place) else { continue }
                result.plan.rewrites += done.rewrites
                texts[file.path] = done.bytes
            } catch let failure as Failure { result.plan.refusals.append(failure) }
        }
        addTokenRefusal(to: &result)
        if result.plan.rewrites.contains(where: { $0.kind == .path }), !Refusals.isPlain(destination) {
            result.plan.refusals.append(Refusals.unfitPlace(destination))
        }
        let kept = try settings.kept { path in
            // One that leads out of the tree does not come along.
            guard let real = FileKind.resolved(path), view.relative(real) != nil else { return nil }
            return try texts[real] ?? Self.text(real)
        }
        result.plan.refusals += kept.map { Refusals.kept($0, at: servers.targetName) }
    }

    private static func text(_ path: String) throws -> [UInt8]? {
        guard case .file = FileKind.at(path) else { return nil }
        return try PrivateTree.read(path)
    }

    /// A token that opened the old server opens no other.
    private func addTokenRefusal(to result: inout Result) {
        let isMoving = !Replacements.urls(view).allSatisfy { $0 == target.address.url }
        guard order.token == nil, isMoving,
            servers.source.map({ $0.address.url != target.address.url }) ?? isMoving
        else { return }
        for worker in view.inventory.workers {
            for key in worker.kind.tokenKeys where worker.setting(key)?.value?.isEmpty == false {
                return result.plan.refusals.append(
                    Refusals.noToken(key, worker: worker.name, server: servers.targetName))
            }
        }
    }

    /// Looked for before anything begins, not after everything is done.
    private func addBridge(to result: inout Result) {
        guard let path = order.bridgeDatabase else { return }
        guard case .file = FileKind.at(FileKind.resolved(path) ?? path) else {
            return result.plan.refusals.append(Refusals.noBridge(path))
        }
    }
}
