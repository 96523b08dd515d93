/// Why there was no (whole) answer.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What happened, told apart as far as it matters for what to do next.
    public enum Code: String, Sendable, CaseIterable {
        case nameNotFound, connectionRefused, unreachable, tlsFailed, certificateRejected
        /// The server spoke plain HTTP to a TLS hello.
        case tlsToPlainPort
        /// The server spoke TLS when sent plain HTTP. Many only close: that is
        /// `connectionLost`, and the detail says what may be behind it.
        case plainToTLSPort
        case timedOut
        /// Closed or reset before the whole answer was there.
        case connectionLost
        case truncated
        case tooLarge
        /// The body is not what its route promises: a page of a proxy, say.
        case notJSON
        /// A decorator refused to send it.
        case refused
        /// A header's name or value cannot be sent: it has a control character.
        case badHeader
        case cancelled
        case fileUnreadable
        case badURL
        case other
    }

    /// What happened.
    public let code: Code
    /// For a log: no header values, no body.
    public let detail: String
    /// Whether the request, or a part of it, may have reached the server.
    public let mayHaveArrived: Bool

    public init(_ code: Code, detail: String, mayHaveArrived: Bool = false) {
        self.code = code
        self.detail = detail
        self.mayHaveArrived = mayHaveArrived
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
