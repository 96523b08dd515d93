/// Every error code, stable; docs/errors.md has a line for each, which a
/// test compares with this list.
public enum ErrorCode: String, Sendable, CaseIterable {
    // The command line and the config.
    case usage
    case unknownServer = "unknown-server"
    case serverExists = "server-exists"
    case configUnreadable = "config-unreadable"
    case tokenMissing = "token-missing"
    case plainHTTPRefused = "plain-http-refused"

    // Reaching a server.
    case connectFailed = "connect-failed"
    case nameNotFound = "name-not-found"
    case tlsFailed = "tls-failed"
    case tlsOnPlainPort = "tls-on-plain-port"
    case plainOnTLSPort = "plain-on-tls-port"
    case timedOut = "timed-out"
    case connectionLost = "connection-lost"
    case unauthorized
    case notLetta = "not-letta"
    case appServer = "app-server"
    case abilityMissing = "ability-missing"
    case redirected
    case serverError = "server-error"
    case serverRefused = "server-refused"
    case answerNotUnderstood = "answer-not-understood"

    // Finding the agent.
    case agentUnknown = "agent-unknown"
    case agentAmbiguous = "agent-ambiguous"
    case agentBusy = "agent-busy"

    // Reading.
    case pageRepeated = "page-repeated"
    case pageOrderIgnored = "page-order-ignored"
    case cursorVanished = "cursor-vanished"
    case historyIncomplete = "history-incomplete"
    case sourceChanged = "source-changed"
    case readerFailed = "reader-failed"

    // Files.
    case snapshotUnreadable = "snapshot-unreadable"
    case snapshotNewer = "snapshot-newer"
    case snapshotUnfinished = "snapshot-unfinished"
    case snapshotOfAnotherAgent = "snapshot-of-another-agent"
    case snapshotMovedOn = "snapshot-moved-on"
    case agentFileUnreadable = "agent-file-unreadable"
    case agentFileLegacy = "agent-file-legacy"
    case fileExists = "file-exists"
    case fileUnreadable = "file-unreadable"
    case fileUnwritable = "file-unwritable"
    case diskFull = "disk-full"

    // Refused before the first write.
    case sameServer = "same-server"
    case agentNameTaken = "agent-name-taken"
    case agentNameInvalid = "agent-name-invalid"
    case toolClash = "tool-clash"
    case modelUnknown = "model-unknown"
    case embeddingUnknown = "embedding-unknown"
    case agentTypeUnknown = "agent-type-unknown"
    case secretMissing = "secret-missing"

    // Writing.
    case importRefused = "import-refused"
    case outcomeUnknown = "outcome-unknown"
    case loadIncomplete = "load-incomplete"
    case readerLeftBehind = "reader-left-behind"

    // Verifying and the journal.
    case different
    case lossesNotAccepted = "losses-not-accepted"
    case runUnknown = "run-unknown"
    case runBusy = "run-busy"
    case runNotResumable = "run-not-resumable"
    case runNeeded = "run-needed"
    case runNotUndoable = "run-not-undoable"
    case undoWouldLose = "undo-would-lose"
    case journalUnreadable = "journal-unreadable"

    // Workers.
    case workerNotFound = "worker-not-found"
    case envUnreadable = "env-unreadable"
    case envValueRefused = "env-value-refused"
    case databaseMissing = "database-missing"
    case databaseForeign = "database-foreign"
    case databaseNewer = "database-newer"
    case databaseBusy = "database-busy"
    case workerRunning = "worker-running"
    case workerShared = "worker-shared"
    case workerTestMode = "worker-test-mode"
    case workerDatabaseUnreadable = "worker-database-unreadable"
    case workerChanged = "worker-changed"
    case agentUnmapped = "agent-unmapped"
    case blockAttached = "block-attached"
    case toolServerRefused = "tool-server-refused"
    case remoteUnable = "remote-unable"
    case remoteFailed = "remote-failed"

    // A host's set-up.
    case hostConfigWrong = "host-config-wrong"
    case hostUnable = "host-unable"
    case hostPlanStale = "host-plan-stale"
    case hostConflict = "host-conflict"
    case hostStepFailed = "host-step-failed"
    case hostHalfDone = "host-half-done"

    case interrupted
    case `internal`
}
