import Testing

@testable import Journal

@Suite struct SecretGuardContentTests {
    @Test func `the agent's own words are content whatever they look like`() throws {
        let block = Array(#"{"value":"postgres://bob:pw@db.example:5432/prod","label":"persona"}"#.utf8)
        try SecretGuard.check(block, of: "patch-block")
    }

    @Test func `an address with a password is still refused elsewhere`() {
        let config = Array(#"{"model_endpoint":"https://bob:pw@llm.example/v1"}"#.utf8)
        #expect(throws: (any Error).self) { try SecretGuard.check(config, of: "patch-agent") }
    }
}
