import LettaModel

/// Asks Letta's database what it is: SELECTs of catalogues and of the
/// revision, nothing else.
struct DatabaseReader {
    let config: HostConfig
    let paths: HostPaths
    let secrets: HostSecrets

    init(_ config: HostConfig, _ paths: HostPaths, _ secrets: HostSecrets) {
        self.config = config
        self.paths = paths
        self.secrets = secrets
    }

    /// As root alone.
    func read(into facts: inout HostFacts) {
        guard facts.isRoot, config.letta == "systemd" else { return }
        if config.ownsDatabase, config.pgvector != "wheel" {
            if facts.users.contains("postgres") { readCluster(into: &facts) }
        } else {
            readByAddress(into: &facts)
        }
    }

    // MARK: Debian's Postgres, as its superuser

    private func ask(_ database: String, _ question: String) -> String? {
        let answer = Tool(words: [
            "runuser", "-u", "postgres", "--", "psql", "-X", "-A", "-t", "-d", database, "-c", question,
        ]).run()
        return answer?.succeeded == true ? String((answer?.text ?? "").trimmedSpaces) : nil
    }

    private func readCluster(into facts: inout HostFacts) {
        guard let role = ask("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'letta'"),
            let owner = ask(
                "postgres", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'letta'")
        else { return }
        var found = DatabaseFact()
        found.hasRole = role == "1"
        found.owner = owner.isEmpty ? nil : owner
        if found.hasRole { found.takesPassword = takesPassword(found.owner == nil ? "postgres" : "letta") }
        if found.owner != nil {
            found.tables = ask("letta", Self.countOfTables).flatMap { Int($0) } ?? 0
            facts.hasDatabase =
                ask("letta", "SELECT extversion FROM pg_extension WHERE extname = 'vector'")?.isEmpty == false
            facts.revision = ask("letta", "SELECT version_num FROM alembic_version")
        }
        facts.database = found
    }

    static let countOfTables =
        "SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"

    /// By TCP, as Letta will: its password goes by a variable.
    private func takesPassword(_ database: String) -> Bool {
        guard let password = secrets[HostSecrets.database] else { return false }
        return Tool(
            words: [
                "psql", "-X", "-w", "-h", "127.0.0.1", "-p", "5432", "-U", "letta", "-d", database, "-c",
                "SELECT 1",
            ], environment: ["PGPASSWORD": password.reveal()]
        ).run()?.succeeded == true
    }

    // MARK: any other, by its address and with Letta's own driver

    private func readByAddress(into facts: inout HostFacts) {
        let python = "\(paths.letta)/venv/bin/python"
        guard facts.lettaMark != nil, let address else { return }
        let answer = Tool(
            words: [python, "-I", "-c", Self.look], environment: ["FERRY_URI": address]
        ).run(seconds: 20)
        let words = (answer?.text ?? "").split(separator: "\n").last?.split(separator: " ") ?? []
        guard answer?.succeeded == true, words.count > 1, words[0] == "ferry" else { return }
        facts.hasDatabase = words[1] != "0"
        facts.revision = words.count > 2 ? String(words[2]) : nil
    }

    private var address: String? {
        if config.postgres == "uri" { return secrets[HostSecrets.uri]?.reveal() }
        return secrets[HostSecrets.database].map { "postgresql://letta:\($0.reveal())@127.0.0.1:5432/letta" }
    }

    /// alembic's own table may not be there yet.
    private static let look = """
        import os
        from sqlalchemy import create_engine, text
        engine = create_engine(os.environ["FERRY_URI"].split("?")[0], connect_args={"connect_timeout": 5})
        with engine.connect() as base:
            vector = base.execute(text("SELECT count(*) FROM pg_extension WHERE extname = 'vector'")).scalar()
            known = base.execute(text("SELECT to_regclass('alembic_version')")).scalar()
            revision = base.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else ""
            print("ferry", vector, revision or "")
        """
}
