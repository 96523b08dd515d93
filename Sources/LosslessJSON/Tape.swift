/// One entry of the tape: eight bytes. What it is can be read from the byte
/// it starts at.
///
/// | entry | link |
/// |---|---|
/// | scalar, key | its length; top bit set if it is a string with escapes |
/// | `{` `[` | the entry of its closing bracket |
/// | `}` `]` | how many members or elements there were |
struct Token: Sendable {
    var start: UInt32
    var link: UInt32

    static var escapeFlag: UInt32 { 1 << 31 }

    @inline(__always) var isEscaped: Bool { link & Token.escapeFlag != 0 }
    @inline(__always) var length: Int { Int(link & ~Token.escapeFlag) }
}

/// A validated text with its tape; shared by all cursors into it.
final class ParsedText: Sendable {
    let bytes: [UInt8]
    let tokens: [Token]
    /// Whether there is white space between tokens.
    let hasBlanks: Bool

    init(_ bytes: [UInt8]) throws(JSONError) {
        guard bytes.count < Int(Token.escapeFlag) else { throw JSONError(.tooLarge, offset: bytes.count) }
        var tape = try bytes.withUnsafeBufferPointer { (text) throws(JSONError) -> TapeBuilder in
            guard let base = text.baseAddress else { throw JSONError(.unexpectedEnd, offset: 0) }
            var tape = TapeBuilder(base, text.count)
            try tape.build()
            return tape
        }
        self.bytes = bytes
        tokens = tape.takeTokens()
        hasBlanks = tape.hasBlanks
    }
}

/// Validates a text and writes its tape, without recursion.
struct TapeBuilder {
    static var maximumDepth: Int { 512 }

    private let base: UnsafePointer<UInt8>
    private let count: Int
    private var position = 0
    private var tokens: [Token] = []
    /// Entries of the containers that are open.
    private var open: [Int] = []
    private(set) var hasBlanks = false

    init(_ base: UnsafePointer<UInt8>, _ count: Int) {
        self.base = base
        self.count = count
        tokens.reserveCapacity(count / 24 + 8)
    }

    mutating func takeTokens() -> [Token] {
        defer { tokens = [] }
        return tokens
    }

    mutating func build() throws(JSONError) {
        if count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { position = 3 }
        skipBlanks()
        try value()
        while let parent = open.last { try step(in: parent) }
        skipBlanks()
        guard position == count else { throw JSONError(.trailingBytes, offset: position) }
    }

    @inline(__always)
    private mutating func skipBlanks() {
        guard position < count, base[position] <= 0x20 else { return }
        let start = position
        while position < count, Byte.isBlank(base[position]) { position &+= 1 }
        if position > start { hasBlanks = true }
    }

    /// One member or element of the innermost container, or its end.
    @inline(__always)
    private mutating func step(in parent: Int) throws(JSONError) {
        let isObject = base[Int(tokens[parent].start)] == Byte.openObject
        skipBlanks()
        guard position < count else { throw JSONError(.unexpectedEnd, offset: count) }
        let byte = base[position]
        if byte == (isObject ? Byte.closeObject : Byte.closeArray) { return close(parent) }
        if tokens.count > parent + 1 {
            guard byte == Byte.comma else { throw JSONError(.unexpectedByte, offset: position) }
            position &+= 1
            skipBlanks()
        }
        tokens[parent].link &+= 1
        if isObject { try key() }
        try value()
    }

    @inline(__always)
    private mutating func close(_ parent: Int) {
        let members = tokens[parent].link
        tokens[parent].link = UInt32(truncatingIfNeeded: tokens.count)
        append(position, members)
        open.removeLast()
        position &+= 1
    }

    @inline(__always)
    private mutating func append(_ start: Int, _ link: UInt32) {
        tokens.append(Token(start: UInt32(truncatingIfNeeded: start), link: link))
    }

    @inline(__always)
    private mutating func key() throws(JSONError) {
        guard position < count else { throw JSONError(.unexpectedEnd, offset: count) }
        guard base[position] == Byte.quote else { throw JSONError(.unexpectedByte, offset: position) }
        try string()
        skipBlanks()
        guard position < count else { throw JSONError(.unexpectedEnd, offset: count) }
        guard base[position] == Byte.colon else { throw JSONError(.unexpectedByte, offset: position) }
        position &+= 1
        skipBlanks()
    }

    @inline(__always)
    private mutating func value() throws(JSONError) {
        guard position < count else { throw JSONError(.unexpectedEnd, offset: count) }
        switch base[position] {
        case Byte.quote: try string()
        case Byte.openObject, Byte.openArray: try openContainer()
        case Byte.minus, 0x30...0x39: try number()
        case Byte.smallT: try literal("true")
        case Byte.smallF: try literal("false")
        case Byte.smallN: try literal("null")
        default: throw unexpectedValue()
        }
    }

    @inline(__always)
    private mutating func openContainer() throws(JSONError) {
        guard open.count < TapeBuilder.maximumDepth else { throw JSONError(.tooDeep, offset: position) }
        open.append(tokens.count)
        append(position, 0)
        position &+= 1
    }

    @inline(__always)
    private mutating func string() throws(JSONError) {
        let (close, isEscaped) = try StringLiteral.scan(base, from: position &+ 1, to: count)
        let length = UInt32(truncatingIfNeeded: close &+ 1 &- position)
        append(position, isEscaped ? length | Token.escapeFlag : length)
        position = close &+ 1
    }

    @inline(__always)
    private mutating func number() throws(JSONError) {
        if base[position] == Byte.minus, startsWith("Infinity", at: position + 1) { throw unexpectedValue() }
        let end = try NumberLexeme.scan(base, from: position, to: count)
        append(position, UInt32(truncatingIfNeeded: end &- position))
        position = end
    }

    @inline(__always)
    private mutating func literal(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        for index in 0..<length {
            guard position + index < count else { throw JSONError(.unexpectedEnd, offset: count) }
            guard base[position + index] == word.utf8Start[index] else {
                throw JSONError(.unexpectedByte, offset: position + index)
            }
        }
        append(position, UInt32(truncatingIfNeeded: length))
        position &+= length
    }

    private func unexpectedValue() -> JSONError {
        let isNotFinite =
            startsWith("NaN", at: position) || startsWith("Infinity", at: position)
            || startsWith("-Infinity", at: position)
        return JSONError(isNotFinite ? .notFinite : .unexpectedByte, offset: position)
    }

    private func startsWith(_ word: StaticString, at start: Int) -> Bool {
        guard count - start >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where base[start + index] != word.utf8Start[index] {
            return false
        }
        return true
    }
}
