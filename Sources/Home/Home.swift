public import LettaModel

/// A place where agents live: what it can do, what it holds, one step that
/// changes it, and a way to find what a step made.
///
/// Every read may be repeated. `perform` is called only after the step's
/// intent is in the journal; a throw of `Failure` with code
/// `outcome-unknown` means that the step may or may not have happened, or may
/// still happen, and the caller must look with `find` before it acts again.
/// Any other throw from `perform` means that the place answered and refused.
public protocol Home<Side>: Sendable {
    associatedtype Side: HomeSide

    var address: HomeAddress { get }

    /// What this place can do, probed and not assumed; cached after the
    /// first call. Throws `not-letta`, `app-server`, `ability-missing`,
    /// connection and authorization failures.
    func abilities() async throws -> Abilities

    /// Every agent that matches, hidden ones only when named or asked for.
    func agents(_ query: AgentQuery) async throws -> [AgentSummary<Side>]

    /// Throws `agent-unknown`.
    func agent(_ id: ServerID<AgentKind, Side>) async throws -> AgentState<Side>

    /// Nil where the server does not count them; also where a source fails at
    /// it (500 of `/context`), which a target must not.
    func counts(of agent: ServerID<AgentKind, Side>) async throws -> AgentCounts

    /// The attached core-memory blocks in attachment order, each with its tags.
    func blocks(of agent: ServerID<AgentKind, Side>) async throws -> [Block<Side>]

    /// A block by its id, attached or not; nil where there is none.
    func block(_ id: ServerID<BlockKind, Side>) async throws -> Block<Side>?

    /// Every block that carries the tag, attached or not.
    func blocks(tagged tag: String) async throws -> [Block<Side>]

    /// An identity by its id; nil where there is none.
    func identity(_ id: ServerID<IdentityKind, Side>) async throws -> Identity<Side>?

    /// Identities of exactly this `identifier_key`; at most one where the
    /// server keeps its promise.
    func identities(key: String) async throws -> [Identity<Side>]

    /// The agent's conversations beside its default thread, oldest first;
    /// empty where the server knows none.
    func conversations(of agent: ServerID<AgentKind, Side>) async throws -> [Conversation<Side>]

    /// All rows of a conversation, each once and in its order: its own system
    /// row, those that it shares with another thread, those written in it.
    func rows(
        of conversation: ServerID<ConversationKind, Side>
    ) async throws -> [ServerID<RowKind, Side>]

    /// The server's registered tool servers, whatever agent uses them.
    func toolServers() async throws -> [ToolServer]

    /// The newest rows of the agent, oldest of them first, in one page.
    /// - Parameter limit: at most 1,000; fewer come back only where the
    ///   history is shorter.
    func newestRows(of agent: ServerID<AgentKind, Side>, limit: Int) async throws -> [ListedRow<Side>]

    /// The attached tools, all pages.
    func tools(of agent: ServerID<AgentKind, Side>) async throws -> [Tool<Side>]

    /// The server's tools of these names, attached to anything or nothing.
    func tools(named names: [String]) async throws -> [Tool<Side>]

    /// Everything around the agent that this version names but does not move.
    func surroundings(of agent: ServerID<AgentKind, Side>) async throws -> [Surrounding]

    /// The agents that a thing is attached to, hidden ones too; nil where the
    /// server has no way to tell.
    func users(of thing: SharedThing<Side>) async throws -> [AgentSummary<Side>]?

    /// Turns that the server is in the midst of for this agent; empty where
    /// it has no way to tell.
    func activeRuns(of agent: ServerID<AgentKind, Side>) async throws -> [ActiveRun]

    /// The archives that are attached to the agent; empty where the server
    /// knows none.
    func archives(of agent: ServerID<AgentKind, Side>) async throws -> [ServerID<ArchiveKind, Side>]

    func models() async throws -> [ModelHandle]
    func embeddingModels() async throws -> [ModelHandle]

    /// The history, oldest first unless `start` says otherwise, page by page.
    ///
    /// Checks itself: ids are new, pages do not repeat, the ends agree with
    /// the opposite order; throws `page-repeated`, `page-order-ignored`,
    /// `cursor-vanished`, `history-incomplete` instead of ending early. A
    /// stretch on which the server itself fails is walked round and told by
    /// `ListedPage.unreachable`; whether to go on then is for the caller.
    func listing(
        of agent: ServerID<AgentKind, Side>, thread: Thread, from start: ListingStart<Side>
    ) -> Batches<ListedPage<Side>>

    /// Rows in export form, in the order asked, through a reader agent made
    /// by `Step.createReader`. At most 2,000 ids a call; never empty. Shows
    /// the rows to the reader (a PATCH of its own context) and exports it.
    ///
    /// Throws `RowsVanished` where the server names ids that do not exist
    /// any more, `reader-failed` otherwise.
    func nativeRows(
        _ rows: [ServerID<RowKind, Side>], through reader: ServerID<AgentKind, Side>
    ) async throws -> [NativeRow<Side>]

    /// The agent's own export as one agent file: the shell without
    /// `agents[*].messages`, and the rows in context by position.
    /// **Bounds**: holds the in-context rows.
    func export(of agent: ServerID<AgentKind, Side>) async throws -> ExportedAgent

    /// All passages, ascending by (created_at, id), without embeddings.
    /// - Parameter route: `.listing` reads 39 kB of embedding for each and
    ///   throws it away in the stream; `.search` is cheap, lacks `metadata`,
    ///   and throws `history-incomplete` where its count differs from
    ///   `expected`.
    func passages(
        of agent: ServerID<AgentKind, Side>, route: PassageRoute
    ) -> Batches<[Passage<Side>]>

    /// Secret values that the server shows, by name; empty where it hides
    /// them. Never stored.
    func secrets(of agent: ServerID<AgentKind, Side>) async throws -> [String: Secret]

    /// Changes the place. See the protocol's contract for what a throw means.
    func perform(_ step: Step<Side>) async throws -> Outcome<Side>

    /// Everything on the server that carries this run's markers, of any
    /// attempt: agents (hidden ones too), blocks, archives.
    ///
    /// Servers find agents and blocks by exact tag only, so whatever is made
    /// carries two tags: `Marker.description` and `Marker.runTag`. Archives
    /// have no tags; their name is the marker.
    func find(run: String) async throws -> [Found<Side>]
}

/// Where a home is, as printed: no user, no password, no token.
public struct HomeAddress: Sendable, Hashable, CustomStringConvertible {
    /// The name in the user's config, or the URL again.
    public let name: String
    /// `scheme://host:port`, without `/v1` and without a trailing slash.
    public let url: String
    public let project: String?

    public init(name: String, url: String, project: String?) {
        self.name = name
        self.url = url
        self.project = project
    }

    public var description: String { name == url ? url : "\(name) (\(url))" }
}

public struct AgentQuery: Sendable {
    public var name: String?
    public var tag: String?
    public var includesHidden: Bool

    public init(name: String? = nil, tag: String? = nil, includesHidden: Bool = false) {
        self.name = name
        self.tag = tag
        self.includesHidden = includesHidden
    }
}

/// A turn that has begun and not ended, as far as its server knows.
public struct ActiveRun: Sendable, Equatable {
    public let id: String
    /// Nil where the server does not say when it began.
    public let beganAt: Instant?

    public init(id: String, beganAt: Instant?) {
        self.id = id
        self.beganAt = beganAt
    }
}

/// What several agents may have at once.
public enum SharedThing<Side: HomeSide>: Sendable, Equatable {
    case block(ServerID<BlockKind, Side>)
    case archive(ServerID<ArchiveKind, Side>)
    case tool(ServerID<ToolKind, Side>)
    case identity(ServerID<IdentityKind, Side>)
}

public enum ListingStart<Side: HomeSide>: Sendable {
    case oldest
    /// Rows after this one, itself excluded.
    case after(ServerID<RowKind, Side>)
}

/// One page, already checked: its rows are new.
public struct ListedPage<Side: HomeSide>: Sendable {
    public let rows: [ListedRow<Side>]
    /// Bytes of the answer on the wire.
    public let bytes: Int
    /// Rows that the listing cannot show; they stand before this page's rows.
    /// At the end of a history it comes on a last page without rows.
    public let unreachable: UnreachableStretch<Side>?

    public init(rows: [ListedRow<Side>], bytes: Int, unreachable: UnreachableStretch<Side>? = nil) {
        self.rows = rows
        self.bytes = bytes
        self.unreachable = unreachable
    }
}

/// A stretch of a history on which the server's listing fails, since a row
/// in it cannot be shown. How many rows it holds is not known; rows whose ids
/// are known from elsewhere can still be read natively.
public struct UnreachableStretch<Side: HomeSide>: Sendable, Equatable {
    /// The last row before it; nil at the beginning of the history.
    public let after: ServerID<RowKind, Side>?
    /// The first row behind it; nil at the end.
    public let before: ServerID<RowKind, Side>?
    /// What the server answered, cleaned.
    public let reason: String

    public init(after: ServerID<RowKind, Side>?, before: ServerID<RowKind, Side>?, reason: String) {
        self.after = after
        self.before = before
        self.reason = reason
    }
}

public struct ExportedAgent: Sendable {
    /// The file without the elements of `agents[*].messages`.
    public let shell: VerbatimJSON
    /// `agents[0].messages`, in file order.
    public let rows: [VerbatimJSON]

    public init(shell: VerbatimJSON, rows: [VerbatimJSON]) {
        self.shell = shell
        self.rows = rows
    }
}

public enum PassageRoute: Sendable, Equatable {
    case listing
    /// - Parameter expected: the number that must come back.
    case search(expected: Int)
}

/// The server said that these rows do not exist (any more).
public struct RowsVanished: Error, Sendable {
    public let ids: [String]

    public init(ids: [String]) {
        self.ids = ids
    }
}
