/// A credential that is asked for when it is sent, and never printed.
public struct HeaderSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    private let provider: @Sendable () throws -> String

    /// - Parameter provider: called for each request; without line breaks.
    public init(_ provider: @escaping @Sendable () throws -> String) {
        self.provider = provider
    }

    /// The value itself, for the one place that sends it.
    func reveal() throws -> String { try provider() }

    public var description: String { "<secret>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Adds a bearer token and further fields to requests to one origin; requests
/// to any other pass without them.
public struct AuthorizedExchange: Exchange {
    private let base: any Exchange
    private let origin: Origin
    private let bearer: HeaderSecret?
    private let fields: [HeaderField]

    /// - Parameter fields: the project, say; those that a request brings
    ///   itself are not added.
    public init(_ base: any Exchange, origin: Origin, bearer: HeaderSecret?, fields: [HeaderField] = []) {
        self.base = base
        self.origin = origin
        self.bearer = bearer
        self.fields = fields
    }

    public func send(_ request: Request) async throws -> Response {
        guard Origin(request.url) == origin else { return try await base.send(request) }
        var request = request
        if let bearer { request.add(HeaderField("Authorization", "Bearer \(try bearer.reveal())")) }
        for field in fields { request.add(field) }
        return try await base.send(request)
    }
}

extension Request {
    fileprivate mutating func add(_ field: HeaderField) {
        let name = field.name.lowercased()
        guard !headers.contains(where: { $0.name.lowercased() == name }) else { return }
        headers.append(field)
    }
}
