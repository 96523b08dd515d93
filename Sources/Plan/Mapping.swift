public import LettaModel

/// A field of the agent or a tool that the user's choices make different on
/// the target; the comparison expects exactly this.
public struct Mapping: Sendable, Equatable {
    public enum Item: Sendable, Equatable {
        case agent
        case tool(String)
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

    var mappings: [Mapping] { name + model + embedding + tools }

    private var name: [Mapping] {
        let before = context.source.agent.name
        guard before != context.name else { return [] }
        return [Mapping(item: .agent, path: "name", rule: "name", before: before, after: .text(context.name))]
    }

    /// The import takes the handle, and the target fills in endpoint and
    /// window; also for the same handle, which may lie elsewhere there.
    private var model: [Mapping] {
        handle(context.source.agent.model, context.model, path: "llm_config", field: "model", rule: "model")
    }

    private var embedding: [Mapping] {
        handle(
            context.source.agent.embedding, context.embedding, path: "embedding_config", field: "embedding",
            rule: "embedding")
    }

    private func handle(
        _ before: String?, _ after: String?, path: String, field: String, rule: String
    ) -> [Mapping] {
        guard let after else { return [] }
        let config = Mapping(
            item: .agent, path: path, rule: rule, before: before ?? "none", after: .setByTarget)
        guard before != after else { return [config] }
        return [
            config,
            Mapping(item: .agent, path: field, rule: rule, before: before ?? "none", after: .text(after)),
        ]
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
