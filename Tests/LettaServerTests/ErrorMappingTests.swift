import HTTP
import Home
import LettaModel
import Testing

@testable import LettaServer

private let read = Call.get("/v1/agents/\("agent-1")")
private let create = Call.post("/v1/archives/", [], marker: "ferry-x-1")
private let patch = Call(.patch, "/v1/blocks/\("block-1")", effect: .idempotent)
private let upload = Call(.post, "/v1/agents/import", effect: .create(marker: "ferry-x-1"))

private let mapping = ErrorMapping(
    address: HomeAddress(name: "home", url: "http://letta.test", project: nil), end: .target,
    token: Secret("the-token"))

@Suite struct ErrorMappingTests {
    @Test(arguments: [
        (301, read, ErrorCode.redirected), (307, create, .redirected), (401, read, .unauthorized),
        (403, create, .unauthorized), (404, patch, .serverRefused), (409, create, .serverRefused),
        (422, read, .serverRefused), (429, read, .serverRefused), (400, upload, .importRefused),
        (404, upload, .importRefused), (422, upload, .importRefused), (500, read, .serverError),
        (503, read, .serverError), (500, create, .outcomeUnknown), (502, upload, .outcomeUnknown),
        (504, patch, .outcomeUnknown), (100, read, .answerNotUnderstood), (600, create, .outcomeUnknown),
    ])
    func `a status has one meaning for a read and one for a write`(status: Int, call: Call, code: ErrorCode) {
        let failure = mapping.failure(call, Refusal(status: status, detail: "something"))
        #expect(failure.code == code)
        #expect(failure.end == .target)
        #expect(failure.subject == "\(call.title) at home")
    }

    @Test(arguments: [
        (404, "Agent not found"), (404, "Agent with ID agent-1 not found"),
        (422, "[{'type': 'string_pattern_mismatch', 'loc': ('path', 'agent_id')}]"),
    ])
    func `an agent that is not there is unknown`(status: Int, detail: String) {
        let failure = mapping.failure(read, Refusal(status: status, detail: detail))
        #expect(failure.code == .agentUnknown)
        #expect(failure.remedy.contains("ferry agents --at home"))
    }

    @Test(arguments: HTTPError.Code.allCases)
    func `a lost answer leaves a write open and a read failed`(code: HTTPError.Code) {
        let arrived = HTTPError(code, detail: "d", mayHaveArrived: true)
        #expect((mapping.failure(create, arrived) as? Failure)?.code == .outcomeUnknown)
        #expect((mapping.failure(patch, arrived) as? Failure)?.code == .outcomeUnknown)
        #expect((mapping.failure(read, arrived) as? Failure)?.code != .outcomeUnknown)
    }

    @Test(arguments: HTTPError.Code.allCases)
    func `what was never sent did not happen`(code: HTTPError.Code) {
        let unsent = mapping.failure(create, HTTPError(code, detail: "d"))
        #expect((unsent as? Failure)?.code != .outcomeUnknown)
        #expect((unsent is CancellationError) == (code == .cancelled))
    }

    @Test(arguments: [
        (HTTPError.Code.nameNotFound, ErrorCode.nameNotFound), (.connectionRefused, .connectFailed),
        (.unreachable, .connectFailed), (.tlsFailed, .tlsFailed), (.certificateRejected, .tlsFailed),
        (.tlsToPlainPort, .tlsOnPlainPort), (.plainToTLSPort, .plainOnTLSPort), (.timedOut, .timedOut),
        (.connectionLost, .connectionLost), (.truncated, .connectionLost), (.tooLarge, .answerNotUnderstood),
        (.notJSON, .answerNotUnderstood), (.refused, .serverRefused), (.badHeader, .usage),
        (.fileUnreadable, .fileUnreadable),
        (.badURL, .usage), (.other, .connectFailed),
    ])
    func `each error of the wire has its code`(code: HTTPError.Code, expected: ErrorCode) {
        #expect((mapping.failure(read, HTTPError(code, detail: "d")) as? Failure)?.code == expected)
    }

    @Test func `a create whose head arrived and whose body broke off is open`() {
        let error = mapping.failure(create, HTTPError(.truncated, detail: "d"), headArrived: true)
        #expect((error as? Failure)?.code == .outcomeUnknown)
    }

    @Test func `a redirect tells where it points and is not followed`() {
        let failure = mapping.failure(read, Refusal(status: 307, location: "http://other.test/v1/agents/"))
        #expect(failure.reason.contains("307 and points to http://other.test/v1/agents/"))
    }

    @Test func `reasons and remedies keep to the house style`() {
        for status in [301, 401, 404, 409, 429, 500] {
            for call in [read, create, upload] {
                let failure = mapping.failure(call, Refusal(status: status, detail: "Words."))
                #expect(failure.reason.first?.isLowercase == true)
                #expect(!failure.remedy.isEmpty)
            }
        }
    }
}

@Suite struct WordingTests {
    @Test func `the token and the secrets of a request are not repeated`() {
        var call = upload
        call.secrets = [Secret("hunter2-value")]
        let refusal = Refusal(status: 400, detail: "bad hunter2-value, and Bearer the-token")
        let reason = mapping.failure(call, refusal).reason
        #expect(!reason.contains("hunter2") && !reason.contains("the-token"))
    }

    @Test(arguments: [
        "agents.0.messages.2.content Field required [type=missing, input_value={'text': 'my diary'}, input_type=dict]",
        "[{'type': 'x', 'msg': 'bad', 'input': {'text': 'my diary'}, 'ctx': {'error': 1}}]",
        "[{'type': 'x', 'input': 'my diary'}]",
    ])
    func `what was sent is not repeated`(detail: String) {
        let cleaned = Wording.clean(detail, hiding: [])
        #expect(!cleaned.contains("diary"))
        #expect(cleaned.contains("type"))
    }

    @Test func `words become one line of bounded length`() {
        let cleaned = Wording.clean("a\n b\t" + String(repeating: "x", count: 10_000), hiding: [])
        #expect(cleaned.hasPrefix("a b xxx"))
        #expect(cleaned.count == Wording.length)
    }

    @Test(arguments: [
        ("{\"detail\":\"Agent not found\"}", "Agent not found"),
        ("{\"detail\":{\"code\":\"PENDING_APPROVAL\",\"message\":\"waits\"}}", "waits"),
        ("{\"error\":{\"type\":\"t\",\"message\":\"m\",\"detail\":\"d\"}}", "m: d"),
        ("{\"message\":\"gone\"}", "gone"), ("{\"detail\":[{\"msg\":\"x\"}]}", "[{\"msg\":\"x\"}]"),
        ("plain text", "plain text"), ("", ""),
    ])
    func `the server's words are found in each of its shapes`(body: String, expected: String) {
        #expect(Refusal.words(of: Array(body.utf8)) == expected)
    }
}
