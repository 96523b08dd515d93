/// What lies behind Letta: its database, and Redis.
enum DataJudges {
    static let probes = [
        Probe(
            id: "pg.reach", asks: "does Letta's database answer with Letta's own login?", worst: .error,
            judge: reach),
        Probe(
            id: "pg.vector", asks: "is the extension vector there, without which nothing is stored?",
            worst: .error, judge: vector),
        Probe(
            id: "pg.schema", asks: "is the schema the one of this Letta version?", worst: .error,
            judge: schema),
        Probe(
            id: "redis.reach", asks: "does Redis answer, which Broca's background replies need?",
            worst: .error, judge: redis),
    ]

    private static func reach(_ seen: Sighting) -> [Finding] {
        switch seen.machine?.database {
        case nil: []
        case .unasked(let reason):
            [
                Finding(
                    "pg.reach", .note, "", seen: "not asked: \(reason)",
                    means: "whether the database is well was not looked at here",
                    remedy: reason.contains("psql")
                        ? "sudo apt-get install postgresql-client"
                        : "as root, and name the file: sudo ferry host doctor \(seen.errand.origin) --on-host --env-file /etc/letta/letta.env"
                )
            ]
        case .unreachable(let reason):
            [
                Finding(
                    "pg.reach", .error, "", seen: reason,
                    means:
                        "ADE connects, and then every page says “An unknown error occurred”; health stays green",
                    remedy:
                        "sudo systemctl status postgresql; sudo -u postgres pg_isready; compare LETTA_PG_URI")
            ]
        case .seen(let version, _, _): [Finding("pg.reach", .ok, "", seen: "Postgres \(version)")]
        }
    }

    private static func vector(_ seen: Sighting) -> [Finding] {
        guard case .seen(_, let vector, _)? = seen.machine?.database else { return [] }
        if let vector { return [Finding("pg.vector", .ok, "", seen: vector)] }
        return [
            Finding(
                "pg.vector", .error, "", seen: "the extension vector is not in Letta's database",
                means: "Letta does not start, or no agent can remember anything",
                remedy: "sudo -u postgres psql -d letta -c 'CREATE EXTENSION vector'")
        ]
    }

    private static func schema(_ seen: Sighting) -> [Finding] {
        guard case .seen(_, _, let found)? = seen.machine?.database else { return [] }
        if case .unread(let reason) = found {
            return [
                Finding(
                    "pg.schema", .note, "", seen: "not read: \(reason)",
                    means: "whether the schema is the one of this Letta version was not looked at",
                    remedy: "sudo -u postgres psql -d letta -c 'SELECT version_num FROM alembic_version'")
            ]
        }
        let restart =
            "alembic upgrade head, with the alembic folder of the same release; then: sudo systemctl restart letta"
        guard case .at(let revision) = found else {
            return [
                Finding(
                    "pg.schema", .error, "", seen: "the database has no schema revision",
                    means: "Letta does not start: its tables are missing, or nobody knows which they are",
                    remedy: restart)
            ]
        }
        guard let version = seen.lettas.lazy.compactMap({ HealthWords($0.api.health).version }).first,
            let head = SchemaRevision.head(of: version)
        else { return [Finding("pg.schema", .ok, "", seen: "\(revision); not compared with a version")] }
        if revision == head {
            return [Finding("pg.schema", .ok, "", seen: "\(revision), of Letta \(version)")]
        }
        return [
            Finding(
                "pg.schema", .error, "", seen: "\(revision), but Letta \(version) expects \(head)",
                means: "some pages of ADE work and others end in “An unknown error occurred”", remedy: restart
            )
        ]
    }

    private static func redis(_ seen: Sighting) -> [Finding] {
        switch seen.machine?.redis {
        case nil: []
        case .answers(let place): [Finding("redis.reach", .ok, place, seen: "it answers")]
        case .unset:
            [
                Finding(
                    "redis.reach", .note, "", seen: "LETTA_REDIS_HOST is not set",
                    means: "ADE needs none; a Broca 3 gets 503 and gives its users no replies",
                    remedy:
                        "only for Broca: sudo apt-get install redis-server; LETTA_REDIS_HOST=127.0.0.1 in letta.env"
                )
            ]
        case .silent(let place):
            [
                Finding(
                    "redis.reach", .error, place, seen: "nothing answers PING",
                    means: "replies in the background end in 503, and Broca asks the agent again and again",
                    remedy: "sudo systemctl enable --now redis-server; redis-cli ping")
            ]
        }
    }
}
