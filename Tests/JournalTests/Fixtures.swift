import FoundationEssentials
import LettaModel
import SQLite
import Synchronization

@testable import Journal

/// A folder that goes when the test does.
final class Scratch: Sendable {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/ferry-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var journal: String { folder + "/state/ferry/journal.db" }

    /// The journal as process `pid` has it, in a world where `dead` are dead.
    func open(pid: Int32 = 1, dead: Set<Int32> = []) throws -> RunJournal {
        let time = Mutex(Int64(1_790_000_000_000_000))
        return try RunJournal(
            journal,
            clock: {
                time.withLock {
                    $0 += 1_000_000
                    return Instant(microseconds: $0)
                }
            },
            processes: ProcessTable(
                current: ProcessIdentity(pid: pid, startedAt: Int64(pid) * 10, boot: "boot"),
                isAlive: { !dead.contains($0.pid) }))
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? Int ?? 0) & 0o777
    }

    func write(_ text: String, to path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}

func runID(_ text: String) throws -> RunID {
    struct NoRunID: Error {}
    guard let id = RunID(text) else { throw NoRunID() }
    return id
}

func json(_ text: String) -> VerbatimJSON { Array(text.utf8) }

/// The code of the failure that `body` ends with.
func code(of body: () async throws -> Void) async -> ErrorCode? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? Failure)?.code
    }
}

extension RunJournal {
    func make(_ text: String) throws -> RunID {
        let id = try runID(text)
        try create(RunDraft(id: id, job: "move"))
        return id
    }
}

extension RunJournal {
    /// SQLite's word for FULL is 2.
    func durability() throws -> Int { try database.number("PRAGMA synchronous") }
}

extension Scratch {
    /// What a kill leaves: the main file and its `-wal`.
    func copyJournal(to other: Scratch) throws {
        let target = URL(filePath: other.journal).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: journal + suffix, toPath: other.journal + suffix)
        }
    }
}
