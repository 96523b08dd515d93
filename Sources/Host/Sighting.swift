public import HTTP

/// What came back from one request: an answer, or why there was none.
public enum Heard: Sendable, Equatable {
    case answer(HTTPAnswer)
    case failed(HTTPError)

    public var answer: HTTPAnswer? {
        if case .answer(let answer) = self { answer } else { nil }
    }

    public var status: Int? { answer?.status }
}

/// Everything that was seen of a host from outside; what the judges judge.
public struct Sighting: Sendable {
    public var errand: Errand
    public var lookup: Lookup
    public var ports: [PortSight]
    /// Seconds since 1970, by this machine's clock.
    public var now: Int
    /// Letta's own port, at each address, where it was tried.
    public var raw: [PortSight.Connection] = []
    /// A streamed reply, where one was asked for.
    public var live: LiveSight?
    /// What ferry itself wrote, where that is known without a look at the machine.
    public var ferrys: Set<FerrysPart> = []
    /// Ferry has put these just now: to apply them again changes nothing.
    public var isFresh = false
    /// The machine itself, where this is it.
    public var machine: MachineSight?

    public init(_ errand: Errand, lookup: Lookup, ports: [PortSight], now: Int) {
        self.errand = errand
        self.lookup = lookup
        self.ports = ports
        self.now = now
    }

}

/// One port as seen from outside.
public struct PortSight: Sendable {
    /// What answers there.
    public enum Speech: Sendable, Equatable {
        /// No address lets anybody in.
        case closed
        case plain, tls
        /// Neither: another protocol, or nothing at all.
        case other
    }

    public struct Connection: Sendable, Equatable {
        public var address: String
        /// Nil: open.
        public var failure: HTTPError?

        public init(_ address: String, _ failure: HTTPError? = nil) {
            self.address = address
            self.failure = failure
        }
    }

    public var number: Int
    public var role: Errand.Role
    public var connections: [Connection]
    public var speech: Speech
    /// An answer to plain HTTP.
    public var plain: Heard?
    public var tls: TLSSight?
    public var api: APISight?
    /// Of a port that redirects: what an authority would be answered that
    /// asks for a challenge, behind the redirect too.
    public var challenge: Heard?

    public init(
        _ number: Int, _ role: Errand.Role, connections: [Connection] = [], speech: Speech,
        plain: Heard? = nil, tls: TLSSight? = nil, api: APISight? = nil
    ) {
        self.number = number
        self.role = role
        self.connections = connections
        self.speech = speech
        self.plain = plain
        self.tls = tls
        self.api = api
    }

    var subject: String { "port \(number)" }
}

/// A port's TLS.
public struct TLSSight: Sendable {
    /// A handshake with every check on; nil failure: trusted.
    public var failure: HTTPError?
    public var verifyCode: Int
    public var certificate: ServedCertificate?
    /// TLS 1.0 or 1.1 was accepted.
    public var takesOutdated: Bool
    public var takesNewest: Bool

    public init(
        failure: HTTPError? = nil, verifyCode: Int = 0, certificate: ServedCertificate? = nil,
        takesOutdated: Bool = false, takesNewest: Bool = true
    ) {
        self.failure = failure
        self.verifyCode = verifyCode
        self.certificate = certificate
        self.takesOutdated = takesOutdated
        self.takesNewest = takesNewest
    }

    public var isTrusted: Bool { failure == nil }
}

/// A port's API.
public struct APISight: Sendable {
    public struct Preflight: Sendable {
        public var page: String
        public var method: String
        public var heard: Heard

        public init(_ page: String, _ method: String, _ heard: Heard) {
            self.page = page
            self.method = method
            self.heard = heard
        }
    }

    /// How large a body may be.
    public enum BodyLimit: Sendable, Equatable {
        /// What was asked for is taken.
        case enough
        /// Taken up to here, refused one byte above it or somewhere below the
        /// second number.
        case refused(fits: Int, above: Int)
        /// Neither was said.
        case unclear(String)
    }

    public var health: Heard
    /// `/v1/health` without its slash.
    public var slashless: Heard
    /// The list of agents, without a token and with a wrong one.
    public var bare: Heard
    public var wrong: Heard
    /// With the token; nil where it was not sent.
    public var token: Heard?
    /// Why it was not sent.
    public var withheld: String?
    public var preflights: [Preflight]
    /// A GET from each page.
    public var actual: [Preflight]
    /// A preflight from a page that nobody knows.
    public var stranger: Heard
    /// An error that the edge itself makes, asked for from the first page.
    public var edgeError: Heard
    public var body: BodyLimit

    public init(
        health: Heard, slashless: Heard, bare: Heard, wrong: Heard, token: Heard? = nil,
        withheld: String? = nil, preflights: [Preflight], actual: [Preflight], stranger: Heard,
        edgeError: Heard, body: BodyLimit
    ) {
        self.health = health
        self.slashless = slashless
        self.bare = bare
        self.wrong = wrong
        self.token = token
        self.withheld = withheld
        self.preflights = preflights
        self.actual = actual
        self.stranger = stranger
        self.edgeError = edgeError
        self.body = body
    }

    /// Whether Letta itself answered.
    var isLetta: Bool { HealthWords(health).version != nil }
}
