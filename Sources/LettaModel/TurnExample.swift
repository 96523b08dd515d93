/// One turn of an agent before and after a conversion, in words, for a plan.
///
/// **Bounds**: a line holds at most `Line.lengthAtMost` characters of the agent's.
public struct TurnExample: Sendable, Equatable {
    /// One thing that the turn holds.
    public struct Line: Sendable, Equatable {
        /// `inner thought`, `reply`, `call of roll_dice`.
        public let what: String
        public let text: String

        public static let lengthAtMost = 160

        public init(_ what: String, _ text: String) {
            self.what = what
            self.text =
                text.count > Self.lengthAtMost ? String(text.prefix(Self.lengthAtMost)) + "…" : text
        }
    }

    /// `message 4`, `messages 4 and 5`.
    public let item: String
    public let before: [Line]
    public let after: [Line]

    public init(item: String, before: [Line], after: [Line]) {
        self.item = item
        self.before = before
        self.after = after
    }
}
