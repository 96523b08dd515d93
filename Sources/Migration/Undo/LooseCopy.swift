import Home
import LettaModel
import LosslessJSON

/// Blocks and tools as they stand now, before an undo removes them or puts an
/// older form in their place: a snapshot of an agent does not hold those that
/// it has not attached.
struct LooseCopy {
    let home: any Home<TargetSide>

    /// - Returns: `{"blocks": […], "tools": […]}`; nil where there are none.
    func json(of items: [UndoItem]) async throws -> [UInt8]? {
        var blocks: [JSONNode] = []
        for item in items where item.kind == .block {
            if let block = try await home.block(ServerID(item.id)) { blocks.append(.verbatim(block.json)) }
        }
        let names = items.filter { $0.kind == .tool || $0.kind == .overwrittenTool }.map(\.name)
        let tools = names.isEmpty ? [] : try await home.tools(named: names).map { JSONNode.verbatim($0.json) }
        var identities: [JSONNode] = []
        for item in items where item.kind == .identity {
            if let one = try await home.identity(ServerID(item.id)) { identities.append(.verbatim(one.json)) }
        }
        guard !blocks.isEmpty || !tools.isEmpty || !identities.isEmpty else { return nil }
        var copy: JSONNode = ["blocks": .array(blocks), "tools": .array(tools)]
        if !identities.isEmpty { copy["identities"] = .array(identities) }
        return copy.bytes()
    }
}
