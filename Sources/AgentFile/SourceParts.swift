import LettaModel
import LosslessJSON

/// The source's documents, parsed, with what is asked of them.
struct SourceParts {
    /// The agent in the shell; nil where there is no shell.
    let shellAgent: JSONValue?
    let shell: JSONValue?
    let state: JSONValue?
    let blocks: [JSONValue]
    let tools: [JSONValue]
    let agentIndex: Int

    init(_ source: AgentFileSource) throws(Failure) {
        shell = try source.shell.map { bytes throws(Failure) in try Self.parse(bytes, "the agent's export") }
        state = try source.state.map { bytes throws(Failure) in try Self.parse(bytes, "the agent's state") }
        blocks = try Self.parse(source.blocks, "a block")
        tools = try Self.parse(source.tools, "a tool")
        agentIndex = source.agentIndex
        shellAgent = shell?["agents"]?[source.agentIndex]
        guard shellAgent != nil || state != nil else {
            throw Self.failure("the agent file", "there is no agent \(source.agentIndex) in it")
        }
    }

    /// A member of the agent: the shell's, or the state's where that is null.
    subscript(_ key: String) -> JSONValue? {
        let own = shellAgent?[key]
        if let own, !own.isNull { return own }
        return state?[key] ?? own
    }

    /// Texts alone: anything else in the file's metadata is a 400.
    var metadata: JSONNode {
        let members = shell?["metadata"]?.members ?? []
        return .object(
            members.filter { $0.value.kind == .string }.map {
                JSONMember(key: $0.key, value: JSONNode($0.value))
            })
    }
    var createdAt: JSONNode { shell?["created_at"].map { JSONNode($0) } ?? .null }

    private static func parse(_ list: [VerbatimJSON], _ subject: String) throws(Failure) -> [JSONValue] {
        var values: [JSONValue] = []
        for bytes in list { values.append(try parse(bytes, subject)) }
        return values
    }

    private static func parse(_ bytes: VerbatimJSON, _ subject: String) throws(Failure) -> JSONValue {
        do {
            let root = try JSONDocument(bytes).root
            guard root.kind == .object else { throw failure(subject, "it is no JSON object") }
            return root
        } catch let error as JSONError {
            throw failure(subject, error.description)
        } catch let error as Failure {
            throw error
        } catch {
            throw failure(subject, "\(error)")
        }
    }

    static func failure(_ subject: String, _ what: String) -> Failure {
        Failure(
            .agentFileUnreadable, subject: subject, reason: what,
            remedy: "capture the agent again with `ferry snapshot`")
    }
}
