import AgentFile
import Home
import LettaModel
import LosslessJSON

/// Reads the rows in context through a reader agent, and tells those that the
/// server has no more from those that it cannot show.
///
/// A row is called unreadable only after a trial: it fails, the reader's own
/// row is shown, it fails again in the same words, the reader's own row is
/// shown again. A server that stumbles fails the trial and stops the heal.
///
/// **Bounds**: one slice of rows.
struct ContextReading<Side: HomeSide> {
    let home: any Home<Side>
    let reader: ServerID<AgentKind, Side>
    /// A row of the reader's own, that any sound server shows.
    let control: ServerID<RowKind, Side>

    private static var slice: Int { 50 }
    private static var trials: Int { 2 }
    private static var pause: Duration { .milliseconds(300) }

    private enum Seen {
        case row(VerbatimJSON)
        case unknown
        case unreadable
    }

    private typealias Sight = [ServerID<RowKind, Side>: Seen]

    /// **Errors**: `reader-failed` where it is not the row that fails.
    func diagnosis(of ids: [ServerID<RowKind, Side>]) async throws -> ContextDiagnosis.Result {
        var diagnosis = ContextDiagnosis()
        for start in stride(from: 0, to: ids.count, by: Self.slice) {
            let slice = Array(ids[start..<min(start + Self.slice, ids.count)])
            var seen: Sight = [:]
            try await look(at: Self.unique(slice), &seen)
            for id in slice {
                switch seen[id] {
                case .row(let json): try diagnosis.note(id.raw, json)
                case .unreadable: diagnosis.noteUnreadable(id.raw)
                case .unknown, nil: try diagnosis.note(id.raw, nil)
                }
            }
        }
        return diagnosis.result()
    }

    private static func unique(_ ids: [ServerID<RowKind, Side>]) -> [ServerID<RowKind, Side>] {
        var known: Set<ServerID<RowKind, Side>> = []
        return ids.filter { known.insert($0).inserted }
    }

    /// A slice that cannot be shown is halved until one row is left.
    private func look(at ids: [ServerID<RowKind, Side>], _ seen: inout Sight) async throws {
        guard !ids.isEmpty else { return }
        do {
            for row in try await home.nativeRows(ids, through: reader) { seen[row.id] = .row(row.json) }
        } catch let vanished as RowsVanished {
            let gone = Set(vanished.ids)
            let left = ids.filter { !gone.contains($0.raw) }
            guard left.count < ids.count else { throw unexplained(vanished) }
            for id in ids where gone.contains(id.raw) { seen[id] = .unknown }
            try await look(at: left, &seen)
        } catch let failure as Failure where failure.code == .readerFailed {
            guard ids.count > 1 else { return try await judge(ids[0], failure, &seen) }
            let middle = ids.count / 2
            try await look(at: Array(ids[..<middle]), &seen)
            try await look(at: Array(ids[middle...]), &seen)
        }
    }

    /// The trial of one row that failed.
    private func judge(
        _ id: ServerID<RowKind, Side>, _ failure: Failure, _ seen: inout Sight
    ) async throws {
        for _ in 0..<Self.trials {
            guard Self.isOwnError(failure) else { throw notTheRow(failure) }
            try await checkControl(failure)
            try await Task.sleep(for: Self.pause)
            do {
                let rows = try await home.nativeRows([id], through: reader)
                if let row = rows.first { return seen[id] = .row(row.json) }
            } catch is RowsVanished {
                return seen[id] = .unknown
            } catch let again as Failure where again.code == .readerFailed {
                guard again.reason == failure.reason else { throw notTheRow(again) }
            }
        }
        try await checkControl(failure)
        seen[id] = .unreadable
    }

    /// 502, 503 and 504 are what a gateway says of a server, not a server of
    /// a row.
    private static func isOwnError(_ failure: Failure) -> Bool {
        failure.reason.hasPrefix("the server answered 500")
    }

    private func checkControl(_ failure: Failure) async throws {
        do { _ = try await home.nativeRows([control], through: reader) } catch is Failure {
            throw notTheRow(failure)
        }
    }

    private func notTheRow(_ failure: Failure) -> Failure {
        Failure(
            .readerFailed, subject: home.address.description,
            reason: "the server fails, and not because of one message: \(failure.reason)",
            remedy: "wait until it is well, then run the command again; nothing was changed")
    }

    private func unexplained(_ vanished: RowsVanished) -> Failure {
        Failure(
            .readerFailed, subject: home.address.description,
            reason: "it says that rows are gone which it was not asked for: \(vanished.ids.prefix(3))",
            remedy: "try again; nothing was changed")
    }
}
