import SQLite

/// The tables of Broca 3, by name: older databases have their columns in
/// another order.
enum BrocaSchema {
    static let tables: [(name: String, columns: Set<String>)] = [
        (
            "letta_users",
            [
                "id", "created_at", "last_active", "letta_identity_id", "letta_block_id",
                "agent_preferences", "custom_instructions", "is_active",
            ]
        ),
        (
            "platform_profiles",
            [
                "id", "letta_user_id", "platform", "platform_user_id", "username", "display_name",
                "metadata", "created_at", "last_active",
            ]
        ),
        (
            "messages",
            [
                "id", "letta_user_id", "platform_profile_id", "role", "message", "timestamp", "processed",
                "agent_response",
            ]
        ),
        ("queue", ["id", "letta_user_id", "message_id", "status", "attempts", "timestamp"]),
    ]

    enum Judgement: Equatable {
        case broca
        /// Which table or column is not there.
        case foreign(String)
        /// What it has that ferry does not know.
        case newer(String)
    }

    static func judge(_ database: Database) throws -> Judgement {
        for table in tables {
            let found = try columns(of: table.name, database)
            if found.isEmpty { return .foreign("it has no table \(table.name)") }
            if let missing = table.columns.subtracting(found).min() {
                return .foreign("\(table.name) has no column \(missing)")
            }
            if let extra = found.subtracting(table.columns).min() {
                return .newer("column \(extra) of \(table.name)")
            }
        }
        let version = try database.number("PRAGMA user_version")
        return version == 0 ? .broca : .newer("version \(version)")
    }

    static func hasBrocasTables(_ database: Database) throws -> Bool {
        try tables.allSatisfy { try !columns(of: $0.name, database).isEmpty }
    }

    private static func columns(of table: String, _ database: Database) throws -> Set<String> {
        Set(try database.all("SELECT name FROM pragma_table_info(?)", .text(table)) { $0.text(0) })
    }
}
