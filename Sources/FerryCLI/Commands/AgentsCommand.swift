import Home
import LettaModel
import LettaServer
import LosslessJSON

/// `ferry agents`.
enum AgentsCommand {
    static let spec = CommandSpec(
        path: ["agents"], summary: "list the agents of a server",
        flags: [
            FlagSpec(
                name: "at", value: "SERVER", help: "a name or a URL (or LETTA_BASE_URL and LETTA_API_KEY)"),
            FlagSpec(name: "hidden", help: "list hidden agents too"),
        ],
        examples: [.init(command: "ferry agents --at home", meaning: "names, ids and types")]
    ) { invocation, world in
        let resolver = ServerResolver(world: world, progress: ProgressPrinter(world))
        let home = try resolver.source(invocation.value("at"), .at, canWrite: false)
        // A web page or an app server at the address is named as such.
        _ = try await home.abilities()
        let agents = try await home.agents(AgentQuery(includesHidden: invocation.has("hidden")))
        world.terminal.out(world.options.isJSON ? json(agents) : text(agents, at: home.address))
        return .clean
    }

    private static func text(_ agents: [AgentSummary<SourceSide>], at address: HomeAddress) -> String {
        guard !agents.isEmpty else { return "\(address) has no agents\n" }
        return Columns.render(
            agents.map {
                [$0.name, $0.id.raw, $0.agentType, $0.tags.isEmpty ? "" : $0.tags.joined(separator: ",")]
            })
    }

    private static func json(_ agents: [AgentSummary<SourceSide>]) -> String {
        let list = agents.map { agent -> JSONNode in
            [
                "id": .string(agent.id.raw), "name": .string(agent.name),
                "agent_type": .string(agent.agentType),
                "tags": .array(agent.tags.map { .string($0) }),
                "created_at": agent.createdAt.map { .string($0) } ?? .null,
            ]
        }
        return (["schema": "ferry.agents/1", "agents": .array(list)] as JSONNode).text() + "\n"
    }
}
