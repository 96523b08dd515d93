public import LettaModel
import LosslessJSON

/// Writes an agent file as a stream: the agent, its rows, the context, the
/// rest. The bytes depend on the arguments alone.
///
/// **Bounds**: holds one row and the shell.
public struct AgentFileWriter {
    public struct Stats: Sendable, Equatable {
        public var bytes = 0
        public var rows = 0
    }

    public private(set) var stats = Stats()
    private let shape: AgentFileShape
    private let sink: ([UInt8]) throws -> Void

    /// Writes all that stands before the rows.
    public init(_ shape: AgentFileShape, to sink: @escaping ([UInt8]) throws -> Void) throws {
        self.shape = shape
        self.sink = sink
        var head = Array(#"{"agents":["#.utf8)
        shape.agent.write(into: &head)
        head.removeLast()
        try write(head + #","messages":["#.utf8)
    }

    public mutating func append(_ row: ShapedRow) throws {
        try write(stats.rows == 0 ? row.json : [0x2C] + row.json)
        stats.rows += 1
    }

    /// Writes the context list and everything after the rows.
    public mutating func finish(context: [String]) throws -> Stats {
        var tail = Array(#"],"in_context_message_ids":"#.utf8)
        JSONNode.array(context.map { .string($0) }).write(into: &tail)
        tail += #"}],"groups":[],"blocks":"#.utf8
        JSONNode.array(shape.blocks).write(into: &tail)
        tail += #","files":[],"sources":[],"tools":"#.utf8
        JSONNode.array(shape.tools).write(into: &tail)
        tail += #","mcp_servers":[],"skills":[],"metadata":"#.utf8
        shape.metadata.write(into: &tail)
        tail += #","created_at":"#.utf8
        shape.createdAt.write(into: &tail)
        try write(tail + "}".utf8)
        return stats
    }

    private mutating func write(_ bytes: [UInt8]) throws {
        try sink(bytes)
        stats.bytes += bytes.count
    }

    /// A file without agents, that makes tools and nothing else.
    /// - Parameters:
    ///   - toolKeys: keys that the target's `ToolSchema` knows; nil: those of 0.16.8.
    ///   - markerTags: added to the tags of every tool.
    ///
    /// Throws `agent-file-unreadable`.
    public static func toolsOnly(
        _ tools: [VerbatimJSON], toolKeys: Set<String>?, markerTags: [String]
    ) throws(Failure) -> (bytes: [UInt8], changes: [AnnouncedChange]) {
        var values: [JSONValue] = []
        for tool in tools {
            do { values.append(try JSONDocument(tool).root) } catch {
                throw SourceParts.failure("a tool", error.description)
            }
        }
        let section = ToolSection(values, keys: toolKeys, markerTags: markerTags)
        let file: JSONNode = [
            "agents": [], "groups": [], "blocks": [], "files": [], "sources": [],
            "tools": .array(section.nodes),
            "mcp_servers": [], "skills": [], "metadata": .object([]),
        ]
        return (file.bytes(), section.changes)
    }
}
