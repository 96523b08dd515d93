import LettaModel
import Plan

/// A companion of 312 messages that goes from cloud to home.
enum Sample {
    static let cloud = ServerFacts(name: "cloud", url: "https://api.letta.com", version: "0.16.8")
    static let home = ServerFacts(name: "home", url: "https://home.example.org", version: "0.16.8")

    static var source: SourceInventory {
        SourceInventory(
            origin: .server(cloud),
            agent: AgentFacts(
                id: "agent-1", name: "ada", type: "letta_v1_agent", model: "openai/gpt-4o-mini",
                embedding: "openai/text-embedding-3-small", contextWindow: 128_000, contextTokens: 9_000),
            rows: RowFacts(count: 312, isExact: true, inContext: 21),
            blocks: [BlockFacts(label: "persona", size: 900, limit: 5000, isReadOnly: true)],
            tools: [
                ToolFacts(name: "weather", type: "custom", source: "def weather(): pass"),
                ToolFacts(name: "memory", type: "letta_core"),
            ],
            passages: PassageFacts(count: 60, bytes: 9_000), tags: ["companion"])
    }

    static var target: TargetFacts {
        TargetFacts(
            server: home, abilities: TargetAbilities(),
            models: [
                ModelHandle(handle: "openai/gpt-4o-mini", contextWindow: 128_000, dimensions: nil),
                ModelHandle(handle: "openai-proxy/gpt-4o", contextWindow: 8_000, dimensions: nil),
            ],
            embeddings: [
                ModelHandle(handle: "openai/text-embedding-3-small", contextWindow: nil, dimensions: 1536)
            ])
    }

    static func plan(
        _ choices: Choices = Choices(), source: (inout SourceInventory) -> Void = { _ in },
        target: (inout TargetFacts) -> Void = { _ in }
    ) -> PlanResult {
        var here = Sample.source
        var there = Sample.target
        source(&here)
        target(&there)
        return Planner.plan(here, there, choices)
    }
}
