import Home
import LettaModel
import Synchronization
import Testing

@testable import LettaServer

@Suite struct VanishedArchiveTests {
    @Test func `archives are listed anew where one that stood in the list is gone by the next page`()
        async throws
    {
        let asked = Mutex(0)
        let exchange = MemoryExchange { _, key in
            guard key == "GET /v1/archives/" else { return .json("[]") }
            let number = asked.withLock { count in
                count += 1
                return count
            }
            return number == 1
                ? .status(404, "{\"detail\":\"No Archive found with id archive-1\"}")
                : .json("[{\"id\":\"archive-2\",\"name\":\"ferry-1ngrdewb0se-1\"}]")
        }
        let server = try Target.known(exchange)
        let has = try await server.abilities().has("GET /v1/archives/")
        let found = try await server.find(run: "1ngrdewb0se")
        #expect(found.contains { $0.kind == .archive && $0.id == "archive-2" } == has)
        #expect(has)
    }
}
