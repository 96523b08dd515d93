import Home
import LettaModel
import LosslessJSON

let memoryChecks: [ConformanceCheck] = [
    ConformanceCheck("shows every block with its tags, value and limit") { bench in
        let agent = try await bench.plant()
        let blocks = try await bench.source.blocks(of: agent.onSource)
        try claim(Set(blocks.map(\.label)), is: Set(AgentPlan.blocks.map(\.label)), "labels")
        for expected in AgentPlan.blocks {
            guard let block = blocks.first(where: { $0.label == expected.label }) else { continue }
            let json = try JSONDocument(block.json).root
            try claim(json["value"]?.string, is: expected.value, "value of \(expected.label)")
            try claim(json["limit"]?.int, is: expected.limit, "limit of \(expected.label)")
            try claim(json["read_only"]?.bool, is: expected.isReadOnly, "read_only of \(expected.label)")
            let tags = Set(json["tags"]?.elements.compactMap(\.string) ?? [])
            try claim(
                tags, is: Set(AgentPlan.tags(bench.marker) + [expected.tag]), "tags of \(expected.label)")
        }
    },
    // Their order is not claimed: 0.16.8 asks its database for none, and two
    // readings of an agent that nobody writes to have differed.
    ConformanceCheck("shows each block once, also when asked again") { bench in
        let agent = try await bench.plant()
        let first = try await bench.source.blocks(of: agent.onSource).map(\.id)
        let second = try await bench.source.blocks(of: agent.onSource).map(\.id)
        try claim(first.count, is: AgentPlan.blocks.count, "blocks")
        try claim(Set(first).count, is: AgentPlan.blocks.count, "ids")
        try claim(Set(second), is: Set(first), "ids of the second reading")
        try claim(second.count, is: first.count, "blocks of the second reading")
    },
    ConformanceCheck("shows all tools, more than ten of them") { bench in
        let agent = try await bench.plant()
        let tools = try await bench.source.tools(of: agent.onSource)
        try claim(Set(tools.map(\.name)), is: Set(AgentPlan.toolNames(bench.marker)), "tools")
        for tool in tools {
            let json = try JSONDocument(tool.json).root
            try claim(
                json["source_code"]?.string?.hasPrefix("def \(tool.name)") == true, "source of \(tool.name)")
            try claim(json["return_char_limit"]?.int, is: 4321, "return_char_limit of \(tool.name)")
        }
    },
    ConformanceCheck("finds tools by exact name") { bench in
        _ = try await bench.plant()
        let names = AgentPlan.toolNames(bench.marker)
        let found = try await bench.target.tools(named: [names[1], names[12], "no_such_tool_of_anybody"])
        try claim(Set(found.map(\.name)), is: [names[1], names[12]], "tools found")
    },
    ConformanceCheck("shows secrets by name, or none of them") { bench in
        let agent = try await bench.plant()
        let secrets = try await bench.source.secrets(of: agent.onSource)
        guard let card = secrets["LIBRARY_CARD"] else {
            return try claim(secrets.isEmpty, "some secrets only")
        }
        try claim(card.reveal() == "conformance-card-0417", "the value is another")
    },
    ConformanceCheck("keeps what an agent file says about the agent") { bench in
        let agent = try await bench.plant()
        let state = try await bench.source.agent(agent.onSource)
        try claim(state.name, is: bench.marker.description, "name")
        try claim(state.agentType, is: "letta_v1_agent", "type")
        try claim(Set(state.tags), is: Set(AgentPlan.tags(bench.marker) + ["cork weather"]), "tags")
        let json = try JSONDocument(state.json).root
        try claim(json["system"]?.string, is: "You are a fixture.", "system")
        try claim(json["timezone"]?.string, is: "Europe/Lisbon", "timezone")
        try claim(json["max_files_open"]?.int, is: 7, "max_files_open")
        try claim(json["per_file_view_window_char_limit"]?.int, is: 24001, "per_file_view_window_char_limit")
        try claim(json["metadata"]?["list"]?.count, is: 3, "metadata")
        try claim(json["tool_rules"]?[0]?["type"]?.string, is: "requires_approval", "tool rule")
    },
]
