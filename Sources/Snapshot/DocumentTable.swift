import LettaModel
import LosslessJSON
import SQLite

extension AgentSnapshot {
    /// Stores documents in one transaction, secret values cut out. Returns
    /// what was cut.
    @discardableResult
    public func put(_ documents: [Document]) throws -> [CutSecret] {
        let number = try generation().number
        var cuts: [CutSecret] = []
        try transaction {
            for document in documents {
                let names = try put(document, in: number)
                cuts += names.map { CutSecret(kind: document.kind, key: document.key, name: $0) }
            }
        }
        return cuts
    }

    /// Of the newest generation, by position.
    public func documents(_ kind: DocumentKind) throws -> [StoredDocument] {
        try wrap {
            try database.all(
                """
                SELECT d.key, d.name, d.position, d.digest, d.cuts, b.id, b.codec, b.data
                FROM documents d LEFT JOIN bodies b ON b.id = d.body
                WHERE d.kind = ? AND d.last_generation = ? ORDER BY d.position, d.id
                """, .text(kind.name), .int(try newestGeneration())
            ) { row in
                guard let json = try Bodies.read(row, from: 5) else { throw DamagedItem.bodyMissing }
                let document = Document(
                    kind: kind, key: row.text(0), name: row.text(1), position: row.int(2), json: json)
                return StoredDocument(
                    document: document, digest: ContentDigest(bytes: row.blob(3)),
                    cuts: try CutNames.read(row.text(4)))
            }
        }
    }

    /// Of the newest generation, every kind.
    public func cuts() throws -> [CutSecret] {
        try wrap {
            try database.all(
                """
                SELECT kind, key, cuts FROM documents WHERE last_generation = ? AND cuts <> '[]'
                ORDER BY kind, position, id
                """, .int(try newestGeneration())
            ) { row -> [CutSecret] in
                guard let kind = DocumentKind(name: row.text(0)) else { return [] }
                let key = row.text(1)
                return try CutNames.read(row.text(2)).map { CutSecret(kind: kind, key: key, name: $0) }
            }.flatMap { $0 }
        }
    }

    // MARK: One document

    private struct Found {
        let id: Int64
        let body: Int64
        let first: Int
        let last: Int
    }

    private func put(_ document: Document, in generation: Int) throws -> [String] {
        let cut = try SecretCutter().cut(document.json, of: document.kind)
        let stored = Document(
            kind: document.kind, key: document.key, name: document.name, position: document.position,
            json: cut.json)
        if let found = try find(stored), try keep(found, for: stored, in: generation) { return cut.names }
        try insert(stored, cut.names, in: generation)
        return cut.names
    }

    private func find(_ document: Document) throws -> Found? {
        try database.first(
            """
            SELECT id, body, first_generation, last_generation FROM documents
            WHERE kind = ? AND key = ? ORDER BY last_generation DESC LIMIT 1
            """, .text(document.kind.name), .text(document.key)
        ) { Found(id: $0.integer(0), body: $0.integer(1), first: $0.int(2), last: $0.int(3)) }
    }

    /// Whether the stored one stands for the new one too: unchanged since the
    /// run before. One that this run stored and that changed since is dropped.
    private func keep(_ found: Found, for document: Document, in generation: Int) throws -> Bool {
        if found.last >= generation - 1, try bodies.isSame(found.body, as: document.json) {
            try database.run(
                "UPDATE documents SET last_generation = ?, position = ?, name = ? WHERE id = ?",
                .int(generation), .int(document.position), .text(document.name), .integer(found.id))
            return true
        }
        guard found.last == generation else { return false }
        if found.first == generation {
            try bodies.delete(found.body)
            try database.run("DELETE FROM documents WHERE id = ?", .integer(found.id))
        } else {
            try database.run(
                "UPDATE documents SET last_generation = ? WHERE id = ?", .int(generation - 1),
                .integer(found.id))
        }
        return false
    }

    private func insert(_ document: Document, _ cuts: [String], in generation: Int) throws {
        let digest = try Digests.ofDocument(document.json)
        let body = try bodies.insert(document.json)
        try database.run(
            """
            INSERT INTO documents (kind, key, name, position, body, digest, cuts, first_generation, last_generation)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .text(document.kind.name), .text(document.key), .text(document.name),
            .int(document.position),
            .integer(body), .blob(digest.bytes), .text(CutNames.write(cuts)), .int(generation),
            .int(generation))
    }
}

/// The names of cut secrets as a JSON array.
enum CutNames {
    static func write(_ names: [String]) -> String {
        JSONNode.array(names.map { .string($0) }).text()
    }

    static func read(_ text: String) throws -> [String] {
        try JSONDocument(text).root.elements.compactMap(\.string)
    }
}

extension DocumentKind {
    init?(name: String) {
        let whole: [DocumentKind] = [
            .agent, .exportShell, .block, .tool, .counts, .models, .embeddingModels, .abilities, .gap,
            .conversationRows,
        ]
        let all = whole + Surrounding.Kind.allCases.map { .surrounding($0) }
        guard let kind = all.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}
