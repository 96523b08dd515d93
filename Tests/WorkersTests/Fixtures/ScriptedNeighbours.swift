@testable import Workers

/// Answers as a test says.
struct ScriptedNeighbours: Neighbours {
    var urls: [String: NeighbourAnswer] = [:]
    var redis: NeighbourAnswer = .line("+PONG")

    func call(_ url: String) async -> NeighbourAnswer { urls[url] ?? .silent("the connection is refused") }
    func ping(_ address: RedisAddress) async -> NeighbourAnswer { redis }
}
