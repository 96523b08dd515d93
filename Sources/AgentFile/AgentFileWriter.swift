public import LettaModel

/// Writes an agent file as a stream: the agent, its rows, the context, the rest.
/// The bytes depend on the arguments alone.
public struct AgentFileWriter {
    public struct Stats: Sendable, Equatable {
        public var bytes = 0
        public var rows = 0
    }

    public private(set) var stats = Stats()

    /// Writes all that stands before the rows.
    public init(_ shape: AgentFileShape, to sink: @escaping ([UInt8]) throws -> Void) throws {}

    public mutating func append(_ row: ShapedRow) throws {}

    /// Writes the context list and everything after the rows.
    public mutating func finish(context: [String]) throws -> Stats { stats }

    /// A file without agents, that makes tools and nothing else.
    /// - Parameter markerTags: added to the tags of every tool.
    public static func toolsOnly(
        _ tools: [VerbatimJSON], toolKeys: Set<String>?, markerTags: [String]
    ) throws(Failure) -> (bytes: [UInt8], changes: [AnnouncedChange]) { ([], []) }
}
