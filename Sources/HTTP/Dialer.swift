/// Looks at one port the way a doctor does: what is said is given byte for
/// byte, what is heard is kept byte for byte, and a refused certificate is an
/// observation and no error.
public protocol Dialer: Sendable {
    /// All addresses of a name, in the system's order.
    func lookUp(_ host: String) async -> Lookup
    /// Connects, speaks, listens. Never throws: what failed is in the report.
    func dial(_ dial: Dial) async -> DialReport
}

/// What a name stands for.
public struct Lookup: Sendable, Equatable {
    /// Numeric; IPv6 without brackets.
    public var addresses: [String]
    /// The resolver's own sentence where there is no address.
    public var failure: String?

    public init(addresses: [String], failure: String? = nil) {
        self.addresses = addresses
        self.failure = failure
    }
}

/// One connection of its own: where to, under which terms, and what is said.
public struct Dial: Sendable, CustomStringConvertible, CustomReflectable {
    /// The protocol versions that are offered.
    public enum Offer: String, Sendable {
        case usual
        /// 1.0 and 1.1 only, which no edge should accept any more.
        case outdated
        /// 1.3 only.
        case newest
    }

    /// Whether a certificate that is not trusted ends the look.
    public enum Layer: Sendable, Equatable {
        case plain
        case tls(verified: Bool, Offer)
    }

    /// As it stands in the URL: sent as the server name of TLS.
    public var host: String
    public var port: Int
    /// The one address to connect to; nil for whichever answers.
    public var address: String?
    public var layer: Layer
    /// A PEM file of authorities, instead of the system's.
    public var caFile: String?
    /// Sent as they are; may hold a credential and are never printed.
    public var words: [UInt8]
    /// Whether what was heard so far is all that is wanted.
    public var isEnough: @Sendable ([UInt8]) -> Bool
    /// For connecting, and again for what is heard.
    public var patience: Duration

    public init(
        host: String, port: Int, address: String? = nil, layer: Layer, caFile: String? = nil,
        words: [UInt8] = [], patience: Duration = .seconds(4),
        isEnough: @escaping @Sendable ([UInt8]) -> Bool = { _ in false }
    ) {
        self.host = host
        self.port = port
        self.address = address
        self.layer = layer
        self.caFile = caFile
        self.words = words
        self.patience = patience
        self.isEnough = isEnough
    }

    public var description: String { "\(layer) \(host):\(port), \(words.count) bytes" }
    public var customMirror: Mirror { Mirror(self, children: ["dial": description]) }
}

/// What a look brought.
public struct DialReport: Sendable, Equatable {
    /// Some bytes and when they came.
    public struct Piece: Sendable, Equatable {
        public var bytes: [UInt8]
        /// Seconds since the words were sent.
        public var after: Double

        public init(_ bytes: [UInt8], after: Double) {
            self.bytes = bytes
            self.after = after
        }
    }

    /// Why there was no connection, or why the listening ended early.
    public var failure: HTTPError?
    /// OpenSSL's reason for not trusting the chain; 0 for none.
    public var verifyCode: Int
    /// The chain as served, the host's own first: names and values of the
    /// certificate's fields.
    public var chain: [[HeaderField]]
    public var pieces: [Piece]

    public init(
        failure: HTTPError? = nil, verifyCode: Int = 0, chain: [[HeaderField]] = [], pieces: [Piece] = []
    ) {
        self.failure = failure
        self.verifyCode = verifyCode
        self.chain = chain
        self.pieces = pieces
    }

    public var heard: [UInt8] { pieces.flatMap(\.bytes) }
}
