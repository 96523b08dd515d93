import LettaModel
import SQLite

/// Values of the old place in the text columns of a database.
enum ColumnSearch {
    struct Hit: Sendable, Equatable {
        let table: String
        let column: String
        let value: String
        var rows: Int
    }

    /// - Parameters path: ferry's own copy, or a database that nobody writes
    ///   to. except: tables with what people wrote, which may say anything.
    ///   original: what an error names.
    static func hits(
        in path: String, of original: String, _ old: [Replacement], except: Set<String> = []
    ) throws -> [Hit] {
        try DiskFailure.wrap(original) {
            let database = try Database(path, .immutable)
            try database.execute("PRAGMA trusted_schema = OFF")
            let tables = try database.all(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            ) { $0.text(0) }.filter { !except.contains($0) }
            return try tables.sorted().flatMap { try hits(in: $0, database, old) }
        }
    }

    private static func hits(in table: String, _ database: Database, _ old: [Replacement]) throws -> [Hit] {
        let columns = try database.all("SELECT name FROM pragma_table_info(?)", .text(table)) { $0.text(0) }
        var found: [Hit] = []
        for column in columns {
            for replacement in old {
                let rows = try rows(of: table, column, database, replacement)
                if rows > 0 {
                    found.append(Hit(table: table, column: column, value: replacement.old, rows: rows))
                }
            }
        }
        return found
    }

    /// SQLite finds the bytes; whether they stand alone is told as in a file.
    private static func rows(
        of table: String, _ column: String, _ database: Database, _ replacement: Replacement
    ) throws -> Int {
        let rewriter = TextRewriter([replacement])
        let text = "CAST(\(quoted(column)) AS TEXT)"
        var count = 0
        try database.each(
            "SELECT \(text) FROM \(quoted(table)) WHERE instr(\(text), ?) > 0", .text(replacement.old)
        ) { row in
            if rewriter.rewrite(Array(row.text(0).utf8), file: "") != nil { count += 1 }
        }
        return count
    }

    private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}

extension ColumnSearch.Hit {
    /// `agents.note (3 rows)`
    var words: String { "\(table).\(column) (\(rows.counted("row")))" }

    func isRewritten(by rule: StoreRule) -> Bool {
        rule.agentColumns.contains { $0.table == table && $0.name == column } || rule.emptied.contains(table)
    }
}
