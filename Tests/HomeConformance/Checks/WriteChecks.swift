import Home
import LettaModel
import LosslessJSON

let writeChecks: [ConformanceCheck] = [
    ConformanceCheck("imports a history that reads back equal, row by row") { bench in
        let first = try await bench.plant()
        let reader = try await bench.reader(for: first)
        let native = try await bench.source.nativeRows(
            try await bench.rows(of: first).map(\.id), through: reader.onSource)
        // What was read goes in again, and must come out the same.
        let again = native.enumerated().map { place, row -> VerbatimJSON in
            var node = JSONNode.verbatim(row.json)
            node["id"] = .string("message-\(place)")
            return node.bytes()
        }
        let second = try await bench.plant(AgentPlan(rows: again, tools: 0))
        let rows = try await bench.rows(of: second).map(\.id)
        let back = try await bench.source.nativeRows(rows, through: reader.onSource)
        try claim(back.count, is: native.count, "rows")
        for (place, (one, other)) in zip(native, back).enumerated() {
            let minted: Set<String> = ["id", "otid", "agent_id"]
            try claim(
                try canonical(one.json, dropping: minted) == canonical(other.json, dropping: minted),
                "row \(place) came back as another")
        }
    },
    ConformanceCheck("keeps its own tool of the same name where it is told to") { bench in
        _ = try await bench.plant()
        _ = try await bench.target.perform(
            .importFile(try bench.upload(AgentPlan(rows: [], agents: 0, toolSource: "return words + words"))))
        let tool = try await bench.target.tools(named: [AgentPlan.toolNames(bench.marker)[3]])
        let source = try JSONDocument(tool[0].json).root["source_code"]?.string
        try claim(source?.contains("words + words") == false, "the source was overwritten")
    },
    ConformanceCheck("overwrites its tool of the same name where it is told to") { bench in
        _ = try await bench.plant()
        let plan = AgentPlan(rows: [], agents: 0, toolSource: "return words + words", overridesTools: true)
        _ = try await bench.target.perform(.importFile(try bench.upload(plan)))
        let tool = try await bench.target.tools(named: [AgentPlan.toolNames(bench.marker)[3]])
        let source = try JSONDocument(tool[0].json).root["source_code"]?.string
        try claim(source?.contains("words + words") == true, "the source was kept")
    },
    ConformanceCheck("makes tools from a file without agents") { bench in
        let outcome = try await bench.target.perform(
            .importFile(try bench.upload(AgentPlan(rows: [], agents: 0))))
        guard case .agents(let ids) = outcome else { throw NonConformance(description: "another outcome") }
        try claim(ids.isEmpty, "agents were made")
        let made = try await bench.target.tools(named: AgentPlan.toolNames(bench.marker))
        try claim(made.count, is: 13, "tools made")
    },
    ConformanceCheck("refuses a file that breaks the format, and says so") { bench in
        var broken = AgentPlan(rows: Array(bench.subject.rows.prefix(2)), tools: 0)
        broken.rows[1] = Array("{\"id\":\"message-1\",\"role\":\"user\",\"content\":null}".utf8)
        let upload = try bench.upload(broken)
        try await claimFailure(.importRefused, in: "the import") {
            _ = try await bench.target.perform(.importFile(upload))
        }
        try claim(
            try await bench.target.find(run: bench.marker.run).isEmpty, "something was made all the same")
    },
    ConformanceCheck("leaves what can be found where an import is refused late") { bench in
        var broken = AgentPlan(rows: Array(bench.subject.rows.prefix(3)), tools: 0)
        broken.rows[1] = Array("{\"id\":\"message-1\",\"role\":\"user\",\"content\":\"a plain string\"}".utf8)
        let upload = try bench.upload(broken)
        try await claimFailure(.importRefused, in: "the import") {
            _ = try await bench.target.perform(.importFile(upload))
        }
        let found = try await bench.target.find(run: bench.marker.run)
        try claim(found.contains { $0.kind == .agent }, "the agent that was left is not found")
        try claim(found.contains { $0.kind == .block }, "the blocks that were left are not found")
    },
    ConformanceCheck("changes an agent's name, tags and rows in context") { bench in
        let agent = try await bench.plant()
        let ids = try await bench.rows(of: agent).map(\.id.raw)
        let wanted: JSONNode = [
            "name": "Dr. Who: v2/x",
            "tags": .array((AgentPlan.tags(bench.marker) + ["new"]).map { .string($0) }),
            "message_ids": .array([.string(ids[0]), .string(ids[2]), .string(ids[1])]),
        ]
        _ = try await bench.target.perform(.patchAgent(agent.onTarget, json: wanted.bytes()))
        let state = try await bench.source.agent(agent.onSource)
        try claim(state.name, is: "Dr. Who: v2/x", "name")
        try claim(Set(state.tags), is: Set(AgentPlan.tags(bench.marker) + ["new"]), "tags")
        try claim(state.messageIDs.map(\.raw), is: [ids[0], ids[2], ids[1]], "rows in context")
    },
    ConformanceCheck("changes a block and its tags") { bench in
        let agent = try await bench.plant()
        guard
            let block = try await bench.target.blocks(of: agent.onTarget).first(where: { $0.label == "human" }
            )
        else {
            throw NonConformance(description: "no block")
        }
        let wanted: JSONNode = [
            "value": "Mira, and nobody else.",
            "tags": .array((AgentPlan.tags(bench.marker) + ["patched"]).map { .string($0) }),
        ]
        _ = try await bench.target.perform(.patchBlock(block.id, json: wanted.bytes()))
        let seen = try await bench.source.blocks(of: agent.onSource).first { $0.label == "human" }
        let json = try JSONDocument(seen?.json ?? []).root
        try claim(json["value"]?.string, is: "Mira, and nobody else.", "value")
        try claim(json["tags"]?.elements.contains { $0.string == "patched" } == true, "the tag is missing")
    },
    ConformanceCheck("makes a block and attaches it") { bench in
        let agent = try await bench.plant()
        let wanted: JSONNode = [
            "label": "added", "value": "Later.",
            "tags": .array(AgentPlan.tags(bench.marker).map { .string($0) }),
        ]
        guard case .block(let id) = try await bench.target.perform(.createBlock(json: wanted.bytes())) else {
            throw NonConformance(description: "no block was named")
        }
        for _ in 1...2 { _ = try await bench.target.perform(.attachBlock(id, to: agent.onTarget)) }
        let labels = try await bench.source.blocks(of: agent.onSource).map(\.label)
        try claim(labels.filter { $0 == "added" }.count, is: 1, "blocks of that label")
    },
    ConformanceCheck("names an archive anew") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let archive = try await bench.fill(agent, with: passageDrafts(1))
        _ = try await bench.target.perform(.patchArchive(archive, json: Array("{\"name\":\"Renamed\"}".utf8)))
        let found = try await bench.target.find(run: bench.marker.run)
        try claim(!found.contains { $0.kind == .archive }, "the old name is still found")
        _ = try await bench.target.perform(.deleteArchive(archive))
    },
    ConformanceCheck("deletes, and a deletion of what is gone is done") { bench in
        let agent = try await bench.plant()
        for _ in 1...2 { _ = try await bench.target.perform(.deleteAgent(agent.onTarget)) }
        try await claimFailure(.agentUnknown, in: "reading it") {
            _ = try await bench.source.agent(agent.onSource)
        }
        for block in try await bench.target.find(run: bench.marker.run) where block.kind == .block {
            for _ in 1...2 { _ = try await bench.target.perform(.deleteBlock(ServerID(block.id))) }
        }
        try claim(try await bench.target.find(run: bench.marker.run).isEmpty, "something is left")
    },
    ConformanceCheck("refuses to change what is not there") { bench in
        let nobody = ServerID<AgentKind, TargetSide>("agent-00000000-0000-4000-8000-000000000001")
        try await claimFailure(.agentUnknown, in: "the patch") {
            _ = try await bench.target.perform(.patchAgent(nobody, json: Array("{\"name\":\"x\"}".utf8)))
        }
    },
    ConformanceCheck("answers a user, on an agent whose model lives") { bench in
        guard bench.subject.model != nil else { return }
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        guard case .answer(let json) = try await bench.target.perform(.chat(agent.onTarget, text: "Hello?"))
        else {
            throw NonConformance(description: "no answer")
        }
        let answer = try JSONDocument(json).root
        let said = answer["messages"]?.elements.contains { $0["message_type"]?.string == "assistant_message" }
        try claim(said == true, "nothing was said")
        try claim(try await bench.rows(of: agent).count, is: 3, "rows afterwards")
    },
]
