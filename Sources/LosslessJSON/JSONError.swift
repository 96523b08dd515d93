/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The rule that the text breaks.
    public enum Code: String, Sendable, CaseIterable {
        case unexpectedEnd, unexpectedByte, invalidNumber, invalidString, invalidEscape, invalidUTF8
        /// `NaN`, `Infinity` or `-Infinity`: Python writes them, JSON has no such values.
        case notFinite
        /// More than 512 containers inside one another.
        case tooDeep
        /// A text of 2 GiB or more; such a one is for `JSONSplitter`.
        case tooLarge
        case trailingBytes, notFound, wrongType
    }

    public let code: Code
    /// Byte offset from the start of the text.
    public let offset: Int

    public init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String { "\(code.rawValue) at byte \(offset)" }

    /// The same error in a text of which this one is the part from `start` on.
    func moved(by start: Int) -> JSONError { JSONError(code, offset: offset + start) }
}
