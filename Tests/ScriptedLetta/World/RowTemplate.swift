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
        let high: UInt64
        let low: UInt64
        let created: Moment
        let number: Int
        let cycle: Int
        var place = 0
        var otid: (UInt64, UInt64) = (0, 0)
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
        case .uuid: bytes += UUIDText.bytes(filling.high, filling.low)
        case .otid: bytes += UUIDText.bytes(filling.otid.0, filling.otid.1)
        case .storedOTID: bytes += UUIDText.bytes(~filling.high, filling.low)
        case .itemOTID(let item): bytes += UUIDText.bytes(filling.high, filling.low & ~127 | UInt64(item))
        case .createdAt:
            bytes += filling.created.bytes(fraction: filling.created.microseconds % 1_000_000 != 0)
            bytes += Array("+00:00".utf8)
        case .date:
            bytes += filling.created.bytes(fraction: false)
            bytes += Array("+00:00".utf8)
        case .number: bytes += Array(String(filling.number).utf8)
        case .cycle: bytes += Array(String(filling.cycle, radix: 16).utf8)
        case .place: bytes += Array(String(filling.place).utf8)
        }
    }
}
