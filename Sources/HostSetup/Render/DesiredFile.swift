import Hashing
import Host
public import LettaModel

/// A file as it shall be.
public struct DesiredFile: Sendable, Equatable {
    /// Absolute, below the root of the host.
    public var path: String
    /// With the line that says who made it.
    public var text: String
    public var mode: Int
    /// It holds passwords: its text is shown covered, and never journalled.
    public var isSecret: Bool

    public var digest: ContentDigest { .ofBytes(Array(text.utf8)) }

    /// - Parameters body: without ferry's own line. comment: what begins a
    ///   line of comment in it.
    init(_ path: String, _ body: String, mode: Int = 0o644, isSecret: Bool = false, comment: String = "#") {
        self.path = path
        self.mode = mode
        self.isSecret = isSecret
        text = ManagedText.stamped(body, comment: comment)
    }

    /// Without a line of ferry's own, for what other programs write anew.
    init(verbatim path: String, _ text: String, mode: Int, isSecret: Bool = false) {
        self.path = path
        self.text = text
        self.mode = mode
        self.isSecret = isSecret
    }
}

/// The line by which ferry knows its own files again, and whether somebody
/// has changed them since.
enum ManagedText {
    private static let mark = "\(FerrysPart.mark) `ferry host plan` finds changes by hand. Sum: "

    /// First line, or second behind `#!`.
    static func stamped(_ body: String, comment: String = "#") -> String {
        let line = "\(comment) \(mark)\(sum(body))\n"
        guard body.hasPrefix("#!"), let end = body.firstIndex(of: "\n") else { return line + body }
        let rest = body.index(after: end)
        return body[..<rest] + line + body[rest...]
    }

    enum Origin: Sendable, Equatable {
        /// As ferry wrote it.
        case ours
        /// Ferry's, and changed since.
        case changed
        case foreign
    }

    static func origin(of text: String) -> Origin {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let place = lines.prefix(2).firstIndex(where: { $0.contains(mark) }) else { return .foreign }
        let line = lines.remove(at: place)
        return line.hasSuffix(sum(lines.joined(separator: "\n"))) ? .ours : .changed
    }

    static func sum(_ text: String) -> String {
        String(ContentDigest.ofBytes(Array(text.utf8)).description.prefix(16))
    }
}
