/// One HTTP request as a value.
public struct Request: Sendable {
    /// As it is sent.
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// What a repetition of the request would do; decides about retries.
    public enum Effect: Sendable, Equatable {
        /// Changes nothing; may be repeated at will.
        case read
        /// Changes something, and twice is the same as once.
        case idempotent
        /// Makes something new each time; never repeated blindly.
        case create(marker: String)
    }

    public var method: Method
    /// Absolute, percent-encoded, without user or password.
    public var url: String
    /// In order; values of `authorization` and its like are masked wherever
    /// a request is printed.
    public var headers: [HeaderField]
    public var body: RequestBody
    public var effect: Effect
    /// Whole exchange, seconds; nil for none (an import may take minutes).
    public var timeout: Duration?
    /// No byte for this long ends the exchange with `timedOut`.
    public var stall: Duration
    /// Never a pooled connection: for what must not be sent twice.
    public var usesFreshConnection: Bool

    public init(
        _ method: Method, _ url: String, headers: [HeaderField] = [], body: RequestBody = .none,
        effect: Effect,
        timeout: Duration? = nil, stall: Duration = .seconds(120), usesFreshConnection: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.effect = effect
        self.timeout = timeout
        self.stall = stall
        self.usesFreshConnection = usesFreshConnection
    }
}

/// One field of a header; printed without its value if that is a secret.
public struct HeaderField: Sendable, Equatable {
    /// Compared without regard to case.
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What is sent after the header.
public enum RequestBody: Sendable {
    case none
    case bytes([UInt8], contentType: String)
    /// Sent part by part; files are streamed from disk.
    case form([FormPart])
}

/// One part of a multipart form.
public enum FormPart: Sendable {
    case field(name: String, value: String)
    case file(name: String, path: String, fileName: String, contentType: String)
}
