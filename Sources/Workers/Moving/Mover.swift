import Hashing
import Home
public import Journal
import LettaModel
import LosslessJSON
import WorkerTree

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One move of workers in one run, from the proof that the source stands
/// still to the folder in its place.
///
/// Nothing of the result is to be seen before the last rename: a killed run
/// leaves a stage with the run's name, which the next try makes anew, and
/// things on the server that the next try finds by the source's ids.
struct Mover: Sendable {
    let engine: WorkersEngine
    let run: RunRecord
    let order: WorkersOrder
    let servers: WorkersServers
    /// The source tree, here or as a mirror of it.
    let local: LocalTree
    /// Where the result is published, and how.
    let end: TargetEnd

    private var book: StepBook {
        StepBook(journal: engine.journal, run: run.id, interrupt: engine.interrupt)
    }

    /// A failure leaves nothing half done: what was built is made anew anyway,
    /// and may be what fills the disk.
    func move() async throws -> WorkersResult {
        do { return try await moveOrThrow() } catch {
            if !(error is StepBook.Killed) { try? await removeStage() }
            throw error
        }
    }

    /// Where it still stands, it was not published, whatever an earlier try
    /// had begun: undo must not think so when it is gone.
    private func removeStage() async throws {
        let stage = "\(end.path).ferry-\(run.id)"
        guard end.remote == nil, FileKind.at(stage) != nil else { return }
        try await book.abandonOpen("target/publish", because: "it had not happened")
        try PrivateTree.remove(stage)
    }

    private func moveOrThrow() async throws -> WorkersResult {
        if try await isPublished() { return try await finish(nil) }
        try end.checkIsFree()
        let view = try await stopped(try await look())
        let planned = try await plan(view)
        let stage = end.stage(of: view, run: run.id)
        let builder = StageBuilder(
            stage: stage, view: view, order: order, result: planned, run: run.id, server: servers.targetName,
            serverURL: servers.target.address.url)
        let built = try await build(builder)
        let made = try await makeUsers(planned)
        try await remap(builder, made, built)
        let rewrites = try builder.rewrite()
        try builder.checkSettings { [engine] in
            try engine.survey($0, HostView(temporaryFolder: engine.temporaryFolder))
        }
        try await compare(planned, made)
        let manifest = try Manifest(of: stage.folder)
        try builder.compare(built.copied, manifest, rewrites)
        try local.proveStill(view, built)
        try await checkNothingCame(planned.routes, planned.mapper.source)
        try SourceRows(folder: run.folder).keep(view)
        try await publish(stage, manifest, planned)
        return try await finish(view)
    }

    private func look() async throws -> TreeView { try local.look(engine, order) }

    // MARK: Standing still

    /// - Returns: the tree as it is after its workers have stopped.
    private func stopped(_ view: TreeView) async throws -> TreeView {
        engine.progress(.stage("stop"))
        guard let refusal = try local.refusal(view) else { return view }
        guard let command = order.stopCommand else {
            throw order.hasStopCommand ? Refusals.stopCommandNeeded(refusal) : refusal
        }
        try await book.act("source/stop", ["by": "--stop-with"]) {
            let result = try local.run(command)
            // What it says may hold what it was given; a person sees it, the journal does not.
            for line in result.errors.split(whereSeparator: \.isNewline) {
                engine.progress(.note("--stop-with: \(line)"))
            }
            guard result.status == 0 else { throw Refusals.stopFailed(result.status) }
        }
        // A program that says it has stopped may live on for a while.
        var last = refusal
        for _ in 0..<60 {
            let now = try await look()
            guard let still = try local.refusal(now) else { return now }
            last = still
            try await Task.sleep(for: .milliseconds(500))
        }
        throw last
    }

    private func plan(_ view: TreeView) async throws -> Planner.Result {
        engine.progress(.stage("plan"))
        let planner = Planner(
            engine: engine, order: order, servers: servers, view: view, destination: end.path)
        let result = try await planner.result(scratch: "\(run.folder)/scratch")
        guard result.plan.refusals.isEmpty else { throw WorkersRefused(plan: result.plan) }
        let losses = result.plan.unaccepted(order)
        guard losses.isEmpty else {
            throw Failure(
                .lossesNotAccepted, subject: order.path,
                reason: "nobody agreed to this yet: "
                    + losses.map { "\($0.item) (\($0.reason))" }.joined(separator: "; "),
                remedy: losses.map { "--accept \(ShellWord.quoted($0.id))" }.joined(separator: " "))
        }
        try await engine.journal.setOmissions(
            result.plan.omissions.map { RecordedOmission($0, isAccepted: order.accepts($0.id)) }, run.id)
        return result
    }

    // MARK: Building

    private func build(_ builder: StageBuilder) async throws -> StageBuilder.Built {
        engine.progress(.stage("copy"))
        try await book.abandonOpen("target/stage", because: "the stage is made anew")
        return try await book.act("target/stage", ["folder": .string(builder.stage.folder)]) {
            try builder.build()
        }
    }

    private func makeUsers(_ planned: Planner.Result) async throws -> [String: String] {
        engine.progress(.stage("users"))
        let users = Dictionary(planned.users.values.flatMap { $0 }.map { ($0.id, $0) }) { first, _ in first }
        return try await planned.mapper.make(planned.plan.users, users, book)
    }

    private func remap(
        _ builder: StageBuilder, _ made: [String: String], _ built: StageBuilder.Built
    ) async throws {
        let details: JSONNode = [
            "users": .int(made.count),
            "queue": .array(
                builder.result.fates.values.flatMap { $0 }.filter { $0.newStatus != $0.status }.sorted {
                    $0.row < $1.row
                }
                .map { ["row": .int(Int($0.row)), "from": .string($0.status), "to": .string($0.newStatus)] }),
        ]
        try await book.abandonOpen("target/remap", because: "the stage is made anew")
        try await book.act("target/remap", details) { try builder.remap(made, built) }
    }

    private func compare(_ planned: Planner.Result, _ made: [String: String]) async throws {
        engine.progress(.stage("verify"))
        let found = try await planned.mapper.differences(planned.plan.users, made)
        guard found.isEmpty else {
            throw Failure(
                .different, subject: servers.targetName,
                reason: "what was made there is another: \(found.prefix(5).joined(separator: "; "))",
                remedy: "run the same command again; report it if it stays", end: .target)
        }
    }

    // MARK: Publishing

    private func publish(_ stage: TreeStage, _ manifest: Manifest, _ planned: Planner.Result) async throws {
        engine.progress(.stage("publish"))
        try PrivateTree.replace("\(run.folder)/published.json", with: manifest.json)
        let expectation = Expectation(planned, server: servers.target.address.url)
        try PrivateTree.replace("\(run.folder)/expected.json", with: expectation.json)
        try await book.abandonOpen("target/publish", because: "it had not happened")
        try await book.act(
            "target/publish",
            ["folder": .string(end.path), "manifest": .string(manifest.digest.description)]
        ) { try end.publish(stage) }
    }

    /// Also where the process ended between the rename and its record.
    private func isPublished() async throws -> Bool {
        if try await book.isDone("target/publish") { return true }
        guard let step = try await book.steps("target/publish").last(where: \.isOpen),
            let digest = step.detail("manifest"), try end.manifest()?.digest.description == digest
        else { return false }
        try await engine.journal.settle(step.id, .done(details: nil))
        return true
    }

    /// - Parameter view: nil where a run goes on after its publishing.
    private func finish(_ view: TreeView?) async throws -> WorkersResult {
        let mapper = UserMapper(
            journal: engine.journal, source: nil, target: servers.target, sourceURL: "")
        try await mapper.removeTags(book)
        try PrivateTree.remove("\(run.folder)/scratch")
        if order.retires {
            engine.progress(.stage("retire"))
            var seen = view
            if seen == nil {
                let now = try await stillNow()
                try SourceRows(folder: run.folder).checkUnchanged(now)
                try await checkNothingCame(routes(of: now), servers.source)
                seen = now
            }
            if let seen {
                try await Retirement(
                    local: local, view: seen, book: book, run: run, destination: order.destination
                ).retire()
            }
        }
        if let bridge = order.bridgeDatabase { try await saveBridge(bridge) }
        let expectation = try settledExpectation()
        try await book.closeOpenSteps()
        try await engine.journal.setStatus(
            run.id, .verified,
            verdict: "the workers are at \(order.destination), equal in everything announced")
        return WorkersResult(
            run: try await engine.journal.run(run.id.raw), expectation: expectation,
            destination: order.destination,
            bridgeCopy: order.bridgeDatabase == nil ? nil : bridgeCopy)
    }

    /// What `check` reads: without the step that a retiring has done, which may
    /// come long after the move.
    private func settledExpectation() throws -> Expectation {
        let path = "\(run.folder)/expected.json"
        var expectation = try Expectation(json: PrivateTree.read(path))
        guard order.retires, expectation.steps.contains(Steps.silence) else { return expectation }
        expectation.steps.removeAll { $0 == Steps.silence }
        try PrivateTree.replace(path, with: expectation.json)
        return expectation
    }

    /// Long after the copy was made: a worker that runs again keeps its tokens
    /// in memory, whatever its files say.
    private func stillNow() async throws -> TreeView {
        let view = try await look()
        if let refusal = try local.refusal(view) { throw refusal }
        return view
    }

    /// To the old agents, by whatever way: what they heard since their move is
    /// left behind with them.
    private func checkNothingCame(
        _ routes: [AgentRoute], _ source: (any Home<SourceSide>)?
    ) async throws {
        let later = LaterRows(journal: engine.journal, source: source)
        for unknown in try await later.check(routes, order) {
            engine.progress(.note("\(unknown.item): \(unknown.reason)"))
        }
    }

    /// The moves that made the agents which the published workers serve: a newer
    /// one has read more, and its agent is not theirs.
    private func routes(of view: TreeView) async throws -> [AgentRoute] {
        let routes = AgentRoutes(journal: engine.journal, server: servers.target.address.url)
        let expectation = try Expectation(json: PrivateTree.read("\(run.folder)/expected.json"))
        let served = Set(expectation.programs.compactMap(\.agent))
        var found: [AgentRoute] = []
        for agent in view.agents {
            let route = try await routes.moves(of: agent).first { served.contains($0.new) }
            if let route { found.append(route) }
        }
        return found
    }

    private var bridgeCopy: String { "\(run.folder)/bridge.db" }

    /// Rows that wait for the first poll, which throws one of them away.
    private func saveBridge(_ path: String) async throws {
        let copy = bridgeCopy
        guard FileKind.at(copy) == nil else { return }
        try await book.act("source/save-bridge", ["from": .string(path), "to": .string(copy)]) {
            let beside = copy + ".ferry-new"
            try PrivateTree.remove(beside)
            // The web host's own programs go on meanwhile.
            try PrivateCopy.takeLive(path, to: beside)
            guard rename(beside, copy) == 0 else { throw DiskFailure.unwritable(copy) }
        }
    }
}

/// What a move of workers came to.
public struct WorkersResult: Sendable {
    public let run: RunRecord
    public let expectation: Expectation
    public let destination: String
    /// Where the web chat's database was saved; nil where nobody asked.
    public let bridgeCopy: String?
}
