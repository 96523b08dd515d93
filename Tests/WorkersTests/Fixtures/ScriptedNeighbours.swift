import LettaModel

@testable import Workers

/// Answers as a test says.
struct ScriptedNeighbours: Neighbours {
    var urls: [String: NeighbourAnswer] = [:]
    var redis: NeighbourAnswer = .line("+PONG")
    /// The only token that Letta takes; nil where it takes any.
    var token: String?

    func call(_ url: String) async -> NeighbourAnswer { urls[url] ?? .silent("the connection is refused") }
    func call(_ url: String, with token: Secret?) async -> NeighbourAnswer {
        .status(self.token == nil || self.token == token?.reveal() ? 200 : 401)
    }
    func ping(_ address: RedisAddress) async -> NeighbourAnswer { redis }
}
