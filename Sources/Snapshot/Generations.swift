public import LettaModel
import SQLite

extension AgentSnapshot {
    /// Starts a run, or goes on with an unfinished one, whose number and
    /// start are kept. Returns the generation's number.
    ///
    /// **Errors**: `snapshot-of-another-agent`.
    public func beginGeneration(_ origin: SnapshotOrigin) throws -> Int {
        let number = try transaction {
            let last = try allGenerations().last
            if let last { try checkIsSameAgent(last.origin, origin) }
            guard let last, !last.isFinished else {
                return try insertGeneration((last?.number ?? 0) + 1, origin)
            }
            try database.run(
                "UPDATE generations SET server_version = ?, agent_name = ?, reader = ? WHERE number = ?",
                .text(origin.serverVersion), .text(origin.agentName), .text(origin.reader.rawValue),
                .int(last.number))
            return last.number
        }
        currentGeneration = try generations().last
        return number
    }

    /// Everything not put again since `beginGeneration` is gone from here on.
    public func finishGeneration(at time: Instant, _ consistency: Consistency) throws {
        let number = try generation().number
        var note: String?
        if case .sourceChanged(let text) = consistency { note = text }
        try transaction {
            try database.run(
                "UPDATE generations SET finished_at = ?, source_changed = ? WHERE number = ?",
                .integer(time.microseconds), .string(note), .int(number))
        }
        currentGeneration = nil
    }

    /// Oldest first.
    public func generations() throws -> [Generation] {
        try wrap { try allGenerations() }
    }

    func allGenerations() throws -> [Generation] {
        try database.all(
            """
            SELECT number, server_url, server_name, project, server_version, agent_id, agent_name, agent_type,
              reader, started_at, finished_at, source_changed FROM generations ORDER BY number
            """, body: Self.readGeneration)
    }

    /// The number that readers see: of the newest generation, 0 where there is none.
    func newestGeneration() throws -> Int {
        try database.number("SELECT max(number) FROM generations")
    }

    private func insertGeneration(_ number: Int, _ origin: SnapshotOrigin) throws -> Int {
        try database.run(
            "INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            .int(number), .text(origin.serverURL), .string(origin.serverName), .string(origin.project),
            .text(origin.serverVersion), .text(origin.agentID.raw), .text(origin.agentName),
            .text(origin.agentType), .text(origin.reader.rawValue), .integer(origin.startedAt.microseconds))
        return number
    }

    private func checkIsSameAgent(_ stored: SnapshotOrigin, _ origin: SnapshotOrigin) throws {
        guard stored.agentID != origin.agentID || stored.serverURL != origin.serverURL else { return }
        throw Failure(
            .snapshotOfAnotherAgent, subject: path,
            reason:
                "it holds agent \(stored.agentName) (\(stored.agentID)) of \(stored.serverURL), not \(origin.agentID) of \(origin.serverURL)",
            remedy: "choose another file with -o")
    }

    private static func readGeneration(_ row: Row) -> Generation {
        let origin = SnapshotOrigin(
            serverURL: row.text(1), serverName: row.optionalText(2), project: row.optionalText(3),
            serverVersion: row.text(4), agentID: SourceID(row.text(5)), agentName: row.text(6),
            agentType: row.text(7), reader: ReaderKind(rawValue: row.text(8)) ?? .folded,
            startedAt: Instant(microseconds: row.integer(9)))
        let finishedAt = row.optionalInteger(10).map(Instant.init(microseconds:))
        let consistency: Consistency? = finishedAt.map { _ in
            row.optionalText(11).map { .sourceChanged(note: $0) } ?? .stable
        }
        return Generation(
            number: row.int(0), origin: origin, finishedAt: finishedAt, consistency: consistency)
    }
}
