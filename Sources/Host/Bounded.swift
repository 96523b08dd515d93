/// Runs a body for each item, at most so many at once; results in the order
/// of the items.
func bounded<Item: Sendable, Result: Sendable>(
    _ items: [Item], atOnce bound: Int = 12, _ body: @escaping @Sendable (Item) async -> Result
) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
        var waiting = items.indices.makeIterator()
        var results: [Int: Result] = [:]
        func startNext() {
            guard let place = waiting.next() else { return }
            let item = items[place]
            group.addTask { (place, await body(item)) }
        }
        for _ in 0..<max(1, bound) { startNext() }
        while let (place, result) = await group.next() {
            results[place] = result
            startNext()
        }
        return items.indices.compactMap { results[$0] }
    }
}
