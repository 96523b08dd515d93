import LettaModel
import SQLite

/// The control page's list of agents, which names each by its Letta id.
enum ControlStore {
    /// Puts the new ids in, and drops sessions that were the old host's.
    /// - Returns: how many agents were renamed.
    static func rewrite(_ path: String, _ routes: [AgentRoute]) throws -> Int {
        try DiskFailure.wrap(path) {
            let database = try Database(path, .readWrite)
            try database.execute("PRAGMA trusted_schema = OFF")
            let tables = try database.all("SELECT name FROM sqlite_schema WHERE type = 'table'") {
                $0.text(0)
            }
            let columns = try database.all("SELECT name FROM pragma_table_info('agents')") { $0.text(0) }
            guard columns.contains("letta_uid") else { return 0 }
            return try database.transaction {
                var count = 0
                for route in routes {
                    try database.run(
                        "UPDATE agents SET letta_uid = ? WHERE letta_uid = ?", .text(route.new),
                        .text(route.old))
                    count += database.changes
                }
                if tables.contains("user_sessions") { try database.run("DELETE FROM user_sessions") }
                return count
            }
        }
    }
}
