/// Tools of one name. A server holds one of them: of those that say the same
/// the first is kept, and which of two others is meant nobody can tell.
struct ToolTwins {
    /// Places, in the file's list, of tools that an earlier one stands for.
    private(set) var leftOut: Set<Int> = []
    /// The id of one that is left out -> the id of the one that is kept.
    private(set) var standIns: [String: String] = [:]
    /// Places of tools whose name an earlier one bears.
    private(set) var namesakes: [Int] = []
    /// Places of tools whose id an earlier one bears.
    private(set) var sameIDs: [Int] = []

    init(_ tools: [ShellLint.Facts.Thing]) {
        // What refers to an id of two that differ may mean either.
        let bearers = Dictionary(grouping: tools.filter { $0.id != nil }, by: { $0.id ?? "" })
        func isClear(_ id: String) -> Bool {
            bearers[id]?.allSatisfy {
                $0.name == bearers[id]?.first?.name && $0.says == bearers[id]?.first?.says
            }
                ?? false
        }
        var names: Set<String> = []
        var ids: Set<String> = []
        var kept: [ShellLint.Facts.Thing] = []
        for (place, tool) in tools.enumerated() {
            if let id = tool.id, !ids.insert(id).inserted { sameIDs.append(place) }
            guard !tool.name.isEmpty else { continue }
            guard !names.insert(tool.name).inserted else {
                kept.append(tool)
                continue
            }
            namesakes.append(place)
            let first = kept.first { $0.name == tool.name && $0.says == tool.says }
            guard let id = first?.id, isClear(id), tool.id.map(isClear) ?? true else {
                kept.append(tool)
                continue
            }
            leftOut.insert(place)
            if let own = tool.id, own != id { standIns[own] = id }
        }
    }
}
