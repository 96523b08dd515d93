public import LettaModel

/// Which rows of the file stand in the model's context, in order.
///
/// **Bounds**: grows with the context, not with the history.
public struct ContextList: Sendable {
    public struct Resolved: Sendable, Equatable {
        /// Ids of the file, each once.
        public let ids: [String]
        public let changes: [AnnouncedChange]
        public let omissions: [Omission]
        /// Tool calls and returns whose partner is not in context: reported, not changed.
        public let orphans: [String]
    }

    /// - Parameter sourceIDs: the source's list, in its own order.
    public init(sourceIDs: [String]) {}

    /// Every output of the shaper, in order.
    public mutating func note(_ output: ShapeOutput) {}

    /// Throws `agent-file-unreadable` where the history has no system row at all.
    public func resolve() throws(Failure) -> Resolved {
        Resolved(ids: [], changes: [], omissions: [], orphans: [])
    }
}
