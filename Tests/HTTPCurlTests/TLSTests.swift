import Glibc
import HTTP
import HTTPCurl
import Testing

@Suite(.timeLimit(.minutes(5)), .enabled(if: OpenSSL.isInstalled, "openssl is not installed"))
struct TLSTests {
    @Test func `a certificate that nobody vouches for is rejected`() async throws {
        let server = try TLSServer()
        let error = await CurlExchange.failure(of: Request(.get, server.url, effect: .create(marker: "m")))
        #expect(error?.code == .certificateRejected)
        #expect(error?.mayHaveArrived == false)
    }

    @Test func `a certificate that the given file vouches for is accepted`() async throws {
        let server = try TLSServer()
        var settings = CurlSettings.forTests
        settings.caFile = server.certificate
        try await withCurlExchange(settings) { exchange in
            let response = try await exchange.send(Request(.get, server.url, effect: .read))
            #expect(response.status == 200)
            let page = try await response.body.collect(upTo: 1 << 20)
            #expect(!page.isEmpty)
        }
    }

    @Test func `a CA file that is not there is named unreadable`() async throws {
        let server = try TLSServer()
        var settings = CurlSettings.forTests
        settings.caFile = "/nowhere/ca.pem"
        let error = await CurlExchange.failure(of: Request(.get, server.url, effect: .read), settings)
        #expect(error?.code == .fileUnreadable)
    }

    @Test func `TLS to a plain port is told apart`() async throws {
        let server = try LoopbackServer { _, connection in connection.answer() }
        defer { server.stop() }
        let url = "https://127.0.0.1:\(server.port)/"
        let error = await CurlExchange.failure(of: Request(.get, url, effect: .read))
        #expect(error?.code == .tlsToPlainPort)
        #expect(error?.mayHaveArrived == false)
    }

    /// OpenSSL's server says nothing and closes, as one that dies would.
    @Test func `plain HTTP to a port that closes hints at TLS`() async throws {
        let server = try TLSServer()
        let url = "http://127.0.0.1:\(server.port)/"
        let error = await CurlExchange.failure(of: Request(.get, url, effect: .read))
        #expect(error?.code == .connectionLost)
        #expect(error?.detail.contains("https") == true)
    }

    @Test func `a TLS alert in answer to plain HTTP is recognised`() async throws {
        let server = try LoopbackServer { _, connection in
            connection.write([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])
            connection.close()
        }
        defer { server.stop() }
        let error = await CurlExchange.failure(of: Request(.get, server.url, effect: .read))
        #expect(error?.code == .plainToTLSPort)
    }
}

enum OpenSSL {
    static let isInstalled = ["/usr/bin", "/usr/local/bin"].contains { folder in
        access(folder + "/openssl", X_OK) == 0
    }
}

/// `openssl s_server` with a certificate of its own; ends when released.
final class TLSServer {
    let port: Int
    let certificate: String
    private let folder: String
    private let process: pid_t

    var url: String { "https://127.0.0.1:\(port)/" }

    init() throws {
        folder = try temporaryFolder()
        certificate = folder + "/cert.pem"
        let key = folder + "/key.pem"
        let made = try spawn([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            key,
            "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
            "subjectAltName=IP:127.0.0.1",
        ])
        _ = made.output.wholeText()
        waitpid(made.process, nil, 0)
        let server = try spawn([
            "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www", "-naccept", "20",
        ])
        process = server.process
        guard let port = server.output.port() else { throw SocketFailure(step: "s_server") }
        self.port = port
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        for name in ["cert.pem", "key.pem"] { unlink(folder + "/" + name) }
        rmdir(folder)
    }
}

private func temporaryFolder() throws -> String {
    var template = Array("/tmp/ferry-tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SocketFailure(step: "mkdtemp") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private struct Pipe {
    let reading: Int32

    func wholeText() -> String {
        var text = ""
        while let more = readSome() { text += more }
        close(reading)
        return text
    }

    /// From the line `ACCEPT 127.0.0.1:PORT`; the pipe stays open, so that
    /// the server can go on writing.
    func port() -> Int? {
        var text = ""
        while let more = readSome() {
            text += more
            let line = text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1).first {
                $0.hasPrefix("ACCEPT ")
            }
            if let line { return line.split(separator: ":").last.flatMap { Int($0) } }
        }
        return nil
    }

    private func readSome() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(reading, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}

private func spawn(_ arguments: [String]) throws -> (process: pid_t, output: Pipe) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw SocketFailure(step: "pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    // A socket of another test would stay open for as long as this child.
    for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var words: [UnsafeMutablePointer<CChar>?] = (["openssl"] + arguments).map { strdup($0) } + [nil]
    var process = pid_t()
    let result = posix_spawnp(&process, "openssl", &actions, nil, &words, [nil])
    posix_spawn_file_actions_destroy(&actions)
    for word in words { free(word) }
    close(ends[1])
    guard result == 0 else { throw SocketFailure(step: "spawn") }
    return (process, Pipe(reading: ends[0]))
}
