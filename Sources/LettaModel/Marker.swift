/// The name under which one attempt of one run makes things on a server:
/// `ferry-<run>-<attempt>`. Never reused, so whatever carries it was made by
/// that attempt and by nothing else.
public struct Marker: Hashable, Sendable, CustomStringConvertible {
    public let run: String
    public let attempt: Int

    public init(run: String, attempt: Int) {
        self.run = run
        self.attempt = attempt
    }

    /// Reads `ferry-<run>-<attempt>`.
    public init?(_ text: String) {
        guard text.hasPrefix("ferry-"), let dash = text.lastIndex(of: "-") else { return nil }
        let rest = text.dropFirst("ferry-".count)
        guard dash > rest.startIndex, let attempt = Int(rest[text.index(after: dash)...]) else { return nil }
        let run = rest[..<dash]
        self.init(run: String(run), attempt: attempt)
    }

    public var description: String { "ferry-\(run)-\(attempt)" }

    /// The tag that all attempts of the run share: what `Home.find` asks for.
    public var runTag: String { Marker.runTag(run) }

    public static func runTag(_ run: String) -> String { "ferry-\(run)" }

    /// What every reader agent is tagged with, for whoever meets one.
    public static let readerTag = "ferry-reader"

    /// What tells the readers of this run from its other agents: a tag that
    /// no agent of the user's can bring along.
    public var runReaderTag: String { Marker.runReaderTag(run) }

    public static func runReaderTag(_ run: String) -> String { "ferry-\(run)-reader" }
}
