import AgentFile
import Hashing
public import LettaModel
import LosslessJSON
import Plan
public import Report
import Snapshot

/// What an export for people came to.
public struct ReadableResult: Sendable {
    public let path: String
    public let format: ReadableFormat
    public internal(set) var bytes = 0
    public internal(set) var blocks = 0
    public internal(set) var tools = 0
    public internal(set) var messages = 0
    public internal(set) var passages = 0
    public internal(set) var digest: ContentDigest?
    public internal(set) var omissions: [Omission] = []
}

extension Engine {
    /// A snapshot for people and plain programs, when no Letta is left.
    ///
    /// - Parameter path: must not exist; 0600. Removed again where the export
    ///   fails.
    ///
    /// **Bounds**: holds the agent's documents and one batch of rows.
    ///
    /// **Errors**: `file-exists`, `file-unwritable`, `disk-full`,
    /// `snapshot-unreadable`, `snapshot-unfinished`.
    public static func export(
        _ snapshotPath: String, as format: ReadableFormat, to path: String
    ) async throws -> ReadableResult {
        try await withSoundSnapshot(at: snapshotPath) { snapshot in
            let contents = try await SnapshotContents(snapshot, path: snapshotPath)
            let file = try PrivateFileWriter(creating: path)
            do {
                var export = ReadableExport(snapshot, contents, file, format, path)
                try await export.write(snapshotPath)
                return export.result
            } catch {
                PrivateFile.remove(path)
                throw error
            }
        }
    }
}

/// One snapshot on its way into one file.
private struct ReadableExport {
    let snapshot: AgentSnapshot
    let contents: SnapshotContents
    let file: PrivateFileWriter
    var writer: ReadableWriter
    var result: ReadableResult

    init(
        _ snapshot: AgentSnapshot, _ contents: SnapshotContents, _ file: PrivateFileWriter,
        _ format: ReadableFormat, _ path: String
    ) {
        self.snapshot = snapshot
        self.contents = contents
        self.file = file
        writer = ReadableWriter(format)
        result = ReadableResult(path: path, format: format)
    }

    mutating func write(_ snapshotPath: String) async throws {
        try put(.head(try await head()))
        try put(.agent(contents.agent.bytes))
        try putDocuments()
        for thread in contents.threads { try await putMessages(thread) }
        if !contents.threads.contains(where: { $0.thread == .main }) {
            try put(.section(.conversation(.main), count: 0))
        }
        try await putPassages()
        result.omissions =
            ReadableOmissions(
                contents, result.format, snapshotPath, gonePassages: try await snapshot.summary().gonePassages
            ).all
        try put(.section(.omissions, count: result.omissions.count))
        for omission in result.omissions { try put(.omission(omission)) }
        try file.finish()
        result.bytes = file.byteCount
        result.digest = try ContentDigest.ofFile(path: result.path)
    }

    private mutating func put(_ item: ReadableItem) throws {
        do { try file.write(try writer.bytes(of: item)) } catch let failure as Failure { throw failure } catch
        {
            throw Failure(
                .snapshotUnreadable, subject: result.path,
                reason: "an item of the snapshot is no JSON: \(error)",
                remedy: "capture the agent again into a new file: ferry snapshot AGENT --from SERVER -o FILE")
        }
    }

    private func head() async throws -> ReadableHead {
        let origin = contents.origin
        let last = try await snapshot.generations().last
        var movement: String?
        if case .sourceChanged(let note)? = last?.consistency { movement = note }
        let name = origin.serverName.flatMap { $0 == origin.serverURL ? nil : $0 }
        let place = name.map { "\($0) (\(origin.serverURL))" } ?? origin.serverURL
        return ReadableHead(
            agentName: contents.agentName,
            source: origin.reader == .agentFile
                ? "the agent file \(origin.serverName ?? origin.serverURL)"
                : "\(place), Letta \(origin.serverVersion)",
            startedAt: origin.startedAt.text, finishedAt: last?.finishedAt?.text, movement: movement)
    }

    private mutating func putDocuments() throws {
        try put(.section(.memory, count: contents.blocks.count))
        for block in contents.blocks { try put(.block(block.document.json)) }
        try put(.section(.tools, count: contents.tools.count))
        for tool in contents.tools { try put(.tool(tool.document.json)) }
        result.blocks = contents.blocks.count
        result.tools = contents.tools.count
        guard !contents.surroundings.isEmpty else { return }
        try put(.section(.surroundings, count: contents.surroundings.count))
        for thing in contents.surroundings { try put(.surrounding(thing)) }
    }

    private mutating func putMessages(_ progress: ThreadProgress) async throws {
        let shared = contents.conversations.first { progress.thread == .conversation($0.id) }?.sharedIDs ?? []
        try put(.section(.conversation(progress.thread), count: progress.rows + shared.count))
        var number = 0
        for id in shared {
            guard let row = try await snapshot.row(SourceID(id)) else { continue }
            number += 1
            try put(.message(try Self.message(row, progress.thread, number)))
        }
        for try await batch in snapshot.history(progress.thread) {
            for row in batch {
                number += 1
                try put(.message(try Self.message(row, progress.thread, number)))
            }
        }
        result.messages += number
    }

    private static func message(_ row: StoredRow, _ thread: Thread, _ number: Int) throws -> ReadableMessage {
        let shaped = try ShapedHistory.input(row).json
        return ReadableMessage(
            thread: thread, number: number, id: row.id.raw, date: row.date,
            form: row.native == nil ? .listed : .export, verbatim: row.native ?? row.listed ?? shaped,
            row: shaped)
    }

    private mutating func putPassages() async throws {
        try put(.section(.passages, count: contents.passageCount))
        for try await batch in snapshot.passageBatches() {
            for stored in batch { try put(.passage(stored.passage.json)) }
            result.passages += batch.count
        }
    }
}

/// What a file for people does not hold.
private struct ReadableOmissions {
    let all: [Omission]

    init(
        _ contents: SnapshotContents, _ format: ReadableFormat, _ path: String, gonePassages: Int
    ) {
        var all = contents.gaps
        for secret in contents.secrets {
            all.append(
                Omission(
                    id: "secret:\(secret.name)", class: .loss, item: "secret \(secret.name)",
                    reason: "a snapshot holds no secret values", remedy: "look it up where it was issued"))
        }
        let threads = Set(contents.threads.map(\.thread.key))
        // What another agent shares is in this file; only its name is a surrounding.
        let shared: Set<Surrounding.Kind> = [.sharedBlock, .sharedArchive]
        for thing in contents.surroundings
        where !threads.contains(thing.id) && !shared.contains(thing.kind) {
            all.append(
                Omission(
                    id: "\(thing.kind.rawValue):\(thing.id)", class: .loss,
                    item: "\(thing.kind.rawValue) \(thing.name)",
                    reason: "the snapshot knows it by name and settings, not what is in it",
                    remedy: "save it by hand while its server lives"))
        }
        let gone = contents.threads.reduce(0) { $0 + $1.gone }
        all +=
            Self.gone("gone-messages", gone, "message") + Self.gone("gone-passages", gonePassages, "passage")
        if contents.passageCount > 0 {
            all.append(
                Omission(
                    id: "embeddings", class: .inherent, item: "embeddings of the passages",
                    reason: "they can be computed again from the texts", remedy: "nothing to do"))
        }
        all.append(format == .markdown ? Self.settings(path) : Self.forms)
        self.all = all
    }

    private static func gone(_ id: String, _ count: Int, _ kind: String) -> [Omission] {
        guard count > 0 else { return [] }
        return [
            Omission(
                id: id, class: .inherent, item: count.counted(kind),
                reason: "the source no longer showed them when it was last read",
                remedy: "the snapshot still has them")
        ]
    }

    private static let forms = Omission(
        id: "other-forms", class: .inherent,
        item:
            "a message's listed form, where there is its export form, and the rest of the source's own export",
        reason: "each thing is written once; run and step ids stand in the listed form alone",
        remedy: "the snapshot still has them")

    private static func settings(_ path: String) -> Omission {
        Omission(
            id: "settings", class: .inherent,
            item:
                "settings of the model, tool rules, schemas, metadata, ids, images, and the type and time in which Letta wraps words",
            reason: "only what people read is here",
            remedy: "write the other form as well: ferry export \(ShellWord.quoted(path)) --format jsonl -o "
                + ShellWord.quoted((path.hasSuffix(".ferry") ? String(path.dropLast(6)) : path) + ".jsonl"))
    }
}
