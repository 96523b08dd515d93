public import LettaModel
import LosslessJSON

/// Reads an agent file as a stream: rows as they come, the rest at the end.
///
/// **Bounds**: one row and the shell.
public struct AgentFileReader {
    /// A row of the file as it stands there, and where.
    public struct Row: Sendable, Equatable {
        public let agent: Int
        public let ordinal: Int
        /// `message-5`; not unique in a bad file, empty where there is none.
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

    private let name: String
    private var stream: AgentFileStream
    private var rows: [Int: Int] = [:]

    /// - Parameter name: of the file, for failures.
    public init(name: String) {
        self.name = name
        stream = AgentFileStream(name: name, streaming: ["$.agents[*].messages[*]"])
    }

    /// Throws `agent-file-unreadable`, and what `row` throws. After a throw
    /// the reader must not be used again.
    public mutating func feed(_ chunk: [UInt8], _ row: (Row) throws -> Void) throws {
        try stream.feed(chunk) { element, _ in try row(try Self.next(element, &rows, name)) }
    }

    /// Throws `agent-file-unreadable` for a file that ends too early, and
    /// says at which byte; `agent-file-legacy` for the one-agent form.
    public mutating func finish(_ row: (Row) throws -> Void) throws -> Shell {
        try shell(try stream.finish { element, _ in try row(try Self.next(element, &rows, name)) })
    }

    private static func next(
        _ element: JSONElement, _ rows: inout [Int: Int], _ name: String
    ) throws -> Row {
        let agent = element.indices.first ?? 0
        let ordinal = rows[agent, default: 0]
        rows[agent] = ordinal + 1
        let id = try id(of: element.bytes, at: ordinal, in: name)
        return Row(agent: agent, ordinal: ordinal, id: id, json: element.bytes)
    }

    private static func id(of row: [UInt8], at ordinal: Int, in file: String) throws -> String {
        do { return try JSONDocument(row).root["id"]?.string ?? "" } catch {
            throw SniffedFile.unreadable(
                file, "message \(ordinal) is not valid JSON (\(error.description) of the message)",
                SniffedFile.exportAgain)
        }
    }

    private func shell(_ document: JSONDocument) throws -> Shell {
        let root = document.root
        guard let list = root["agents"], list.kind == .array else {
            throw SniffedFile.noAgents(root, name: name)
        }
        let agents = list.elements.enumerated().map { place, agent in
            Agent(
                name: agent["name"]?.string ?? "", agentType: agent["agent_type"]?.string,
                contextIDs: agent["in_context_message_ids"]?.elements.compactMap(\.string) ?? [],
                rows: rows[place] ?? 0)
        }
        return Shell(json: document.bytes, agents: agents, revision: root["metadata"]?["revision_id"]?.string)
    }
}

extension AgentFileReader.Shell {
    /// The place of the agent to move: the only one, or the one of that name.
    ///
    /// Throws `agent-unknown`, and `agent-ambiguous` where the file has
    /// several and the name does not tell which.
    public func agentIndex(named wanted: String?, file: String) throws(Failure) -> Int {
        let named = agents.indices.filter { wanted == nil || agents[$0].name == wanted }
        if named.count == 1 { return named[0] }
        let names = agents.map { "\"\($0.name)\" (\($0.rows) messages)" }.joined(separator: ", ")
        if named.isEmpty {
            throw Failure(
                .agentUnknown, subject: file,
                reason: agents.isEmpty
                    ? "the file has no agent, only tools or blocks"
                    : "the file has no agent of that name: \(names)",
                remedy: agents.isEmpty ? "give a file with an agent" : "name one of them with `--agent NAME`")
        }
        throw Failure(
            .agentAmbiguous, subject: file, reason: "the file has \(agents.count) agents: \(names)",
            remedy: "name one of them with `--agent NAME`; the others can be loaded after it")
    }
}
