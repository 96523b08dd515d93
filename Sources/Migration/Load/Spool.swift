import AgentFile
import Hashing
import LettaModel
import Plan
import Snapshot

/// A snapshot as an agent file on disk.
struct Spool {
    let snapshot: AgentSnapshot
    let contents: SnapshotContents
    let choices: AgentFileChoices
    var conversations: [ConversationFacts] = []

    struct Written: Sendable {
        let path: String
        let digest: ContentDigest
        let bytes: Int
        let rows: Int
        let contextIDs: [String]
        /// Announced changes of rows, context, agent, blocks and tools.
        let changes: [AnnouncedChange]
        let omissions: [Omission]
        let facts: AgentFileShape.Facts
        /// Nil where nothing was converted.
        let conversion: LegacySummary?
    }

    /// - Parameter keep: called with each announced change, so that none has
    ///   to be held; `Written.changes` holds those of the file itself.
    /// - Parameter path: must not exist yet.
    func write(to path: String, keep: ([AnnouncedChange]) async throws -> Void = { _ in }) async throws
        -> Written
    {
        // What stands there already is somebody else's, and stays.
        let file = try PrivateFileWriter(creating: path)
        do {
            return try await writing(to: path, file, keep: keep)
        } catch {
            PrivateFile.remove(path)
            throw error
        }
    }

    private func writing(
        to path: String, _ file: PrivateFileWriter, keep: ([AnnouncedChange]) async throws -> Void
    ) async throws -> Written {
        let shape = try AgentFileShape(contents.agentFileSource, contents.fileChoices(choices))
        var writer = try AgentFileWriter(shape) { try file.write($0) }
        var context = ContextList(sourceIDs: contents.messageIDs)
        var omissions = shape.omissions
        let history = ShapedHistory(
            snapshot: snapshot, contents: contents, conversations: conversations)
        let conversion = try await history.forEach { output, thread in
            if thread == .main { context.note(output) }
            switch output {
            case .row(let row):
                try writer.append(row)
                if !row.changes.isEmpty { try await keep(row.changes) }
            case .dropped(let row): try await keep([row.change])
            case .withheld(let row): omissions.append(row.omission)
            }
        }
        let resolved = try context.resolve()
        let stats = try writer.finish(context: resolved.ids)
        try file.finish()
        return Written(
            path: path, digest: try ContentDigest.ofFile(path: path), bytes: stats.bytes, rows: stats.rows,
            contextIDs: resolved.ids, changes: shape.changes + resolved.changes,
            omissions: omissions, facts: shape.facts, conversion: conversion)
    }
}
