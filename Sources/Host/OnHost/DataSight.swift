/// Letta's database, by its catalogue alone.
public enum DatabaseSight: Sendable, Equatable {
    /// Why it was not asked.
    case unasked(String)
    case unreachable(String)
    /// - Parameters vector: version of the extension; nil where it is not there.
    case seen(version: String, vector: String?, revision: SchemaSight)
}

/// The schema's revision, as its own table says it.
public enum SchemaSight: Sendable, Equatable {
    case at(String)
    /// There is no such table, or nothing in it.
    case absent
    /// Why it was not read.
    case unread(String)
}

extension DatabaseSight {
    /// Asks by `psql`, its password in the environment.
    /// **Effects**: SELECT of catalogue and revision, in a read-only session.
    init(of settings: [FoundSettings], _ ground: any Ground) {
        guard let uri = settings.lazy.compactMap({ $0.values["LETTA_PG_URI"] }).first else {
            self = .unasked("no LETTA_PG_URI was found on this machine")
            return
        }
        guard let address = PostgresAddress(uri) else {
            self = .unasked("LETTA_PG_URI is no postgresql:// address with a host")
            return
        }
        self = Self.asked(Psql(address: address, ground: ground))
    }

    private static func asked(_ psql: Psql) -> DatabaseSight {
        let catalogue =
            "SELECT current_setting('server_version') || '|' || coalesce((SELECT extversion FROM pg_extension"
            + " WHERE extname = 'vector'), '') || '|' || coalesce(to_regclass('alembic_version')::text, '')"
        guard let answer = psql.answer(to: catalogue) else {
            return psql.isInstalled
                ? .unreachable("psql did not come to its end in time") : .unasked("psql is not installed")
        }
        guard answer.status == 0 else { return .unreachable(psql.reason(answer.text)) }
        let parts = answer.text.trimmedLine.split(separator: "|", omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 3 else { return .unasked("psql answered in a form that is not known") }
        return .seen(
            version: parts[0], vector: parts[1].isEmpty ? nil : parts[1],
            revision: parts[2].isEmpty ? .absent : revision(psql))
    }

    private static func revision(_ psql: Psql) -> SchemaSight {
        guard let answer = psql.answer(to: "SELECT version_num FROM alembic_version LIMIT 1") else {
            return .unread("psql did not come to its end in time")
        }
        guard answer.status == 0 else { return .unread(psql.reason(answer.text)) }
        return answer.text.trimmedLine.isEmpty ? .absent : .at(answer.text.trimmedLine)
    }
}

private struct Psql {
    let address: PostgresAddress
    let ground: any Ground

    var isInstalled: Bool { ground.has("psql") }

    func answer(to query: String) -> (status: Int, text: String)? {
        ground.output(
            of: [
                "psql", "-X", "-A", "-t", "-w", "-h", address.host, "-p", String(address.port), "-U",
                address.user, "-d", address.name, "-c", query,
            ],
            environment: [
                "PGPASSWORD": address.password, "PGCONNECT_TIMEOUT": "3", "LC_ALL": "C",
                "PGSSLMODE": address.isPlain ? "disable" : "prefer",
                "PGOPTIONS": "-c default_transaction_read_only=on -c statement_timeout=3000",
            ])
    }

    /// psql says no password, but whoever has one like a word may have it
    /// shown.
    func reason(_ text: String) -> String {
        let line = text.trimmedLine
        let words = line.firstRange(of: "failed: ").map { String(line[$0.upperBound...]) } ?? line
        return address.password.isEmpty ? words : words.replacing(address.password, with: "…")
    }
}

/// Heads of Letta's migrations. Source: the tags of its releases.
enum SchemaRevision {
    private static let heads: [(String, ClosedRange<Int>, minor: Int)] = [
        ("c734cfc0d595", 0...1, 12), ("f6cd5a1e519d", 0...0, 13), ("d0880aae6cee", 0...0, 16),
        ("39577145c45d", 1...1, 16), ("27de0f58e076", 2...2, 16), ("a1b2c3d4e5f8", 4...4, 16),
        ("b2c3d4e5f6a8", 5...6, 16), ("1c28e167b74f", 7...8, 16),
    ]

    /// Nil for a version whose head is not known here.
    static func head(of version: String) -> String? {
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3, parts[0] == 0 else { return nil }
        return heads.first { $0.minor == parts[1] && $0.1.contains(parts[2]) }?.0
    }
}
