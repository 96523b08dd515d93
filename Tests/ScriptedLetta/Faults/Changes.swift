import LosslessJSON

extension World {
    /// What happens to the agent of the path while it is read.
    mutating func apply(_ change: Fault.Change, to agent: String) {
        guard let known = agents[agent] else { return }
        let count = known.history.count
        switch change {
        case .appendRow:
            let id = append(World.userRow("Said meanwhile.", at: tick().text), to: agent)
            agents[agent]?.messageIDs.append(id)
        case .insertRow(let beforeLast):
            insert(
                World.userRow("Said before, seen after.", at: tick().text),
                before: max(1, count - beforeLast), of: agent)
        case .deleteRow(let place):
            let id = known.history.id(at: place)
            agents[agent]?.history.removeAll { $0.id == id }
            agents[agent]?.messageIDs.removeAll { $0 == id }
        case .rename(let name): agents[agent]?.name = name
        case .patchFirstBlock(let value):
            if let block = known.blockIDs.first { blocks[block]?.fields["value"] = .string(value) }
        case .rewriteSystemRow:
            agents[agent]?.history.replace(at: 0) { row in
                row.body["content"] = [
                    ["type": "text", "text": "You are Ada, recompiled.", "signature": nil]
                ]
            }
        case .addPassage:
            guard let archive = archive(of: agent) else { return }
            add(passage: "Kept meanwhile.", tags: [], metadata: [:], created: tick(), to: archive)
        case .deleteAgent: agents[agent] = nil
        }
        let now = tick()
        agents[agent]?.updated = now
    }
}
