import LettaModel
import LosslessJSON

/// Which rows the source's databases had when they were copied, kept from the
/// publishing to a retiring that may come days later: what came since would
/// be silenced with the source, and is nowhere else.
struct SourceRows {
    /// The run's.
    let folder: String

    private var path: String { "\(folder)/source-rows.json" }

    func keep(_ view: TreeView) throws {
        var found: JSONNode = [:]
        for (place, ledger) in try ledgers(view) { found[place] = Expectation.Program.node(ledger) }
        try PrivateTree.replace(path, with: found.bytes())
    }

    /// **Errors**: `source-changed` where a database has other rows than were
    /// copied, or where nobody wrote down which.
    func checkUnchanged(_ view: TreeView) throws {
        guard FileKind.at(path) != nil else { throw refusal(view.root, "nobody wrote down what was copied") }
        let kept = try JSONDocument(PrivateTree.read(path)).root
        for (place, now) in try ledgers(view) {
            let then = kept[place].map(Expectation.Program.ledger) ?? RowLedger()
            guard then.rows == now.rows, then.queue == now.queue else {
                throw refusal(place, Self.words(then, now))
            }
        }
    }

    private func ledgers(_ view: TreeView) throws -> [(place: String, ledger: RowLedger)] {
        try view.databases.map { database in
            let copy = "\(folder)/scratch-source.db"
            try PrivateTree.remove(copy)
            defer { try? PrivateTree.remove(copy) }
            try PrivateCopy.take(database.path, to: copy, scratch: copy + ".parts")
            let place = TreeStage.relative(database.path, to: view.root) ?? database.path
            return (place, try BrocaStore(copy).ledger())
        }
    }

    private static func words(_ then: RowLedger, _ now: RowLedger) -> String {
        let newer = now.rows.compactMap { table, ids -> String? in
            let more = ids.subtracting(then.rows[table] ?? IDRanges())
            return more.isEmpty ? nil : "\(table) \(more.words)"
        }.sorted()
        return newer.isEmpty
            ? "rows of its queue are in other states than when it was copied"
            : "it has rows that came since it was copied: \(newer.joined(separator: ", "))"
    }

    private func refusal(_ subject: String, _ reason: String) -> Failure {
        Failure(
            .sourceChanged, subject: subject, reason: "\(reason); nothing was retired",
            remedy: "take the copy back and move again, with --retire at once: "
                + "ferry undo \(folder.split(separator: "/").last.map(String.init) ?? "RUN")", end: .source)
    }
}
