/// Things by id, in the order in which they were made.
public struct Shelf<Item: Sendable>: Sendable {
    /// Oldest first.
    public private(set) var ids: [String] = []
    private var items: [String: Item] = [:]

    public var all: [Item] { ids.compactMap { items[$0] } }
    public var count: Int { ids.count }

    public subscript(_ id: String) -> Item? {
        get { items[id] }
        // In place: an agent's history is too long to be copied for each row.
        _modify {
            let wasThere = items[id] != nil
            yield &items[id]
            let isThere = items[id] != nil
            if isThere, !wasThere { ids.append(id) }
            if wasThere, !isThere { ids.removeAll { $0 == id } }
        }
    }
}
