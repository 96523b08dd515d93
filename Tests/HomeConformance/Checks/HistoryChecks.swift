import Home
import LettaModel
import LosslessJSON

/// What no export keeps: minted anew, or counted anew.
private let minted: Set<String> = ["id", "otid", "agent_id"]

let historyChecks: [ConformanceCheck] = [
    ConformanceCheck("lists every row once, oldest first") { bench in
        let agent = try await bench.plant()
        let rows = try await bench.rows(of: agent)
        try claim(rows.count, is: bench.subject.rows.count, "rows listed")
        try claim(Set(rows.map(\.id)).count, is: rows.count, "different ids")
        for (place, row) in rows.enumerated() { try check(row, against: bench.subject.rows[place], place) }
    },
    ConformanceCheck("lists a history of one row, and of none after it") { bench in
        let agent = try await bench.plant(AgentPlan(rows: Array(bench.subject.rows.prefix(1)), tools: 0))
        let rows = try await bench.rows(of: agent)
        try claim(rows.count, is: 1, "rows listed")
        try claim(
            try await bench.rows(of: agent, from: .after(rows[0].id)).count, is: 0, "rows after the last")
    },
    ConformanceCheck("lists on from a row") { bench in
        let agent = try await bench.plant()
        let rows = try await bench.rows(of: agent)
        let place = rows.count / 3
        let rest = try await bench.rows(of: agent, from: .after(rows[place].id))
        try claim(rest == Array(rows[(place + 1)...]), "the rest is not what stands behind the row")
    },
    ConformanceCheck("refuses to list on from a row that is not there") { bench in
        let agent = try await bench.plant()
        try await claimFailure(.cursorVanished, in: "listing on from an unknown row") {
            _ = try await bench.rows(
                of: agent, from: .after(ServerID("message-00000000-0000-4000-8000-000000000001")))
        }
    },
    ConformanceCheck("shows rows natively in the order asked, value for value") { bench in
        let agent = try await bench.plant()
        let reader = try await bench.reader(for: agent)
        let ids = try await bench.rows(of: agent).map(\.id)
        let asked = Array(ids.indices.reversed()) + [1]
        let native = try await bench.source.nativeRows(asked.map { ids[$0] }, through: reader.onSource)
        try claim(native.map(\.id), is: asked.map { ids[$0] }, "ids")
        for (row, place) in zip(native, asked) {
            let (seen, sent) = (
                try canonical(row.json, dropping: minted),
                try canonical(bench.subject.rows[place], dropping: minted)
            )
            try claim(
                String(decoding: seen, as: UTF8.self), is: String(decoding: sent, as: UTF8.self),
                "row \(place)")
        }
    },
    ConformanceCheck("leaves the agent as it was while its rows are shown") { bench in
        let agent = try await bench.plant()
        let before = try await bench.source.agent(agent.onSource)
        let reader = try await bench.reader(for: agent)
        let ids = try await bench.rows(of: agent).map(\.id)
        _ = try await bench.source.nativeRows(ids, through: reader.onSource)
        _ = try await bench.target.perform(.deleteAgent(reader.onTarget))
        let after = try await bench.source.agent(agent.onSource)
        try claim(try canonical(after.json) == canonical(before.json), "the agent's state changed")
        try claim(try await bench.rows(of: agent).map(\.id), is: ids, "rows")
        let found = try await bench.target.find(run: bench.marker.run)
        try claim(!found.contains { $0.isReader }, "the reader is still there")
    },
    ConformanceCheck("names rows that do not exist") { bench in
        let agent = try await bench.plant()
        let reader = try await bench.reader(for: agent)
        let ids = try await bench.rows(of: agent).prefix(3).map(\.id)
        let gone = ServerID<RowKind, SourceSide>("message-00000000-0000-4000-8000-000000000001")
        do {
            _ = try await bench.source.nativeRows(ids + [gone], through: reader.onSource)
            throw NonConformance(description: "a row that is not there was shown")
        } catch let vanished as RowsVanished {
            try claim(vanished.ids, is: [gone.raw], "rows named")
        }
        let rest = try await bench.source.nativeRows(ids, through: reader.onSource)
        try claim(rest.count, is: 3, "rows shown after that")
    },
    ConformanceCheck("exports the rows in context by place, and a shell without rows") { bench in
        let plan = AgentPlan(rows: bench.subject.rows)
        let agent = try await bench.plant(plan)
        let export = try await bench.source.export(of: agent.onSource)
        try claim(export.rows.count, is: plan.context.count, "rows exported")
        for (row, place) in zip(export.rows, plan.context) {
            try claim(
                try canonical(row, dropping: minted) == canonical(plan.rows[place], dropping: minted),
                "row \(place) is another")
        }
        let shell = try JSONDocument(export.shell).root
        try claim(shell["agents"]?.count, is: 1, "agents")
        try claim(shell["agents"]?[0]?["messages"]?.count ?? 0, is: 0, "rows in the shell")
        try claim(
            shell["agents"]?[0]?["in_context_message_ids"]?.count, is: plan.context.count, "ids in context")
    },
    ConformanceCheck("keeps the list of rows in context in its own order") { bench in
        let agent = try await bench.plant()
        let ids = try await bench.rows(of: agent).map(\.id)
        let state = try await bench.source.agent(agent.onSource)
        try claim(
            state.messageIDs, is: AgentPlan(rows: bench.subject.rows).context.map { ids[$0] },
            "rows in context")
    },
    ConformanceCheck("counts rows and passages") { bench in
        let agent = try await bench.plant()
        _ = try await bench.fill(agent, with: passageDrafts(5))
        let counts = try await bench.source.counts(of: agent.onSource)
        try claim(counts.rows ?? bench.subject.rows.count, is: bench.subject.rows.count, "rows counted")
        try claim(counts.passages ?? 5, is: 5, "passages counted")
    },
]

/// A listed row against the row that was sent: kinds of its items and time.
private func check(_ row: ListedRow<SourceSide>, against sent: VerbatimJSON, _ place: Int) throws {
    let sent = try JSONDocument(sent).root
    let items = try JSONDocument(row.items).root
    try claim(items.count, is: row.messageTypes.count, "items of row \(place)")
    try claim(
        items.elements.allSatisfy { $0["id"]?.string == row.id.raw }, "an item of row \(place) has another id"
    )
    let second = sent["created_at"]?.string?.prefix(19)
    try claim(
        row.date.prefix(19) == second ?? "",
        "row \(place) has the time \(row.date), sent was \(second ?? "none")")
    try claim(row.messageTypes, is: try expectedTypes(of: sent), "items of row \(place)")
}

/// As the listing shows a row of a v1 agent.
private func expectedTypes(of row: JSONValue) throws -> [String] {
    let calls = row["tool_calls"]?.count ?? 0
    switch row["role"]?.string {
    case "system": return ["system_message"]
    case "user", "summary": return ["user_message"]
    case "tool": return ["tool_return_message"]
    case "approval" where calls == 0: return ["approval_response_message"]
    default: break
    }
    var types: [String] = []
    for part in row["content"]?.elements ?? [] {
        let type =
            switch part["type"]?.string {
            case "text": "assistant_message"
            case "reasoning": "reasoning_message"
            default: "hidden_reasoning_message"
            }
        // Consecutive parts of one kind flow together.
        if types.last != type { types.append(type) }
    }
    if calls > 0 {
        types.append(row["role"]?.string == "approval" ? "approval_request_message" : "tool_call_message")
    }
    return types
}
