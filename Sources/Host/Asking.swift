import HTTP
import LettaModel

/// One request of a doctor as it goes over the wire. Only those of a live
/// reply have a body: what is asked of an import ends before its first byte.
struct Question: Sendable {
    var method: String
    var path: String
    var fields: [HeaderField] = []
    /// The credential of the `Authorization` field.
    var bearer: Secret?
    /// Whether the head of the answer is all that is wanted.
    var wantsHeadOnly = false
    /// JSON.
    var body: [UInt8] = []

    static let health = Question(method: "GET", path: "/v1/health/")
    static let slashless = Question(method: "GET", path: "/v1/health")
    static let challenge = Question(method: "GET", path: "/.well-known/acme-challenge/ferry-doctor")
    static let agents = Question(method: "GET", path: "/v1/agents/?limit=1")

    static func agents(bearer: Secret) -> Question {
        var question = agents
        question.bearer = bearer
        return question
    }

    /// What a browser asks before a call that carries a token.
    static func preflight(from page: String, _ method: String) -> Question {
        Question(
            method: "OPTIONS", path: "/v1/agents/",
            fields: [
                HeaderField("Origin", page), HeaderField("Access-Control-Request-Method", method),
                HeaderField("Access-Control-Request-Headers", "authorization,content-type"),
            ])
    }

    static func call(from page: String) -> Question {
        Question(method: "GET", path: "/v1/agents/?limit=1", fields: [HeaderField("Origin", page)])
    }

    /// Asks whether a body of that size would be taken, and never sends it.
    static func body(of bytes: Int, from page: String? = nil) -> Question {
        Question(
            method: "POST", path: "/v1/agents/import",
            fields: [
                HeaderField("Content-Type", "application/octet-stream"),
                HeaderField("Content-Length", String(bytes)), HeaderField("Expect", "100-continue"),
            ] + (page.map { [HeaderField("Origin", $0)] } ?? []), wantsHeadOnly: true)
    }

    /// - Parameter host: with its port, unless that is the scheme's own.
    func bytes(host: String) -> [UInt8] {
        var lines = [
            "\(method) \(path) HTTP/1.1", "Host: \(host)", "User-Agent: ferry-doctor", "Accept: */*",
        ]
        lines += fields.map { "\($0.name): \($0.value)" }
        if let bearer { lines.append("Authorization: Bearer \(bearer.reveal())") }
        if !body.isEmpty { lines += ["Content-Type: application/json", "Content-Length: \(body.count)"] }
        lines.append("Connection: close")
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

/// Asks questions of one port, and keeps the token from where it must not go.
struct Asker: Sendable {
    let dialer: any Dialer
    let errand: Errand
    let port: Int
    let isTLS: Bool
    /// The certificate passed every check.
    let isTrusted: Bool

    /// Why the token stays here; nil where it may be sent.
    var withholds: String? {
        guard errand.token != nil else { return "no token was given" }
        if isTLS { return isTrusted ? nil : "its certificate is not trusted" }
        return errand.origin.isLoopback ? nil : "it speaks plain HTTP"
    }

    /// - Parameter knownWrong: its credential is made up and may go anywhere.
    func ask(_ question: Question, knownWrong: Bool = false, patience: Duration = .seconds(4)) async -> Heard
    {
        await listen(question, knownWrong: knownWrong, patience: patience).heard
    }

    /// The same, with the pieces in which it came.
    func listen(
        _ question: Question, knownWrong: Bool = false, patience: Duration
    ) async -> (heard: Heard, pieces: [DialReport.Piece]) {
        let isSecret = question.bearer != nil && !knownWrong
        if isSecret, withholds != nil {
            return (.failed(HTTPError(.refused, detail: "a token is not sent there")), [])
        }
        let report = await dialer.dial(dial(question, verified: isSecret || isTrusted, patience))
        if let answer = HTTPAnswer(report.heard) { return (.answer(answer), report.pieces) }
        return (.failed(report.failure ?? HTTPError(.other, detail: "the answer is not HTTP")), [])
    }

    private func dial(_ question: Question, verified: Bool, _ patience: Duration) -> Dial {
        Dial(
            host: errand.origin.host, port: port, layer: isTLS ? .tls(verified: verified, .usual) : .plain,
            caFile: errand.caFile, words: question.bytes(host: hostField), patience: patience,
            isEnough: question.wantsHeadOnly ? HTTPAnswer.hasHead : HTTPAnswer.isWhole)
    }

    private var hostField: String {
        let name = errand.origin.host.contains(":") ? "[\(errand.origin.host)]" : errand.origin.host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }
}
