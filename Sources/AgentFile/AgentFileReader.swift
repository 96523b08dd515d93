public import LettaModel

/// Reads an agent file as a stream: rows as they come, the rest at the end.
///
/// **Bounds**: one row and the shell.
public struct AgentFileReader {
    /// A row of the file as it stands there, and where.
    public struct Row: Sendable, Equatable {
        public let agent: Int
        public let ordinal: Int
        /// `message-5` in the file; not unique in a bad file.
        public let id: String
        public let json: VerbatimJSON
    }

    public struct Agent: Sendable, Equatable {
        public let name: String
        public let agentType: String?
        public let contextIDs: [String]
        public let rows: Int
    }

    public struct Shell: Sendable, Equatable {
        /// The file without the elements of `agents[*].messages`.
        public let json: VerbatimJSON
        public let agents: [Agent]
        /// `metadata.revision_id`, which tells the exporting server's version.
        public let revision: String?
    }

    /// - Parameter name: of the file, for failures.
    public init(name: String) {}

    /// Throws `agent-file-unreadable`, `agent-file-legacy`, and what `row` throws.
    public mutating func feed(_ chunk: [UInt8], _ row: (Row) throws -> Void) throws {}

    /// Throws `agent-file-unreadable` for a file that ends too early, and says at which byte.
    public mutating func finish(_ row: (Row) throws -> Void) throws -> Shell {
        Shell(json: [], agents: [], revision: nil)
    }
}
