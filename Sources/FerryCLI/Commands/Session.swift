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
                headStartFrom: try headStart(world), clock: { Session.steadySeconds() })
            defer { printer.finish() }
            return try await body(engine)
        }
    }

    /// `FERRY_HEAD_START`: from how many passages on a move sends the first of
    /// them while it reads the rest.
    private static func headStart(_ world: World) throws -> Int {
        guard let text = world.environment["FERRY_HEAD_START"] else { return Engine.usualHeadStart }
        if text == "off" { return Int.max }
        guard let number = Int(text), number > 0 else {
            throw Failure(
                .usage, subject: "FERRY_HEAD_START=\(text)",
                reason: "is neither a number of passages nor `off`",
                remedy: "unset FERRY_HEAD_START, or set it to off")
        }
        return number
    }

    static func steadySeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
