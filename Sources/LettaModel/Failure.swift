/// An error that a person meets: what, where, why and the next command.
///
/// Leaf modules (JSON, SQLite, HTTP) throw their own closed errors; the
/// modules that know what was being attempted wrap them in this one.
public struct Failure: Error, Sendable, CustomStringConvertible {
    public let code: ErrorCode
    /// Which server, agent, file or item; never a secret.
    public let subject: String
    /// One sentence, lower case, no full stop.
    public let reason: String
    /// Imperative; a command where there is one.
    public let remedy: String
    /// Which end failed, where an end did.
    public let end: End?
    /// The error below, for `-v`; its text is safe to log.
    public let underlying: String?

    public enum End: String, Sendable {
        case source, target
    }

    public init(
        _ code: ErrorCode, subject: String, reason: String, remedy: String, end: End? = nil,
        underlying: String? = nil
    ) {
        self.code = code
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
        self.end = end
        self.underlying = underlying
    }

    /// Safe to log: holds names and numbers, no content and no secret.
    public var description: String { "\(subject): \(reason) [\(code.rawValue)]" }

    /// The same failure, said of one end of the move.
    public func at(_ end: End) -> Failure {
        Failure(
            code, subject: subject, reason: reason, remedy: remedy, end: self.end ?? end,
            underlying: underlying)
    }
}
