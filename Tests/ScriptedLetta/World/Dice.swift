/// Repeatable randomness.
struct Dice: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The same text always gives the same dice.
    init(seed text: String) {
        state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A version 4 UUID.
    mutating func uuid() -> String { UUIDText.make(next(), next()) }
}

/// UUIDs as text, from two words.
enum UUIDText {
    static func make(_ high: UInt64, _ low: UInt64) -> String {
        String(decoding: bytes(high, low), as: UTF8.self)
    }

    static func bytes(_ high: UInt64, _ low: UInt64) -> [UInt8] {
        let high = (high & ~0xF000) | 0x4000
        let low = (low & ~(0b11 << 62)) | (0b10 << 62)
        return [UInt8](unsafeUninitializedCapacity: 36) { buffer, count in
            var place = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[place] = 0x2D
                    place += 1
                }
                let word = digit < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit % 16 * 4)) & 15
                buffer[place] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
                place += 1
            }
            count = 36
        }
    }

    /// The two words of a UUID; nil where the text is none.
    static func words(_ text: some StringProtocol) -> (high: UInt64, low: UInt64)? {
        var words: (UInt64, UInt64) = (0, 0)
        var count = 0
        for byte in text.utf8 where byte != 0x2D {
            guard let nibble = nibble(byte), count < 32 else { return nil }
            if count < 16 { words.0 = words.0 << 4 | nibble } else { words.1 = words.1 << 4 | nibble }
            count += 1
        }
        return count == 32 ? words : nil
    }

    private static func nibble(_ byte: UInt8) -> UInt64? {
        switch byte {
        case 0x30...0x39: UInt64(byte - 0x30)
        case 0x61...0x66: UInt64(byte - 0x57)
        default: nil
        }
    }
}
