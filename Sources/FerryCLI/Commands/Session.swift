import Glibc
import Journal
import LettaModel
import Migration

/// The engine with the user's journal and folders, for the time of one
/// command.
enum Session {
    static func with<Result: Sendable>(
        _ world: World, _ printer: ProgressPrinter, _ body: (Engine) async throws -> Result
    ) async throws -> Result {
        let state = try world.stateFolder()
        let data = try world.dataFolder()
        return try await withJournal(at: state + "/journal.db") { journal in
            let engine = Engine(
                journal: journal, dataFolder: data, version: Version.number, progress: { printer($0) },
                clock: { Session.steadySeconds() })
            defer { printer.finish() }
            return try await body(engine)
        }
    }

    static func steadySeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
