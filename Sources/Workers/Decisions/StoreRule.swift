import WorkerTree

/// What a move does with a database or a file that lies beside the workers,
/// one row a kind: the one place that says so.
struct StoreRule: Sendable, Equatable {
    enum Fate: String, Sendable {
        /// By SQLite's own backup, or as a text with its values replaced.
        case moved
        /// Its place is another host, or its program makes it anew.
        case left
        /// Only where the user asks for secrets.
        case onRequest
    }

    struct Column: Sendable, Equatable {
        let table: String
        let name: String
    }

    let kind: OtherStore.Kind
    let fate: Fate
    /// Columns that hold an agent's id and get the new one.
    var agentColumns: [Column] = []
    /// Tables of what is true of the old host only.
    var emptied: [String] = []
    /// Why it is left, and what to do; empty where it is not.
    var reason = ""
    var remedy = ""

    private static let agents = [Column(table: "agents", name: "letta_uid")]

    /// Source: the schemas of the control page and of the installer's
    /// registry; of the others no column with an agent's id is known, so what
    /// they hold is searched and told.
    static let table: [StoreRule] = [
        StoreRule(kind: .controlUI, fate: .moved, agentColumns: agents, emptied: ["user_sessions"]),
        StoreRule(kind: .registry, fate: .moved, agentColumns: agents, emptied: ["user_sessions"]),
        StoreRule(
            kind: .bridge, fate: .left,
            reason: "belongs to the web chat's own host, whose pages go on writing to it",
            remedy: "leave it there; if the web chat moves too, bring it by hand: "
                + "sqlite3 BRIDGE.db \".backup NEW.db\""),
        StoreRule(kind: .router, fate: .moved),
        StoreRule(kind: .thalamus, fate: .moved),
        StoreRule(kind: .diary, fate: .moved),
        StoreRule(kind: .strayBroca, fate: .moved),
        StoreRule(
            kind: .pm2Dump, fate: .left,
            reason: "keeps the environment of the day it was saved, with the old agent's id",
            remedy: "make it anew on the target: pm2 start …, then pm2 save"),
        StoreRule(kind: .mcpConfig, fate: .moved),
        StoreRule(kind: .lettaEnv, fate: .onRequest),
        StoreRule(kind: .passFile, fate: .onRequest),
        StoreRule(kind: .database, fate: .moved),
    ]

    /// A kind without a row is left: nobody has said what it is.
    static func of(_ kind: OtherStore.Kind) -> StoreRule {
        table.first { $0.kind == kind }
            ?? StoreRule(
                kind: kind, fate: .left, reason: "ferry has no rule for it", remedy: "bring it by hand")
    }
}

extension OtherStore {
    var rule: StoreRule { .of(kind) }

    /// A database, and no text.
    var isDatabase: Bool { ![.pm2Dump, .mcpConfig, .lettaEnv, .passFile].contains(kind) }
}
