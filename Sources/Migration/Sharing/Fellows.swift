public import Journal
import LettaModel

/// What is known of agents that moved before, or will move after: what an
/// agent shares with them stays shared.
public struct Fellows: Sendable {
    /// Nil where nobody looks: then every agent is the first.
    public var journal: RunJournal?
    /// Source ids of agents that the same command moves after this one.
    public var following: Set<String>
    /// The run that moves the agent; nil before there is one.
    var run: RunID?

    public init(journal: RunJournal? = nil, following: Set<String> = []) {
        self.journal = journal
        self.following = following
    }

    init(journal: RunJournal, following: Set<String> = [], run: RunID?) {
        self.init(journal: journal, following: following)
        self.run = run
    }
}
