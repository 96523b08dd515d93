public import Home
public import Journal
public import LettaModel
public import WorkerTree

extension WorkersEngine {
    // MARK: Plan

    /// Reads both servers and the tree; nothing is written.
    public func plan(_ order: WorkersOrder, _ servers: WorkersServers) async throws -> WorkersPlan {
        try await withScratch { scratch in
            let local = try mirrored(order, scratch)
            let planner = Planner(
                engine: self, order: order, servers: servers, view: try local.look(self, order),
                destination: Place(order.destination).path)
            var plan = try await planner.result(scratch: scratch + "/databases").plan
            let end = try end(order, spool: scratch)
            do { try end.checkIsFree() } catch let failure as Failure { plan.refusals.append(failure) }
            if order.stopCommand == nil, let running = try local.refusal(planner.view) {
                plan.refusals.append(running)
            }
            return plan
        }
    }

    // MARK: Move

    /// Moves, or goes on with the newest run of the same tree and place that
    /// was stopped.
    public func move(_ order: WorkersOrder, _ servers: WorkersServers) async throws -> WorkersResult {
        if let run = try await unfinished(order) { return try await resume(run, order, servers) }
        return try await resume(try await begin(order, servers), order, servers)
    }

    /// - Parameter order: as decoded from the run, with the token fetched anew.
    public func resume(
        _ run: RunRecord, _ order: WorkersOrder, _ servers: WorkersServers
    ) async throws -> WorkersResult {
        try await journal.claim(run.id)
        do {
            try await journal.setStatus(run.id, .running)
            Self.removeMirror(run)
            let local = try mirrored(order, run.folder)
            let mover = Mover(
                engine: self, run: run, order: order, servers: servers, local: local,
                end: try end(order, spool: run.folder))
            defer { Self.removeMirror(run) }
            let result = try await mover.move()
            try await journal.release(run.id)
            return result
        } catch {
            try await stopped(run, error)
            throw error
        }
    }

    /// What was read of another machine holds its secrets.
    private static func removeMirror(_ run: RunRecord) {
        for name in ["mirror", "stage", "scratch"] { try? PrivateTree.remove("\(run.folder)/\(name)") }
    }

    /// A refusal ends a run that made nothing; everything else can go on. What
    /// was verified before stays so: only its retiring failed.
    private func stopped(_ run: RunRecord, _ error: any Error) async throws {
        if error is StepBook.Killed { return }
        if run.status == .verified {
            try await journal.setStatus(run.id, .verified)
            return try await journal.release(run.id)
        }
        let hasActed = try await journal.steps(run.id).contains { $0.intent.kind != "target/stage" }
        let isRefused = error is WorkersRefused || (error as? Failure)?.code == .lossesNotAccepted
        try await journal.setStatus(
            run.id, isRefused && !hasActed ? .failed : .incomplete, verdict: (error as? Failure)?.reason)
        try await journal.release(run.id)
    }

    private func begin(_ order: WorkersOrder, _ servers: WorkersServers) async throws -> RunRecord {
        var random = SystemRandomNumberGenerator()
        var draft = RunDraft(id: RunID(at: .now(), using: &random), job: Self.job, version: version)
        draft.source = servers.source.map { RunAddress(name: $0.address.name, url: $0.address.url) }
        draft.target = RunAddress(name: servers.target.address.name, url: servers.target.address.url)
        draft.agentName = Place(order.path).path.split(separator: "/").last.map(String.init)
        draft.choices = try OrderCoding.encode(order)
        return try await journal.create(draft)
    }

    /// Also a finished one whose folder is there: the same command again
    /// changes nothing, but may retire the source now.
    private func unfinished(_ order: WorkersOrder) async throws -> RunRecord? {
        let isThere = try isTaken(order)
        return try await journal.runs().first { run in
            guard run.draft.job == Self.job else { return false }
            let was = OrderCoding.decode(run.draft.choices)
            guard was.path == order.path, was.destination == order.destination else { return false }
            if run.status == .verified { return isThere }
            return !run.status.isEnded
        }
    }

    private func isTaken(_ order: WorkersOrder) throws -> Bool {
        do {
            try end(order, spool: temporaryFolder).checkIsFree()
            return false
        } catch let failure as Failure where failure.code == .fileExists {
            return true
        }
    }

    // MARK: Check, who

    public func check(_ asked: WorkersCheckOrder, _ servers: WorkersServers) async throws -> WorkersCheck {
        try await withScratch { scratch in
            let folder = asked.folder
            let order = WorkersOrder(path: folder, destination: folder, host: asked.host)
            let local = try mirrored(order, scratch)
            let run = try await maker(of: folder)
            let expectation = try run.map {
                try Expectation(json: PrivateTree.read("\($0.folder)/expected.json"))
            }
            let checker = Checker(
                engine: self, target: servers.target, source: servers.source,
                view: try local.look(self, order), run: run,
                expectation: expectation, order: asked)
            return WorkersCheck(
                folder: folder, server: servers.target.address.description, run: run?.id.description,
                findings: try await checker.check(scratch: scratch + "/databases"),
                steps: expectation?.steps ?? [])
        }
    }

    /// The server that the finished move which made a folder read from; nil
    /// where the journal knows none.
    public func origin(ofMoved folder: String) async throws -> RunAddress? {
        try await maker(of: folder)?.draft.source
    }

    private func maker(of folder: String) async throws -> RunRecord? {
        try await journal.runs().first { run in
            run.draft.job == Self.job && run.status == .verified
                && OrderCoding.decode(run.draft.choices).destination == folder
        }
    }

    public func who(_ path: String, _ target: any Home<TargetSide>, host: HostView) async throws
        -> [WorkersWho]
    {
        try await withScratch { scratch in
            let order = WorkersOrder(path: path, destination: path, host: host)
            let local = try mirrored(order, scratch)
            let place = local.remote.map { Place(host: $0.host.name, path: $0.root) } ?? Place(path).resolved
            return try await WhoReader(
                journal: journal, target: target, view: try local.look(self, order), place: place
            ).read()
        }
    }

    // MARK: Undo

    /// Takes back what the run made; see `Undoing`.
    public func undo(
        _ run: RunRecord, _ target: any Home<TargetSide>, _ asked: WorkersUndoOrder = WorkersUndoOrder()
    ) async throws -> WorkersUndone {
        let order = OrderCoding.decode(run.draft.choices)
        try await journal.claim(run.id)
        do {
            let undoing = Undoing(
                engine: self, run: run, target: target, order: asked, local: try unmirrored(order),
                end: try end(order, spool: run.folder))
            let done = try await undoing.undo()
            try await journal.release(run.id)
            return done
        } catch {
            if !(error is StepBook.Killed) { try await journal.release(run.id) }
            throw error
        }
    }

    // MARK: Ends

    private func withScratch<Result: Sendable>(_ body: (String) async throws -> Result) async throws -> Result
    {
        var random = SystemRandomNumberGenerator()
        let scratch = "\(temporaryFolder)/ferry-workers-\(RunID(at: .now(), using: &random))"
        try PrivateTree.makeFolder(scratch)
        defer { try? PrivateTree.remove(scratch) }
        return try await body(scratch)
    }

    /// The tree here: itself, or a fresh mirror of it.
    private func mirrored(_ order: WorkersOrder, _ folder: String) throws -> LocalTree {
        let place = Place(order.path)
        guard let host = place.host else { return LocalTree(path: place.path) }
        progress(.stage("mirror"))
        let remote = try RemoteTree(host: RemoteHost(host, end: .source), path: place.path)
        try remote.mirror(to: "\(folder)/mirror")
        return LocalTree(path: "\(folder)/mirror", remote: remote)
    }

    /// For what is written to the source itself.
    private func unmirrored(_ order: WorkersOrder) throws -> LocalTree {
        let place = Place(order.path)
        guard let host = place.host else {
            return LocalTree(path: FileKind.resolved(place.path) ?? place.path)
        }
        return LocalTree(
            path: place.path, remote: try RemoteTree(host: RemoteHost(host, end: .source), path: place.path))
    }

    private func end(_ order: WorkersOrder, spool: String) throws -> TargetEnd {
        let place = Place(order.destination)
        let remote = try place.host.map { try RemoteHost($0, end: .target) }
        return TargetEnd(path: place.path, remote: remote, spool: spool)
    }
}

/// `PATH` or `user@host:PATH`.
struct Place: Equatable {
    let host: String?
    /// Without a trailing slash.
    let path: String

    init(host: String?, path: String) {
        self.host = host
        self.path = path
    }

    /// Without links, where it is on this machine and there.
    var resolved: Place {
        host == nil ? Place(host: nil, path: FileKind.resolved(path) ?? path) : self
    }

    init(_ text: String) {
        let mark = text.firstIndex(of: ":")
        let isRemote = mark.map { !text[..<$0].contains("/") && text[..<$0].contains("@") } ?? false
        host = isRemote ? mark.map { String(text[..<$0]) } : nil
        var path = Substring(text)
        if isRemote, let mark { path = text[text.index(after: mark)...] }
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.path = String(path)
    }
}

extension WorkersEngine {
    /// The server that the newest move of one of the tree's agents read; nil
    /// where no move knows any of them.
    public func origin(of order: WorkersOrder, targetURL: String) async throws -> RunAddress? {
        guard Place(order.path).host == nil else { return try await newestOrigin(targetURL) }
        let inventory = try survey(Place(order.path).path, order.host)
        let routes = AgentRoutes(journal: journal, server: targetURL)
        for agent in inventory.workers.compactMap(\.agentID) {
            if let source = try await routes.moves(of: agent).first?.source { return source }
        }
        return nil
    }

    private func newestOrigin(_ targetURL: String) async throws -> RunAddress? {
        try await journal.runs().first {
            $0.draft.job == "move" && $0.draft.target?.url == targetURL
                && ($0.status == .verified || $0.status == .verifiedWithChanges)
        }?.draft.source
    }
}
