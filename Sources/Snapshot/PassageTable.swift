public import LettaModel
import LosslessJSON
import SQLite
import Synchronization

extension AgentSnapshot {
    /// All passages follow; those that do not come again are gone.
    public func beginPassages() throws {
        let number = try generation().number
        try transaction {
            // What an interrupted reading of this run brought has to come again.
            try database.run(
                "UPDATE passages SET last_generation = ? WHERE last_generation = ?", .int(number - 1),
                .int(number))
            hasOlderPassages = try database.number("SELECT EXISTS (SELECT 1 FROM passages)") == 1
        }
    }

    public func appendPassages(_ passages: [Passage<SourceSide>]) throws {
        let number = try generation().number
        try transaction {
            for passage in passages { try store(passage, in: number) }
        }
    }

    public func finishPassages() throws {
        try transaction {
            let begun = "FROM passages WHERE last_generation < first_generation"
            try database.run("DELETE FROM bodies WHERE id IN (SELECT body \(begun))")
            try database.run("DELETE \(begun)")
        }
    }

    public func passageCount() throws -> Int {
        try wrap {
            try database.number(
                "SELECT count(*) FROM passages WHERE last_generation = ?", .int(try newestGeneration()))
        }
    }

    /// Ascending by (created_at, id), gone ones left out.
    public func passages(
        after cursor: PassageCursor?, limit: Int = 500
    ) throws -> (passages: [StoredPassage], next: PassageCursor?) {
        try wrap {
            var passages: [StoredPassage] = []
            var next: PassageCursor?
            var bytes = 0
            let start = cursor ?? PassageCursor(createdAt: "", id: "", rowid: -1)
            try database.prepare(
                """
                SELECT p.created_at, p.source_id, p.id, p.digest, b.id, b.codec, b.data
                FROM passages p LEFT JOIN bodies b ON b.id = p.body
                WHERE (p.created_at, p.source_id, p.id) > (?, ?, ?) AND p.last_generation = ?
                ORDER BY p.created_at, p.source_id, p.id LIMIT ?
                """
            ).eachWhile(
                [
                    .text(start.createdAt), .text(start.id), .integer(start.rowid),
                    .int(try newestGeneration()),
                    .int(limit),
                ]
            ) { row in
                let passage = try StoredPassage(row)
                next = PassageCursor(createdAt: row.text(0), id: row.text(1), rowid: row.integer(2))
                bytes += passage.passage.json.count
                passages.append(passage)
                return bytes < Self.batchBytes
            }
            return (passages, next)
        }
    }

    /// All of them, batch by batch.
    public nonisolated func passageBatches() -> Batches<[StoredPassage]> {
        let cursor = Mutex<PassageCursor?>(nil)
        return Batches {
            let (passages, next) = try await self.passages(after: cursor.withLock { $0 })
            guard let next else { return nil }
            cursor.withLock { $0 = next }
            return passages
        }
    }

    // MARK: One passage

    private func store(_ passage: Passage<SourceSide>, in generation: Int) throws {
        let json = try WithoutEmbedding.of(passage.json)
        if hasOlderPassages, let older = try find(passage, json, before: generation) {
            try database.run(
                "UPDATE passages SET last_generation = ? WHERE id = ?", .int(generation), .integer(older))
            return
        }
        let digest = try Digests.ofDocument(json)
        let body = try bodies.insert(json)
        try database.run(
            """
            INSERT INTO passages (source_id, created_at, body, digest, first_generation, last_generation)
            VALUES (?, ?, ?, ?, ?, ?)
            """, .text(passage.id.raw), .text(passage.createdAt), .integer(body), .blob(digest.bytes),
            .int(generation), .int(generation))
    }

    /// The same passage of the run before, byte for byte, not yet met again.
    private func find(_ passage: Passage<SourceSide>, _ json: VerbatimJSON, before generation: Int) throws
        -> Int64?
    {
        let candidates = try database.all(
            "SELECT id, body FROM passages WHERE source_id = ? AND last_generation = ?",
            .text(passage.id.raw), .int(generation - 1)
        ) { (id: $0.integer(0), body: $0.integer(1)) }
        return try candidates.first { try bodies.isSame($0.body, as: json) }?.id
    }
}

/// Forty kilobytes of numbers that no server can take back.
enum WithoutEmbedding {
    static func of(_ json: VerbatimJSON) throws -> VerbatimJSON {
        let root = try JSONDocument(json).root
        guard root["embedding"].map({ !$0.isNull }) == true else { return json }
        return root.minified(dropping: ["embedding"])
    }
}

extension StoredPassage {
    init(_ row: Row) throws {
        guard let json = try Bodies.read(row, from: 4) else { throw DamagedItem.bodyMissing }
        self.init(
            passage: Passage(id: SourceID(row.text(1)), createdAt: row.text(0), json: json),
            digest: ContentDigest(bytes: row.blob(3)))
    }
}
