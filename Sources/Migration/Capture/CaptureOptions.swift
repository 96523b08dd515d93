/// How an agent is read.
public struct CaptureOptions: Sendable, Equatable {
    /// Nothing at all is written to the source server: no reader agent.
    public var isReadOnly: Bool
    /// A source that moves while it is read is noted instead of refused.
    public var acceptsChanges: Bool

    public init(isReadOnly: Bool = false, acceptsChanges: Bool = false) {
        self.isReadOnly = isReadOnly
        self.acceptsChanges = acceptsChanges
    }
}
