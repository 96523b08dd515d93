/// The faults of a server and how often each was met.
struct FaultBook: Sendable {
    private var entries: [(fault: Fault, met: Int)] = []

    mutating func set(_ faults: [Fault]) { entries = faults.map { ($0, 0) } }
    mutating func add(_ fault: Fault) { entries.append((fault, 0)) }

    /// The faults that this request meets, in the order in which they were set.
    mutating func meet(route: String, target: String) -> [Fault.Behaviour] {
        var met: [Fault.Behaviour] = []
        for place in entries.indices where entries[place].fault.matches(route: route, target: target) {
            entries[place].met += 1
            if entries[place].fault.occurrence.includes(entries[place].met) {
                met.append(entries[place].fault.behaviour)
            }
        }
        return met
    }
}

extension Fault {
    func matches(route name: String, target: String) -> Bool {
        if let containing, !target.contains(containing) { return false }
        if route == "*" || route == name { return true }
        guard route.hasPrefix("* ") else { return false }
        return name.split(separator: " ").last == route.split(separator: " ").last
    }
}

extension Fault.Occurrence {
    func includes(_ number: Int) -> Bool {
        switch self {
        case .nth(let wanted): number == wanted
        case .first(let count): number <= count
        case .from(let first): number >= first
        case .every: true
        }
    }
}
