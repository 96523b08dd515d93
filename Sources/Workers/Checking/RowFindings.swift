import LettaModel
import WorkerTree

/// Rows of a moved database beside those that its move brought, one by one:
/// counts would let a lost row pass as soon as another came.
struct RowFindings {
    let name: String
    /// nil where no run of this journal made the folder.
    let program: Expectation.Program?
    let store: BrocaStore

    func findings() throws -> [WorkersFinding] {
        let counts = try store.counts()
        guard let program else { return [unannounced(counts)] }
        guard let expected = program.ledger else { return older(program, counts) }
        let now = try store.ledger()
        return [rows(expected, now), try tries(expected)]
    }

    // MARK: With a ledger

    private func rows(_ expected: RowLedger, _ now: RowLedger) -> WorkersFinding {
        let gone = expected.rows.compactMap { table, ids -> String? in
            let left = ids.subtracting(now.rows[table] ?? IDRanges())
            return left.isEmpty ? nil : "\(table) \(left.words)"
        }.sorted()
        let reopened = RowLedger.finalStates.compactMap { state -> String? in
            let lost = expected.rows["queue"]?.subtracting(now.rows["queue"] ?? IDRanges()) ?? IDRanges()
            let left = (expected.queue[state] ?? IDRanges())
                .subtracting(now.queue[state] ?? IDRanges()).subtracting(lost)
            return left.isEmpty ? nil : "queue \(left.words), once \(state), is not any more"
        }
        let wrong = (gone.isEmpty ? [] : ["lost \(gone.joined(separator: ", "))"]) + reopened
        return WorkersFinding(
            .database, name, isGood: wrong.isEmpty,
            wrong.isEmpty
                ? expected == now
                    ? "has every row, each in its announced state"
                    : "has every row that was moved, and has been worked with since"
                : wrong.joined(separator: "; "),
            remedy: wrong.isEmpty ? "" : "find out what changed it since the move")
    }

    /// Broca counts a try when it puts a message back: a number that grew shows
    /// that an answer was lost, also of a row that is completed by now.
    private func tries(_ expected: RowLedger) throws -> WorkersFinding {
        let rows = try store.tried().filter { row, attempts in
            !expected.isFinal(row) && attempts > (expected.tries[row] ?? 0)
        }.map(\.row)
        let shown = rows.prefix(20).map(String.init).joined(separator: ", ")
        let more = rows.count > 20 ? " and \((rows.count - 20).counted("other"))" : ""
        return WorkersFinding(
            .queue, name, isGood: rows.isEmpty,
            rows.isEmpty
                ? "no row was tried in vain since the move"
                : "\(rows.count == 1 ? "row" : "rows") \(shown)\(more) of the queue: tried in vain since the move",
            remedy: rows.isEmpty ? "" : Self.remedy)
    }

    private static let remedy = "stop Broca and read its log: a block attached, no Redis, a wrong id"

    // MARK: Without

    private func unannounced(_ counts: BrocaCounts) -> WorkersFinding {
        let tried = counts.mostAttempts
        return WorkersFinding(
            .queue, name, isGood: tried < 2, "a row was tried \(tried.counted("time"))",
            remedy: tried < 2 ? "" : "read Broca's log")
    }

    private func older(_ program: Expectation.Program, _ counts: BrocaCounts) -> [WorkersFinding] {
        let lost = program.rows.filter { (counts.rows[$0.key] ?? 0) < $0.value }.keys.sorted()
        guard lost.isEmpty else {
            return [
                WorkersFinding(
                    .database, name, isGood: false, "lost rows of \(lost.joined(separator: ", "))",
                    remedy: "find out what changed it since the move")
            ]
        }
        return [
            .unseen(
                .queue, name, "was moved by an older ferry, which did not write down which rows it brought",
                remedy: "look for rows that are tried again and again: sqlite3 -readonly \(name) "
                    + "'SELECT id, status, attempts FROM queue WHERE attempts > 1'")
        ]
    }
}
