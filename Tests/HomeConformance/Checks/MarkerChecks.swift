import Home
import LettaModel

let markerChecks: [ConformanceCheck] = [
    ConformanceCheck("finds everything that carries a run's marker, and nothing else") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(2)), tools: 0))
        let reader = try await bench.reader(for: agent)
        let archive = try await bench.fill(agent, with: passageDrafts(1))
        let found = try await bench.target.find(run: bench.marker.run)
        try claim(found.allSatisfy { $0.marker == bench.marker }, "another marker was found")
        let agents = found.filter { $0.kind == .agent }
        try claim(Set(agents.map(\.id)), is: [agent.onTarget.raw, reader.onTarget.raw], "agents")
        try claim(agents.filter(\.isReader).map(\.id), is: [reader.onTarget.raw], "readers")
        try claim(found.filter { $0.kind == .block }.count, is: AgentPlan.blocks.count, "blocks")
        try claim(found.filter { $0.kind == .archive }.map(\.id), is: [archive.raw], "archives")
        let others = try await bench.target.find(run: bench.marker.run + "x")
        try claim(others.isEmpty, "things of another run: \(others.count)")
    },
    ConformanceCheck("finds every attempt of a run") { bench in
        let second = Marker(run: bench.marker.run, attempt: 2)
        let rows = Array(bench.subject.rows.prefix(1))
        _ = try await bench.plant(AgentPlan(rows: rows, tools: 0))
        _ = try await bench.plant(AgentPlan(rows: rows, marker: second, tools: 0))
        let found = try await bench.target.find(run: bench.marker.run).filter { $0.kind == .agent }
        try claim(Set(found.map(\.marker)), is: [bench.marker, second], "attempts")
    },
]
