import LettaModel
import LosslessJSON
import Snapshot

/// One agent of an agent file as the documents that a capture would have
/// stored: so plan, load and verify need not know where it came from.
struct AgentFileState {
    let agent: JSONValue
    let file: JSONValue

    /// Fields of the agent's state that a file carries under the same name.
    /// Source: 0.16.8 `AgentSchema` and `AgentState`.
    private static let fields = [
        "name", "agent_type", "system", "description", "metadata", "tags", "tool_rules", "llm_config",
        "embedding_config", "timezone", "message_buffer_autoclear", "max_files_open",
        "per_file_view_window_char_limit", "response_format", "compaction_settings", "model_settings",
        "hidden",
    ]

    var agentType: String { agent["agent_type"]?.string ?? "letta_v1_agent" }

    func documents(id: String, name: String, shell: VerbatimJSON) -> [Document] {
        var documents = [
            Document(kind: .agent, key: id, name: name, json: state.bytes()),
            Document(kind: .exportShell, key: id, name: name, json: shell),
            Document(kind: .counts, key: "counts", name: "counts", json: Array("{}".utf8)),
        ]
        documents += attached("block_ids", in: "blocks", kind: .block, nameKey: "label")
        documents += attached("tool_ids", in: "tools", kind: .tool, nameKey: "name")
        return documents
    }

    private var state: JSONNode {
        var state: JSONNode = [:]
        for field in Self.fields {
            guard let value = agent[field], !value.isNull else { continue }
            state[field] = JSONNode(value)
        }
        state["agent_type"] = .string(agentType)
        state["message_ids"] = agent["in_context_message_ids"].map { JSONNode($0) } ?? []
        state["secrets"] = .array(secretNames.map { ["key": .string($0), "value": ""] })
        return state
    }

    private var secretNames: [String] {
        let maps = [agent["secrets"], agent["tool_exec_environment_variables"]].compactMap { $0 }
        return Set(maps.flatMap { $0.members.map(\.key) }).sorted()
    }

    /// Ids that the agent names and the file does not hold, each once.
    ///
    /// - Parameter rowIDs: those of the agent's rows that stand in context.
    func dangling(rowIDs: Set<String>) -> [DanglingID] {
        missing("block_ids", "block", among: ids(of: "blocks"))
            + missing("tool_ids", "tool", among: ids(of: "tools"))
            + missing("in_context_message_ids", "message", among: rowIDs)
    }

    private func missing(_ idsKey: String, _ kind: String, among held: Set<String>) -> [DanglingID] {
        var seen = held
        let named = agent[idsKey]?.elements.compactMap(\.string) ?? []
        return named.filter { seen.insert($0).inserted }.map { DanglingID(kind: kind, id: $0) }
    }

    private func ids(of listKey: String) -> Set<String> {
        Set((file[listKey]?.elements ?? []).compactMap { $0["id"]?.string })
    }

    private func attached(_ idsKey: String, in listKey: String, kind: DocumentKind, nameKey: String)
        -> [Document]
    {
        let items = file[listKey]?.elements ?? []
        let ids = agent[idsKey]?.elements.compactMap(\.string) ?? []
        return ids.enumerated().compactMap { position, id in
            guard let item = items.first(where: { $0["id"]?.string == id }) else { return nil }
            let name = item[nameKey]?.string ?? id
            return Document(kind: kind, key: id, name: name, position: position, json: item.minified())
        }
    }
}
