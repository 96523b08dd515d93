import LettaModel
import SQLite

/// The fat part of every item, in a table of its own behind a codec.
struct Bodies {
    /// The only codec of format 1: the bytes as they are.
    static let raw = 0

    let database: Database

    func insert(_ json: VerbatimJSON) throws -> Int64 {
        try database.run(
            "INSERT INTO bodies (codec, size, data) VALUES (?, ?, ?)", .int(Self.raw), .int(json.count),
            .blob(json))
        return database.lastInsertedRow
    }

    func delete(_ id: Int64?) throws {
        guard let id else { return }
        try database.run("DELETE FROM bodies WHERE id = ?", .integer(id))
    }

    func isSame(_ id: Int64, as json: VerbatimJSON) throws -> Bool {
        try database.first("SELECT codec, data FROM bodies WHERE id = ?", .integer(id)) { row in
            row.int(0) == Self.raw && row.withBlob(1) { $0.elementsEqual(json) }
        } ?? false
    }

    /// A body out of an answer with the columns id, codec, data.
    static func read(_ row: Row, from column: Int32) throws -> VerbatimJSON? {
        guard !row.isNull(column) else { return nil }
        guard !row.isNull(column + 1) else { throw DamagedItem.bodyMissing }
        guard row.int(column + 1) == raw else { throw DamagedItem.codecUnknown }
        return row.blob(column + 2)
    }
}

/// A sound database with an unsound item in it.
enum DamagedItem: Error {
    case bodyMissing, codecUnknown
}
