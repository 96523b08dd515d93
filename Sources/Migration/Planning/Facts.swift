import AgentFile
import Home
import LettaModel
import LosslessJSON
import Plan

extension ServerFacts {
    init(_ address: HomeAddress, version: String) {
        self.init(name: address.name, url: address.url, project: address.project, version: version)
    }
}

extension AgentFacts {
    /// - Parameter state: `GET /v1/agents/{id}`.
    init(_ id: String, _ state: JSONValue, contextTokens: Int?) {
        self.init(
            id: id, name: state["name"]?.string ?? "", type: state["agent_type"]?.string ?? "",
            model: state["model"]?.string ?? state["llm_config"]?["handle"]?.string,
            embedding: state["embedding"]?.string ?? state["embedding_config"]?["handle"]?.string,
            contextWindow: state["llm_config"]?["context_window"]?.int, contextTokens: contextTokens,
            modelEndpoint: state["llm_config"]?["model_endpoint"]?.string,
            embeddingEndpoint: state["embedding_config"]?["embedding_endpoint"]?.string)
        unknownSettings = AgentFields.unknown(
            to: Set(state.members.filter { !$0.value.isNull }.map(\.key)))
        loopWords = LegacyConversion.words(in: state["system"]?.string ?? "")
    }
}

extension BlockFacts {
    init(_ id: String, _ label: String, _ bytes: VerbatimJSON) throws {
        let json = try JSONDocument(bytes).root
        self.init(
            label: label, size: json["value"]?.string?.count ?? 0, limit: json["limit"]?.int,
            isReadOnly: json["read_only"]?.bool ?? false,
            tags: json["tags"]?.elements.compactMap(\.string) ?? [])
        self.id = id
        self.json = bytes
    }
}

extension ToolFacts {
    init(_ name: String, _ type: String, _ json: VerbatimJSON) throws {
        self.init(
            name: name, type: type, source: try JSONDocument(json).root["source_code"]?.string, json: json)
    }
}
