/// What a file or an answer looks like from its first byte that is not white
/// space, to say more than "not JSON".
public enum TextStart: Sendable, Equatable {
    case object, array, string
    /// A number or literal: JSON, but no document that anybody sends.
    case scalar
    case gzip, zip, zstd
    /// HTML or XML: an error page, or the wrong address.
    case markup
    case other(UInt8)
    /// White space only, or nothing.
    case blank

    /// - Parameter bytes: the start of the text; a few bytes are enough
    ///   unless it starts with white space.
    public init(_ bytes: [UInt8]) {
        let text = bytes.starts(with: Byte.orderMark) ? bytes[3...] : bytes[...]
        guard let first = text.first(where: { !Byte.isBlank($0) }) else {
            self = .blank
            return
        }
        self = TextStart.packed(bytes) ?? TextStart.text(first)
    }

    private static func packed(_ bytes: [UInt8]) -> TextStart? {
        if bytes.starts(with: [0x1F, 0x8B]) { return .gzip }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return .zip }
        return bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) ? .zstd : nil
    }

    private static func text(_ first: UInt8) -> TextStart {
        switch first {
        case Byte.openObject: .object
        case Byte.openArray: .array
        case Byte.quote: .string
        case Byte.minus, 0x30...0x39, Byte.smallT, Byte.smallF, Byte.smallN: .scalar
        case 0x3C: .markup
        default: .other(first)
        }
    }
}
