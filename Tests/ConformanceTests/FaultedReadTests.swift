import HTTP
import HTTPCurl
import Home
import LettaModel
import LettaServer
import ScriptedLetta
import Testing

/// No fault of a source makes a short history look whole: either every row
/// came, or what is missing was said, or an error was thrown.
struct FaultedReadTests {
    @Test(arguments: FaultMatrix.strangers.filter { $0.end == .source } + FaultMatrix.pages.filter(\.isQuick))
    func `a listing is whole, or says what it lacks`(_ fault: FaultCase) async throws {
        let server = try ScriptedServer(.ada(rows: 401, passages: 0), mode: fault.mode)
        defer { server.stop() }
        let truth = try #require(server.world.agents.all.first)
        server.arm(fault.faults)
        try await withSource(server) { source in
            do {
                let (rows, saysLoss) = try await collect(source, truth.id)
                let whole = (0..<truth.history.count).map(truth.history.id(at:))
                #expect(
                    rows == whole || saysLoss, "\(rows.count) of \(whole.count) rows, and no word about it")
                if !saysLoss { #expect(fault.expectation.allowsSuccess, "this was expected to fail") }
            } catch let failure as Failure {
                let code = failure.code.rawValue
                #expect(fault.expectation.allows(code), "it failed with \(code)")
            }
        }
    }

    private func collect(_ source: any Home<SourceSide>, _ agent: String) async throws -> ([String], Bool) {
        var rows: [String] = []
        var saysLoss = false
        for try await page in source.listing(of: ServerID(agent), thread: .main, from: .oldest) {
            rows += page.rows.map(\.id.raw)
            saysLoss = saysLoss || page.unreachable != nil
        }
        return (rows, saysLoss)
    }
}

/// A write whose outcome cannot be known is said to be unknown, and what was
/// refused is said to be refused.
struct OutcomeTests {
    @Test(
        arguments: [
            .workThenRefuse(status: 500), .workThenRefuse(status: 504), .refuse(status: 500),
            .refuse(status: 503, isHTML: true),
            .workThenClose, .closeMidBody(after: 1), .wrongShape, .html, .truncateJSON(keeping: 3),
        ] as [ScriptedLetta.Fault.Behaviour])
    func `the outcome of a creation is unknown after`(_ behaviour: ScriptedLetta.Fault.Behaviour) async throws
    {
        let code = try await codeOfArchive(behaviour)
        #expect(code == .outcomeUnknown)
    }

    @Test(arguments: [400, 403, 404, 409, 413, 422, 429])
    func `a creation is refused with`(_ status: Int) async throws {
        let code = try await codeOfArchive(.refuse(status: status))
        #expect(code == (status == 403 ? .unauthorized : .serverRefused))
    }

    @Test func `a lost answer leaves one archive, which is found by its run`() async throws {
        let server = try ScriptedServer(faults: [
            ScriptedLetta.Fault("POST /v1/archives/", .nth(1), .workThenClose)
        ])
        defer { server.stop() }
        try await withTarget(server) { target in
            let marker = Marker(run: "lost", attempt: 1)
            let failure = await #expect(throws: Failure.self) {
                _ = try await target.perform(.createArchive(marker, description: "", embedding: nil))
            }
            #expect(failure?.code == .outcomeUnknown)
            let found = try await target.find(run: "lost")
            #expect(found.map(\.kind) == [.archive])
            #expect(server.count("POST /v1/archives/") == 1)
        }
    }

    private func codeOfArchive(_ behaviour: ScriptedLetta.Fault.Behaviour) async throws -> ErrorCode? {
        let server = try ScriptedServer(faults: [ScriptedLetta.Fault("POST /v1/archives/", .every, behaviour)]
        )
        defer { server.stop() }
        var code: ErrorCode?
        try await withTarget(server) { target in
            do {
                _ = try await target.perform(
                    .createArchive(Marker(run: "outcome", attempt: 1), description: "", embedding: nil))
            } catch let failure as Failure { code = failure.code }
        }
        #expect(server.count("POST /v1/archives/") == 1, "it was sent more than once")
        return code
    }
}

/// With retries, as the program has them, but hastier.
private func withSource(_ server: ScriptedServer, _ body: (any Home<SourceSide>) async throws -> Void)
    async throws
{
    try await withCurlExchange(CurlSettings(version: "test")) { curl in
        let exchange = RetryingExchange(
            BufferedExchange(curl, bound: 4 << 20),
            policy: RetryPolicy(attempts: 4, total: .seconds(5), firstDelay: .milliseconds(5)))
        try await body(LettaServer<SourceSide>(name: "scripted", url: server.url, exchange: exchange))
    }
}

private func withTarget(_ server: ScriptedServer, _ body: (any Home<TargetSide>) async throws -> Void)
    async throws
{
    try await withHomes(name: "scripted", url: server.url, token: nil) { _, target in try await body(target) }
}

extension FaultCase {
    /// Needs no time limit to pass.
    fileprivate var isQuick: Bool {
        !faults.contains { if case .stallMidBody = $0.behaviour { true } else { false } }
    }
}

extension FaultCase.Expectation {
    fileprivate var allowsSuccess: Bool {
        switch self {
        case .succeeds, .succeedsOrFails, .reportsLoss: true
        case .fails: false
        }
    }

    fileprivate func allows(_ code: String) -> Bool {
        switch self {
        case .fails(let codes), .succeedsOrFails(let codes): codes.contains(code)
        case .succeeds, .reportsLoss: false
        }
    }
}
