import LettaModel
import LettaServer
import LosslessJSON

/// A failure as a person and as a program read it.
enum FailureText {
    static func plain(_ failure: Failure, isVerbose: Bool, color: Bool) -> String {
        let red = color ? "\u{1b}[31m" : ""
        let bold = color ? "\u{1b}[1m" : ""
        let off = color ? "\u{1b}[0m" : ""
        let failure = printable(failure)
        var text = "ferry: \(red)error\(off): \(end(failure))\(failure.subject): \(failure.reason)"
        text += " [\(failure.code.rawValue)]\n"
        if !failure.remedy.isEmpty { text += "ferry: \(bold)hint\(off): \(failure.remedy)\n" }
        if isVerbose, let underlying = failure.underlying { text += "ferry: below: \(underlying)\n" }
        return text
    }

    static func json(_ failure: Failure) -> String {
        var line: JSONNode = [:]
        line["schema"] = "ferry.error/1"
        line["error"] = node(failure)
        return line.text() + "\n"
    }

    static func node(_ failure: Failure) -> JSONNode {
        let failure = mapped(failure, ServerURL.redacting)
        var error: JSONNode = [:]
        error["code"] = .string(failure.code.rawValue)
        error["subject"] = .string(failure.subject)
        error["reason"] = .string(failure.reason)
        error["remedy"] = .string(failure.remedy)
        error["end"] = failure.end.map { .string($0.rawValue) } ?? .null
        error["exit"] = .number("\(ExitCode(failure).rawValue)")
        return error
    }

    private static func printable(_ failure: Failure) -> Failure {
        mapped(failure) { Printable.escaped(ServerURL.redacting($0)) }
    }

    private static func mapped(_ failure: Failure, _ shown: (String) -> String) -> Failure {
        Failure(
            failure.code, subject: shown(failure.subject), reason: shown(failure.reason),
            remedy: shown(failure.remedy), end: failure.end, underlying: failure.underlying.map(shown))
    }

    private static func end(_ failure: Failure) -> String { failure.end.map { "\($0.rawValue): " } ?? "" }
}
