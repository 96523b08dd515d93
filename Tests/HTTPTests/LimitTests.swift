import HTTP
import Synchronization
import Testing

/// Counts how many answers are under way at once.
private final class Crowd: Sendable {
    private let state = Mutex((now: 0, most: 0, total: 0))

    var now: Int { state.withLock { $0.now } }
    var most: Int { state.withLock { $0.most } }
    var total: Int { state.withLock { $0.total } }

    func enter() {
        state.withLock { state in
            state.now += 1
            state.total += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }

    /// An exchange whose answers stay a while.
    func exchange() -> ScriptedExchange {
        ScriptedExchange { [self] _, _ in
            enter()
            try? await Task.sleep(for: .milliseconds(1))
            leave()
            return .ok("x")
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct LimitTests {
    @Test(arguments: [1, 3, 8]) func `no more than allowed are under way`(_ limit: Int) async throws {
        let crowd = Crowd()
        let exchange = LimitedExchange(crowd.exchange(), inFlight: limit)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<60 { group.addTask { _ = try await exchange.send(.read).text() } }
            try await group.waitForAll()
        }
        #expect(crowd.total == 60)
        #expect(crowd.most <= limit)
    }

    @Test func `an unread answer keeps its place and a dropped one gives it back`() async throws {
        let base = ScriptedExchange { _, _ in .ok("x") }
        let exchange = LimitedExchange(base, inFlight: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            do {
                let held = try await exchange.send(.read)
                group.addTask { _ = try await exchange.send(.read).text() }
                try await Task.sleep(for: .milliseconds(20))
                #expect(base.requests.count == 1)
                #expect(held.status == 200)
            }
            try await group.waitForAll()
        }
        #expect(base.requests.count == 2)
    }

    @Test func `an answer read to its end gives its place back while it is held`() async throws {
        let exchange = LimitedExchange(ScriptedExchange { _, _ in .ok("x") }, inFlight: 1)
        let first = try await exchange.send(.read)
        _ = try await first.text()
        let second = try await exchange.send(.read).text()
        #expect(second == "x")
        #expect(first.status == 200)
    }

    @Test func `an error gives the place back`() async {
        let base = ScriptedExchange { _, number in
            if number == 1 { throw HTTPError(.timedOut, detail: "") }
            return .ok()
        }
        let exchange = LimitedExchange(base, inFlight: 1)
        #expect(await thrown { _ = try await exchange.send(.read) }?.code == .timedOut)
        #expect(await thrown { _ = try await exchange.send(.read).text() } == nil)
    }

    @Test func `who is cancelled while waiting takes no place`() async throws {
        let base = ScriptedExchange { _, _ in .ok("x") }
        let exchange = LimitedExchange(base, inFlight: 1)
        let held = try await exchange.send(.read)
        let errors = await withTaskGroup(of: HTTPError?.self) { group in
            for _ in 0..<20 { group.addTask { await thrown { _ = try await exchange.send(.read) } } }
            await Task.yield()
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1?.code) }
        }
        #expect(errors == Array(repeating: .cancelled, count: 20))
        #expect(base.requests.count == 1)
        _ = try await held.text()
        let next = try await exchange.send(.read).text()
        #expect(next == "x")
    }

    @Test func `cancelling at any moment loses no place`() async throws {
        let crowd = Crowd()
        let exchange = LimitedExchange(crowd.exchange(), inFlight: 2)
        for round in 0..<30 {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<12 { group.addTask { _ = try? await exchange.send(.read).text() } }
                try? await Task.sleep(for: .microseconds(round * 100))
                group.cancelAll()
            }
        }
        #expect(crowd.most <= 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { _ = try await exchange.send(.read).text() } }
            try await group.waitForAll()
        }
    }

    @Test func `requests start an interval apart`() async throws {
        let time = ManualTime()
        let exchange = LimitedExchange(
            ScriptedExchange(), inFlight: 4, interval: .milliseconds(100), time: time.piece)
        for _ in 0..<3 { _ = try await exchange.send(.read).text() }
        #expect(time.slept == [.milliseconds(100), .milliseconds(100)])
        time.advance(.seconds(1))
        _ = try await exchange.send(.read).text()
        #expect(time.slept.count == 2)
    }

    @Test func `the same key is one after another and others pass`() async throws {
        let exports = Crowd()
        let others = Crowd()
        let base = ScriptedExchange { request, _ in
            let crowd = request.url.hasSuffix("/export") ? exports : others
            crowd.enter()
            try await Task.sleep(for: .milliseconds(5))
            crowd.leave()
            return .ok("x")
        }
        let exchange = SerialExchange(base) { $0.url.hasSuffix("/export") ? "export" : nil }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for path in ["export", "messages"] {
                let request = Request(.get, "http://s/\(path)", effect: .read)
                for _ in 0..<6 { group.addTask { _ = try await exchange.send(request).text() } }
            }
            try await group.waitForAll()
        }
        #expect(exports.most == 1)
        #expect(others.most > 1)
        #expect(exports.total == 6 && others.total == 6)
    }
}
