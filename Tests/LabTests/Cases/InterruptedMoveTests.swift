import Glibc
import LosslessJSON
import Testing

extension MovesOnRealServers {
    /// Every write of a move, gone wrong in every way; `ferry resume` has to
    /// end in the same verdict, with nothing twice and nothing left.
    ///
    /// The whole matrix takes long: `make test-kills` runs it, `make test` a
    /// sample of it.
    @Suite(.serialized) struct InterruptedMoveTests {
        private static let width = 4
        private static var isWhole: Bool { getenv("FERRY_KILL_MATRIX") != nil }
        private static let answers: [Behaviour] =
            isWhole
            ? [.killAndHangUp, .dropAnswer, .doAndAnswer500, .answer500, .late]
            : [.dropAnswer, .doAndAnswer500]

        @Test(
            .timeLimit(.minutes(20)), arguments: [Behaviour.killBefore, .killAfter])
        func `a kill at any write is resumed to the same verdict`(_ behaviour: Behaviour) async throws {
            let writes = try await Self.writes()
            #expect(writes.count > 12, "a small move makes these writes: \(writes)")
            let sample = stride(from: behaviour == .killBefore ? 1 : 2, to: writes.count, by: 4)
            let places = Self.isWhole ? Array(writes.indices) : Array(sample)
            try await each(places, width: Self.width) { place in
                try await InterruptedMove(
                    write: place, behaviour, title: "\(behaviour) \(place) \(writes[place])"
                )
                .run()
            }
        }

        /// With passages under way while the source is read, the order of
        /// writes is not the same twice: places have no names.
        @Test(.timeLimit(.minutes(20)), arguments: [Behaviour.killBefore, .killAfter])
        func `a kill at any write is resumed though passages went ahead`(_ behaviour: Behaviour) async throws
        {
            let places = Array(stride(from: 1, to: 18, by: Self.isWhole ? 1 : 3))
            try await each(places, width: Self.width) { place in
                try await InterruptedMove(
                    write: place, behaviour, hasHeadStart: true, title: "ahead, \(behaviour) \(place)"
                )
                .run()
            }
        }

        @Test(
            .timeLimit(.minutes(20)), arguments: answers)
        func `a lost or wrong answer to a creating write is found out`(_ behaviour: Behaviour) async throws {
            let writes = try await Self.writes()
            let places = writes.indices.filter { Self.creates(writes[$0], last: $0 == writes.count - 1) }
            #expect(places.count >= 5, "creating writes among \(writes)")
            try await each(places, width: Self.width + 2) { place in
                try await InterruptedMove(
                    write: place, behaviour, title: "\(behaviour) \(place) \(writes[place])"
                )
                .run()
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func `a kill between the reads of a capture is resumed to the same verdict`() async throws {
            try await each([4, 11, 18, 23] as [Int], width: Self.width) { read in
                try await InterruptedMove(read: read, title: "kill at read \(read)").run()
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func `a kill at any time is resumed to the same verdict`() async throws {
            var random = Seeded(state: 20_261_120)
            let times = (0..<6).map { _ in Int.random(in: 100...2500, using: &random) }
            try await each(times, width: Self.width) { time in
                try await InterruptedMove(after: time, title: "kill after \(time) ms").run()
            }
        }

        /// What a move writes, in order, as a move without faults shows.
        private static func writes() async throws -> [String] {
            let move = InterruptedMove(title: "no fault")
            try await move.run()
            return move.script.writes
        }

        private static func creates(_ write: String, last: Bool) -> Bool {
            let routes = [
                "POST /v1/agents/import", "POST /v1/archives/", "/passages/batch", "POST /v1/agents/",
            ]
            return last || routes.contains { write.contains($0) }
        }
    }
}

/// A generator that gives the same numbers every time.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// One small agent, moved through two proxies, with one fault; then resumed
/// through the same proxies, which do nothing wrong any more.
struct InterruptedMove: Sendable {
    let script: FaultScript
    let title: String
    private let agent = SmallAgent(word: Lab.unique())
    private let milliseconds: Int?
    private let hasHeadStart: Bool

    init(
        write: Int? = nil, _ behaviour: Behaviour = .killBefore, read: Int? = nil,
        after milliseconds: Int? = nil, hasHeadStart: Bool = false,
        title: String
    ) {
        self.hasHeadStart = hasHeadStart
        script = FaultScript(write: write, behaviour, read: read)
        self.milliseconds = milliseconds
        self.title = title
    }

    func run() async throws {
        let source = try FaultProxy("source", before: Lab.source, script)
        let target = try FaultProxy("target", before: Lab.target, script)
        source.start()
        target.start()
        let sandbox = try Sandbox(
            source: source.url, target: target.url,
            environment: hasHeadStart ? ["FERRY_HEAD_START=1"] : [])
        do {
            try await run(in: sandbox)
        } catch {
            Issue.record("\(title): \(error)")
        }
        source.stop()
        target.stop()
        try await Lab.target.removeAll(of: agent.word)
        try await Lab.source.removeAll(of: agent.word)
        sandbox.remove()
    }

    private func run(in sandbox: Sandbox) async throws {
        let planted = try await agent.plant(on: Lab.source)
        let before = try await SourceState(of: planted.id, bearing: agent.word)
        let first = try await move(in: sandbox)
        let runs = try await sandbox.runs()
        var last = first
        if first.exit != 0 {
            let verb = runs.isEmpty ? ["move", agent.name, "--from", "a", "--to", "b", "--yes"] : ["resume"]
            last = try await sandbox.ferry(verb)
        }
        #expect(last.exit == 0, "\(title)\nfirst: \(first)\nthen: \(last)")
        #expect(last.lastLine == sentence, "\(title): \(last.lastLine)")
        let inspection = Inspection(agent: agent, runs: try await sandbox.runs(), title: title)
        try await inspection.checkTarget()
        try await inspection.checkLeftovers(on: Lab.source)
        let after = try await SourceState(of: planted.id, bearing: agent.word)
        #expect(after.difference(from: before) == nil, "\(title): the source changed")
    }

    private func move(in sandbox: Sandbox) async throws -> Sandbox.Outcome {
        let process = try sandbox.launch(["move", agent.name, "--from", "a", "--to", "b", "--yes"])
        script.arm(process.pid)
        if let milliseconds {
            try await Task.sleep(for: .milliseconds(milliseconds))
            process.kill()
        }
        return try await process.outcome()
    }

    private var sentence: String {
        "\(agent.name): \(agent.rowCount) of \(agent.rowCount) messages, \(agent.passages) of \(agent.passages) "
            + "passages, \(agent.labels.count) of \(agent.labels.count) blocks: identical"
    }
}
