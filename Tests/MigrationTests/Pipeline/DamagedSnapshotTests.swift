import Foundation
import LettaModel
import Report
import Synchronization
import Testing

@testable import Migration
@testable import ScriptedLetta

/// A snapshot of which one letter has changed on its disk.
@Suite struct DamagedSnapshotTests {
    /// Captures Ada, and changes one letter of her first passage in the file.
    private func damaged(_ crossing: Crossing) async throws -> String {
        _ = try await crossing.engine.snapshot(
            "Ada", from: crossing.from, to: crossing.snapshotPath, options: CaptureOptions())
        try damage(crossing)
        return crossing.snapshotPath
    }

    private func damage(_ crossing: Crossing) throws {
        let place = URL(filePath: crossing.snapshotPath)
        let text = try #require(crossing.source.world.passages.all.first?.text)
        var bytes = try Data(contentsOf: place)
        let found = try #require(bytes.range(of: Data(text.utf8)), "texts lie in the file as they are")
        bytes[found.lowerBound] ^= 0x01
        try bytes.write(to: place)
    }

    private struct Stopped: Error {}

    @Test func `a move that is resumed looks at what it captured before it was stopped`() async throws {
        let isArmed = Mutex(true)
        var setting = Crossing.Setting()
        setting.source = .small(rows: 8, passages: 3, tools: 0)
        setting.before = { call, _ in
            if call.hasSuffix("/v1/agents/import"), isArmed.withLock({ $0 }) { throw Stopped() }
        }
        try await withCrossing(setting) { crossing in
            _ = await crossing.ending { try await crossing.move() }
            isArmed.withLock { $0 = false }
            try damage(crossing)
            let before = crossing.target.writes
            await #expect {
                try await crossing.resume()
            } throws: { ($0 as? Failure)?.code == .snapshotUnreadable }
            #expect(crossing.target.writes == before)
        }
    }

    @Test func `nothing is made, written or compared from it, and the item is named`() async throws {
        var setting = Crossing.Setting()
        setting.source = .small(rows: 8, passages: 3, tools: 0)
        try await withCrossing(setting) { crossing in
            let path = try await damaged(crossing)
            let out = crossing.folder + "/out"
            let uses: [(String, () async throws -> Void)] = [
                ("load", { _ = try await crossing.engine.load(path, to: crossing.to, crossing.order()) }),
                ("plan", { _ = try await Engine.plan(snapshot: path, to: crossing.to, crossing.order()) }),
                ("export", { _ = try await Engine.export(path, to: out + ".af") }),
                ("export md", { _ = try await Engine.export(path, as: .markdown, to: out + ".md") }),
                (
                    "diff",
                    {
                        _ = try await Engine.diff(
                            .snapshot(path), .snapshot(path), in: out, progress: { _ in })
                    }
                ),
            ]
            for (name, use) in uses {
                await #expect("\(name)") {
                    try await use()
                } throws: { error in
                    let failure = error as? Failure
                    return failure?.code == .snapshotUnreadable && failure?.reason.contains("passage") == true
                }
            }
            #expect(crossing.target.writes == 0)
        }
    }
}
