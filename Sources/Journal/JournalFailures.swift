import LettaModel
import LosslessJSON
import SQLite

/// Says what SQLite refused in the words of somebody who has runs.
enum JournalFailures {
    static func wrap<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw failure(error, path)
        } catch let error as JSONError {
            throw unreadable(path, "what it holds is not what ferry writes", error.description)
        }
    }

    private static func failure(_ error: SQLiteError, _ path: String) -> Failure {
        if error.isDiskFull {
            return Failure(
                .diskFull, subject: path, reason: "no space is left for the journal",
                remedy: "free some space, then type `ferry runs` and resume the run",
                underlying: error.description)
        }
        if error.isCorrupt {
            return unreadable(path, "the file is damaged or no database", error.description)
        }
        if error.isBusy {
            return unreadable(path, "another process has held the journal for too long", error.description)
        }
        return Failure(
            .fileUnwritable, subject: path, reason: "the journal cannot be opened or written",
            remedy: "check the permissions of the folder, or set XDG_STATE_HOME to one that can be written",
            underlying: error.description)
    }

    static func unreadable(_ path: String, _ reason: String, _ underlying: String? = nil) -> Failure {
        Failure(
            .journalUnreadable, subject: path, reason: reason,
            remedy:
                "keep the file, it knows what was made on your servers; move it aside and report what it says with -v",
            underlying: underlying)
    }

    static func newer(_ path: String, version: Int) -> Failure {
        Failure(
            .journalUnreadable, subject: path,
            reason: "the journal has version \(version), this ferry reads up to \(JournalSchema.version)",
            remedy: "install the newest ferry and run the same command again")
    }

    static func runUnknown(_ text: String, candidates: Int) -> Failure {
        Failure(
            .runUnknown, subject: text,
            reason: candidates == 0 ? "there is no such run" : "\(candidates) runs begin like this",
            remedy: "type `ferry runs` to see them all")
    }

    static func busy(_ run: RunID, pid: Int32) -> Failure {
        Failure(
            .runBusy, subject: run.raw, reason: "process \(pid) is working on this run",
            remedy: "wait until it has finished, or stop it first")
    }

    static func bug(_ subject: String, _ reason: String) -> Failure {
        Failure(.internal, subject: subject, reason: reason, remedy: "report this as a bug")
    }
}
