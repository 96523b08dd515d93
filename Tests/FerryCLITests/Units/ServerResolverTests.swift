import LettaModel
import Testing

@testable import FerryCLI

@Suite struct ServerResolverTests {
    private let home = Sandbox()

    private func refusal(_ address: String, token: String? = "tok-1") -> Failure? {
        var environment = ["HOME": home.path]
        environment["LETTA_API_KEY"] = token
        let world = World(environment: environment, options: GlobalOptions(before: []))
        let resolver = ServerResolver(world: world, progress: ProgressPrinter(world))
        do {
            _ = try resolver.source(address, .at, canWrite: false)
            return nil
        } catch { return error as? Failure }
    }

    @Test(arguments: [
        "http://localhost", "http://localhost:8283", "http://LOCALHOST:8283", "http://127.0.0.1:8283/v1",
        "http://127.8.9.1", "http://[::1]", "http://[::1]:8283/v1", "https://letta.example",
    ])
    func `this machine, and TLS, may be given a token`(url: String) {
        #expect(refusal(url) == nil)
    }

    @Test(arguments: [
        "http://127.letta.example:8283", "http://127.0.0.1.letta.example", "http://localhost.letta.example",
        "http://192.168.1.5:8283", "http://[::2]:8283", "HTTP://letta.example", " http://letta.example",
    ])
    func `plain HTTP to anywhere else is refused a token, however it is spelt`(url: String) {
        #expect(refusal(url)?.code == .plainHTTPRefused)
        #expect(refusal(url, token: nil) == nil)
    }

    @Test(arguments: [
        "http://me:hunter2@letta.example", "http://letta.example/?token=hunter2", "http://h/#hunter2",
        "HTTPS://me:hunter2@letta.example", "me:hunter2@letta.example", "ftp://me:hunter2@letta.example",
        "http://me:hunt@hunter2@letta.example", "http://127.0.0.1\\:hunter2@letta.example",
    ])
    func `user, password and query of an address are not repeated`(address: String) throws {
        let failure = try #require(refusal(address))
        #expect(failure.code == .usage || failure.code == .unknownServer)
        #expect(!FailureText.plain(failure, isVerbose: true, color: false).contains("hunter2"))
        #expect(!FailureText.json(failure).contains("hunter2"))
    }

    @Test func `a URL in the words of an error is shown without its secrets`() {
        let failure = UsageError.unknownCommand("http://me:hunter2@h/?key=hunter2", among: [])
        let text = FailureText.plain(failure, isVerbose: false, color: false)
        #expect(text.hasPrefix("ferry: error: `http://…@h/?…`: there is no such command"))
        #expect(!FailureText.json(failure).contains("hunter2"))
    }

    @Test func `a password written into the config by hand is not listed`() {
        let entry = ServerEntry(name: "home", url: "https://me:hunter2@h:1/a?b=hunter2")
        #expect(entry.shown.url == "https://…@h:1/a?…")
    }
}
