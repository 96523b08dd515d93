import Glibc
import Home
import LettaModel
import LettaServer
import ScriptedLetta
import Snapshot
import Synchronization
import Testing
import Verify

@testable import Migration

/// Dated files of every agent: what bears a date is whole and sound.
@Suite struct BackupTests {
    private static let listing = "GET /v1/agents/{}/messages"

    private func setting() -> Crossing.Setting {
        var setting = Crossing.Setting()
        setting.source.addAgent(name: "Bob", rows: 5)
        return setting
    }

    private func order(_ crossing: Crossing, keep: Int? = nil) -> BackupOrder {
        BackupOrder(store: BackupStore(crossing.folder + "/backups"), keep: keep)
    }

    private func paths(_ results: [AgentBackup]) -> [String] {
        results.compactMap { result in
            if case .sound(let integrity) = result.outcome { integrity.path } else { nil }
        }
    }

    /// Dates have seconds.
    private func nextSecond() async throws { try await Task.sleep(for: .milliseconds(1_100)) }

    @Test func `every agent has a dated file that holds its history`() async throws {
        try await withCrossing(setting()) { crossing in
            let results = try await crossing.engine.backup(from: crossing.from, order(crossing))
            #expect(results.map(\.name).sorted() == ["Ada", "Bob"])
            #expect(results.allSatisfy { $0.failure == nil })
            for path in paths(results) {
                #expect(BackupFolder.instant(of: String(path.split(separator: "/").last ?? "")) != nil)
                #expect(try await withSnapshot(at: path, .read) { try await $0.integrity() }.isSound)
            }
            let ada = try #require(paths(results).first { $0.contains("/Ada-") })
            #expect(try await crossing.storedRows(at: ada).count == 40)
        }
    }

    @Test func `the second file is built on the first, which stays as it was`() async throws {
        try await withCrossing(setting()) { crossing in
            let first = paths(try await crossing.engine.backup(from: crossing.from, order(crossing)))
            let before = try first.map { try PrivateFile.read($0) }
            try await nextSecond()
            let second = paths(try await crossing.engine.backup(from: crossing.from, order(crossing)))
            #expect(Set(first).isDisjoint(with: second))
            #expect(try first.map { try PrivateFile.read($0) } == before)
            for path in second {
                let generations = try await withSnapshot(at: path, .read) {
                    try await $0.summary().generations
                }
                #expect(generations.count == 2)
            }
        }
    }

    @Test func `no more than asked for are kept, and nothing of another name goes`() async throws {
        try await withCrossing(setting()) { crossing in
            let first = paths(try await crossing.engine.backup(from: crossing.from, order(crossing)))
            let folder = String(first[0].prefix(upTo: first[0].lastIndex(of: "/") ?? first[0].startIndex))
            let own = [
                "notes.txt", "2026-01-01.ferry", "2020-01-01T000000Z.ferry.old",
                "copy of 2020-01-01T000000Z.ferry",
            ]
            for name in own { try PrivateFile.write([1], to: "\(folder)/\(name)") }
            try await nextSecond()
            let results = try await crossing.engine.backup(from: crossing.from, order(crossing, keep: 1))
            #expect(Set(results.flatMap(\.removed)) == Set(first))
            for name in own { #expect(PrivateFile.exists("\(folder)/\(name)")) }
            for path in paths(results) { #expect(PrivateFile.exists(path)) }
        }
    }

    @Test func `one agent that fails does not keep the other from being saved, and loses no old file`()
        async throws
    {
        var setting = setting()
        setting.source = .small()
        let ada = setting.source.agents.ids.first ?? ""
        setting.source.addAgent(name: "Bob", rows: 5)
        setting.before = { [failing = Failing()] name, _ in
            if name.contains("GET"), name.contains("\(ada)/messages"), failing.isOn {
                throw Failure(.connectionLost, subject: name, reason: "lost", remedy: "again")
            }
            if name.contains("/v1/agents/"), name.contains("now-fail") { failing.isOn = true }
        }
        try await withCrossing(setting) { crossing in
            let first = paths(try await crossing.engine.backup(from: crossing.from, order(crossing, keep: 1)))
            #expect(first.count == 2)
            _ = try? await crossing.from.agent(SourceID("now-fail"))
            try await nextSecond()
            let results = try await crossing.engine.backup(from: crossing.from, order(crossing, keep: 1))
            #expect(results.first { $0.name == "Ada" }?.failure != nil)
            #expect(results.first { $0.name == "Bob" }?.failure == nil)
            #expect(PrivateFile.exists(try #require(first.first { $0.contains("/Ada-") })))
        }
    }

    @Test func `a run that was stopped goes on in its working file`() async throws {
        try await withCrossing(setting()) { crossing in
            let store = BackupStore(crossing.folder + "/backups")
            let state = try await crossing.from.agent(SourceID(crossing.ada))
            let folder = store.folder(
                named: crossing.engine.snapshotName(of: state, at: crossing.from.address))
            // What a stop leaves: a working file that is whole, and no date.
            _ = try await crossing.engine.snapshot(
                crossing.ada, from: crossing.from, to: folder.working, options: CaptureOptions())
            let results = try await crossing.engine.backup(from: crossing.from, order(crossing))
            #expect(!PrivateFile.exists(folder.working))
            let ada = try #require(paths(results).first { $0.contains("/Ada-") })
            #expect(try await withSnapshot(at: ada, .read) { try await $0.summary().generations.count } == 2)
        }
    }

    @Test func `a kill between the two names of a kept file changes nothing that has a date`() async throws {
        try await withCrossing(setting()) { crossing in
            let first = paths(try await crossing.engine.backup(from: crossing.from, order(crossing)))
            let ada = try #require(first.first { $0.contains("/Ada-") })
            let before = try PrivateFile.read(ada)
            let folder = BackupFolder(
                path: String(ada.prefix(upTo: ada.lastIndex(of: "/") ?? ada.startIndex)))
            #expect(link(ada, folder.working) == 0)
            try await nextSecond()
            _ = try await crossing.engine.backup(from: crossing.from, order(crossing))
            #expect(try PrivateFile.read(ada) == before)
            #expect(folder.datedNames().count == 2)
        }
    }

    @Test func `a damaged last file is not built on, and is said`() async throws {
        try await withCrossing(setting()) { crossing in
            let first = paths(try await crossing.engine.backup(from: crossing.from, order(crossing)))
            let ada = try #require(first.first { $0.contains("/Ada-") })
            var bytes = try PrivateFile.read(ada)
            let place = bytes.count / 2
            for offset in place..<place + 4_096 { bytes[offset] ^= 0x55 }
            try PrivateFile.write(bytes, to: ada)
            try await nextSecond()
            let results = try await crossing.engine.backup(from: crossing.from, order(crossing))
            let result = try #require(results.first { $0.name == "Ada" })
            #expect(result.failure == nil)
            #expect(result.notes.contains { $0.contains("damaged") })
            let path = try #require(paths([result]).first)
            #expect(try await withSnapshot(at: path, .read) { try await $0.summary().generations.count } == 1)
        }
    }

    @Test func `a drill restores, compares, and leaves the server as it was`() async throws {
        try await withCrossing(setting()) { crossing in
            let results = try await crossing.engine.backup(from: crossing.from, order(crossing))
            let ada = try #require(paths(results).first { $0.contains("/Ada-") })
            let before = crossing.target.world.agents.ids
            let drill = try await crossing.engine.drill(
                ada, at: crossing.to, readable: crossing.targetAsSource)
            #expect(drill.isProved)
            #expect(drill.verdict?.result(of: .messages)?.equal == 40)
            #expect(crossing.target.world.agents.ids == before)
            #expect(crossing.target.world.blocks.ids.isEmpty)
        }
    }

    @Test(arguments: [
        ("2026-05-02T030000Z.ferry", true), ("2026-05-02T03000Z.ferry", false),
        ("2026-13-02T030000Z.ferry", false),
        ("working.ferry", false), ("2026-05-02T030000Z.ferry-wal", false),
        ("2026-05-02 030000Z.ferry", false),
    ])
    func `only a name that ferry gives is a date`(name: String, isDate: Bool) {
        #expect((BackupFolder.instant(of: name) != nil) == isDate)
        if isDate { #expect(BackupFolder.instant(of: name).map(BackupFolder.name) == name) }
    }
}

/// Turned on in the middle of a test.
private final class Failing: Sendable {
    private let state = Mutex(false)

    var isOn: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
