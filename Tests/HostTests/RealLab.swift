import Glibc
import HTTP
import HTTPCurl
import LettaModel
import LosslessJSON

@testable import Host

/// The real Letta server of `Lab/lab`, where its environment is set.
enum RealLab {
    static var isUp: Bool { variable("FERRY_LAB_SOURCE_URL") != nil }

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    static var url: String { variable("FERRY_LAB_SOURCE_URL") ?? "" }
    static var port: Int { Origin(url)?.port ?? 1 }

    static var token: String {
        String(TextFile.read(variable("FERRY_LAB_SOURCE_TOKEN_FILE") ?? "").filter { !$0.isWhitespace })
    }

    /// Its environment, as its process has it.
    static func settings() -> [String: String] {
        let ground = ThisMachine()
        let process = RunningProcess.lettas(among: RunningProcess.all(ground), at: [port]).first
        return process.flatMap { ground.text(of: "/proc/\($0.pid)/environ") }.map(
            FoundSettings.values(ofProcess:)) ?? [:]
    }

    @discardableResult
    static func send(_ method: Request.Method, _ path: String, _ body: JSONNode? = nil) async throws
        -> JSONValue
    {
        try await withCurlExchange(CurlSettings(version: "hosttests")) { exchange in
            let request = Request(
                method, url + path, headers: [HeaderField("Authorization", "Bearer \(token)")],
                body: body.map { .bytes($0.bytes(), contentType: "application/json") } ?? .none,
                effect: method == .get ? .read : .create(marker: "hosttests"), timeout: .seconds(60))
            let bytes = try await exchange.send(request).body.collect(upTo: 64 << 20)
            return try JSONDocument(bytes.isEmpty ? Array("null".utf8) : bytes).root
        }
    }
}

/// One edge of each case before the real server, and how it is looked at.
struct RealEdges: Sendable {
    let cases: [EdgeCase]
    let town: Town

    init(_ cases: [EdgeCase]) throws {
        self.cases = cases
        town = try Town(cases.map { Self.real($0.edge) }, letta: RealLab.port)
    }

    /// A Letta that asks for no token is played by an edge that brings it.
    private static func real(_ edge: Edge) -> Edge {
        guard edge.behind == .openLetta else { return edge }
        var edge = edge
        edge.location += "proxy_set_header Authorization \"Bearer \(RealLab.token)\";"
        return edge
    }

    /// Others than the servers of these tests have no token of the Lab's.
    private static func token(_ edge: Edge) -> String {
        [.deadData, .otherVersion, .website].contains(edge.behind) ? Town.token : RealLab.token
    }

    func errand(_ edge: EdgeCase) throws -> Errand {
        guard let place = cases.firstIndex(where: { $0.name == edge.name }),
            let origin = Origin("\(edge.isAskedByHTTP ? "http" : "https")://127.0.0.1:\(town.ports[place])")
        else { throw HTTPError(.other, detail: "no such case: \(edge.name)") }
        // Every Letta lets app.letta.com in; another page has to be named to it.
        let pages = edge.edge.behind == .otherOrigins ? ["https://chat.letta.com"] : []
        return Errand(
            origin, pages: pages, caFile: town.certificates.authority,
            token: Secret(Self.token(edge.edge)))
    }

    func findings(_ edge: EdgeCase) async throws -> [Finding] {
        Probe.findings(
            await Survey(try errand(edge), dialer: CurlDialer()).sighting(now: { Wall.seconds() }))
    }

    static func complaints(_ findings: [Finding]) -> Set<String> {
        Set(findings.filter { $0.severity > .note }.map { "\($0.id) \($0.severity.rawValue)" })
    }
}
