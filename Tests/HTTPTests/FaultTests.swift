import HTTP
import Testing

@Suite struct FaultTests {
    private func exchange(_ fault: Fault, over base: ScriptedExchange) -> FaultExchange {
        FaultExchange(base, plan: FaultPlan().adding(fault), time: ManualTime().piece)
    }

    @Test func `a request dropped before sending does not arrive`() async {
        let base = ScriptedExchange()
        let error = await thrown {
            _ = try await exchange(.dropBeforeSending(.connectionRefused), over: base).send(.create)
        }
        #expect(error?.code == .connectionRefused)
        #expect(error?.mayHaveArrived == false)
        #expect(base.requests.isEmpty)
    }

    @Test func `a request dropped after sending arrives`() async {
        let base = ScriptedExchange()
        let error = await thrown {
            _ = try await exchange(.dropAfterSending(.connectionLost), over: base).send(.create)
        }
        #expect(error?.mayHaveArrived == true)
        #expect(base.requests.count == 1)
    }

    @Test func `an answer instead keeps the request away`() async throws {
        let base = ScriptedExchange()
        let response = try await exchange(
            .answerInstead(429, headers: [HeaderField("Retry-After", "1")]), over: base
        )
        .send(.read)
        #expect(response.status == 429)
        #expect(response.retryAfter == .seconds(1))
        #expect(base.requests.isEmpty)
    }

    @Test func `an answer after doing hides that it was done`() async throws {
        let base = ScriptedExchange()
        let status = try await exchange(.answerAfterDoing(500), over: base).send(.create).status
        #expect(status == 500)
        #expect(base.requests.count == 1)
    }

    @Test(arguments: [0, 3, 5]) func `a body is cut`(_ bytes: Int) async throws {
        let base = ScriptedExchange { _, _ in
            Response(status: 200, headers: [], body: .chunks(["ab", "cdef"]))
        }
        let response = try await exchange(.truncate(after: bytes), over: base).send(.read)
        var read: [UInt8] = []
        let error = await thrown { for try await chunk in response.body { read += chunk } }
        #expect(error?.code == .truncated)
        #expect(read == Array("abcdef".utf8.prefix(bytes)))
    }

    @Test func `a duplicate arrives twice`() async throws {
        let base = ScriptedExchange { _, number in .ok("\(number)") }
        let text = try await exchange(.duplicate, over: base).send(.create).text()
        #expect(text == "2")
        #expect(base.requests.count == 2)
    }

    @Test func `a late answer waits`() async throws {
        let time = ManualTime()
        let exchange = FaultExchange(
            ScriptedExchange(), plan: FaultPlan().adding(.answerLate(.seconds(9))), time: time.piece)
        _ = try await exchange.send(.read)
        #expect(time.slept == [.seconds(9)])
    }

    @Test func `only the planned occurrences of the planned requests fail`() async throws {
        let plan = FaultPlan().adding(.answerAfterDoing(500), on: 2...3) { $0.method == .get }
        let exchange = FaultExchange(ScriptedExchange(), plan: plan)
        var statuses: [Int] = []
        for request in [Request.read, .put, .read, .put, .read, .read] {
            statuses.append(try await exchange.send(request).status)
        }
        #expect(statuses == [200, 200, 500, 200, 500, 200])
    }
}
