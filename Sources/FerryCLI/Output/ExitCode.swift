import LettaModel

/// How the program ends; the same meaning for every command. A test compares
/// this table with docs/exit-codes.md.
enum ExitCode: Int32, CaseIterable, Sendable {
    case clean = 0
    case findings = 1
    case usage = 2
    case losses = 3
    case sourceFailed = 4
    case targetFailed = 5
    case notUnderstood = 6
    case refused = 7
    case incomplete = 8
    case internalError = 70
    case interrupted = 130

    var meaning: String {
        switch self {
        case .clean: "verified, clean, or nothing to do"
        case .findings: "findings or differences"
        case .usage: "the command line, the config or a named file is wrong"
        case .losses: "done, with losses that were not accepted"
        case .sourceFailed: "the source failed"
        case .targetFailed: "the target failed"
        case .notUnderstood: "a server or a file speaks a contract or version that ferry doesn't understand"
        case .refused: "refused for safety, before anything was taken away or overwritten"
        case .incomplete: "incomplete, and `ferry resume` goes on"
        case .internalError: "a mistake of ferry's own"
        case .interrupted: "interrupted by a signal; `ferry resume` goes on"
        }
    }
}

extension ExitCode {
    /// The one place where an error becomes an exit code.
    init(_ failure: Failure) {
        self = Self.of(failure.code, end: failure.end)
    }

    static func of(_ code: ErrorCode, end: Failure.End?) -> ExitCode {
        switch code {
        case .usage, .unknownServer, .serverExists, .configUnreadable, .tokenMissing, .agentFileUnreadable,
            .fileExists, .fileUnreadable, .runUnknown, .secretMissing, .snapshotUnreadable, .workerNotFound,
            .envUnreadable, .databaseMissing, .workerDatabaseUnreadable, .hostConfigWrong:
            .usage
        case .connectFailed, .nameNotFound, .tlsFailed, .tlsOnPlainPort, .plainOnTLSPort, .timedOut,
            .connectionLost,
            .unauthorized, .redirected, .serverError, .serverRefused, .agentUnknown, .agentAmbiguous:
            end == .target ? .targetFailed : .sourceFailed
        case .pageRepeated, .pageOrderIgnored, .cursorVanished, .historyIncomplete, .readerFailed:
            end == .target ? .targetFailed : .sourceFailed
        case .notLetta, .appServer, .abilityMissing, .answerNotUnderstood, .snapshotNewer, .agentFileLegacy,
            .databaseForeign, .databaseNewer:
            .notUnderstood
        case .plainHTTPRefused, .sameServer, .agentNameTaken, .agentNameInvalid, .toolClash, .modelUnknown,
            .embeddingUnknown, .agentTypeUnknown, .snapshotOfAnotherAgent, .snapshotMovedOn, .runBusy,
            .runNotResumable,
            .runNeeded, .runNotUndoable, .undoWouldLose, .agentBusy, .envValueRefused:
            .refused
        case .workerRunning, .workerShared, .workerTestMode, .workerChanged, .agentUnmapped, .blockAttached,
            .toolServerRefused, .remoteUnable, .hostUnable, .hostPlanStale, .hostConflict:
            .refused
        case .remoteFailed: end == .target ? .targetFailed : .sourceFailed
        case .importRefused, .outcomeUnknown, .hostStepFailed: .targetFailed
        case .sourceChanged, .snapshotUnfinished, .loadIncomplete, .readerLeftBehind, .diskFull,
            .fileUnwritable, .databaseBusy, .hostHalfDone:
            .incomplete
        case .different: .findings
        case .lossesNotAccepted: .losses
        case .interrupted: .interrupted
        case .journalUnreadable, .internal: .internalError
        }
    }
}
