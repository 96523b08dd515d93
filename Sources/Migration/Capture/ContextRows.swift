import LettaModel
import LosslessJSON

/// The rows in context that were listed, and where they lie in the snapshot.
struct ContextRows {
    private struct Place {
        let ordinal: Int
        let messageTypes: [String]
        let date: String
    }

    private let ids: [SourceID<RowKind>]
    private let wanted: Set<SourceID<RowKind>>
    private var places: [SourceID<RowKind>: Place] = [:]

    init(of agent: AgentState<SourceSide>) {
        ids = agent.messageIDs
        wanted = Set(agent.messageIDs)
    }

    var isEmpty: Bool { places.isEmpty }

    /// - Parameter ordinals: of the rows, one each.
    mutating func note(_ rows: [ListedRow<SourceSide>], at ordinals: [Int]) {
        for (row, ordinal) in zip(rows, ordinals) where wanted.contains(row.id) {
            places[row.id] = Place(ordinal: ordinal, messageTypes: row.messageTypes, date: row.date)
        }
    }

    /// The agent's own export tells rows by position only: nil where its
    /// rows are not as many as those in context, or where one is of another
    /// role or time than its listing.
    func exact(_ exported: [VerbatimJSON]) throws -> [(ordinal: Int, json: VerbatimJSON)]? {
        guard exported.count == ids.count else { return nil }
        var rows: [(ordinal: Int, json: VerbatimJSON)] = []
        for (id, json) in zip(ids, exported) {
            guard let place = places[id] else { continue }
            guard try Self.fits(place, json) else { return nil }
            rows.append((place.ordinal, json))
        }
        return rows
    }

    /// A listing cuts its times to whole seconds.
    private static func fits(_ place: Place, _ json: VerbatimJSON) throws -> Bool {
        let row = try JSONDocument(json).root
        let listed = Instant(place.date).map { $0.microseconds / 1_000_000 }
        let exact = row["created_at"]?.string.flatMap { Instant($0) }.map { $0.microseconds / 1_000_000 }
        return listed == exact && NativeAgreement.fits(place.messageTypes, row["role"]?.string ?? "")
    }
}
