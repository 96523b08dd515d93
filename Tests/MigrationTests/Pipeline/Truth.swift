import LettaModel
import LosslessJSON
import Snapshot

@testable import ScriptedLetta

// What really is on the two servers, looked up behind Ferry's back.
extension Crossing {
    /// Sentences about everything that is not as a finished move leaves it.
    func problems(name: String = "Ada", lost: Set<String> = [], isFolded: Bool = false) -> [String] {
        let arrival = Arrival(
            source: source.world, target: target.world, name: name, lostRows: lost, isFolded: isFolded)
        return leftovers() + arrival.problems
    }

    /// Whatever carries a marker, on either server.
    func leftovers() -> [String] {
        Self.marked(in: source.world).map { "source: " + $0 }
            + Self.marked(in: target.world).map { "target: " + $0 }
    }

    static func marked(in world: World) -> [String] {
        func isMarked(_ texts: [String]) -> Bool { texts.contains { $0.hasPrefix("ferry-") } }
        return world.agents.all.filter { isMarked($0.tags + [$0.name]) }.map { "agent \($0.name)" }
            + world.blocks.all.filter { isMarked($0.tags) }.map { "block \($0.label)" }
            + world.archives.all.filter { isMarked([$0.name]) }.map { "archive \($0.name)" }
            + world.tools.all.filter { isMarked($0.json["tags"]?.strings ?? []) }.map { "tool \($0.name)" }
    }
}

/// One agent on the source against the agents of its name on the target.
struct Arrival {
    let source: World
    let target: World
    let name: String
    /// Rows of the source (by id) that are known not to arrive.
    var lostRows: Set<String> = []
    /// A listing shows whole seconds.
    var isFolded = false

    var problems: [String] {
        guard let there = source.agents.all.first else { return ["the source has no agent"] }
        let found = target.agents(named: name)
        guard found.count == 1, let here = found.first else {
            return ["\(found.count) agents are named \(name)"]
        }
        return rows(there, here) + context(there, here) + blocks(there, here) + tools(there, here)
            + passages(there, here) + settings(there, here)
    }

    private func expectedRows(_ agent: ScriptedAgent) -> [JSONNode] {
        source.rows(of: agent.id).filter { !lostRows.contains($0["id"]?.string ?? "") }
    }

    private func rows(_ there: ScriptedAgent, _ here: ScriptedAgent) -> [String] {
        let wanted = expectedRows(there).map(plain)
        let got = target.rows(of: here.id).map(plain)
        if wanted == got { return [] }
        let first = zip(wanted, got).enumerated().first { $0.element.0 != $0.element.1 }
        let place = first.map { "first at \($0.offset)" } ?? ""
        let lost = wanted.filter { !got.contains($0) }
        let extra = got.filter { row in !wanted.contains(row) || got.count { $0 == row } > 1 }
        return ["\(got.count) rows for \(wanted.count) \(place), lost: \(lost), extra: \(extra)"]
    }

    /// Time, role and texts: what no rule may change.
    private func plain(_ row: JSONNode) -> String {
        let texts = (row["content"]?.elements ?? []).compactMap {
            $0["text"]?.string ?? $0["reasoning"]?.string
        }
        let isTool = row["role"]?.string == "tool"
        let time = row["created_at"]?.string.flatMap { Moment($0) }
        let shown = isFolded ? time?.cut : time?.text
        return "\(shown ?? "") \(row["role"]?.string ?? "") \(isTool ? "" : texts.joined())"
    }

    private func context(_ there: ScriptedAgent, _ here: ScriptedAgent) -> [String] {
        let ids = expectedRows(there).compactMap { $0["id"]?.string }
        let wanted = there.messageIDs.compactMap { ids.firstIndex(of: $0) }
        let got = here.messageIDs.map { here.history.place(of: $0) ?? -1 }
        return wanted == got ? [] : ["context \(got) for \(wanted)"]
    }

    private func blocks(_ there: ScriptedAgent, _ here: ScriptedAgent) -> [String] {
        func plain(_ ids: [String], _ world: World) -> [String] {
            ids.compactMap { world.blocks[$0] }.map { block in
                let fields = ["value", "limit", "description", "read_only", "metadata"].map {
                    block.fields[$0]?.text() ?? "-"
                }
                return ([block.label] + fields + block.tags.sorted()).joined(separator: " ")
            }.sorted()
        }
        let wanted = plain(there.blockIDs, source)
        let got = plain(here.blockIDs, target)
        var problems = wanted == got ? [] : ["blocks \(got) for \(wanted)"]
        let loose = target.blocks.all.filter { block in
            !target.agents.all.contains { $0.blockIDs.contains(block.id) }
        }
        if !loose.isEmpty { problems.append("blocks without an agent: \(loose.map(\.label))") }
        return problems
    }

    private func tools(_ there: ScriptedAgent, _ here: ScriptedAgent) -> [String] {
        func plain(_ ids: [String], _ world: World) -> [String] {
            ids.compactMap { world.tools[$0] }.map {
                "\($0.name) \($0.sourceCode ?? "") \(($0.json["tags"]?.strings ?? []).sorted())"
            }
            .sorted()
        }
        let wanted = plain(there.toolIDs, source)
        let got = plain(here.toolIDs, target)
        return wanted == got ? [] : ["tools \(got) for \(wanted)"]
    }

    private func passages(_ there: ScriptedAgent, _ here: ScriptedAgent) -> [String] {
        func plain(_ archive: String?, _ world: World) -> [String] {
            world.passages(of: archive).map {
                "\($0.created.text) \($0.text) \($0.tags.sorted()) \($0.metadata.text())"
            }.sorted()
        }
        let wanted = plain(there.archiveID, source)
        let got = plain(here.archiveID, target)
        var problems =
            wanted == got
            ? [] : ["\(got.count) passages for \(wanted.count): \(got.prefix(3)) for \(wanted.prefix(3))"]
        if target.archives.count > (wanted.isEmpty ? 0 : 1) {
            problems.append("\(target.archives.count) archives")
        }
        if target.passages.count != wanted.count {
            problems.append("\(target.passages.count) passages in all")
        }
        return problems
    }

    private func settings(_ there: ScriptedAgent, _ here: ScriptedAgent) -> [String] {
        var problems: [String] = []
        if there.tags.sorted() != here.tags.sorted() {
            problems.append("tags \(here.tags) for \(there.tags)")
        }
        if there.agentType != here.agentType { problems.append("type \(here.agentType)") }
        for field in ["description", "metadata", "timezone", "system", "tool_rules"]
        where there.fields[field]?.text() != here.fields[field]?.text() {
            problems.append("\(field) differs")
        }
        return problems
    }
}
