import Journal
import LettaModel
import Testing
import Verify

@testable import Migration
@testable import ScriptedLetta

/// A move that is cancelled at the n-th request, whatever that is.
@Suite struct CancellationTests {
    @Test(arguments: Array(stride(from: 3, through: 171, by: 8)))
    func `a cancelled move ends at once and is finished by resume, with nothing left behind`(
        request: Int
    ) async throws {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 14, passages: 3, tools: 1)
        try await withCrossing(setting) { crossing in
            let ending = await crossing.cancelling(atRequest: request) { _ = try await crossing.move() }
            // Generous: a busy machine takes its time, a hang would take for ever.
            #expect(ending < .seconds(30))
            #expect(CrossingReader.leftovers(crossing) == [])
            let second = await crossing.ending {
                guard let run = try await crossing.newestRun else { return try await crossing.move() }
                #expect(run.status != .running && !run.isClaimed)
                return try await crossing.resume()
            }
            #expect(second.isVerified, "\(second)")
            #expect(crossing.problems() == [])
            let run = try #require(try await crossing.newestRun)
            #expect(try await crossing.journal.openSteps(run.id).isEmpty)
        }
    }
}

/// Readers are gone at once, not only when somebody resumes.
enum CrossingReader {
    static func leftovers(_ crossing: Crossing) -> [String] {
        (crossing.source.world.agents.all + crossing.target.world.agents.all)
            .filter { $0.tags.contains(Marker.readerTag) }.map(\.name)
    }
}

extension Crossing {
    /// Runs the work and cancels it once that many requests have arrived.
    /// - Returns: how long it took to end then.
    func cancelling(
        atRequest number: Int, _ work: @escaping @Sendable () async throws -> Void
    ) async -> Duration {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await work() }
            group.addTask {
                while source.requests.count + target.requests.count < number, !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            await group.next()
            let cancelled = ContinuousClock.now
            group.cancelAll()
            await group.waitForAll()
            return ContinuousClock.now - cancelled
        }
    }
}
