/// What goes wrong with a request, on purpose.
public enum Fault: Sendable {
    /// Never reaches the server.
    case dropBeforeSending(HTTPError.Code)
    /// The server does it; the answer is lost.
    case dropAfterSending(HTTPError.Code)
    /// The server does it; the answer comes late.
    case answerLate(Duration)
    /// The server does nothing and answers this.
    case answerInstead(Int, headers: [HeaderField])
    /// The server does it and answers this all the same.
    case answerAfterDoing(Int)
    /// The body ends after so many bytes.
    case truncate(after: Int)
    /// Reaches the server twice; the second answer is returned.
    case duplicate
}

/// Which requests meet which fault.
public struct FaultPlan: Sendable {
    /// One fault and whom it meets.
    public struct Rule: Sendable {
        let matches: @Sendable (Request) -> Bool
        let occurrences: ClosedRange<Int>
        let fault: Fault
    }

    /// The first that matches and is due decides.
    public private(set) var rules: [Rule] = []

    /// Nothing goes wrong.
    public init() {}

    /// - Parameter occurrences: which of the matching requests, the first
    ///   being 1.
    public func adding(
        _ fault: Fault, on occurrences: ClosedRange<Int> = 1...1,
        where matches: @escaping @Sendable (Request) -> Bool = { _ in true }
    ) -> FaultPlan {
        var plan = self
        plan.rules.append(Rule(matches: matches, occurrences: occurrences, fault: fault))
        return plan
    }
}

/// An exchange that fails as planned; for tests.
public final class FaultExchange: Exchange {
    private let base: any Exchange
    private let plan: FaultPlan
    private let time: Timepiece
    private let counts: Guarded<[Int]>

    public init(_ base: any Exchange, plan: FaultPlan, time: Timepiece = .system) {
        self.base = base
        self.plan = plan
        self.time = time
        counts = Guarded(Array(repeating: 0, count: plan.rules.count))
    }

    public func send(_ request: Request) async throws -> Response {
        switch nextFault(for: request) {
        case nil: return try await base.send(request)
        case .dropBeforeSending(let code): throw HTTPError(code, detail: "fault before sending")
        case .dropAfterSending(let code):
            try await sendAndForget(request)
            throw HTTPError(code, detail: "fault after sending", mayHaveArrived: true)
        case .answerLate(let delay):
            let response = try await base.send(request)
            try await time.wait(delay)
            return response
        case .answerInstead(let status, let headers):
            return Response(status: status, headers: headers, body: ResponseBody([]))
        case .answerAfterDoing(let status):
            try await sendAndForget(request)
            return Response(status: status, headers: [], body: ResponseBody([]))
        case .truncate(let bytes): return try await base.send(request).truncated(after: bytes)
        case .duplicate:
            try await sendAndForget(request)
            return try await base.send(request)
        }
    }

    /// The first rule that matches and is due; every matching rule counts.
    private func nextFault(for request: Request) -> Fault? {
        let matching = plan.rules.indices.filter { plan.rules[$0].matches(request) }
        let due = counts.withLock { counts in
            for index in matching { counts[index] += 1 }
            return matching.first { plan.rules[$0].occurrences.contains(counts[$0]) }
        }
        return due.map { plan.rules[$0].fault }
    }

    /// To the end of its answer: then the server has done it.
    private func sendAndForget(_ request: Request) async throws {
        for try await _ in try await base.send(request).body {}
    }
}

extension Response {
    fileprivate func truncated(after bound: Int) -> Response {
        let body = body
        let left = Guarded(bound)
        return Response(
            status: status, headers: headers,
            body: ResponseBody {
                let room = left.withLock { $0 }
                guard room > 0, let chunk = try await body.pull() else {
                    throw HTTPError(.truncated, detail: "fault after \(bound) bytes", mayHaveArrived: true)
                }
                left.withLock { $0 -= min($0, chunk.count) }
                return Array(chunk.prefix(room))
            })
    }
}
