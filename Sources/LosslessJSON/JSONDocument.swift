/// A whole JSON text, validated, with an index into its bytes. Nothing in it
/// is converted: numbers, escapes and white space stay as they were written.
///
/// **Bounds**: below 2 GiB, 512 containers deep. The index takes eight bytes
/// for each scalar and key, sixteen for each container.
public struct JSONDocument: Sendable {
    let text: ParsedText

    /// Validates UTF-8 text by RFC 8259. A byte order mark at the start is
    /// skipped; duplicate keys and lone surrogate escapes are allowed, as
    /// Python writes and reads them.
    ///
    /// **Errors**: the first rule that is broken, with its place.
    public init(_ bytes: [UInt8]) throws(JSONError) {
        text = try ParsedText(bytes)
    }

    public init(_ text: String) throws(JSONError) {
        try self.init(Array(text.utf8))
    }

    /// The value that the text holds.
    public var root: JSONValue { JSONValue(text: text, index: 0) }

    /// The bytes as they were given.
    public var bytes: [UInt8] { text.bytes }
}
