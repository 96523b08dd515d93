/// A value that must never be printed, logged or stored.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    private let value: String

    public init(_ value: String) {
        self.value = value
    }

    /// Names the length only.
    public var description: String { "<secret, \(value.utf8.count) bytes>" }
    public var debugDescription: String { description }

    /// The value itself, for the one place that sends it.
    public func reveal() -> String { value }

    public var isEmpty: Bool { value.isEmpty }
}
