import LettaModel
import SQLite

extension RunJournal {
    public func announce(_ changes: [RecordedChange], _ run: RunID) throws {
        try change(run) {
            for change in changes {
                try database.run(
                    """
                    INSERT INTO changes (run, item, rule, before_digest, before, after) VALUES (?, ?, ?, ?, ?, ?)
                    """, .text(run.raw), .text(change.item), .text(change.rule),
                    .bytes(change.beforeDigest?.bytes), .text(change.before), .text(change.after))
            }
        }
    }

    /// Forgets the announced changes, before a plan is made anew.
    public func clearChanges(_ run: RunID) throws {
        try change(run) { try database.run("DELETE FROM changes WHERE run = ?", .text(run.raw)) }
    }

    /// By rule, in the order of the rules' names.
    public func changeCounts(_ run: RunID) throws -> [ChangeCount] {
        try wrap {
            try database.all(
                "SELECT rule, count(*) FROM changes WHERE run = ? GROUP BY rule ORDER BY rule", .text(run.raw)
            ) { ChangeCount(rule: $0.text(0), count: $0.int(1)) }
        }
    }

    /// In the order announced.
    public func changes(_ run: RunID, from index: Int = 0, limit: Int = 500) throws -> [RecordedChange] {
        try wrap {
            try database.all(
                """
                SELECT item, rule, before_digest, before, after FROM changes WHERE run = ?
                ORDER BY id LIMIT ? OFFSET ?
                """, .text(run.raw), .int(limit), .int(index)
            ) { row in
                RecordedChange(
                    item: row.text(0), rule: row.text(1),
                    beforeDigest: row.optionalBlob(2).map(ContentDigest.init(bytes:)), before: row.text(3),
                    after: row.text(4))
            }
        }
    }

    /// Replaces the run's omissions.
    public func setOmissions(_ omissions: [RecordedOmission], _ run: RunID) throws {
        try change(run) {
            try database.run("DELETE FROM omissions WHERE run = ?", .text(run.raw))
            for (position, recorded) in omissions.enumerated() {
                let omission = recorded.omission
                try database.run(
                    "INSERT INTO omissions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .text(run.raw), .int(position),
                    .text(omission.id), .text(omission.class.rawValue), .text(omission.item),
                    .text(omission.reason), .text(omission.remedy), .flag(recorded.isAccepted))
            }
        }
    }

    public func omissions(_ run: RunID) throws -> [RecordedOmission] {
        try wrap {
            try database.all(
                """
                SELECT id, class, item, reason, remedy, accepted FROM omissions WHERE run = ? ORDER BY position
                """, .text(run.raw)
            ) { row in
                let omission = Omission(
                    id: row.text(0), class: Omission.Class(rawValue: row.text(1)) ?? .loss, item: row.text(2),
                    reason: row.text(3), remedy: row.text(4))
                return RecordedOmission(omission, isAccepted: row.flag(5))
            }
        }
    }

    public func note(_ text: String, _ run: RunID) throws {
        try change(run) { try record("note", text, run) }
    }

    public func events(_ run: RunID) throws -> [RunEvent] {
        try wrap {
            try database.all("SELECT at, kind, text FROM events WHERE run = ? ORDER BY id", .text(run.raw)) {
                RunEvent(at: Instant(microseconds: $0.integer(0)), kind: $0.text(1), text: $0.text(2))
            }
        }
    }
}
