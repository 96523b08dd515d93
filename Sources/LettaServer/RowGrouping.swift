import LettaModel
import LosslessJSON

/// Puts the listed messages of a page together into rows: neighbours of one
/// id and one date.
///
/// The server never cuts a row at a page's end, since `limit` counts rows. A
/// system or user row is listed as exactly one message, so two of them are two
/// rows even if they share an id (Letta Cloud has such).
struct RowGrouping<Side: HomeSide> {
    private(set) var rows: [ListedRow<Side>] = []
    private var open: Open?

    private struct Open {
        let id: String
        let date: String
        var types: [String]
        var items: [UInt8]
    }

    /// **Errors**: `JSONError`, also for a message without id or type.
    mutating func add(_ bytes: [UInt8]) throws {
        let item = try JSONDocument(bytes).root
        guard let id = item["id"]?.string, let type = item["message_type"]?.string else {
            throw JSONError(.notFound, offset: 0)
        }
        let date = item["date"]?.string ?? ""
        if var row = open, row.id == id, row.date == date, !Self.standsAlone(type),
            !Self.standsAlone(row.types[0])
        {
            open = nil
            row.types.append(type)
            row.items.append(UInt8(ascii: ","))
            row.items += bytes
            open = row
        } else {
            close()
            open = Open(id: id, date: date, types: [type], items: [UInt8(ascii: "[")] + bytes)
        }
    }

    private static func standsAlone(_ type: String) -> Bool {
        type == "system_message" || type == "user_message"
    }

    private mutating func close() {
        guard var row = open else { return }
        open = nil
        row.items.append(UInt8(ascii: "]"))
        rows.append(
            ListedRow(id: ServerID(row.id), date: row.date, messageTypes: row.types, items: row.items))
    }

    consuming func finished() -> [ListedRow<Side>] {
        close()
        return rows
    }
}

extension RowMark {
    init<Side: HomeSide>(_ row: ListedRow<Side>) {
        var hasher = Hasher()
        hasher.combine(row.id.raw)
        row.items.withUnsafeBytes { hasher.combine(bytes: $0) }
        self.init(id: row.id.raw, key: UInt64(bitPattern: Int64(hasher.finalize())))
    }
}
