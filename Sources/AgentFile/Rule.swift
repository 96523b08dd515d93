/// One thing that a Letta server does not take as it is, and what is done
/// about it. Lint shows `title` and `why`, mend and shape act on it.
public struct Rule: Sendable, Equatable {
    /// What a Letta 0.16.8 server does with an item that the rule finds.
    public enum Reaction: String, Sendable, CaseIterable {
        /// `POST /agents/import` answers 400 or 500, nothing is made.
        case refused
        /// The import answers 400 and leaves an agent or its parts behind.
        case orphan
        /// The import answers 200; afterwards listing or chat fail.
        case poison
        /// The import answers 200 and the item is lost or shown wrongly.
        case silent
        /// The server takes it; Ferry acts for the user's sake.
        case taken
    }

    /// What the rule looks at.
    public enum Scope: String, Sendable, CaseIterable {
        case row, pair, context, agent, blocks, tools, file
    }

    /// Stable; `AnnouncedChange.rule` holds it.
    public let id: String
    public let scope: Scope
    public let reaction: Reaction
    /// What is wrong, in a few words.
    public let title: String
    /// What the server does with it.
    public let why: String
    /// What Ferry makes of it.
    public let remedy: String
    /// Whether `ferry mend` puts it right.
    public let mends: Bool

    /// Of calls and returns in context that do not fit together, which are
    /// mended as `ToolPairs` says and else left alone.
    public var isOfPairs: Bool { scope == .pair && reaction == .silent }

    init(
        id: String, scope: Scope, reaction: Reaction, title: String, why: String, remedy: String,
        mends: Bool = true
    ) {
        self.id = id
        self.scope = scope
        self.reaction = reaction
        self.title = title
        self.why = why
        self.remedy = remedy
        self.mends = mends
    }
}
