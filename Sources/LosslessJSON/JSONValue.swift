/// A cursor into a document, which it keeps alive. Looking around allocates
/// nothing; only `string`, `lexeme`, `elements` and `members` make copies.
public struct JSONValue: Sendable {
    let text: ParsedText
    let index: Int

    public enum Kind: Sendable { case object, array, string, number, bool, null }

    public var kind: Kind {
        switch text.bytes[start] {
        case Byte.openObject: .object
        case Byte.openArray: .array
        case Byte.quote: .string
        case Byte.smallT, Byte.smallF: .bool
        case Byte.smallN: .null
        default: .number
        }
    }

    /// The bytes of the value as they stand in the document.
    public var raw: ArraySlice<UInt8> { text.bytes[start..<end] }

    /// The member of that name; the last one if there are several, as
    /// Python's json reads it. nil if there is none or this is no object.
    public subscript(_ key: String) -> JSONValue? {
        guard kind == .object else { return nil }
        var found: JSONValue?
        forEachChild { name, value in
            if let name, name.isString(key) { found = value }
        }
        return found
    }

    /// The element at that place; nil if there is none or this is no array.
    public subscript(_ position: Int) -> JSONValue? {
        guard kind == .array, position >= 0, position < count else { return nil }
        var child = index + 1
        for _ in 0..<position { child = text.next(after: child) }
        return JSONValue(text: text, index: child)
    }

    /// How many members or elements, duplicates included; 0 for a scalar.
    public var count: Int {
        guard text.isContainer(index) else { return 0 }
        return Int(text.tokens[Int(text.tokens[index].link)].link)
    }

    /// The elements in order; empty if this is no array.
    public var elements: [JSONValue] {
        guard kind == .array else { return [] }
        var elements: [JSONValue] = []
        elements.reserveCapacity(count)
        forEachChild { _, value in elements.append(value) }
        return elements
    }

    /// The members in order, duplicates included; empty if this is no object.
    public var members: [(key: String, value: JSONValue)] {
        guard kind == .object else { return [] }
        var members: [(key: String, value: JSONValue)] = []
        members.reserveCapacity(count)
        forEachChild { name, value in members.append((name?.string ?? "", value)) }
        return members
    }

    /// The decoded string; a lone surrogate becomes U+FFFD. nil if this is
    /// no string.
    public var string: String? {
        guard kind == .string else { return nil }
        return text.bytes.withUnsafeBufferPointer { bytes in
            let inner = UnsafeBufferPointer(rebasing: bytes[(start + 1)..<(end - 1)])
            guard text.tokens[index].isEscaped else { return String(decoding: inner, as: UTF8.self) }
            var decoded: [UInt8] = []
            decoded.reserveCapacity(inner.count)
            StringLiteral.decode(inner, keepingLone: false, into: &decoded)
            return String(decoding: decoded, as: UTF8.self)
        }
    }

    /// The value of a number that is written as an integer and fits.
    public var int: Int? {
        guard kind == .number else { return nil }
        return Int(String(decoding: raw, as: UTF8.self))
    }

    /// The nearest double of a number; nil where that would be infinite.
    public var double: Double? {
        guard kind == .number, let double = Double(String(decoding: raw, as: UTF8.self)) else { return nil }
        return double.isFinite ? double : nil
    }

    public var bool: Bool? {
        switch text.bytes[start] {
        case Byte.smallT: true
        case Byte.smallF: false
        default: nil
        }
    }

    public var isNull: Bool { text.bytes[start] == Byte.smallN }

    /// A number as it is written; nil if this is no number.
    public var lexeme: String? {
        kind == .number ? String(decoding: raw, as: UTF8.self) : nil
    }
}

extension JSONValue {
    @inline(__always) var start: Int { Int(text.tokens[index].start) }

    @inline(__always) var end: Int {
        let token = text.tokens[index]
        return text.isContainer(index) ? Int(text.tokens[Int(token.link)].start) + 1 : start + token.length
    }

    /// Calls `body` with each member's key and value, or each element.
    func forEachChild(_ body: (_ key: JSONValue?, _ value: JSONValue) -> Void) {
        let isObject = kind == .object
        guard isObject || kind == .array else { return }
        let close = Int(text.tokens[index].link)
        var child = index + 1
        while child < close {
            let key = isObject ? JSONValue(text: text, index: child) : nil
            if isObject { child += 1 }
            body(key, JSONValue(text: text, index: child))
            child = text.next(after: child)
        }
    }

    /// Whether this is a string that decodes to `wanted`.
    func isString(_ wanted: String) -> Bool {
        let token = text.tokens[index]
        if token.isEscaped { return string.map { $0.utf8.elementsEqual(wanted.utf8) } ?? false }
        guard token.length - 2 == wanted.utf8.count else { return false }
        return text.bytes[(start + 1)..<(end - 1)].elementsEqual(wanted.utf8)
    }
}

extension ParsedText {
    @inline(__always) func isContainer(_ index: Int) -> Bool {
        bytes[Int(tokens[index].start)] | 0x20 == Byte.openObject
    }

    /// The entry after the value that starts at `index`.
    @inline(__always) func next(after index: Int) -> Int {
        isContainer(index) ? Int(tokens[index].link) + 1 : index + 1
    }
}
