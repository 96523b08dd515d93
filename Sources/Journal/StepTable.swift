import LettaModel
import LosslessJSON
import SQLite

extension RunJournal {
    /// On disk before this returns.
    ///
    /// **Errors**: `internal` where JSON would bring a secret value along.
    public func intend(_ run: RunID, _ intent: StepIntent) throws -> StepID {
        try wrap {
            try SecretGuard.check(intent.preImage, of: intent.kind)
            try SecretGuard.check(intent.details, of: intent.kind)
        }
        return try change(run) {
            try database.run(
                """
                INSERT INTO steps (run, kind, marker, attempt, request, pre_image, details, intended_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, .text(run.raw), .text(intent.kind), .string(intent.marker?.description),
                .int(intent.marker?.attempt), .bytes(intent.request?.bytes), .json(intent.preImage),
                .json(intent.details), .integer(clock().microseconds))
            return StepID(number: database.lastInsertedRow)
        }
    }

    /// A step is settled once; only an unknown outcome may become another.
    ///
    /// **Errors**: `internal` for a step that is settled already.
    public func settle(_ step: StepID, _ outcome: StepOutcome) throws {
        let (word, details) = outcome.stored
        if case .done(let json) = outcome { try wrap { try SecretGuard.check(json, of: "step \(step)") } }
        try transaction {
            try database.run(
                """
                UPDATE steps SET outcome = ?, outcome_details = ?, settled_at = ?
                WHERE id = ? AND (outcome IS NULL OR outcome = 'unknown')
                """, .text(word), details, .integer(clock().microseconds), .integer(step.number))
            guard database.changes == 1 else {
                throw JournalFailures.bug("step \(step)", "it is settled already, or not in the journal")
            }
        }
    }

    /// In the order in which they were intended.
    public func steps(_ run: RunID) throws -> [StepRecord] {
        try wrap { try database.all("\(Self.stepQuery) ORDER BY id", .text(run.raw), body: readStep) }
    }

    /// Those without outcome, or with an unknown one.
    public func openSteps(_ run: RunID) throws -> [StepRecord] {
        try wrap {
            try database.all(
                "\(Self.stepQuery) AND (outcome IS NULL OR outcome = 'unknown') ORDER BY id", .text(run.raw),
                body: readStep)
        }
    }

    /// The next number for a marker: one more than any that was intended.
    public func nextAttempt(_ run: RunID) throws -> Int {
        try wrap {
            try database.number(
                "SELECT coalesce(max(attempt), 0) + 1 FROM steps WHERE run = ?", .text(run.raw))
        }
    }

    private static let stepQuery = """
        SELECT id, run, kind, marker, request, pre_image, details, intended_at, outcome, outcome_details, settled_at
        FROM steps WHERE run = ?
        """

    private func readStep(_ row: Row) throws -> StepRecord {
        guard let run = RunID(row.text(1)) else {
            throw JournalFailures.unreadable(path, "it holds a run that this ferry does not understand")
        }
        let intent = StepIntent(
            kind: row.text(2), marker: row.optionalText(3).flatMap(Marker.init),
            request: row.optionalBlob(4).map(ContentDigest.init(bytes:)), preImage: row.json(5),
            details: row.json(6))
        return StepRecord(
            id: StepID(number: row.integer(0)), run: run, intent: intent,
            intendedAt: Instant(microseconds: row.integer(7)), outcome: StepOutcome(row, from: 8),
            settledAt: row.optionalInteger(10).map(Instant.init(microseconds:)))
    }
}

extension StepOutcome {
    fileprivate var stored: (word: String, details: Value) {
        switch self {
        case .done(let details): ("done", .json(details))
        case .refused(let reason): ("refused", .text(reason))
        case .unknown(let reason): ("unknown", .text(reason))
        case .abandoned(let reason): ("abandoned", .text(reason))
        }
    }

    fileprivate init?(_ row: Row, from column: Int32) {
        switch row.optionalText(column) {
        case "done": self = .done(details: row.json(column + 1))
        case "refused": self = .refused(reason: row.text(column + 1))
        case "unknown": self = .unknown(reason: row.text(column + 1))
        case "abandoned": self = .abandoned(reason: row.text(column + 1))
        default: return nil
        }
    }
}

/// JSON is kept as text, so that `sqlite3` shows it.
extension Value {
    fileprivate static func json(_ bytes: VerbatimJSON?) -> Value {
        .string(bytes.map { String(decoding: $0, as: UTF8.self) })
    }
}

extension Row {
    fileprivate func json(_ column: Int32) -> VerbatimJSON? { optionalText(column).map { Array($0.utf8) } }
}
