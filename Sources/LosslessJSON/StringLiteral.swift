/// The rules of a JSON string literal.
enum StringLiteral {
    /// Checks a literal up to its closing quote.
    ///
    /// - Parameter start: the byte after the opening quote.
    /// - Returns: where the closing quote is, and whether there are escapes.
    @inline(__always)
    static func scan(
        _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
    ) throws(JSONError) -> (close: Int, isEscaped: Bool) {
        var index = start
        var isEscaped = false
        while true {
            index = Word.firstNotPlain(base, index, end)
            guard index < end else { throw JSONError(.unexpectedEnd, offset: end) }
            let byte = base[index]
            if byte == Byte.quote { return (index, isEscaped) }
            if byte == Byte.backslash {
                isEscaped = true
                index = try afterEscape(base, at: index, to: end)
            } else if byte >= 0x80 {
                index = try afterSequences(base, from: index, to: end)
            } else {
                throw JSONError(.invalidString, offset: index)
            }
        }
    }

    @inline(__always)
    private static func afterEscape(
        _ base: UnsafePointer<UInt8>, at index: Int, to end: Int
    ) throws(JSONError) -> Int {
        guard index + 1 < end else { throw JSONError(.unexpectedEnd, offset: end) }
        switch base[index + 1] {
        case Byte.quote, Byte.backslash, Byte.slash, 0x62, 0x66, 0x6E, 0x72, 0x74:
            return index + 2
        case Byte.smallU:
            for digit in index + 2..<index + 6 {
                guard digit < end else { throw JSONError(.unexpectedEnd, offset: end) }
                guard Byte.nibble(base[digit]) != nil else { throw JSONError(.invalidEscape, offset: digit) }
            }
            return index + 6
        default:
            throw JSONError(.invalidEscape, offset: index + 1)
        }
    }

    /// Checks the escape whose backslash is at `index`.
    static func checkEscape(_ base: UnsafePointer<UInt8>, at index: Int, to end: Int) throws(JSONError) {
        _ = try afterEscape(base, at: index, to: end)
    }

    /// Whether the escape at the start of `text` may need bytes after its
    /// end to be understood.
    static func isCut(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= 2 else { return true }
        guard text[1] == Byte.smallU else { return false }
        guard text.count >= 6 else { return !text.contains(Byte.quote) }
        guard text.count < 12, let base = text.baseAddress, let unit = hexUnit(base + 2),
            unit & 0xFC00 == 0xD800
        else { return false }
        let second = text[6...]
        return second.isEmpty || second.first == Byte.backslash && !second.contains(Byte.quote)
    }

    /// Past a run of bytes over 0x7F, each sequence checked.
    private static func afterSequences(
        _ base: UnsafePointer<UInt8>, from start: Int, to end: Int
    ) throws(JSONError) -> Int {
        var index = start
        while index < end, base[index] >= 0x80 {
            let length = sequenceLength(base + index, available: end - index)
            guard length > 0 else { throw JSONError(.invalidUTF8, offset: index) }
            index += length
        }
        return index
    }

    /// The length of the well-formed UTF-8 sequence (of two to four bytes)
    /// that stands there, 0 if none does. Unicode, table 3-7.
    @inline(__always)
    static func sequenceLength(_ base: UnsafePointer<UInt8>, available: Int) -> Int {
        let lead = base[0]
        if lead < 0xE0 {
            guard lead >= 0xC2, available >= 2, isContinuation(base[1]) else { return 0 }
            return 2
        }
        guard lead <= 0xF4, available >= 3, isContinuation(base[1]), isContinuation(base[2]) else { return 0 }
        let second = base[1]
        if lead < 0xF0 {
            let isOverlong = lead == 0xE0 && second < 0xA0
            let isSurrogate = lead == 0xED && second > 0x9F
            return isOverlong || isSurrogate ? 0 : 3
        }
        guard available >= 4, isContinuation(base[3]) else { return 0 }
        let isOverlong = lead == 0xF0 && second < 0x90
        let isPastUnicode = lead == 0xF4 && second > 0x8F
        return isOverlong || isPastUnicode ? 0 : 4
    }

    @inline(__always) private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// What an escape stands for.
    enum Unescaped {
        case scalar(UInt32)
        /// Half of a surrogate pair that has no other half.
        case lone(UInt32)
    }

    /// Reads the escape at `base`, which was checked before.
    ///
    /// - Returns: its meaning and its length; two `\u` that make a pair are one.
    @inline(__always)
    static func unescape(
        _ base: UnsafePointer<UInt8>, available: Int
    ) -> (meaning: Unescaped, length: Int) {
        switch base[1] {
        case 0x62: return (.scalar(0x08), 2)
        case 0x66: return (.scalar(0x0C), 2)
        case 0x6E: return (.scalar(0x0A), 2)
        case 0x72: return (.scalar(0x0D), 2)
        case 0x74: return (.scalar(0x09), 2)
        case Byte.smallU: break
        default: return (.scalar(UInt32(base[1])), 2)
        }
        let unit = hexUnit(base + 2) ?? 0xFFFD
        guard unit & 0xF800 == 0xD800 else { return (.scalar(unit), 6) }
        guard unit < 0xDC00, available >= 12, base[6] == Byte.backslash, base[7] == Byte.smallU else {
            return (.lone(unit), 6)
        }
        // What follows may not have been checked yet.
        guard let second = hexUnit(base + 8), second & 0xFC00 == 0xDC00 else { return (.lone(unit), 6) }
        return (.scalar(0x10000 + (unit & 0x3FF) << 10 + (second & 0x3FF)), 12)
    }

    /// nil if there is a byte that is no digit.
    private static func hexUnit(_ base: UnsafePointer<UInt8>) -> UInt32? {
        var unit: UInt32 = 0
        for index in 0..<4 {
            guard let nibble = Byte.nibble(base[index]) else { return nil }
            unit = unit << 4 | UInt32(nibble)
        }
        return unit
    }

    /// Appends the text between the quotes with every escape resolved.
    ///
    /// - Parameter keepingLone: a lone surrogate becomes the three bytes that
    ///   a UTF-8 encoder which knows no surrogates would write, so that it
    ///   differs from every other text; else U+FFFD.
    static func decode(_ text: UnsafeBufferPointer<UInt8>, keepingLone: Bool, into bytes: inout [UInt8]) {
        guard let base = text.baseAddress else { return }
        var index = 0
        while index < text.count {
            let run = index
            while index < text.count, base[index] != Byte.backslash { index += 1 }
            bytes.append(contentsOf: text[run..<index])
            guard index < text.count else { return }
            let (meaning, length) = unescape(base + index, available: text.count - index)
            switch meaning {
            case .scalar(let scalar): appendUTF8(scalar, to: &bytes)
            case .lone(let unit): appendUTF8(keepingLone ? unit : 0xFFFD, to: &bytes)
            }
            index += length
        }
    }

    static func appendUTF8(_ scalar: UInt32, to bytes: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: scalar >> shift) & 0x3F | 0x80 }
        switch scalar {
        case ..<0x80:
            bytes.append(UInt8(scalar))
        case ..<0x800:
            bytes.append(0xC0 | UInt8(scalar >> 6))
            bytes.append(tail(0))
        case ..<0x10000:
            bytes.append(0xE0 | UInt8(scalar >> 12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        default:
            bytes.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            bytes.append(tail(12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        }
    }

    /// Appends one scalar as the shortest spelling inside a literal.
    static func appendMinimal(_ scalar: UInt32, to bytes: inout [UInt8]) {
        switch scalar {
        case 0x22, 0x5C:
            bytes.append(Byte.backslash)
            bytes.append(UInt8(scalar))
        case 0x20...: appendUTF8(scalar, to: &bytes)
        case 0x08: bytes.append(contentsOf: [Byte.backslash, 0x62])
        case 0x09: bytes.append(contentsOf: [Byte.backslash, 0x74])
        case 0x0A: bytes.append(contentsOf: [Byte.backslash, 0x6E])
        case 0x0C: bytes.append(contentsOf: [Byte.backslash, 0x66])
        case 0x0D: bytes.append(contentsOf: [Byte.backslash, 0x72])
        default: appendUnit(scalar, to: &bytes)
        }
    }

    /// Appends `\uXXXX`, digits in lower case.
    static func appendUnit(_ unit: UInt32, to bytes: inout [UInt8]) {
        bytes.append(Byte.backslash)
        bytes.append(Byte.smallU)
        for shift: UInt32 in [12, 8, 4, 0] {
            bytes.append(Byte.hexDigit(UInt8(truncatingIfNeeded: unit >> shift) & 0xF))
        }
    }

    /// Appends a whole literal, quotes included, with as few escapes as can be.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(Byte.quote)
        for byte in text.utf8 {
            if byte == Byte.quote || byte == Byte.backslash || byte < 0x20 {
                appendMinimal(UInt32(byte), to: &bytes)
            } else {
                bytes.append(byte)
            }
        }
        bytes.append(Byte.quote)
    }
}
