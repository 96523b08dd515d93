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
        let run = text.dropFirst("ferry-".count)[..<dash]
        guard let attempt = Int(text[text.index(after: dash)...]), !run.isEmpty else { return nil }
        self.init(run: String(run), attempt: attempt)
    }

    public var description: String { "ferry-\(run)-\(attempt)" }
}
