import Synchronization

/// A Letta server for tests: real HTTP on a loopback socket, a world in
/// memory, and faults on demand.
///
/// It misbehaves as the real one does where that matters to a migration, and
/// worse where a `Fault` says so. It runs on threads of its own.
public final class ScriptedServer: Sendable {
    /// `http://127.0.0.1:PORT`.
    public let url: String
    /// nil: everybody may do everything.
    public let token: String?
    public let profile: VersionProfile
    public let mode: ServerMode
    /// Pages of other origins that are let in; nil: no word of CORS.
    public let origins: [String]?

    let idleMilliseconds: Int
    let state: Mutex<ServerState>
    private let listener: ListeningSocket

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - idle: how long a kept connection may say nothing; the real server
    ///     closes after five seconds.
    public init(
        _ world: World = World(), profile: VersionProfile = .v0_16_8, mode: ServerMode = .letta,
        token: String? = nil,
        faults: [Fault] = [], port: UInt16 = 0, idle: Duration = .seconds(5), origins: [String]? = nil
    ) throws {
        listener = try ListeningSocket(port: port)
        url = "http://127.0.0.1:\(listener.port)"
        self.token = token
        self.profile = profile
        self.mode = mode
        self.origins = origins
        idleMilliseconds = max(1, Int(idle / .milliseconds(1)))
        var book = FaultBook()
        book.set(faults)
        state = Mutex(ServerState(world: world, faults: book))
        let listener = listener
        startThread { [weak self] in
            while let socket = listener.accept() {
                guard let server = self else { return }
                server.serve(socket)
            }
        }
    }

    deinit { stop() }

    /// Ends every connection; a second call does nothing.
    public func stop() {
        listener.end()
        let open = state.withLock { state in
            state.isStopped = true
            defer { state.open = [:] }
            return Array(state.open.values)
        }
        for socket in open { socket.end() }
    }

    // MARK: looking in

    /// The world as it is now.
    public var world: World { state.withLock { $0.world } }

    /// Changes the world between two requests.
    public func change<Result: Sendable>(_ body: @Sendable (inout World) throws -> Result) rethrows -> Result
    {
        try state.withLock { try body(&$0.world) }
    }

    /// Every request so far, in the order of their heads.
    public var requests: [RequestRecord] { state.withLock { $0.log } }

    /// How many requests came to a route such as `GET /v1/agents/{}/messages`.
    public func count(_ route: String) -> Int { state.withLock { $0.log.count { $0.route == route } } }

    /// How many requests came that are neither GET nor refused for their token.
    public var writes: Int { state.withLock { $0.log.count { $0.method != "GET" } } }

    /// How many connections were accepted.
    public var connections: Int { state.withLock { $0.accepted } }

    /// Forgets the requests.
    public func forgetRequests() { state.withLock { $0.log = [] } }

    /// From here on these faults are met, counted anew.
    public func arm(_ faults: [Fault]) { state.withLock { $0.faults.set(faults) } }

    // MARK: connections

    private func serve(_ socket: Socket) {
        let number = state.withLock { state -> Int? in
            guard !state.isStopped else { return nil }
            state.accepted += 1
            state.open[state.accepted] = socket
            return state.accepted
        }
        guard let number else { return socket.end() }
        startThread { [weak self] in
            guard let idle = self?.idleMilliseconds else { return }
            var connection = Connection(socket)
            while true {
                socket.setIdleLimit(milliseconds: idle)
                guard let head = connection.head(), let server = self else { break }
                socket.setIdleLimit(milliseconds: 120_000)
                guard server.answer(head, &connection), !head.closes else { break }
            }
            socket.end()
            self?.state.withLock { $0.open[number] = nil }
        }
    }
}

/// One request as the server saw it.
public struct RequestRecord: Sendable {
    public let method: String
    /// Path and query.
    public let target: String
    /// `GET /v1/agents/{}/messages`; the plain path where no route matches.
    public let route: String
    /// Names in lower case.
    public let headers: [String: String]
    /// Of the body as it arrived; nil where it was not read.
    public internal(set) var bodyBytes: Int?
    /// The first 64 kB of the body.
    public internal(set) var body: [UInt8] = []
    /// nil where nothing was answered.
    public internal(set) var status: Int?
}

struct ServerState: Sendable {
    var world: World
    var faults: FaultBook
    var log: [RequestRecord] = []
    var open: [Int: Socket] = [:]
    var accepted = 0
    var isStopped = false
    /// By route: what it answered last.
    var lastAnswers: [String: Answer] = [:]
}
