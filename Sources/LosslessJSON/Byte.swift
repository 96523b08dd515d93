/// The bytes that have a meaning in JSON. Computed and inlined: a stored
/// constant is fetched through a lazy initialiser in debug builds.
enum Byte {
    @inline(__always) static var newline: UInt8 { 0x0A }
    @inline(__always) static var quote: UInt8 { 0x22 }
    @inline(__always) static var backslash: UInt8 { 0x5C }
    @inline(__always) static var slash: UInt8 { 0x2F }
    @inline(__always) static var comma: UInt8 { 0x2C }
    @inline(__always) static var colon: UInt8 { 0x3A }
    @inline(__always) static var openObject: UInt8 { 0x7B }
    @inline(__always) static var closeObject: UInt8 { 0x7D }
    @inline(__always) static var openArray: UInt8 { 0x5B }
    @inline(__always) static var closeArray: UInt8 { 0x5D }
    @inline(__always) static var minus: UInt8 { 0x2D }
    @inline(__always) static var plus: UInt8 { 0x2B }
    @inline(__always) static var point: UInt8 { 0x2E }
    @inline(__always) static var zero: UInt8 { 0x30 }
    @inline(__always) static var smallE: UInt8 { 0x65 }
    @inline(__always) static var smallF: UInt8 { 0x66 }
    @inline(__always) static var smallN: UInt8 { 0x6E }
    @inline(__always) static var smallT: UInt8 { 0x74 }
    @inline(__always) static var smallU: UInt8 { 0x75 }

    /// The byte order mark in UTF-8.
    static var orderMark: [UInt8] { [0xEF, 0xBB, 0xBF] }

    @inline(__always) static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always) static func isExponentMark(_ byte: UInt8) -> Bool { byte | 0x20 == 0x65 }

    /// Can stand in a number or in `true`, `false`, `null`.
    @inline(__always) static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == minus || byte == plus || byte == point
    }

    /// The value of a hexadecimal digit, nil for any other byte.
    @inline(__always) static func nibble(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}

/// Eight bytes looked at together. Each test returns a word whose lowest set
/// bit is the top bit of the first byte that passes; higher bits can be wrong.
enum Word {
    @inline(__always) static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inline(__always) static var tops: UInt64 { 0x8080_8080_8080_8080 }

    @inline(__always) static func load(_ base: UnsafePointer<UInt8>, _ index: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
    }

    @inline(__always) static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & tops
    }

    @inline(__always) static func less(_ word: UInt64, than byte: UInt8) -> UInt64 {
        (word &- ones &* UInt64(byte)) & ~word & tops
    }

    @inline(__always) static func firstIndex(_ hits: UInt64) -> Int { hits.trailingZeroBitCount >> 3 }

    /// First byte in a string literal that is not plain ASCII text, or `end`.
    @inline(__always)
    static func firstNotPlain(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = start
        while index &+ 8 <= end {
            let word = load(base, index)
            let hits =
                equal(word, Byte.quote) | equal(word, Byte.backslash) | less(word, than: 0x20) | (word & tops)
            if hits != 0 { return index &+ firstIndex(hits) }
            index &+= 8
        }
        while index < end {
            let byte = base[index]
            if byte == Byte.quote || byte == Byte.backslash || byte < 0x20 || byte >= 0x80 { break }
            index &+= 1
        }
        return index
    }

    /// First quote or backslash, or `end`.
    @inline(__always)
    static func firstQuoteOrBackslash(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = start
        while index &+ 8 <= end {
            let word = load(base, index)
            let hits = equal(word, Byte.quote) | equal(word, Byte.backslash)
            if hits != 0 { return index &+ firstIndex(hits) }
            index &+= 8
        }
        while index < end, base[index] != Byte.quote, base[index] != Byte.backslash { index &+= 1 }
        return index
    }

    /// First quote or bracket, or `end`.
    @inline(__always)
    static func firstBracket(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = start
        while index &+ 8 <= end {
            let hits = brackets(load(base, index))
            if hits != 0 { return index &+ firstIndex(hits) }
            index &+= 8
        }
        while index < end, !isBracket(base[index]) { index &+= 1 }
        return index
    }

    /// First quote, bracket, white space or control byte, or `end`.
    @inline(__always)
    static func firstBracketOrBlank(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var index = start
        while index &+ 8 <= end {
            let word = load(base, index)
            let hits = brackets(word) | less(word, than: 0x21)
            if hits != 0 { return index &+ firstIndex(hits) }
            index &+= 8
        }
        while index < end, !isBracket(base[index]), base[index] > 0x20 { index &+= 1 }
        return index
    }

    /// The two kinds of bracket differ in one bit, 0x20.
    @inline(__always) private static func brackets(_ word: UInt64) -> UInt64 {
        let folded = word | (ones &* 0x20)
        return equal(word, Byte.quote) | equal(folded, Byte.openObject) | equal(folded, Byte.closeObject)
    }

    @inline(__always) private static func isBracket(_ byte: UInt8) -> Bool {
        byte == Byte.quote || byte | 0x20 == Byte.openObject || byte | 0x20 == Byte.closeObject
    }
}
