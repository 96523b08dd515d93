import HTTP
import LettaModel
import Testing

@testable import LettaServer

@Suite struct ServerURLTests {
    @Test(arguments: [
        ("http://localhost:8283", "http://localhost:8283"),
        ("http://localhost:8283/", "http://localhost:8283"),
        ("http://localhost:8283/v1", "http://localhost:8283"),
        ("http://localhost:8283/v1/", "http://localhost:8283"),
        ("HTTPS://Letta.Example.ORG/v1/", "https://letta.example.org"),
        (" https://x.org/a/ ", "https://x.org/a"),
        ("https://x.org/letta/v1//", "https://x.org/letta"), ("http://[::1]:8283/v1", "http://[::1]:8283"),
    ])
    func `an address has one spelling`(text: String, expected: String) throws {
        #expect(try ServerURL.normalized(text, of: "home") == expected)
    }

    @Test(arguments: [
        "", "localhost:8283", "ftp://x.org", "http://", "http:///v1", "http://me:secret@x.org",
        "http://x.org?a=b",
        "http://x.org/#top", "http://x.org:port", "http://x .org", "http://:8283",
    ])
    func `what is no address is refused, and a password is not repeated`(text: String) {
        let failure = #expect(throws: Failure.self) { try ServerURL.normalized(text, of: text) }
        #expect(failure?.code == .usage)
        #expect(failure?.description.contains("secret") == false)
    }

    @Test(arguments: [
        (Route("/v1/agents/\("agent-1")/messages"), "/v1/agents/agent-1/messages", "/v1/agents/{}/messages"),
        (Route("/v1/blocks/\("a/../b?c=d")"), "/v1/blocks/a%2F..%2Fb%3Fc%3Dd", "/v1/blocks/{}"),
        (Route("/v1/agents/"), "/v1/agents/", "/v1/agents/"),
    ])
    func `what is put into a path stays one segment`(route: Route, path: String, template: String) {
        #expect(route.path == path)
        #expect(route.template == template)
    }

    @Test func `queries are encoded byte for byte`() {
        let items = [QueryItem("name", "Ada & Inês+1"), QueryItem("tags", "a=b%"), QueryItem("x", "~.-_")]
        #expect(QueryItem.text(items) == "name=Ada%20%26%20In%C3%AAs%2B1&tags=a%3Db%25&x=~.-_")
    }

    @Test func `routes are compared without the names of their parameters`() {
        #expect(Route.withoutNames("GET /v1/agents/{agent_id}/tools/{tool}") == "GET /v1/agents/{}/tools/{}")
    }
}
