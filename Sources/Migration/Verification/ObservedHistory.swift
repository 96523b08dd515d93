import AgentFile
import Home
import LettaModel
import LosslessJSON
import Verify

/// Reads the target's history the way the source's was read: listed, and in
/// export form through a reader agent, slice by slice.
struct ObservedHistory {
    let home: any Home<TargetSide>
    let agent: TargetID<AgentKind>
    let reader: TargetID<AgentKind>

    /// What one walk through the history saw besides the rows.
    struct Walk {
        var rows = 0
        var pages = 0
        var count: Observed<ChecklistEvidence.ListingCount>?
        /// Places of the rows that were asked about.
        var places: [TargetID<RowKind>: Int] = [:]
        var kept: [Int: Observed<ListedRow<TargetSide>>] = [:]
    }

    private static let sliceRows = 2000
    private static let sliceBytes = 8_000_000

    /// - Parameters wanted: ids whose places are to be known. keeping: places
    ///   whose listed rows are to be kept.
    ///   each: the rows of one slice in export form, from this place on.
    func walk(
        places wanted: Set<TargetID<RowKind>>, keeping: Set<Int> = [],
        each: (Int, Observed<[VerbatimJSON]>) async throws -> Void
    ) async throws -> Walk {
        var walk = Walk()
        var slice: [ListedRow<TargetSide>] = []
        var bytes = 0
        let pages = home.observeListing(of: agent, thread: .main)
        var next = try await pages.next()
        while let page = next {
            async let upcoming = pages.next()
            walk.pages += 1
            for row in page.value.rows {
                let place = walk.rows
                if wanted.contains(row.id) { walk.places[row.id] = place }
                if keeping.contains(place) { walk.kept[place] = page.map { _ in row } }
                if Self.isFull(slice, bytes, next: row) {
                    try await each(place - slice.count, try await native(slice))
                    (slice, bytes) = ([], 0)
                }
                slice.append(row)
                bytes += row.items.count
                walk.rows += 1
            }
            walk.count = page.map { [rows = walk.rows, pages = walk.pages] _ in
                .init(rows: rows, pages: pages)
            }
            next = try await upcoming
        }
        if !slice.isEmpty { try await each(walk.rows - slice.count, try await native(slice)) }
        return walk
    }

    /// A slice must not begin with a tool row: the server would fill in call
    /// ids from a row that isn't there.
    private static func isFull(
        _ slice: [ListedRow<TargetSide>], _ bytes: Int, next: ListedRow<TargetSide>
    ) -> Bool {
        guard !slice.isEmpty, next.messageTypes.first != "tool_return_message" else { return false }
        return slice.count >= sliceRows || bytes + next.items.count > sliceBytes
    }

    private func native(_ slice: [ListedRow<TargetSide>]) async throws -> Observed<[VerbatimJSON]> {
        let rows = try await home.observeNativeRows(slice.map(\.id), through: reader)
        return try rows.map { rows in
            try zip(slice, rows).map { listed, row in try ListedExtras(listed.items).merge(into: row.json) }
        }
    }
}
