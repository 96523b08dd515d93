import Testing

@testable import FerryCLI

@Suite struct ServerResolverTests {
    @Test(arguments: [
        "http://localhost:8283", "http://127.0.0.1", "http://127.0.0.1:8283/v1", "http://127.1.2.3",
        "http://[::1]",
        "http://[::1]:8283",
    ])
    func `this machine may get a token over plain HTTP`(url: String) {
        #expect(ServerResolver.isLoopback(url))
    }

    @Test(arguments: [
        "http://127.example.org", "http://127.0.0.1.example.org", "http://localhost.example.org",
        "http://10.0.0.1",
        "http://[::1].example.org", "http://127.0.0.1@example.org", "http://[::2]",
    ])
    func `a name that looks like this machine may not`(url: String) {
        #expect(!ServerResolver.isLoopback(url))
    }
}
