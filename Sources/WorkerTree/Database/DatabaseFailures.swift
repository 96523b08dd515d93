import LettaModel

/// What can be wrong with a worker's database.
enum DatabaseFailures {
    /// - Parameter target: what a link of that name says.
    static func missing(_ path: String, linkTo target: String? = nil, _ others: [String]) -> Failure {
        let hint = others.first.map { "; \($0) has Broca's tables, and this worker does not open it" } ?? ""
        return Failure(
            .databaseMissing, subject: path,
            reason: "is the database that this worker would open, and "
                + (target.map { "it is a link to \($0), where no file is" } ?? "it is not there") + hint,
            remedy: "set DB_PATH in the worker's .env to the database that it used, or start from its backup")
    }

    static func foreign(_ path: String, _ reason: String) -> Failure {
        Failure(
            .databaseForeign, subject: path, reason: "is not Broca's database: \(reason)",
            remedy: "name the tree that holds the worker's own database, or correct its DB_PATH")
    }

    static func newer(_ path: String, _ what: String) -> Failure {
        Failure(
            .databaseNewer, subject: path,
            reason: "has a newer schema than ferry knows: \(what)",
            remedy: "use a ferry that knows this Broca; nothing of it is moved by halves")
    }

    static func busy(_ path: String) -> Failure {
        Failure(
            .databaseBusy, subject: path,
            reason: "is written to without a pause, so no true copy can be read",
            remedy: "stop the worker, then run the command again")
    }

    static func unreadable(_ path: String, _ reason: String) -> Failure {
        Failure(
            .fileUnreadable, subject: path, reason: "cannot be read: \(reason)",
            remedy: "run ferry as the user whom the tree belongs to")
    }

    static func noRoom(_ path: String) -> Failure {
        Failure(
            .diskFull, subject: path, reason: "there is no room for a private copy of it",
            remedy: "set TMPDIR to a folder with room, then run the command again")
    }
}
