import LettaModel
import LosslessJSON

/// An agent at one moment, as far as a glance tells.
struct Standing {
    let state: AgentState<SourceSide>
    let counts: AgentCounts
    /// In the snapshot; nil before anything was listed.
    let rows: Int?

    /// Rows that the whole listing finds beyond the tail are no movement.
    var beforeWholeListing: Standing { Standing(state: state, counts: counts, rows: nil) }
}

/// Whether an agent moved while it was read.
enum Movement {
    /// Bookkeeping of the server that says nothing about the agent's mind.
    private static let volatile: Set<String> = [
        "updated_at", "last_updated_by_id", "last_run_completion", "last_run_duration_ms", "last_stop_reason",
    ]

    /// Lists that 0.16.8 returns in no fixed order: the same agent, read
    /// twice, shows its tools in another one.
    private static let unordered = [
        "tools", "blocks", "tags", "sources", "secrets", "tool_exec_environment_variables", "identities",
        "identity_ids",
    ]

    /// - Returns: what moved, in words; nil when it stood still.
    static func between(_ before: Standing, _ after: Standing) -> String? {
        if before.state.messageIDs != after.state.messageIDs { return "its context changed" }
        if let words = change("row", before.rows, after.rows) { return words }
        if let words = change("row", before.counts.rows, after.counts.rows) { return words }
        if let words = change("passage", before.counts.passages, after.counts.passages) { return words }
        guard let one = try? JSONDocument(before.state.json).root,
            let other = try? JSONDocument(after.state.json).root
        else {
            return "its state cannot be compared"
        }
        let isSame = form(one) == form(other)
        return isSame ? nil : "its state changed"
    }

    private static func change(_ what: String, _ before: Int?, _ after: Int?) -> String? {
        guard let before, let after, before != after else { return nil }
        return abs(after - before).counted(what) + (after > before ? " more" : " less")
    }

    /// The state without the server's bookkeeping, its lists in one order.
    static func form(_ state: JSONValue) -> [UInt8] {
        var node = JSONNode.shallow(state)
        for key in unordered { node[key] = state[key].map(sorted) }
        if let memory = state["memory"], memory.kind == .object {
            var sortedMemory = JSONNode.shallow(memory)
            for key in ["blocks", "file_blocks"] { sortedMemory[key] = memory[key].map(sorted) }
            node["memory"] = sortedMemory
        }
        guard let document = try? JSONDocument(node.bytes()) else { return node.bytes() }
        return Canonical.bytes(document.root, dropping: volatile)
    }

    private static func sorted(_ value: JSONValue) -> JSONNode {
        guard value.kind == .array else { return JSONNode(value) }
        return .array(
            value.elements.map { Canonical.bytes($0) }.sorted { $0.lexicographicallyPrecedes($1) }.map {
                .verbatim($0)
            })
    }
}
