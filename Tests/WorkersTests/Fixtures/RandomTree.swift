import WorkerFixtures

@testable import Workers

/// A tree as dice make it; the same seed makes the same tree.
struct RandomTree: Sendable, CustomStringConvertible {
    let seed: UInt64
    let layout: SyntheticTree.Layout
    let agents: [String]
    let journal: SyntheticDatabase.Journal
    let retires: Bool
    private let users: [String: [SyntheticAgent.User]]
    private let queues: [String: [SyntheticDatabase.QueueRow]]
    private let quirks: Set<Quirk>

    /// What operators' files look like.
    enum Quirk: String, CaseIterable {
        case carriageReturns, byteOrderMark, duplicateKeys, threePlaces, noNewline, spaced
    }

    var description: String {
        "seed \(seed): layout \(layout.rawValue), \(agents.count) agents, \(journal), "
            + "\(quirks.map(\.rawValue).sorted())" + (retires ? ", retires" : "")
    }

    init(seed: UInt64) {
        var dice = Dice(seed: seed)
        self.seed = seed
        layout = dice.pick(SyntheticTree.Layout.allCases)
        // One database for several agents is refused.
        agents = layout == .b || dice.below(2) == 0 ? ["ada"] : ["ada", "bob"]
        journal = dice.below(2) == 0 ? .delete : .walOfKilledWriter
        retires = dice.below(3) == 0
        quirks = Set(Quirk.allCases.filter { _ in dice.below(3) == 0 })
        var (users, queues) = ([String: [SyntheticAgent.User]](), [String: [SyntheticDatabase.QueueRow]]())
        for name in agents {
            users[name] = (0..<dice.below(5)).map { number in dice.user(number) }
            queues[name] = (0..<dice.below(7)).map { _ in dice.row() }
        }
        (self.users, self.queues) = (users, queues)
    }

    /// The tree with its servers, anew each time.
    func place() throws -> Site {
        let place = try Site(layout, agents: agents, journal: journal) { agent in
            agent.users = users[agent.name] ?? []
            agent.queue = queues[agent.name] ?? []
        }
        for agent in place.agents where layout != .otto { try addQuirks(place, agent) }
        return place
    }

    func order(_ place: Site) -> WorkersOrder {
        var order = place.order
        order.retires = retires
        return order
    }

    private func addQuirks(_ place: Site, _ agent: SyntheticAgent) throws {
        let folder = place.tree.broca(agent)
        let path = layout == .a ? "\(place.tree.root)/\(agent.id)/.env" : folder + "/.env"
        var text = String(decoding: try Disk.read(path), as: UTF8.self)
        if quirks.contains(.duplicateKeys) { text = "AGENT_ID=\(SyntheticAgent.uuid(7, 7))\n" + text }
        if quirks.contains(.threePlaces) {
            try Disk.write(
                "\(place.tree.root)/units/\(agent.name).service",
                "[Service]\nWorkingDirectory=\(folder)\nEnvironment=\"AGENT_ID=\(agent.id)\"\nExecStart=/usr/bin/python3 \(folder)/main.py\n"
            )
        }
        if quirks.contains(.spaced) { text += "MOTTO = 'two words # and a mark' \n" }
        if quirks.contains(.noNewline) { text += "LAST=\(agent.serverURL)/v1" }
        if quirks.contains(.carriageReturns) { text = text.replacing("\n", with: "\r\n") }
        if quirks.contains(.byteOrderMark) { text = "\u{FEFF}# first\n" + text }
        try Disk.write(path, text)
    }
}

/// Repeatable randomness.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    mutating func user(_ number: Int) -> SyntheticAgent.User {
        let parts = ["𝔄da", "🛰️", "é\u{301}", "O'Neil", "\"q\"", "نور", "$HOME", "a;b", "\\", "王"]
        let name = (0...below(2)).map { _ in pick(parts) }.joined(separator: " ") + " \(number)"
        return SyntheticAgent.User(
            name: name, identityID: "i", blockID: below(5) == 0 ? nil : "b", hasProfile: below(5) != 0)
    }

    mutating func row() -> SyntheticDatabase.QueueRow {
        let status = pick(["pending", "processing", "completed", "failed", "flushed"])
        let answer = pick([nil, "An answer 🛰️", "Failed to send message: chat not found"])
        let time = pick(["2026-05-03 11:00:00", "2026-11-28T23:59:59.000001", "2026-05-01 10:06 UTC"])
        return (status, below(4), answer, below(2), time)
    }
}
