public import HTTP
public import LettaModel

/// What a doctor is asked to look at.
public struct Errand: Sendable {
    /// What a port is expected to be.
    public enum Role: String, Sendable {
        /// The API must be here.
        case api
        /// By convention the API, or a site of its own.
        case usual
        /// Plain HTTP that sends everybody on to https.
        case redirect
    }

    public var origin: Origin
    public var ports: [Port]
    /// Pages from which ADE calls: `https://app.letta.com`.
    public var pages: [String]
    public var caFile: String?
    public var token: Secret?
    /// Bytes that an import may bring.
    public var importSize: Int
    /// Letta's own port, which is to be closed from here; nil where a
    /// connection from here would prove nothing.
    public var rawPort: Int?

    public struct Port: Sendable, Equatable {
        public var number: Int
        public var role: Role

        public init(_ number: Int, _ role: Role) {
            self.number = number
            self.role = role
        }
    }

    /// ADE's own page, which every Letta server lets in.
    public static let usualPage = "https://app.letta.com"

    /// Where Letta listens behind its edge, by ferry's own convention.
    public static let usualRawPort = 18283

    /// - Parameters:
    ///   - ports: where the API must be, beside the URL's own.
    ///   - redirect: the port that redirects; nil for 80 where the URL is at
    ///     one of the usual ports, and none elsewhere.
    public init(
        _ origin: Origin, ports: [Int] = [], redirect: Int? = nil, pages: [String] = [],
        caFile: String? = nil,
        token: Secret? = nil, importSize: Int = 100 << 20, rawPort: Int? = nil
    ) {
        self.origin = origin
        self.pages = pages.isEmpty ? [Self.usualPage] : pages
        self.caFile = caFile
        self.token = token
        self.importSize = importSize
        self.rawPort = rawPort ?? (origin.isLoopback ? nil : Self.usualRawPort)
        self.ports = Self.ports(origin, ports, redirect)
    }

    private static func ports(_ origin: Origin, _ declared: [Int], _ redirect: Int?) -> [Port] {
        var ports: [Port] = []
        func add(_ number: Int, _ role: Role) {
            if !ports.contains(where: { $0.number == number }) { ports.append(Port(number, role)) }
        }
        for number in [origin.port] + declared { add(number, .api) }
        let isUsual = origin.port == 443 || origin.port == 8283
        if isUsual, declared.isEmpty { for number in [443, 8283] { add(number, .usual) } }
        if let number = redirect ?? (isUsual ? 80 : nil) { add(number, .redirect) }
        return ports
    }

    public var isHTTPS: Bool { origin.scheme == "https" }
}
