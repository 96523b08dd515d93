/// An element of an array that was streamed.
public struct JSONElement: Sendable {
    /// Which of the splitter's streaming paths it stands at.
    public let path: Int
    /// Its place in each array on the way, outermost first.
    public let indices: [Int]
    /// Where it begins in the whole text, in bytes.
    public let offset: Int
    /// On which line that is, from 1.
    public let line: Int
    /// Minified. Brackets match and no member that was to be dropped is in
    /// it; whether the rest is valid is for `JSONDocument` to say.
    public let bytes: [UInt8]
}
