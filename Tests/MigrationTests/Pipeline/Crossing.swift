import Glibc
import HTTPCurl
import Home
import Journal
import LettaModel
import LettaServer
import LosslessJSON
import Plan
import ScriptedLetta
import Snapshot
import Synchronization
import Testing
import Verify

@testable import Migration

/// Two scripted servers and an engine between them, over real sockets, with
/// a journal and a data folder of their own.
struct Crossing: Sendable {
    let source: ScriptedServer
    let target: ScriptedServer
    /// Holds `state/journal.db`, `data/` and the snapshots.
    let folder: String
    let journal: RunJournal
    let engine: Engine
    let from: LettaServer<SourceSide>
    let to: LettaServer<TargetSide>
    /// The target once more, as a place to read from.
    let targetAsSource: LettaServer<SourceSide>
    let notes: Notes

    /// What the engine told those who watch.
    final class Notes: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ event: ProgressEvent) {
            if case .note(let line) = event { lines.withLock { $0.append(line) } }
        }
        var all: [String] { lines.withLock { $0 } }
    }

    /// What a test sets up.
    struct Setting: Sendable {
        var source = World.small()
        var target = World(seed: "target")
        var sourceProfile = VersionProfile.v0_16_8
        var targetProfile = VersionProfile.v0_16_8
        var sourceMode = ServerMode.letta
        var targetMode = ServerMode.letta
        var sourceToken: String?
        var sourceFaults: [Fault] = []
        var targetFaults: [Fault] = []
        /// Requests to these routes end after so long without an answer.
        var impatience: [(route: String, limit: Duration)] = []
        /// Requests to this route arrive twice.
        var duplicated: String?
        /// Called with `METHOD url` before each request is sent.
        var before: @Sendable (String, Ends) async throws -> Void = { _, _ in }
        /// How much faster than the wall the engine's clock runs.
        var haste = 8.0
        /// Passages are sent ahead, however few there are.
        var hasHeadStart = false
    }

    /// What is known before a request is sent.
    struct Ends: Sendable {
        let source: ScriptedServer
        let target: ScriptedServer
        let journal: RunJournal
    }

    var snapshotPath: String { folder + "/ada.ferry" }
    var ada: String { source.world.agents.ids.first ?? "" }
    var newestRun: RunRecord? { get async throws { try await journal.runs().first } }
}

extension World {
    /// Ada with everything, but little of it.
    static func small(
        rows: Int = 40, passages: Int = 6, tools: Int = 2, name: String = "Ada", seed: String = "scripted"
    ) -> World {
        var world = World.ada(
            rows: rows, passages: passages, inContext: 12, tools: tools, name: name, seed: seed)
        world.embeddingLength = 16
        return world
    }
}

func withCrossing<Value: Sendable>(
    _ setting: Crossing.Setting = .init(), _ body: (Crossing) async throws -> Value
) async throws -> Value {
    var target = setting.target
    target.embeddingLength = 16
    let source = try ScriptedServer(
        setting.source, profile: setting.sourceProfile, mode: setting.sourceMode, token: setting.sourceToken,
        faults: setting.sourceFaults)
    defer { source.stop() }
    let destination = try ScriptedServer(
        target, profile: setting.targetProfile, mode: setting.targetMode, faults: setting.targetFaults)
    defer { destination.stop() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    return try await withCurlExchange(CurlSettings(version: "test")) { curl in
        return try await withJournal(at: folder.path + "/state/journal.db") { journal in
            let ends = Crossing.Ends(source: source, target: destination, journal: journal)
            let exchange = Crossing.exchange(over: curl, setting, ends)
            let notes = Crossing.Notes()
            let begin = ContinuousClock.now
            let haste = setting.haste
            let engine = Engine(
                journal: journal, dataFolder: folder.path + "/data", version: "test",
                progress: { notes.add($0) }, headStartFrom: setting.hasHeadStart ? 1 : 200,
                clock: { (ContinuousClock.now - begin) / .seconds(1) * haste })
            return try await body(
                Crossing(
                    source: source, target: destination, folder: folder.path, journal: journal,
                    engine: engine,
                    from: try LettaServer(
                        name: "cloud", url: source.url, token: setting.sourceToken.map { Secret($0) },
                        exchange: exchange),
                    to: try LettaServer(name: "home", url: destination.url, exchange: exchange),
                    targetAsSource: try LettaServer(name: "home", url: destination.url, exchange: exchange),
                    notes: notes)
            )
        }
    }
}

/// A folder that is gone with the test.
struct TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/ferry-migration-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Unmade() }
        path = String(cString: made)
    }

    struct Unmade: Error {}

    func remove() { Files.remove(path) }
}

/// What lies under a folder.
enum Files {
    struct Entry: Sendable {
        let path: String
        let mode: mode_t
        let isFolder: Bool
    }

    static func entries(under folder: String) -> [Entry] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var found: [Entry] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            var status = stat()
            let path = folder + "/" + name
            guard lstat(path, &status) == 0 else { continue }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            found.append(Entry(path: path, mode: status.st_mode & 0o777, isFolder: isFolder))
            if isFolder { found += entries(under: path) }
        }
        return found
    }

    static func remove(_ folder: String) {
        for entry in entries(under: folder).reversed() where !entry.isFolder { unlink(entry.path) }
        for entry in entries(under: folder).reversed() { rmdir(entry.path) }
        rmdir(folder)
    }

    /// Whether the bytes of a text stand anywhere in the file.
    static func holds(_ path: String, _ text: String) -> Bool {
        guard let bytes = try? PrivateFile.read(path, upTo: 256 << 20) else { return false }
        return find(Array(text.utf8), in: bytes)
    }

    private static func find(_ wanted: [UInt8], in bytes: [UInt8]) -> Bool {
        guard let first = wanted.first, bytes.count >= wanted.count else { return false }
        return bytes.withUnsafeBytes { all in
            var place = 0
            while place + wanted.count <= all.count, let base = all.baseAddress {
                guard let hit = memchr(base + place, Int32(first), all.count - place - wanted.count + 1)
                else {
                    return false
                }
                place = UnsafeRawPointer(hit) - base
                if memcmp(hit, wanted, wanted.count) == 0 { return true }
                place += 1
            }
            return false
        }
    }
}

// MARK: Jobs

extension Crossing {
    static let acceptsAll = Choices(acceptance: .all)

    /// Takes the newest move back.
    @discardableResult
    func undo(discardsNewer: Bool = false) async throws -> UndoResult {
        let run = try #require(try await journal.runs().first { $0.draft.job == "move" })
        return try await engine.undo(
            run, at: to, readable: targetAsSource, source: from, UndoOrder(discardsNewer: discardsNewer))
    }

    func order(_ choices: Choices = acceptsAll, _ options: CaptureOptions = CaptureOptions()) -> LoadOrder {
        LoadOrder(choices: choices, options: options)
    }

    @discardableResult
    func capture(_ options: CaptureOptions = CaptureOptions()) async throws -> RunRecord {
        try await engine.snapshot(ada, from: from, to: snapshotPath, options: options)
    }

    @discardableResult
    func move(
        _ choices: Choices = acceptsAll, _ options: CaptureOptions = CaptureOptions()
    ) async throws -> RunResult {
        try await engine.move(ada, from: from, to: to, snapshotAt: snapshotPath, order(choices, options))
    }

    @discardableResult
    func load(_ choices: Choices = acceptsAll) async throws -> RunResult {
        try await engine.load(snapshotPath, to: to, order(choices))
    }

    /// Goes on with the newest run.
    @discardableResult
    func resume() async throws -> RunResult {
        let run = try #require(try await newestRun)
        return try await engine.resume(run, from: from, to: to, run.resumeOrder)
    }

    /// The faults are over.
    func heal() {
        source.arm([])
        target.arm([])
    }

    /// How the work ended, for tables of expectations.
    struct Ending: Sendable {
        let result: RunResult?
        let error: (any Error)?

        var isVerified: Bool { result?.verdict?.isVerified == true }
        var isDifferent: Bool { result.map { $0.verdict?.isVerified == false } ?? false }
        var code: String? { (error as? Failure)?.code.rawValue }
        var refusals: [String] { (error as? PlanRefused)?.plan.refusals.map(\.code.rawValue) ?? [] }
    }

    func ending(_ work: () async throws -> RunResult) async -> Ending {
        do { return Ending(result: try await work(), error: nil) } catch {
            return Ending(result: nil, error: error)
        }
    }
}
