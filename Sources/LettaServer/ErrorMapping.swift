import HTTP
import Home
import LettaModel

/// From what went wrong on the wire to what a person reads: one place, one
/// table.
struct ErrorMapping: Sendable {
    let address: HomeAddress
    let end: Failure.End?
    let token: Secret?

    // MARK: an answer

    func failure(_ call: Call, _ refusal: Refusal) -> Failure {
        let words = Wording.clean(refusal.detail, hiding: call.secrets + (token.map { [$0] } ?? []))
        let said = words.isEmpty ? "" : ": \(words)"
        switch refusal.status {
        case 300..<400: return redirected(call, refusal)
        case 401, 403: return unauthorized(call, "the server answered \(refusal.status)\(said)")
        case 404 where isAgentUnknown(call, refusal), 422 where isAgentUnknown(call, refusal):
            return agentUnknown(call, words)
        case 400..<500: return refused(call, refusal, said)
        case 500..<600 where call.isRead: return serverError(call, refusal, said)
        case 500..<600: return outcomeUnknown(call, "the server answered \(refusal.status)\(said)")
        default: return notUnderstood(call, "it answered with status \(refusal.status)")
        }
    }

    private func redirected(_ call: Call, _ refusal: Refusal) -> Failure {
        let place = refusal.location.map { " and points to \(Wording.clean($0, hiding: []))" } ?? ""
        return make(
            .redirected, call, "the server answered \(refusal.status)\(place); redirects are not followed",
            "give the address that answers itself: \(addCommand)")
    }

    private func unauthorized(_ call: Call, _ reason: String) -> Failure {
        make(.unauthorized, call, reason, "check the token and give it again: \(addCommand)")
    }

    private func isAgentUnknown(_ call: Call, _ refusal: Refusal) -> Bool {
        if refusal.status == 422 { return refusal.detail.contains("'path', 'agent_id'") }
        guard call.route.template != "/v1/agents/import" else { return false }
        let words = refusal.detail.lowercased()
        return words.hasPrefix("agent") && words.contains("not found")
    }

    private func agentUnknown(_ call: Call, _ words: String) -> Failure {
        make(
            .agentUnknown, call, "no such agent there: \(words)",
            "list the agents: ferry agents --at \(address.name)")
    }

    private func refused(_ call: Call, _ refusal: Refusal, _ said: String) -> Failure {
        let reason = "the server refused with \(refusal.status)\(said)"
        if call.route.template == "/v1/agents/import" {
            return make(
                .importRefused, call, reason + "; a part of the file may have been created before that",
                "correct what it names, then go on with ferry resume, which removes what this attempt left"
            )
        }
        if refusal.status == 429 || refusal.status == 409 {
            let wait = refusal.retryAfter.map { "wait \($0) s" } ?? "wait a little"
            return make(.serverRefused, call, reason, "\(wait), then run the command again")
        }
        return make(
            .serverRefused, call, reason, "see what the server can do: ferry agents --at \(address.name) -v")
    }

    private func serverError(_ call: Call, _ refusal: Refusal, _ said: String) -> Failure {
        make(
            .serverError, call, "the server answered \(refusal.status)\(said)",
            "read the server's log, then run the command again")
    }

    func outcomeUnknown(_ call: Call, _ reason: String) -> Failure {
        make(
            .outcomeUnknown, call, "\(reason); whether it was done is not known",
            "go on with ferry resume RUN: it looks at the server before it sends anything again")
    }

    func notUnderstood(_ call: Call, _ reason: String) -> Failure {
        guard call.isRead else { return outcomeUnknown(call, reason) }
        return make(
            .answerNotUnderstood, call, reason,
            "check that no proxy answers for the server, or correct the address: \(addCommand)")
    }

    // MARK: no answer

    /// - Parameter headArrived: the answer had begun when it broke off.
    func failure(_ call: Call, _ error: HTTPError, headArrived: Bool = false) -> any Error {
        let mayHaveHappened = !call.isRead && (error.mayHaveArrived || headArrived)
        if mayHaveHappened { return outcomeUnknown(call, reason(error)) }
        if error.code == .cancelled { return CancellationError() }
        let (code, remedy) = meaning(error, headArrived: headArrived)
        return make(code, call, reason(error), remedy, underlying: error.description)
    }

    private func reason(_ error: HTTPError) -> String {
        switch error.code {
        case .nameNotFound: "the name of its host is not known"
        case .connectionRefused: "nothing listens at \(address.url)"
        case .unreachable: "its host cannot be reached"
        case .tlsFailed: "the TLS handshake failed"
        case .certificateRejected: "its certificate is not trusted"
        case .tlsToPlainPort: "the server speaks plain HTTP and was called with https"
        case .plainToTLSPort: "the server speaks TLS and was called with http"
        case .timedOut: "the server did not answer in time"
        case .connectionLost: "the connection was lost before the answer was there"
        case .truncated: "the answer broke off before its end"
        case .tooLarge: "the answer is larger than an answer of this kind can be"
        case .notJSON: "the answer is not JSON"
        case .refused, .badHeader: "the request was not sent: \(error.detail)"
        case .cancelled: "the request was cancelled"
        case .fileUnreadable: "the file to send cannot be read"
        case .badURL: "the address is not a URL that can be called"
        case .other: "the request failed: \(error.detail)"
        }
    }

    private func meaning(_ error: HTTPError, headArrived: Bool) -> (ErrorCode, String) {
        let again = "check that the server runs and try: ferry agents --at \(address.name)"
        switch error.code {
        case .nameNotFound: return (.nameNotFound, "correct the address: \(addCommand)")
        case .connectionRefused, .unreachable: return (.connectFailed, again)
        case .tlsFailed: return (.tlsFailed, "check the server's TLS settings, then \(again)")
        case .certificateRejected:
            return (.tlsFailed, "name the authority that signed it: \(addCommand) --ca-file FILE")
        case .tlsToPlainPort: return (.tlsOnPlainPort, "use http:// in the address: \(addCommand)")
        case .plainToTLSPort: return (.plainOnTLSPort, "use https:// in the address: \(addCommand)")
        case .timedOut: return (.timedOut, again)
        case .connectionLost, .truncated:
            return (.connectionLost, "run the command again; it goes on where it was")
        case .tooLarge, .notJSON: return (.answerNotUnderstood, again)
        case .refused: return (.serverRefused, "run the command that writes: ferry move")
        case .badHeader: return (.usage, "check that the token is one line without control characters")
        case .fileUnreadable: return (.fileUnreadable, "check that the file is there and readable")
        case .badURL: return (.usage, addCommand)
        case .cancelled, .other: return (headArrived ? .connectionLost : .connectFailed, again)
        }
    }

    // MARK: making one

    /// A name that is in the config has to leave it first.
    var addCommand: String {
        let isNamed = !address.name.contains("://")
        let name = isNamed ? address.name : "NAME"
        return (isNamed ? "ferry servers rm \(name), then " : "")
            + "ferry servers add \(name) --url URL --token-env VARIABLE"
    }

    func make(
        _ code: ErrorCode, _ call: Call, _ reason: String, _ remedy: String, underlying: String? = nil
    ) -> Failure {
        make(code, subject: "\(call.title) at \(address.name)", reason, remedy, underlying: underlying)
    }

    func make(
        _ code: ErrorCode, subject: String, _ reason: String, _ remedy: String, underlying: String? = nil
    ) -> Failure {
        Failure(code, subject: subject, reason: reason, remedy: remedy, end: end, underlying: underlying)
    }
}
