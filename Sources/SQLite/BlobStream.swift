import CSQLite

extension Database {
    /// Reads one stored value piece by piece.
    ///
    /// - Parameters:
    ///   - table: names come from the caller's code, never from outside.
    ///   - row: the rowid.
    /// **Bounds**: holds one piece.
    public func readBlob(
        table: String, column: String, row: Int64, pieceBytes: Int = 65_536,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var blob: OpaquePointer?
        let code = sqlite3_blob_open(connection, "main", table, column, row, 0, &blob)
        guard code == SQLITE_OK else { throw Statement.error(code, connection, "blob \(table).\(column)") }
        defer { sqlite3_blob_close(blob) }
        let total = Int(sqlite3_blob_bytes(blob))
        var piece = [UInt8](repeating: 0, count: min(max(1, pieceBytes), max(1, total)))
        var offset = 0
        while offset < total {
            let count = min(piece.count, total - offset)
            let code = sqlite3_blob_read(blob, &piece, Int32(count), Int32(offset))
            guard code == SQLITE_OK else {
                throw Statement.error(code, connection, "blob \(table).\(column)")
            }
            try piece.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
        }
    }
}
