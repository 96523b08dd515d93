import HTTP
import Synchronization
import Testing

@Suite struct RetryMachineTests {
    private func answer(_ status: Int, _ retryAfter: Duration? = nil) -> RetryMachine.Event {
        .answered(status: status, retryAfter: retryAfter)
    }

    private func first(_ effect: Request.Effect, _ event: RetryMachine.Event) -> RetryMachine.Action {
        var machine = RetryMachine(effect, policy: RetryPolicy())
        return machine.on(event, elapsed: .zero, chance: 0)
    }

    @Test(arguments: [408, 429, 502, 503, 504])
    func `a passing refusal is repeated for reads and idempotent writes`(_ status: Int) {
        for effect in [Request.Effect.read, .idempotent] {
            #expect(first(effect, answer(status)) == .retry(after: .milliseconds(250)))
        }
    }

    @Test(arguments: [200, 201, 204, 307, 400, 401, 403, 404, 409, 413, 422, 501])
    func `any other answer stands`(_ status: Int) {
        for effect in [Request.Effect.read, .idempotent] { #expect(first(effect, answer(status)) == .settle) }
    }

    @Test(arguments: [200, 408, 409, 429, 500, 502, 503, 504])
    func `no answer lets a create be repeated`(_ status: Int) {
        #expect(first(.create(marker: "m"), answer(status, .seconds(1))) == .settle)
    }

    @Test func `a conflict that asks to wait is repeated`() {
        #expect(first(.idempotent, answer(409, .seconds(1))) == .retry(after: .seconds(1)))
    }

    @Test func `a server error is repeated once for a read and never for a write`() {
        var machine = RetryMachine(.read, policy: RetryPolicy())
        #expect(machine.on(answer(500), elapsed: .zero, chance: 0) != .settle)
        #expect(machine.on(answer(500), elapsed: .zero, chance: 0) == .settle)
        #expect(first(.idempotent, answer(500)) == .settle)
    }

    @Test(arguments: HTTPError.Code.allCases)
    func `a create is repeated only after an error before sending`(_ code: HTTPError.Code) {
        let passing: Set<HTTPError.Code> = [
            .connectionRefused, .unreachable, .connectionLost, .truncated, .timedOut, .nameNotFound,
        ]
        let create = Request.Effect.create(marker: "m")
        let before = first(create, .failed(HTTPError(code, detail: "", mayHaveArrived: false)))
        let after = first(create, .failed(HTTPError(code, detail: "", mayHaveArrived: true)))
        #expect((before != .settle) == passing.contains(code))
        #expect(after == .settle)
    }

    @Test(arguments: HTTPError.Code.allCases)
    func `an idempotent write is repeated after every passing error`(_ code: HTTPError.Code) {
        let passing: Set<HTTPError.Code> = [
            .connectionRefused, .unreachable, .connectionLost, .truncated, .timedOut, .nameNotFound,
        ]
        let action = first(.idempotent, .failed(HTTPError(code, detail: "", mayHaveArrived: true)))
        #expect((action != .settle) == passing.contains(code))
    }

    @Test func `the first lost connection of a read is repeated at once and the next is not`() {
        let lost = RetryMachine.Event.failed(HTTPError(.connectionLost, detail: "", mayHaveArrived: true))
        var machine = RetryMachine(.read, policy: RetryPolicy())
        #expect(machine.on(lost, elapsed: .zero, chance: 0) == .retry(after: .zero))
        #expect(machine.on(lost, elapsed: .zero, chance: 0) == .retry(after: .milliseconds(250)))
        #expect(first(.idempotent, lost) == .retry(after: .milliseconds(250)))
    }

    @Test func `delays double up to the longest, between half and all by chance`() {
        let policy = RetryPolicy(
            attempts: 10, total: .seconds(600), firstDelay: .seconds(1), longestDelay: .seconds(5))
        for chance in [0.0, 0.5] {
            var machine = RetryMachine(.read, policy: policy)
            let actions = (0..<5).map { _ in machine.on(answer(503), elapsed: .zero, chance: chance) }
            #expect(actions == [1.0, 2, 4, 5, 5].map { .retry(after: .seconds($0 * (0.5 + chance / 2))) })
        }
    }

    @Test func `a name that does not exist is tried three times`() {
        var machine = RetryMachine(.read, policy: RetryPolicy())
        let unknown = RetryMachine.Event.failed(HTTPError(.nameNotFound, detail: ""))
        let actions = (0..<3).map { _ in machine.on(unknown, elapsed: .zero, chance: 0) }
        #expect(actions.filter { $0 == .settle }.count == 1)
        #expect(actions.last == .settle)
    }

    @Test func `attempts are bounded`() {
        var machine = RetryMachine(.read, policy: RetryPolicy(attempts: 3))
        #expect(machine.on(answer(503), elapsed: .zero, chance: 0) != .settle)
        #expect(machine.on(answer(503), elapsed: .zero, chance: 0) != .settle)
        #expect(machine.on(answer(503), elapsed: .zero, chance: 0) == .settle)
    }

    @Test func `time is bounded, that which the server asks for included`() {
        var machine = RetryMachine(.read, policy: RetryPolicy(total: .seconds(60)))
        #expect(machine.on(answer(503), elapsed: .seconds(59.9), chance: 0) == .settle)
        #expect(first(.read, answer(429, .seconds(3600))) == .settle)
        #expect(first(.read, answer(429, .seconds(299))) == .retry(after: .seconds(299)))
    }
}

@Suite struct RetryingExchangeTests {
    @Test func `a read is sent again until it is answered`() async throws {
        let time = ManualTime()
        let base = ScriptedExchange { _, number in
            switch number {
            case 1: throw HTTPError(.connectionRefused, detail: "")
            case 2: .ok("", 503, headers: [HeaderField("Retry-After", "7")])
            default: .ok("there")
            }
        }
        let notices = Mutex<[Int]>([])
        let exchange = RetryingExchange(base, time: time.piece, chance: { 0 }) { notice in
            notices.withLock { $0.append(notice.attempt) }
        }
        let text = try await exchange.send(.read).text()
        #expect(text == "there")
        #expect(base.requests.count == 3)
        #expect(time.slept == [.milliseconds(250), .seconds(7)])
        #expect(notices.withLock { $0 } == [2, 3])
    }

    @Test func `the last answer is returned when patience ends`() async throws {
        let base = ScriptedExchange { _, number in .ok("\(number)", 503) }
        let exchange = RetryingExchange(
            base, policy: RetryPolicy(attempts: 4), time: ManualTime().piece, chance: { 0 })
        let response = try await exchange.send(.put)
        let text = try await response.text()
        #expect(response.status == 503)
        #expect(text == "4")
    }

    @Test func `the last error is thrown when patience ends`() async {
        let base = ScriptedExchange { _, number in throw HTTPError(.timedOut, detail: "\(number)") }
        let exchange = RetryingExchange(
            base, policy: RetryPolicy(attempts: 2), time: ManualTime().piece, chance: { 0 })
        #expect(await thrown { _ = try await exchange.send(.read) } == HTTPError(.timedOut, detail: "2"))
    }

    @Test func `a create that may have arrived is sent once`() async {
        let lost = HTTPError(.connectionLost, detail: "", mayHaveArrived: true)
        let base = ScriptedExchange { _, _ in throw lost }
        let exchange = RetryingExchange(base, time: ManualTime().piece)
        #expect(await thrown { _ = try await exchange.send(.create) } == lost)
        #expect(base.requests.count == 1)
    }

    @Test func `cancelling ends the wait`() async {
        let base = ScriptedExchange { _, _ in .ok("", 503) }
        let exchange = RetryingExchange(
            base, policy: RetryPolicy(firstDelay: .seconds(100), longestDelay: .seconds(100)))
        let error = await withTaskGroup(of: HTTPError?.self) { group in
            group.addTask { await thrown { _ = try await exchange.send(.read) } }
            while base.requests.isEmpty { await Task.yield() }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(error?.code == .cancelled)
    }

    @Test func `a short body that breaks off is read again through a buffer`() async throws {
        let base = ScriptedExchange { _, number in
            guard number == 1 else { return .ok("whole") }
            let broken = ResponseBody.chunks(
                ["wh"], then: HTTPError(.truncated, detail: "", mayHaveArrived: true))
            return Response(status: 200, headers: [], body: broken)
        }
        let exchange = RetryingExchange(BufferedExchange(base), time: ManualTime().piece)
        let text = try await exchange.send(.read).text()
        #expect(text == "whole")
    }
}

@Suite struct RetryAfterTests {
    private func retryAfter(_ value: String, date: String? = nil) -> Duration? {
        let fields = [HeaderField("Retry-After", value)] + (date.map { [HeaderField("Date", $0)] } ?? [])
        return Response.ok(headers: fields).retryAfter
    }

    @Test(arguments: [("0", 0), ("1", 1), ("120", 120), ("1.5", 1.5)])
    func `seconds are read`(_ text: String, _ seconds: Double) {
        #expect(retryAfter(text) == .seconds(seconds))
    }

    @Test(arguments: ["", "-1", "soon", "nan", "inf", "1e300", "Sun, 06 Nov 1994 08:49:37 GMT"])
    func `nonsense and a date without a clock are no wish`(_ text: String) {
        #expect(retryAfter(text) == nil)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30),
        ("Tue, 01 Mar 2016 00:00:10 GMT", "Mon, 29 Feb 2016 23:59:50 GMT", 20),
        ("Fri, 01 Jan 2027 00:00:00 GMT", "Thu, 31 Dec 2026 23:59:00 GMT", 60),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:50:00 GMT", 0),
    ])
    func `a date is compared with the server's own`(_ until: String, _ now: String, _ seconds: Int) {
        #expect(retryAfter(until, date: now) == .seconds(seconds))
    }
}
