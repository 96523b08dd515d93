import LettaModel
import SQLite

extension RunJournal {
    /// In one transaction; a mapping that is there already is not doubled,
    /// but for what several runs may share: that is told by each of them.
    public func map(_ mappings: [IDMapping]) throws {
        let now = clock().microseconds
        try transaction {
            for mapping in mappings {
                try database.run(
                    """
                    INSERT INTO id_map (kind, source_server, source_id, target_server, target_id, run, mapped_at)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (
                      SELECT 1 FROM id_map WHERE source_server = ?2 AND kind = ?1 AND source_id = ?3
                      AND target_server = ?4 AND target_id = ?5 AND (run = ?6 OR kind NOT LIKE 'shared-%'))
                    """, .text(mapping.kind), .text(mapping.sourceServer), .text(mapping.sourceID),
                    .text(mapping.targetServer), .text(mapping.targetID), .text(mapping.run.raw),
                    .integer(now))
            }
        }
    }

    /// Newest first, whatever run made them.
    public func find(
        kind: String, sourceServer: String, sourceID: String, targetServer: String
    ) throws -> [IDMapping] {
        try wrap {
            try database.all(
                """
                \(Self.mapQuery) WHERE source_server = ? AND kind = ? AND source_id = ? AND target_server = ?
                ORDER BY id DESC
                """, .text(sourceServer), .text(kind), .text(sourceID), .text(targetServer),
                body: Self.readMapping
            ).compactMap { $0 }
        }
    }

    /// In the order in which they were made.
    public func mappings(of run: RunID) throws -> [IDMapping] {
        try wrap {
            try database.all(
                "\(Self.mapQuery) WHERE run = ? ORDER BY id", .text(run.raw), body: Self.readMapping
            )
            .compactMap { $0 }
        }
    }

    /// Forgets a thing that was undone.
    public func unmap(targetServer: String, targetID: String) throws {
        try transaction {
            try database.run(
                "DELETE FROM id_map WHERE target_server = ? AND target_id = ?", .text(targetServer),
                .text(targetID))
        }
    }

    /// Forgets what one run gave its agent, whoever made it.
    public func forget(_ kind: String, _ targetID: String, of run: RunID) throws {
        try transaction {
            try database.run(
                "DELETE FROM id_map WHERE kind = ? AND target_id = ? AND run = ?", .text(kind),
                .text(targetID), .text(run.raw))
        }
    }

    private static let mapQuery =
        "SELECT kind, source_server, source_id, target_server, target_id, run FROM id_map"

    private static func readMapping(_ row: Row) -> IDMapping? {
        RunID(row.text(5)).map {
            IDMapping(
                kind: row.text(0), sourceServer: row.text(1), sourceID: row.text(2),
                targetServer: row.text(3),
                targetID: row.text(4), run: $0)
        }
    }
}
