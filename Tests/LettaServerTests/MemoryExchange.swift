import HTTP
import Home
import LettaModel
import LosslessJSON
import Synchronization

@testable import LettaServer

/// A server in memory: a table from `METHOD /path` (without query) to answers,
/// and a record of what was asked.
final class MemoryExchange: Exchange {
    struct Answer: Sendable {
        var status = 200
        var headers: [HeaderField] = [HeaderField("Content-Type", "application/json")]
        var body = ""
        var error: HTTPError?

        static func json(_ text: String) -> Answer { Answer(body: text) }
        static func status(_ status: Int, _ text: String = "{}") -> Answer {
            Answer(status: status, body: text)
        }
        static func lost(_ error: HTTPError) -> Answer { Answer(error: error) }
        static let html = Answer(
            headers: [HeaderField("Content-Type", "text/html")], body: "<!DOCTYPE html><html>hello</html>")
    }

    private let answer: @Sendable (Request, String) -> Answer?
    private let recorded = Mutex<[Request]>([])

    init(_ answer: @escaping @Sendable (Request, String) -> Answer?) {
        self.answer = answer
    }

    convenience init(_ table: [String: Answer]) {
        self.init { _, key in table[key] }
    }

    var requests: [Request] { recorded.withLock { $0 } }

    /// `METHOD /path?query`, in order.
    var lines: [String] { requests.map(\.line) }

    func send(_ request: Request) async throws -> Response {
        recorded.withLock { $0.append(request) }
        let key = String(request.line.prefix { $0 != "?" })
        let found = answer(request, key) ?? Answer(status: 404, body: "{\"detail\":\"Not Found\"}")
        if let error = found.error { throw error }
        return Response(
            status: found.status, headers: found.headers, body: ResponseBody(Array(found.body.utf8)))
    }
}

extension Request {
    var line: String { method.rawValue + " " + url.dropFirst("http://letta.test".count) }

    var text: String {
        guard case .bytes(let bytes, _) = body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension LettaServer {
    /// A server whose abilities are known already.
    static func known(
        as version: String = "0.16.8", _ exchange: MemoryExchange, project: String? = nil
    ) throws -> LettaServer {
        let server = try LettaServer(
            name: "home", url: "http://letta.test", project: project, token: Secret("the-token"),
            exchange: exchange)
        server.shared.abilities.set(VersionTable.abilities(version))
        return server
    }
}

typealias Source = LettaServer<SourceSide>
typealias Target = LettaServer<TargetSide>
