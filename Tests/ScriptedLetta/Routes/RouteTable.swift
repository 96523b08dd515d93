import LosslessJSON

/// One request as a route sees it.
struct Call: Sendable {
    let head: RequestHead
    /// What stood in the braces of the route's path.
    let parameters: [String]
    let body: [UInt8]
    let profile: VersionProfile

    var query: Query { head.query }

    func limit(_ standard: Int) throws -> Int {
        guard let text = query["limit"] else { return standard }
        guard let limit = Int(text) else {
            throw Refused(
                .json(
                    [
                        "trace_id": "",
                        "detail":
                            "[{'type': 'int_parsing', 'loc': ('query', 'limit'), 'msg': 'Input should be a valid integer, unable to parse string as an integer'}]",
                    ], status: 422))
        }
        if limit < 0 { throw Refused(500, "An unknown error occurred") }
        return limit
    }

    func json() throws -> JSONNode {
        guard let node = JSONNode(parsing: body), node.isObject else {
            throw Refused(
                .json(
                    [
                        "trace_id": "",
                        "detail":
                            "[{'type': 'json_invalid', 'loc': ('body', 1), 'msg': 'JSON decode error'}]",
                    ],
                    status: 422))
        }
        return node
    }
}

struct Route: Sendable {
    typealias Handler = @Sendable (inout World, Call) throws -> Answer

    let method: String
    /// `/v1/agents/{agent_id}/messages`.
    let path: String
    let isThere: @Sendable (VersionProfile) -> Bool
    let handler: Handler
    private let segments: [Substring]

    init(
        _ method: String, _ path: String,
        if isThere: @escaping @Sendable (VersionProfile) -> Bool = { _ in true },
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.isThere = isThere
        self.handler = handler
        segments = path.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// `GET /v1/agents/{}/messages`; how faults and counters name a route.
    var name: String { method + " " + Route.withoutNames(path) }

    static func withoutNames(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? "{}" : String($0) }.joined(separator: "/")
    }

    /// What stands in the braces; nil where the path is another.
    func match(_ path: [Substring]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var found: [String] = []
        for (segment, part) in zip(segments, path) {
            if segment.hasPrefix("{") {
                guard !part.isEmpty else { return nil }
                found.append(String(part))
            } else if segment != part {
                return nil
            }
        }
        return found
    }
}

enum RouteTable {
    static let all: [Route] =
        serverRoutes + agentRoutes + messageRoutes + blockRoutes + toolRoutes + passageRoutes + archiveRoutes
        + surroundingRoutes + chatRoutes

    enum Found {
        case route(Route, [String])
        case redirect(String)
        case methodNotAllowed
        case nothing
    }

    static func find(_ method: String, _ path: String, profile: VersionProfile) -> Found {
        let there = all.filter { $0.isThere(profile) }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let matching = there.compactMap { route in route.match(segments).map { (route, $0) } }
        if let (route, parameters) = matching.first(where: { $0.0.method == method }) {
            return .route(route, parameters)
        }
        if !matching.isEmpty { return .methodNotAllowed }
        let other = path.hasSuffix("/") ? String(path.dropLast()) : path + "/"
        let otherSegments = other.split(separator: "/", omittingEmptySubsequences: false)
        return there.contains { $0.match(otherSegments) != nil } ? .redirect(other) : .nothing
    }
}

extension Array {
    /// One page of a list, newest first unless `order=asc`; an unknown cursor
    /// is ignored, as on the real server.
    func page(_ call: Call, limit standard: Int, newestFirst: Bool = true, id: (Element) -> String) throws
        -> [Element]
    {
        let isAscending = call.query["order"].map { $0 == "asc" } ?? !newestFirst
        var rest = (isAscending ? self : reversed())[...]
        if let after = call.query["after"], let place = rest.firstIndex(where: { id($0) == after }) {
            rest = rest[(place + 1)...]
        }
        if let before = call.query["before"], let place = rest.firstIndex(where: { id($0) == before }) {
            rest = rest[..<place]
        }
        return Array(rest.prefix(try call.limit(standard)))
    }
}
