import Home
import LettaModel

let placeChecks: [ConformanceCheck] = [
    ConformanceCheck("tells its version and what it can do") { bench in
        let abilities = try await bench.source.abilities()
        try claim(!abilities.version.isEmpty, "no version")
        try claim(!abilities.routes.isEmpty, "no routes")
        try claim(abilities.importFields.contains("file"), "no form field for the file")
        try claim(try await bench.source.abilities() == abilities, "a second look shows something else")
    },
    ConformanceCheck("finds an agent by name, and every agent of an ambiguous name") { bench in
        let first = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let name = bench.marker.description
        try claim(
            try await bench.source.agents(AgentQuery(name: name)).map(\.id), is: [first.onSource],
            "agents found")
        let second = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let both = try await bench.source.agents(AgentQuery(name: name))
        try claim(Set(both.map(\.id)), is: [first.onSource, second.onSource], "agents of one name")
        try claim(both.allSatisfy { $0.tags.contains(bench.marker.runTag) }, "tags are missing from the list")
        let none = try await bench.source.agents(AgentQuery(name: name + " nobody"))
        try claim(none.isEmpty, "agents of a name that nobody has: \(none.count)")
    },
    ConformanceCheck("finds agents by tag") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let found = try await bench.source.agents(AgentQuery(tag: bench.marker.description))
        try claim(found.map(\.id), is: [agent.onSource], "agents of the tag")
    },
    ConformanceCheck("shows hidden agents only when they are asked for") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let reader = try await bench.reader(for: agent)
        let shown = try await bench.source.agents(AgentQuery())
        try claim(shown.contains { $0.id == agent.onSource }, "the plain agent is not in the list")
        try claim(!shown.contains { $0.id == reader.onSource }, "the reader is in the default list")
        let all = try await bench.source.agents(AgentQuery(includesHidden: true))
        try claim(all.contains { $0.id == reader.onSource }, "the reader is not in the list of all")
    },
    ConformanceCheck("knows agents that it does not have as unknown") { bench in
        let nobody = ServerID<AgentKind, SourceSide>("agent-00000000-0000-4000-8000-000000000001")
        try await claimFailure(.agentUnknown, in: "reading an unknown agent") {
            _ = try await bench.source.agent(nobody)
        }
        try await claimFailure(.agentUnknown, in: "listing an unknown agent") {
            for try await _ in bench.source.listing(of: nobody, thread: .main, from: .oldest) {}
        }
        try await claimFailure(.agentUnknown, .serverError, in: "exporting an unknown agent") {
            _ = try await bench.source.export(of: nobody)
        }
    },
    ConformanceCheck("names its models and embedding models by handle") { bench in
        let models = try await bench.source.models()
        if let model = bench.subject.model {
            try claim(models.contains { $0.handle == model }, "\(model) is missing")
        }
        let embedders = try await bench.source.embeddingModels()
        guard let embedding = bench.subject.embedding else { return }
        try claim(
            embedders.contains { $0.handle == embedding && $0.dimensions != nil }, "\(embedding) is missing")
    },
]
