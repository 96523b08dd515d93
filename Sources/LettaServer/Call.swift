import HTTP
import LettaModel

/// One request to the API before it knows its server.
struct Call: Sendable {
    var method: Request.Method
    var route: Route
    var query: [QueryItem]
    var body: RequestBody
    var effect: Request.Effect
    var timeout: Duration?
    var stall: Duration
    var usesFreshConnection: Bool
    /// Values in the request that an answer may echo and nothing may print.
    var secrets: [Secret]

    init(
        _ method: Request.Method, _ route: Route, query: [QueryItem] = [], body: RequestBody = .none,
        effect: Request.Effect, timeout: Duration? = nil, stall: Duration = .seconds(120),
        usesFreshConnection: Bool = false, secrets: [Secret] = []
    ) {
        self.method = method
        self.route = route
        self.query = query
        self.body = body
        self.effect = effect
        self.timeout = timeout
        self.stall = stall
        self.usesFreshConnection = usesFreshConnection
        self.secrets = secrets
    }

    static func get(_ route: Route, _ query: [QueryItem] = []) -> Call {
        Call(.get, route, query: query, effect: .read)
    }

    var isRead: Bool { effect == .read }

    /// `GET /v1/agents/agent-…`: method and path, no query.
    var title: String { "\(method.rawValue) \(route.path)" }
}

extension RequestBody {
    static func json(_ bytes: VerbatimJSON) -> RequestBody {
        .bytes(bytes, contentType: "application/json")
    }
}
