public import LettaModel

/// A field of the agent or a tool that the user's choices make different on
/// the target; the comparison expects exactly this.
public struct Mapping: Sendable, Equatable {
    public enum Item: Sendable, Equatable {
        case agent
        case tool(String)
        /// By its `identifier_key`.
        case identity(String)
    }

    public enum After: Sendable, Equatable {
        case text(String)
        /// The whole item, as the target has it.
        case json(VerbatimJSON)
        /// Whatever the target derives from a handle.
        case setByTarget
    }

    public let item: Item
    /// `name`, `llm_config`; empty for the whole item.
    public let path: String
    public let rule: String
    public let before: String
    public let after: After
}

/// The mappings that follow from the choices.
struct MappingPlanner {
    let context: PlanContext

    var mappings: [Mapping] { name + type + model + embedding + unknown + tools + identities }

    /// Each release shows it in its own way; what is set stands in `llm_config`.
    private var shown: [String] {
        let isOther = context.source.origin.version.map { $0 != context.target.server.version } ?? false
        return isOther ? ["model_settings.parallel_tool_calls"] : []
    }

    private var unknown: [Mapping] {
        if case .agentFile = context.source.origin { return [] }
        return (context.source.agent.unknownSettings + shown).map {
            Mapping(
                item: .agent, path: $0, rule: "release", before: "not said by the source's release",
                after: .setByTarget)
        }
    }

    /// What 0.16.8 sets in the model's configuration of every new
    /// letta_v1_agent: it thinks by itself or not at all.
    /// Source: `LLMConfig.apply_reasoning_setting_to_config`.
    private static let reasoning =
        [
            "put_inner_thoughts_in_kwargs", "enable_reasoner", "max_reasoning_tokens", "reasoning_effort",
            "verbosity", "effort",
        ].map { "llm_config.\($0)" }
        + ["reasoning", "thinking", "thinking_config", "verbosity", "effort"].map { "model_settings.\($0)" }

    private var type: [Mapping] {
        let before = context.source.agent.type
        guard before != context.agentType else { return [] }
        let becomes = Mapping(
            item: .agent, path: "agent_type", rule: "legacy-agent-type", before: before,
            after: .text(context.agentType))
        return [becomes]
            + Self.reasoning.map { filledIn($0, "legacy-agent-type", before) }
    }

    private var name: [Mapping] {
        let before = context.source.agent.name
        guard before != context.name else { return [] }
        return [Mapping(item: .agent, path: "name", rule: "name", before: before, after: .text(context.name))]
    }

    /// What the target fills in from a handle, also from the source's own,
    /// which may lie elsewhere there.
    private static let derived = [
        "model_endpoint", "model_endpoint_type", "model_wrapper", "display_name", "provider_name",
        "provider_category", "reasoning_effort", "tier",
    ]

    private var model: [Mapping] {
        let before = context.source.agent.model
        guard let after = context.importModel else { return [] }
        let isSame = before == after
        let paths = isSame ? Self.derived.map { "llm_config.\($0)" } : ["llm_config", "model_settings"]
        return paths.map { filledIn($0, "model", before) } + (isSame ? [] : [renamed("model", before, after)])
    }

    private var embedding: [Mapping] {
        let before = context.source.agent.embedding
        guard let after = context.importEmbedding else { return [] }
        let config = filledIn("embedding_config", "embedding", before)
        return before == after ? [config] : [config, renamed("embedding", before, after)]
    }

    private func filledIn(_ path: String, _ rule: String, _ before: String?) -> Mapping {
        Mapping(item: .agent, path: path, rule: rule, before: before ?? "none", after: .setByTarget)
    }

    private func renamed(_ field: String, _ before: String?, _ after: String) -> Mapping {
        Mapping(item: .agent, path: field, rule: field, before: before ?? "none", after: .text(after))
    }

    private var identities: [Mapping] {
        context.source.identities.filter(context.isOther).map { identity in
            Mapping(
                item: .identity(identity.key), path: "", rule: "identity-kept", before: "the source's",
                after: .json(context.counterpart(of: identity)?.body ?? []))
        }
    }

    private var tools: [Mapping] {
        guard context.choices.tools == .keep else { return [] }
        return context.clashes.map { tool in
            Mapping(
                item: .tool(tool.name), path: "", rule: "tool-kept", before: "the source's",
                after: .json(context.counterpart(of: tool)?.json ?? []))
        }
    }
}
