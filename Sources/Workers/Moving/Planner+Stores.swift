import LettaModel
import WorkerTree

/// Databases beside the workers: what their rules change, and what they hold
/// of the old place that no rule knows.
extension Planner {
    func addStores(to result: inout Result, scratch: String, held: Set<String>) throws {
        let old = result.replacements.filter { $0.kind != .token && $0.old != $0.new }
        for (number, store) in view.stores.enumerated() {
            let copy = "\(scratch)/store-\(number).db"
            do {
                try PrivateCopy.takeAsItIs(store.path, to: copy, isHeld: held.contains(store.path))
                let except: Set<String> = store.kind == .strayBroca ? Self.words : []
                let hits = try ColumnSearch.hits(in: copy, of: store.path, old, except: except)
                add(hits, of: store.path, store.rule, to: &result)
                let twice = try ControlStore.collisions(copy, store.rule, result.routes)
                result.plan.refusals += twice.map { Refusals.listedTwice(store.path, $0) }
            } catch let failure as Failure { result.plan.refusals.append(failure) }
        }
        for (number, database) in view.databases.enumerated() {
            // What `add` has read already.
            let hits = try ColumnSearch.hits(
                in: "\(scratch)/\(number).db", of: database.path, old, except: Self.words)
            add(hits, of: database.path, nil, to: &result)
        }
        result.plan.omissions += view.storesLeft.map { Omissions.left($0, view.relative($0.path) ?? $0.path) }
        result.plan.omissions += outside.map { Omissions.outside($0) }
    }

    /// What people wrote may say anything, and is theirs.
    private static let words: Set<String> = ["messages"]

    private func add(_ hits: [ColumnSearch.Hit], of path: String, _ rule: StoreRule?, to result: inout Result)
    {
        let place = view.relative(path) ?? path
        for hit in hits {
            let route = result.routes.first { $0.old == hit.value }
            if let rule, hit.isRewritten(by: rule) {
                guard let route else { continue }
                result.plan.rewrites.append(
                    Rewrite(
                        file: place, line: 0, key: "\(hit.table).\(hit.column)", kind: .agentID,
                        old: route.old, new: route.new))
            } else {
                result.plan.omissions.append(Omissions.column(hit, place, destination: destination))
            }
        }
    }

    /// Stores of the home folder that lie outside the tree; starters are told
    /// as such.
    private var outside: [OtherStore] {
        let starters = Set(view.inventory.workers.flatMap(\.starters).map(\.path))
        return view.inventory.stores.filter { view.relative($0.path) == nil && !starters.contains($0.path) }
    }
}
