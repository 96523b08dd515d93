import LosslessJSON

/// Bytes with holes, filled with what differs between rows: how rows are
/// served faster than a client can read them, without being kept.
struct RowTemplate: Sendable {
    /// Written into a row's JSON as characters that nothing else uses.
    enum Hole: Sendable, Equatable {
        case uuid, otid, storedOTID, createdAt, date, number, cycle, place
        case itemOTID(Int)

        var character: Character { Character(scalar) }

        private var scalar: Unicode.Scalar {
            switch self {
            case .uuid: "\u{E000}"
            case .otid: "\u{E001}"
            case .storedOTID: "\u{E002}"
            case .createdAt: "\u{E003}"
            case .date: "\u{E004}"
            case .number: "\u{E005}"
            case .cycle: "\u{E006}"
            case .place: "\u{E007}"
            case .itemOTID(let item): Unicode.Scalar(0xE010 + UInt32(item)) ?? "\u{E010}"
            }
        }

        init?(_ value: UInt32) {
            let plain: [Hole] = [.uuid, .otid, .storedOTID, .createdAt, .date, .number, .cycle, .place]
            switch value {
            case 0xE000...0xE007: self = plain[Int(value - 0xE000)]
            case 0xE010...0xE08F: self = .itemOTID(Int(value - 0xE010))
            default: return nil
            }
        }
    }

    private enum Piece {
        case literal([UInt8])
        case hole(Hole)
    }

    private let pieces: [Piece]

    init(_ bytes: [UInt8]) {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var place = 0
        while place < bytes.count {
            // U+E000…U+E0FF in UTF-8: EE 80…83 xx.
            if bytes[place] == 0xEE, place + 2 < bytes.count {
                let value = 0xE000 | UInt32(bytes[place + 1] & 0x3F) << 6 | UInt32(bytes[place + 2] & 0x3F)
                if let hole = Hole(value) {
                    pieces += [.literal(literal), .hole(hole)]
                    literal = []
                    place += 3
                    continue
                }
            }
            literal.append(bytes[place])
            place += 1
        }
        self.pieces = pieces + [.literal(literal)]
    }

    /// What fills the holes of one row.
    struct Filling {
        let uuid: [UInt8]
        let storedOTID: [UInt8]
        let low: UInt64
        let createdAt: [UInt8]
        let date: [UInt8]
        let number: Int
        let cycle: Int
        var place = 0
        var otid: [UInt8] = []

        init(high: UInt64, low: UInt64, created: Moment, number: Int, cycle: Int) {
            uuid = UUIDText.bytes(high, low)
            storedOTID = UUIDText.bytes(~high, low)
            self.low = low
            date = created.bytes(fraction: false) + Filling.utc
            createdAt = created.bytes(fraction: created.microseconds % 1_000_000 != 0) + Filling.utc
            self.number = number
            self.cycle = cycle
        }

        private static let utc = Array("+00:00".utf8)
    }

    func write(_ filling: Filling, into bytes: inout [UInt8]) {
        for piece in pieces {
            switch piece {
            case .literal(let literal): bytes += literal
            case .hole(let hole): Self.write(hole, filling, into: &bytes)
            }
        }
    }

    private static func write(_ hole: Hole, _ filling: Filling, into bytes: inout [UInt8]) {
        switch hole {
        case .uuid: bytes += filling.uuid
        case .otid: bytes += filling.otid
        case .storedOTID: bytes += filling.storedOTID
        case .itemOTID(let item):
            // The last seven bits are the item's number.
            bytes += filling.uuid[..<34]
            let last = UInt8(truncatingIfNeeded: filling.low & 0x80) | UInt8(item)
            append(last >> 4, to: &bytes)
            append(last & 15, to: &bytes)
        case .createdAt: bytes += filling.createdAt
        case .date: bytes += filling.date
        case .number: append(decimal: filling.number, to: &bytes)
        case .cycle: append(decimal: filling.cycle, to: &bytes)
        case .place: append(decimal: filling.place, to: &bytes)
        }
    }

    private static func append(_ nibble: UInt8, to bytes: inout [UInt8]) {
        bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
    }

    private static func append(decimal value: Int, to bytes: inout [UInt8]) {
        if value >= 10 { append(decimal: value / 10, to: &bytes) }
        bytes.append(UInt8(0x30 + value % 10))
    }
}
