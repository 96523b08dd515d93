/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case unexpectedEnd, unexpectedByte, invalidNumber, invalidString, invalidEscape, invalidUTF8
        case tooDeep, trailingBytes, notFound, wrongType
    }

    public let code: Code
    /// Byte offset from the start of the text.
    public let offset: Int

    public init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    public var description: String { "\(code.rawValue) at byte \(offset)" }
}
