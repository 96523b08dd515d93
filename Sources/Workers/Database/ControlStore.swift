import LettaModel
import SQLite

/// A database of another program, changed as its rule says: columns that name
/// an agent by its Letta id, and sessions that were the old host's.
enum ControlStore {
    /// - Returns: how many rows were given a new id.
    static func rewrite(_ path: String, _ rule: StoreRule, _ routes: [AgentRoute]) throws -> Int {
        try DiskFailure.wrap(path) {
            let database = try Database(path, .readWrite)
            try database.execute("PRAGMA trusted_schema = OFF")
            let columns = try rule.agentColumns.filter { try has($0, database) }
            guard !columns.isEmpty else { return 0 }
            return try database.transaction {
                let count = try columns.reduce(0) { try $0 + replace($1, routes, database) }
                for table in rule.emptied where try isThere(table, database) {
                    try database.run("DELETE FROM \(table)")
                }
                return count
            }
        }
    }

    /// New ids that a database has beside the old ones already: of a move that
    /// was begun by hand. The column may be unique, and two entries for one
    /// agent are wrong in any case.
    ///
    /// - Parameter path: ferry's own copy.
    static func collisions(_ path: String, _ rule: StoreRule, _ routes: [AgentRoute]) throws -> [String] {
        try DiskFailure.wrap(path) {
            let database = try Database(path, .immutable)
            try database.execute("PRAGMA trusted_schema = OFF")
            var found: [String] = []
            for column in try rule.agentColumns.filter({ try has($0, database) }) {
                for route in routes where route.new != route.old {
                    let count = try database.number(
                        "SELECT count(DISTINCT \(column.name)) FROM \(column.table) WHERE \(column.name) IN (?, ?)",
                        .text(route.old), .text(route.new))
                    if count > 1 {
                        found.append("\(column.table).\(column.name) has \(route.old) and \(route.new)")
                    }
                }
            }
            return found
        }
    }

    private static func replace(_ column: StoreRule.Column, _ routes: [AgentRoute], _ database: Database)
        throws -> Int
    {
        var count = 0
        for route in routes where route.new != route.old {
            try database.run(
                "UPDATE \(column.table) SET \(column.name) = ? WHERE \(column.name) = ?", .text(route.new),
                .text(route.old))
            count += database.changes
        }
        return count
    }

    private static func has(_ column: StoreRule.Column, _ database: Database) throws -> Bool {
        try database.number(
            "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?", .text(column.table),
            .text(column.name)) > 0
    }

    private static func isThere(_ table: String, _ database: Database) throws -> Bool {
        try database.number(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", .text(table)) > 0
    }
}
