import AgentFile
import Home
import LettaModel
import LosslessJSON
import Plan

/// What a conversion would come to, tried on the history as its listing shows
/// it, page by page.
struct LegacyPreview {
    let home: any Home<SourceSide>
    let agent: AgentState<SourceSide>
    let conversion: LegacyConversion
    private let tools: [Tool<SourceSide>]

    /// Nil where the agent is of no type that is converted.
    init?(home: any Home<SourceSide>, agent: AgentState<SourceSide>, tools: [Tool<SourceSide>]) throws {
        guard
            let conversion = try LegacyConversion(agentType: agent.agentType, tools: tools.map(\.json))
        else { return nil }
        self.home = home
        self.agent = agent
        self.tools = tools
        self.conversion = conversion
    }

    /// Adds the changes by rule, the example, and what is left of the rules.
    func fill(_ inventory: inout SourceInventory) async throws {
        let rules = conversion.toolRules(
            try JSONDocument(agent.json).root["tool_rules"].map { Array($0.raw) })
        var count = ChangeCount()
        count.add([conversion.typeChange])
        if tools.contains(where: { !conversion.keeps(tool: $0.json) }) {
            count.add([LegacyConversion.toolLeftOut])
        }
        count.add(rules.changes)
        let (summary, rows) = try await history(into: &count)
        inventory.toolRules = try JSONDocument(rules.rules).root.count
        // Those of conversations are counted with the others.
        inventory.rows.count -= min(inventory.rows.count, rows.gone)
        inventory.rows.inContext = rows.inContext
        inventory.changes += count.all
        inventory.conversion = ConversionFacts(summary)
    }

    private func history(
        into count: inout ChangeCount
    ) async throws -> (LegacySummary, rows: (gone: Int, inContext: Int)) {
        var shaper = RowShaper(converting: conversion)
        var context = ContextList(sourceIDs: agent.messageIDs.map(\.raw))
        var ordinal = 0
        var rows = 0
        func note(_ output: ShapeOutput) {
            context.note(output)
            switch output {
            case .row(let row):
                rows += 1
                count.add(row.changes)
            case .dropped(let row): count.add([row.change])
            case .withheld: break
            }
        }
        let pages = home.listing(of: agent.id, thread: .main, from: .oldest)
        while let page = try await pages.next() {
            for row in page.rows {
                let input = ShapeInput(
                    ordinal: ordinal, sourceID: row.id.raw, json: try RowFold.fold(row.items).json,
                    origin: .folded, listed: row.items)
                try shaper.take(input).forEach(note)
                ordinal += 1
            }
        }
        try shaper.finish().forEach(note)
        if context.lacksSystemRow { return (shaper.summary ?? LegacySummary(), (ordinal - rows, 0)) }
        let resolved = try context.resolve()
        count.add(resolved.changes)
        return (shaper.summary ?? LegacySummary(), (ordinal - rows, resolved.ids.count))
    }
}
