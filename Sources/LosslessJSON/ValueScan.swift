/// Finds the end of one value, chunk by chunk, and copies it or not. Knows
/// brackets and strings only: what it copies is checked by `JSONDocument`.
struct ValueScan: Sendable {
    enum Copying: Sendable {
        /// The bytes are passed over.
        case nothing
        case everything
        /// All but white space between tokens.
        case tokens
    }

    private var copying = Copying.nothing
    /// How many containers may be open inside the value.
    private var depthLimit = 0
    /// A number or literal: ends before the first byte that is not part of it.
    private var isWord = false
    /// The closing brackets that are due, innermost last.
    private var closers: [UInt8] = []
    private var isInString = false
    private var isAfterBackslash = false
    /// White space was left out right after a number or literal: another one
    /// must not follow, the two would become one.
    private var isAfterWordGap = false
    /// The last byte of the chunk before.
    private var lastByte: UInt8 = 0

    /// Starts on a value.
    ///
    /// - Parameter first: its first byte, which `advance` is then given too.
    /// - Returns: false if no value starts with that byte.
    mutating func begin(_ first: UInt8, _ copying: Copying, depthLimit: Int) -> Bool {
        let isContainer = first == Byte.openObject || first == Byte.openArray
        let isLiteral = first == Byte.smallT || first == Byte.smallF || first == Byte.smallN
        isWord = first == Byte.minus || Byte.isDigit(first) || isLiteral
        self.copying = copying
        self.depthLimit = depthLimit
        return isWord || isContainer || first == Byte.quote
    }

    /// Reads on.
    ///
    /// - Returns: where the value or the chunk ends, and which of the two.
    mutating func advance(
        _ base: UnsafePointer<UInt8>, from start: Int, to end: Int, into bytes: inout [UInt8]
    ) throws(JSONError) -> (next: Int, isComplete: Bool) {
        guard start < end else { return (start, false) }
        var run = start
        var index = start
        defer { lastByte = base[end - 1] }
        let isComplete =
            isWord
            ? passWord(base, &index, end) : try passValue(base, start, &index, end, &run, &bytes)
        if copying != .nothing { copy(base, run, index, to: &bytes) }
        return (index, isComplete)
    }

    @inline(__always)
    private func copy(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, to bytes: inout [UInt8]) {
        if end > start {
            bytes.append(contentsOf: UnsafeBufferPointer(start: base + start, count: end - start))
        }
    }

    private func passWord(_ base: UnsafePointer<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
        while index < end, Byte.isWord(base[index]) { index += 1 }
        return index < end
    }

    @inline(__always)
    private mutating func passValue(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ index: inout Int, _ end: Int, _ run: inout Int,
        _ bytes: inout [UInt8]
    ) throws(JSONError) -> Bool {
        if isAfterWordGap { try passBlanks(base, start, &index, end, &run, &bytes) }
        while index < end {
            if isInString {
                guard passString(base, &index, end) else { return false }
                if closers.isEmpty { return true }
            }
            index =
                copying == .tokens
                ? Word.firstBracketOrBlank(base, index, end) : Word.firstBracket(base, index, end)
            guard index < end else { return false }
            switch base[index] {
            case Byte.quote:
                isInString = true
                index += 1
            case Byte.openObject, Byte.openArray:
                guard closers.count < depthLimit else { throw JSONError(.tooDeep, offset: index) }
                closers.append(base[index] + 2)
                index += 1
            case Byte.closeObject, Byte.closeArray:
                guard closers.popLast() == base[index] else {
                    throw JSONError(.unexpectedByte, offset: index)
                }
                index += 1
                if closers.isEmpty { return true }
            default:
                try passBlanks(base, start, &index, end, &run, &bytes)
            }
        }
        return false
    }

    /// To behind the closing quote.
    @inline(__always)
    private mutating func passString(_ base: UnsafePointer<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
        if isAfterBackslash {
            isAfterBackslash = false
            index += 1
        }
        while true {
            index = Word.firstQuoteOrBackslash(base, index, end)
            guard index < end else { return false }
            if base[index] == Byte.quote { break }
            index += 2
            if index > end {
                index = end
                isAfterBackslash = true
                return false
            }
        }
        index += 1
        isInString = false
        return true
    }

    /// Leaves white space out.
    private mutating func passBlanks(
        _ base: UnsafePointer<UInt8>, _ start: Int, _ index: inout Int, _ end: Int, _ run: inout Int,
        _ bytes: inout [UInt8]
    ) throws(JSONError) {
        guard Byte.isBlank(base[index]) || isAfterWordGap else {
            throw JSONError(.unexpectedByte, offset: index)
        }
        copy(base, run, index, to: &bytes)
        if Byte.isWord(index > start ? base[index - 1] : lastByte) { isAfterWordGap = true }
        while index < end, Byte.isBlank(base[index]) { index += 1 }
        run = index
        guard index < end else { return }
        if isAfterWordGap, Byte.isWord(base[index]) { throw JSONError(.unexpectedByte, offset: index) }
        isAfterWordGap = false
    }
}
