import Glibc
import Journal
import LettaModel
import LosslessJSON
import ScriptedLetta
import Testing
import WorkerFixtures

@testable import Workers

/// Whatever the tree, and wherever a move of it is killed: the same command
/// again ends as if nothing had happened, and the source is as it was.
///
/// `FERRY_TREE_SEED=N` runs one tree alone, `FERRY_TREES=N` runs so many.
@Suite(.serialized) struct PropertyTests {
    private static let seeds: [UInt64] = {
        if let seed = number("FERRY_TREE_SEED") { return [seed] }
        return Array(1...(number("FERRY_TREES") ?? 6))
    }()

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    @Test(arguments: seeds)
    func `a random tree that is killed on its way arrives as one that is not`(seed: UInt64) async throws {
        let tree = RandomTree(seed: seed)
        let calm = try await arrived(tree, killedAt: [])
        #expect(calm.points > 8, "\(tree)")
        var dice = Dice(seed: seed &+ 1_000_003)
        for _ in 0..<2 {
            let places = (0...dice.below(2)).map { _ in dice.below(calm.points) + 1 }
            let killed = try await arrived(tree, killedAt: places)
            #expect(killed.end == calm.end, "\(tree), killed at \(places)")
            #expect(killed.end.open == 0 && killed.end.runs == 1, "\(tree), killed at \(places)")
        }
    }

    /// - Returns: the end state, and how many points the last try passed.
    private func arrived(_ tree: RandomTree, killedAt places: [Int]) async throws -> (
        end: Arrived, points: Int
    ) {
        let place = try tree.place()
        let before = place.fingerprint
        for point in places {
            let counter = KillTests.Counter(limit: point)
            do {
                _ = try await place.with(interrupt: counter.reach) {
                    try await $0.move(tree.order(place), $1)
                }
            } catch is StepBook.Killed {}
        }
        let counter = KillTests.Counter(limit: .max)
        let result = try await place.with(interrupt: counter.reach) {
            try await $0.move(tree.order(place), $1)
        }
        #expect(result.run.status == .verified, "\(tree)")
        if !tree.retires { #expect(place.fingerprint == before, "\(tree), killed at \(places)") }
        let end = try await Arrived(place)
        if tree.retires {
            _ = try await place.with { try await $0.undo(result.run, $1.target) }
            #expect(content(place.fingerprint) == content(before), "\(tree), killed at \(places)")
            #expect(place.target.world.identities.all.isEmpty, "\(tree), killed at \(places)")
        }
        return (end, counter.points.count)
    }

    /// Undo puts the bytes and modes back, and cannot put back a time.
    private func content(_ print: TreeFingerprint) -> [String] {
        print.lines.map { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            return (words.dropLast(3) + words.suffix(1)).joined(separator: " ")
        }
    }
}
