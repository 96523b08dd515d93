import LosslessJSON
import Synchronization

// From a request to its answer, through the faults it meets.
extension ScriptedServer {
    /// False where the connection ends with it.
    func answer(_ head: RequestHead, _ connection: inout Connection) -> Bool {
        let found = RouteTable.find(head.method, head.path, profile: profile)
        let name = Self.name(of: found, head)
        let (number, met) = state.withLock { state -> (Int, [Fault.Behaviour]) in
            state.log.append(
                RequestRecord(method: head.method, target: head.target, route: name, headers: head.headers))
            return (state.log.count - 1, state.faults.meet(route: name, target: head.target))
        }
        if met.contains(.closeBeforeReading) {
            connection.socket.reset()
            return false
        }
        guard let body = connection.body(of: head) else { return false }
        note(number) {
            $0.bodyBytes = body.count
            $0.body = Array(body.prefix(65536))
        }
        var exchange = FaultyExchange(server: self, socket: connection.socket, name: name, behaviours: met)
        let crossing = CrossOrigin(origins: origins)
        let kept = exchange.run { changes in
            crossing.answering(head) { self.respond(head, found, body, changes) }
        }
        note(number) { $0.status = exchange.status }
        return kept
    }

    private static func name(of found: RouteTable.Found, _ head: RequestHead) -> String {
        if case .route(let route, _) = found { return route.name }
        return "\(head.method) \(head.path)"
    }

    private func note(_ number: Int, _ change: (inout RequestRecord) -> Void) {
        state.withLock { state in
            if state.log.indices.contains(number) { change(&state.log[number]) }
        }
    }

    /// What the route answers; `changes` are the faults that bend the request.
    private func respond(
        _ head: RequestHead, _ found: RouteTable.Found, _ body: [UInt8], _ changes: RequestChanges
    ) -> Answer {
        switch mode {
        case .notLetta: return .html(200)
        case .appServer: return head.path == "/readyz" ? .json(["status": "ok"]) : .detail(404, "not found")
        case .letta: break
        }
        if let token, !Self.isHealth(head.path), head.headers["authorization"] != "Bearer \(token)" {
            return .detail(401, "Unauthorized")
        }
        switch found {
        case .nothing: return .detail(404, "Not Found")
        case .methodNotAllowed: return .detail(405, "Method Not Allowed")
        case .redirect(let path):
            let query = head.target.split(separator: "?", maxSplits: 1).dropFirst().map { "?" + $0 }.joined()
            let scheme = head.headers["x-forwarded-proto"] ?? "http"
            let location = "\(scheme)://\(head.headers["host"] ?? "127.0.0.1")\(path)\(query)"
            return Answer(307, headers: [("location", location)], .bytes([]))
        case .route(let route, let parameters):
            let call = Call(head: changes.bent(head), parameters: parameters, body: body, profile: profile)
            return run(route, call, changes)
        }
    }

    private static func isHealth(_ path: String) -> Bool { path == "/v1/health/" || path == "/v1/health" }

    private func run(_ route: Route, _ call: Call, _ changes: RequestChanges) -> Answer {
        do {
            if route.path == "/v1/agents/import", let pause = changes.stagePause {
                return try importInStages(call, pause)
            }
            return try state.withLock { state in
                if let change = changes.change, let agent = call.parameters.first {
                    state.world.apply(change, to: agent)
                }
                if changes.vanishesCursor, let id = call.query["after"] ?? call.query["before"] {
                    throw Refused(404, "No message found with id '\(id)'")
                }
                if let place = changes.poison { try state.world.refusePoison(place, call) }
                return try route.handler(&state.world, call)
            }
        } catch let refused as Refused {
            return refused.answer
        } catch {
            return .detail(500, "An unknown error occurred")
        }
    }

    /// Others see the agent without its rows, then without its context.
    private func importInStages(_ call: Call, _ milliseconds: Int) throws -> Answer {
        var job = try state.withLock { try ImportJob(call, $0.world) }
        try state.withLock { try job.makeShells(&$0.world) }
        pause(milliseconds: milliseconds)
        try state.withLock { try job.addRows(&$0.world) }
        pause(milliseconds: milliseconds)
        try state.withLock { try job.setContext(&$0.world) }
        return job.answer
    }
}

extension World {
    fileprivate func refusePoison(_ place: Int, _ call: Call) throws {
        guard let agent = agents[call.parameters.first ?? ""] else { return }
        let window = try ListingWindow(call, world: self, agent: agent)
        guard window.places(in: agent.history).contains(place) else { return }
        throw Refused(500, "An unknown error occurred")
    }
}

/// The faults of one request that change what it asks, or the world.
struct RequestChanges {
    var change: Fault.Change?
    var vanishesCursor = false
    var poison: Int?
    var stagePause: Int?
    var ignoresOrder = false
    var reversesOrder = false
    var skipsPage = false
    var cap: Int?

    init(_ behaviours: [Fault.Behaviour]) {
        for behaviour in behaviours {
            switch behaviour {
            case .change(let change): self.change = change
            case .vanishCursor: vanishesCursor = true
            case .poisonRow(let place): poison = place
            case .workInStages(let milliseconds): stagePause = milliseconds
            case .ignoreOrder: ignoresOrder = true
            case .reverseOrder: reversesOrder = true
            case .skipPage: skipsPage = true
            case .capLimit(let limit): cap = limit
            default: break
            }
        }
    }

    static let skip = "scripted-skip"

    func bent(_ head: RequestHead) -> RequestHead {
        guard ignoresOrder || reversesOrder || skipsPage || cap != nil else { return head }
        return head.with { items in
            if ignoresOrder { items.removeAll { $0.name == "order" } }
            if reversesOrder {
                let wasAscending = items.contains { $0.name == "order" && $0.value == "asc" }
                items.removeAll { $0.name == "order" }
                items.append(("order", wasAscending ? "desc" : "asc"))
            }
            if skipsPage { items.append((Self.skip, "1")) }
            if let cap, let limit = items.last(where: { $0.name == "limit" }), (Int(limit.value) ?? 0) > cap {
                items.removeAll { $0.name == "limit" }
                items.append(("limit", String(cap)))
            }
        }
    }
}
