/// Sends one request and returns its answer: the only way Ferry talks to a
/// server. Retry, limits, recording and refusal to write are decorators of
/// this one method.
///
/// An answer of any status is a `Response`; only the lack of an answer throws
/// `HTTPError`. A throw after the request may have been sent leaves open
/// whether the server acted on it: see `HTTPError.mayHaveArrived`.
public protocol Exchange: Sendable {
    func send(_ request: Request) async throws -> Response
}
