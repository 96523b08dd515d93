import LettaModel
import LosslessJSON
import SQLite

/// Says what SQLite refused in the words of somebody who has a snapshot.
enum SnapshotFailures {
    static func wrap<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as SQLiteError {
            throw failure(error, path)
        } catch let error as JSONError {
            throw Failure(
                .answerNotUnderstood, subject: path, reason: "a row or passage is no JSON and was not stored",
                remedy: "run again with -v and report the answer", underlying: error.description)
        }
    }

    static func failure(_ error: SQLiteError, _ path: String) -> Failure {
        if error.isDiskFull { return diskFull(path, error) }
        if error.isBusy { return busy(path, error) }
        if error.isCorrupt || error.isTooBig { return unreadable(path, "the file is damaged", error) }
        if error.isAlreadyThere { return exists(path) }
        if error.isWriteFailure {
            return Failure(
                .fileUnwritable, subject: path, reason: "the file cannot be written to its end",
                remedy: "check the disk (df \(path)), then run the same command again",
                underlying: error.description)
        }
        if error.isReadOnly {
            return Failure(
                .fileUnwritable, subject: path, reason: "the file cannot be written",
                remedy: "choose another place with -o, or change the permissions of the folder",
                underlying: error.description)
        }
        return Failure(
            .fileUnreadable, subject: path, reason: "the file cannot be opened or read",
            remedy: "check the path and its permissions: ls -l \(path)", underlying: error.description)
    }

    private static func diskFull(_ path: String, _ error: SQLiteError) -> Failure {
        Failure(
            .diskFull, subject: path, reason: "no space is left for the snapshot",
            remedy: "free some space and run the same command again; what was read stays read",
            underlying: error.description)
    }

    private static func busy(_ path: String, _ error: SQLiteError) -> Failure {
        Failure(
            .snapshotUnfinished, subject: path, reason: "another process has the snapshot open",
            remedy: "wait until it has finished, then run the same command again",
            underlying: error.description)
    }

    static func unreadable(_ path: String, _ reason: String, _ error: SQLiteError? = nil) -> Failure {
        Failure(
            .snapshotUnreadable, subject: path, reason: reason,
            remedy: "use another copy of the file, or take a new one with `ferry snapshot`",
            underlying: error?.description)
    }

    static func exists(_ path: String) -> Failure {
        Failure(
            .fileExists, subject: path, reason: "the file exists already",
            remedy: "choose another name with -o, or remove the file")
    }

    static func newer(_ path: String, format: Int) -> Failure {
        Failure(
            .snapshotNewer, subject: path,
            reason: "the snapshot has format \(format), this ferry reads up to \(Schema.formatVersion)",
            remedy: "install the newest ferry and run the same command again")
    }

    static func movedAlone(_ path: String) -> Failure {
        Failure(
            .snapshotUnfinished, subject: path,
            reason: "the snapshot was being written and the \(path)-wal that belongs to it is missing",
            remedy: "put the -wal file back beside it, or remove both and run `ferry snapshot` again")
    }

    static func unfinished(_ path: String) -> Failure {
        Failure(
            .snapshotUnfinished, subject: path, reason: "the snapshot has not been finished",
            remedy: "run the same `ferry snapshot` again: it goes on where it stopped")
    }
}
