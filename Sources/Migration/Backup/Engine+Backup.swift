import Glibc
public import Home
import Journal
public import LettaModel
public import Snapshot

/// What is to be backed up, and where to.
public struct BackupOrder: Sendable {
    public var store: BackupStore
    /// How many dated files of each agent stay; nil for all.
    public var keep: Int?
    public var options: CaptureOptions

    public init(store: BackupStore, keep: Int? = nil, options: CaptureOptions = CaptureOptions()) {
        self.store = store
        self.keep = keep
        self.options = options
    }
}

/// What became of one agent.
public struct AgentBackup: Sendable {
    public enum Outcome: Sendable {
        /// Captured, and every digest in the file fits.
        case sound(SnapshotIntegrity)
        case failed(Failure)
    }

    public let name: String
    public let id: String
    public let outcome: Outcome
    /// Older files that `keep` let go.
    public var removed: [String] = []
    /// What the user should know although it went well.
    public var notes: [String] = []

    public var failure: Failure? { if case .failed(let failure) = outcome { failure } else { nil } }
}

extension Engine {
    /// Captures every agent of the server, each into a dated file of its own.
    /// One that fails does not keep the others from being saved.
    ///
    /// A file gets its date when it has been read once more from the disk and
    /// found sound. Each is built on the agent's last one, so that only what
    /// is new is fetched; a run that was killed goes on where it was.
    /// Temporary agents of ferry's own runs are left out.
    public func backup(from source: any Home<SourceSide>, _ order: BackupOrder) async throws -> [AgentBackup]
    {
        try PrivateFile.makeFolder(order.store.path)
        _ = try await source.abilities()
        let agents = try await source.agents(AgentQuery(includesHidden: true)).filter { agent in
            !agent.tags.contains(Marker.readerTag) && Marker(agent.name) == nil
        }
        var results: [AgentBackup] = []
        for agent in agents {
            try Task.checkCancellation()
            progress(.note("\(agent.name) (\(agent.id))"))
            results.append(try await backup(agent, from: source, order))
        }
        return results
    }

    private func backup(
        _ agent: AgentSummary<SourceSide>, from source: any Home<SourceSide>, _ order: BackupOrder
    ) async throws -> AgentBackup {
        do {
            return try await backupOne(agent, from: source, order)
        } catch let failure as Failure where failure.code != .interrupted {
            return AgentBackup(name: agent.name, id: agent.id.raw, outcome: .failed(failure))
        }
    }

    private func backupOne(
        _ agent: AgentSummary<SourceSide>, from source: any Home<SourceSide>, _ order: BackupOrder
    ) async throws -> AgentBackup {
        let state = try await source.agent(agent.id)
        let folder = order.store.folder(named: snapshotName(of: state, at: source.address))
        try PrivateFile.makeFolder(folder.path)
        var notes = try await prepare(folder)
        let run = try await snapshot(agent.id.raw, from: source, to: folder.working, options: order.options)
        let integrity = try await withSnapshot(at: folder.working, .inspect) { try await $0.integrity() }
        guard integrity.isSound else { throw Self.unsound(integrity) }
        let path = folder.dated(Instant.now())
        try Self.publish(folder.working, as: path)
        try await journal.note("kept as \(path)", run.id)
        let removed = try prune(folder, order.keep)
        if !removed.isEmpty { notes.append("\(removed.count.counted("older file")) removed (--keep)") }
        return AgentBackup(
            name: agent.name, id: agent.id.raw, outcome: .sound(integrity.named(path)), removed: removed,
            notes: notes)
    }

    /// The working file goes on from the newest dated one, where that is
    /// still sound.
    private func prepare(_ folder: BackupFolder) async throws -> [String] {
        Self.dropSecondName(folder.working)
        guard !PrivateFile.exists(folder.working), let newest = folder.datedNames().last else { return [] }
        let path = "\(folder.path)/\(newest)"
        do {
            let integrity = try await withSnapshot(at: path, .inspect) { try await $0.integrity() }
            guard integrity.isSound else { throw Self.unsound(integrity) }
        } catch let failure as Failure {
            return ["the last backup is damaged, so everything was read anew: \(path): \(failure.reason)"]
        }
        try PrivateFile.copy(path, to: folder.working)
        return []
    }

    private static func unsound(_ integrity: SnapshotIntegrity) -> Failure {
        let first = integrity.damaged.first.map { "\($0.kind) \($0.item): \($0.reason)" }
        return Failure(
            .snapshotUnreadable, subject: integrity.path,
            reason: first ?? "the run into it was not finished",
            remedy: "move the file away and run the command again; everything is read anew")
    }

    /// In one step, and never over a file that is there.
    private static func publish(_ working: String, as path: String) throws {
        if link(working, path) == 0 {
            unlink(working)
        } else {
            // Some file systems know no second name.
            guard errno == EPERM || errno == ENOTSUP, !PrivateFile.exists(path), rename(working, path) == 0
            else { throw PrivateFile.failure(path, "write") }
        }
        PrivateFile.syncFolder(of: path)
    }

    /// A kill between the two names of a file that was kept leaves both; to
    /// go on in it would change what bears a date.
    private static func dropSecondName(_ working: String) {
        var status = stat()
        if lstat(working, &status) == 0, status.st_nlink > 1 { unlink(working) }
    }

    private func prune(_ folder: BackupFolder, _ keep: Int?) throws -> [String] {
        guard let keep else { return [] }
        let old = folder.datedNames().dropLast(max(1, keep)).map { "\(folder.path)/\($0)" }
        for path in old where unlink(path) != 0 { throw PrivateFile.failure(path, "remove") }
        return Array(old)
    }
}
