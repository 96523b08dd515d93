/// Takes the quotes and escapes off a document that is one JSON string with
/// JSON inside, while it arrives.
///
/// A lone surrogate escape stays an escape: inside the inner text it means
/// the same.
///
/// **Bounds**: holds no more than twelve bytes between chunks.
public struct StringUnwrapper: Sendable {
    private enum State: Sendable {
        /// Before the first byte, or inside a byte order mark.
        case start(seen: Int)
        case beforeQuote, text, done
    }

    private var state = State.start(seen: 0)
    /// The start of an escape or of a UTF-8 sequence that the chunk cut off.
    private var rest: [UInt8] = []
    private var consumed = 0

    public init() {}

    /// - Returns: the text that the chunk completes.
    ///
    /// **Errors**: `JSONError` with the offset in the whole text; of the
    /// inner text nothing is checked.
    public mutating func feed(_ chunk: [UInt8]) throws(JSONError) -> [UInt8] {
        let bytes = rest.isEmpty ? chunk : rest + chunk
        let start = consumed - rest.count
        rest = []
        consumed += chunk.count
        do {
            return try bytes.withUnsafeBufferPointer { (bytes) throws(JSONError) -> [UInt8] in
                try unwrap(bytes)
            }
        } catch {
            throw error.moved(by: start)
        }
    }

    /// Ends the text.
    public func finish() throws(JSONError) {
        guard case .done = state else { throw JSONError(.unexpectedEnd, offset: consumed) }
    }

    private mutating func unwrap(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            switch state {
            case .start(let seen): try passMark(bytes[index], seen: seen, at: &index)
            case .beforeQuote: try passStart(bytes[index], at: &index)
            case .text: try passText(bytes, &index, into: &output)
            case .done:
                guard Byte.isBlank(bytes[index]) else { throw JSONError(.trailingBytes, offset: index) }
                index += 1
            }
        }
        return output
    }

    private mutating func passMark(_ byte: UInt8, seen: Int, at index: inout Int) throws(JSONError) {
        guard byte == Byte.orderMark[seen] else {
            guard seen == 0 else { throw JSONError(.unexpectedByte, offset: index - seen) }
            state = .beforeQuote
            return
        }
        state = seen == 2 ? .beforeQuote : .start(seen: seen + 1)
        index += 1
    }

    private mutating func passStart(_ byte: UInt8, at index: inout Int) throws(JSONError) {
        if byte == Byte.quote {
            state = .text
        } else if !Byte.isBlank(byte) {
            throw JSONError(.unexpectedByte, offset: index)
        }
        index += 1
    }

    /// Up to the closing quote, or to what has to wait for the next chunk.
    private mutating func passText(
        _ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, into output: inout [UInt8]
    ) throws(JSONError) {
        guard let base = bytes.baseAddress else { return }
        let run = index
        index = Word.firstNotPlain(base, index, bytes.count)
        output.append(contentsOf: bytes[run..<index])
        guard index < bytes.count else { return }
        let available = bytes.count - index
        switch base[index] {
        case Byte.quote:
            state = .done
            index += 1
        case Byte.backslash: try passEscape(base, &index, bytes.count, into: &output)
        case ..<0x20: throw JSONError(.invalidString, offset: index)
        default:
            let length = StringLiteral.sequenceLength(base + index, available: available)
            if length == 0, available < 4, !bytes[index...].contains(Byte.quote) {
                return hold(bytes, &index)
            }
            guard length > 0 else { throw JSONError(.invalidUTF8, offset: index) }
            output.append(contentsOf: bytes[index..<index + length])
            index += length
        }
    }

    private mutating func passEscape(
        _ base: UnsafePointer<UInt8>, _ index: inout Int, _ end: Int, into output: inout [UInt8]
    ) throws(JSONError) {
        // Twelve bytes hold any escape with its second half; the closing
        // quote ends the wait for short ones at the end of the text.
        let window = UnsafeBufferPointer(start: base + index, count: min(12, end - index))
        if StringLiteral.isCut(window) { return hold(UnsafeBufferPointer(start: base, count: end), &index) }
        try StringLiteral.checkEscape(base, at: index, to: end)
        let (meaning, length) = StringLiteral.unescape(base + index, available: end - index)
        switch meaning {
        case .scalar(let scalar): StringLiteral.appendUTF8(scalar, to: &output)
        case .lone(let unit): StringLiteral.appendUnit(unit, to: &output)
        }
        index += length
    }

    private mutating func hold(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) {
        rest = Array(bytes[index...])
        index = bytes.count
    }
}
