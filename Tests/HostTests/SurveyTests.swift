import HTTP
import LettaModel
import LosslessJSON
import Synchronization
import Testing

@testable import Host

/// A host of one's own making, which remembers what it was told.
private final class ScriptedDialer: Dialer {
    let dials = Mutex<[Dial]>([])
    let isTrusted: Bool
    let speaksTLS: Bool
    let addresses: [String]

    init(isTrusted: Bool = true, speaksTLS: Bool = true, addresses: [String] = ["203.0.113.7"]) {
        self.isTrusted = isTrusted
        self.speaksTLS = speaksTLS
        self.addresses = addresses
    }

    func lookUp(_ host: String) async -> Lookup { Lookup(addresses: addresses) }

    func dial(_ dial: Dial) async -> DialReport {
        dials.withLock { $0.append(dial) }
        switch dial.layer {
        case .plain where speaksTLS && !dial.words.isEmpty: return answer("HTTP/1.1 400 Bad\r\n\r\n")
        case .tls where !speaksTLS: return failed(.tlsToPlainPort)
        case .tls(verified: true, _) where !isTrusted: return failed(.certificateRejected)
        case .tls(_, .outdated): return failed(.tlsFailed)
        default: return answer("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        }
    }

    private func failed(_ code: HTTPError.Code) -> DialReport {
        DialReport(failure: HTTPError(code, detail: ""))
    }

    private func answer(_ text: String) -> DialReport {
        DialReport(chain: [[HeaderField("Subject", "CN = x")]], pieces: [.init(Array(text.utf8), after: 0)])
    }

    func words(_ text: String) -> [Dial] {
        dials.withLock { $0 }.filter { String(decoding: $0.words, as: UTF8.self).contains(text) }
    }
}

@Suite struct SurveyTests {
    private static let token = "tok-77-secret"

    private func look(_ url: String, _ dialer: ScriptedDialer, ports: [Int] = []) async -> Sighting {
        let errand = Errand(MadeUp.origin(url), ports: ports, token: Secret(Self.token))
        return await Survey(errand, dialer: dialer).sighting { MadeUp.now }
    }

    @Test func `the token goes over TLS whose certificate is checked again, and nowhere else`() async {
        let dialer = ScriptedDialer()
        _ = await look("https://letta.example", dialer, ports: [8283])
        let told = dialer.words(Self.token)
        #expect(told.count == 2)
        #expect(told.allSatisfy { $0.layer == .tls(verified: true, .usual) && $0.host == "letta.example" })
    }

    @Test func `the token stays where the certificate is not trusted`() async {
        let dialer = ScriptedDialer(isTrusted: false)
        let seen = await look("https://letta.example", dialer)
        #expect(dialer.words(Self.token).isEmpty)
        #expect(seen.ports.first?.api?.withheld == "its certificate is not trusted")
        #expect(dialer.dials.withLock { $0.count } > 10)
    }

    @Test func `the token stays where the port is plain, whatever the URL says`() async {
        for url in ["https://letta.example", "http://letta.example"] {
            let dialer = ScriptedDialer(speaksTLS: false)
            _ = await look(url, dialer)
            #expect(dialer.words(Self.token).isEmpty)
        }
    }

    @Test func `over a loopback the token may go in clear`() async {
        let dialer = ScriptedDialer(speaksTLS: false, addresses: ["127.0.0.1"])
        _ = await look("http://127.0.0.1:8999", dialer)
        #expect(dialer.words(Self.token).count == 1)
    }

    @Test func `what is printed of a look holds no token`() async {
        let dialer = ScriptedDialer()
        let seen = await look("https://letta.example", dialer)
        let told = dialer.words(Self.token)
        #expect(!"\(told)".contains(Self.token))
        #expect(!String(reflecting: told).contains(Self.token))
        #expect(
            !Checkup(address: "x", findings: Probe.findings(seen), seconds: 1).json.text().contains(
                Self.token))
    }

    @Test func `no question has a body`() async {
        let dialer = ScriptedDialer()
        _ = await look("https://letta.example", dialer)
        for dial in dialer.dials.withLock({ $0 }) where !dial.words.isEmpty {
            #expect(String(decoding: dial.words, as: UTF8.self).hasSuffix("\r\n\r\n"))
        }
    }

    @Test(arguments: [
        ("https://h", [Int](), [443, 8283, 80]), ("https://h:8283", [], [8283, 443, 80]),
        ("https://h:9443", [], [9443]), ("https://h", [9000], [443, 9000, 80]),
        ("http://127.0.0.1:18283", [], [18283]),
    ])
    func `the ports follow the URL`(url: String, ports: [Int], expected: [Int]) {
        #expect(Errand(MadeUp.origin(url), ports: ports).ports.map(\.number) == expected)
    }
}

@Suite struct BoundedTests {
    @Test func `results come in the order of their items, and never more at once than allowed`() async {
        let counter = Counter()
        let results = await bounded(Array(0..<40), atOnce: 4) { item in
            counter.enter()
            try? await Task.sleep(for: .milliseconds(item % 3))
            counter.leave()
            return item * 2
        }
        #expect(results == (0..<40).map { $0 * 2 })
        #expect(counter.most <= 4)
    }

    private final class Counter: Sendable {
        private let state = Mutex((now: 0, most: 0))
        var most: Int { state.withLock { $0.most } }
        func enter() {
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }
        func leave() { state.withLock { $0.now -= 1 } }
    }
}
