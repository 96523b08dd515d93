public import LettaModel

/// What is known of one tree after it was looked at; nothing in it was
/// changed. Paths are absolute, with links resolved up to the root.
public struct WorkerInventory: Sendable {
    public var root: String
    /// In order of their code folders.
    public var workers: [Worker]
    /// Databases and files with agent ids or secrets that belong to no worker.
    public var stores: [OtherStore]
    /// Files that lie in no worker's folder.
    public var files: [TreeFile]
    /// In files that belong to no worker.
    public var mentions: [Mention] = []
    /// Lines that set another agent than the one that is spoken to.
    public var otherAgents: [OtherAgent] = []
    public var notes: [TreeNote]
    /// What stands in the way of a move, for the tree as a whole.
    public var refusals: [Failure]

    public init(
        root: String, workers: [Worker] = [], stores: [OtherStore] = [], files: [TreeFile] = [],
        notes: [TreeNote] = [], refusals: [Failure] = []
    ) {
        self.root = root
        self.workers = workers
        self.stores = stores
        self.files = files
        self.notes = notes
        self.refusals = refusals
    }

    /// Of the tree and of every worker.
    public var allRefusals: [Failure] { refusals + workers.flatMap(\.refusals) }

    public var allNotes: [TreeNote] { notes + workers.flatMap(\.notes) }
}

/// A program that speaks for an agent, found by what is in its folder.
public struct Worker: Sendable {
    public var kind: WorkerKind
    public var layout: TreeLayout
    /// The agent folder's name, or the code folder's where there is none.
    public var name: String
    /// Where `main.py` or `smcp.py` is; Otto: where its start script is.
    public var codeFolder: String
    /// The widest folder that is this worker's alone.
    public var folder: String
    /// `agents/NAME`, `agent-UUID`: may be shared by a Broca and an SMCP.
    public var agentFolder: String?
    /// Layout b: folders of several agents below one code folder.
    public var agentFolders: [String] = []
    /// Where it runs: relative paths of its settings begin there.
    public var workFolder: String
    /// A process, unit or start script says so; otherwise it is assumed to be
    /// the code folder.
    public var workFolderIsKnown = false
    public var files: [TreeFile] = []
    /// Every key that the program reads or that a file sets for it, by name.
    public var settings: [Setting] = []
    /// Broca's `settings.json`, where it would be read.
    public var options: [Setting] = []
    /// The dotenv files on the way from the code folder to `/`; the first one
    /// is read, the others are not.
    public var envFiles: [EnvFileFacts] = []
    public var starters: [Starter] = []
    public var database: DatabaseFacts?
    public var running = RunningFacts()
    public var code = CodeFacts()
    public var mentions: [Mention] = []
    public var notes: [TreeNote] = []
    public var refusals: [Failure] = []

    public init(
        kind: WorkerKind, layout: TreeLayout, name: String, codeFolder: String, folder: String,
        agentFolder: String? = nil
    ) {
        self.kind = kind
        self.layout = layout
        self.name = name
        self.codeFolder = codeFolder
        self.folder = folder
        self.agentFolder = agentFolder
        workFolder = codeFolder
    }

    /// The setting as the program would see it; nil where nothing sets it.
    public func setting(_ key: String) -> Setting? { settings.first { $0.key == key } }

    /// The agent it speaks to, as the program would read it.
    public var agentID: String? { setting(kind.agentKey)?.value?.text }

    /// The Letta server it speaks to, without `/v1`.
    public var serverURL: String? { setting(kind.serverKey)?.value?.text }
}

public enum WorkerKind: String, Sendable, CaseIterable {
    /// Channels and queue.
    case broca
    /// Tools over MCP.
    case smcp
    /// Otto's SMCP runtime over stdio: no agent id, no database.
    case otto

    /// The key that names the agent.
    public var agentKey: String { self == .broca ? "AGENT_ID" : "LETTA_AGENT_ID" }
    /// The key that names the server.
    public var serverKey: String { self == .broca ? "AGENT_ENDPOINT" : "LETTA_SERVER_URL" }
    /// The key that lets it in.
    public var tokenKeys: [String] {
        self == .broca ? ["AGENT_API_KEY"] : ["LETTA_SERVER_PASSWORD", "LETTA_API_KEY"]
    }
    /// Whether it reads a dotenv file by itself.
    public var readsDotenv: Bool { self == .broca }
}

/// How a tree is laid out; docs/workers.md draws them.
public enum TreeLayout: String, Sendable, CaseIterable {
    /// `agent-UUID/broca`, with state of the same names beside the code.
    case folderPerAgent = "a"
    /// `broca2/agent-UUID`: one code folder, one database, several agents.
    case sharedCode = "b"
    /// `agents/agent-UID/broca2/app`.
    case installer = "c"
    /// `agents/NAME/broca`.
    case production = "d"
    /// `.otto-local/smcp-runtime`.
    case otto
    /// A code folder anywhere else.
    case alone
}

/// Where the code came from, and what it runs with.
public struct CodeFacts: Sendable, Equatable {
    /// Of the checkout, read from `.git`; nil without one.
    public var commit: String?
    /// Folders of `plugins/`.
    public var plugins: [Plugin] = []
    /// The virtual environment that is nearest to the code.
    public var environment: String?
    /// `name==version`, as installed there, by name.
    public var packages: [String] = []

    public init() {}

    public struct Plugin: Sendable, Equatable {
        public var name: String
        /// Not one that Broca brings itself.
        public var isOwn: Bool
        public var isDisabled: Bool
        /// Where a link leads.
        public var linkTarget: String?
    }
}

/// A database or file that holds agent ids or secrets and is no worker's own.
public struct OtherStore: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The control web page's list of agents.
        case controlUI = "control-ui"
        case registry
        /// The bridge's database of the web chat's host.
        case bridge
        case router
        case thalamus
        case diary
        /// Broca's schema, and no worker opens it.
        case strayBroca = "stray-broca"
        case pm2Dump = "pm2-dump"
        case mcpConfig = "mcp-config"
        /// `~/.letta/.env`.
        case lettaEnv = "letta-env"
        case passFile = "pass-file"
        case database
    }

    public var kind: Kind
    public var path: String
    public var bytes: Int
    /// What happens to it in a move, in a sentence.
    public var advice: String
    public var mentions: [Mention]

    public init(kind: Kind, path: String, bytes: Int, advice: String, mentions: [Mention] = []) {
        self.kind = kind
        self.path = path
        self.bytes = bytes
        self.advice = advice
        self.mentions = mentions
    }
}

/// Something an operator should know; stops nothing.
public struct TreeNote: Sendable, Equatable {
    public enum Weight: String, Sendable { case info, warning }

    /// Stable, for scripts: `secret-readable`, `env-of-a-parent`.
    public var id: String
    public var weight: Weight
    /// A file, a key, a user; never a value that is secret.
    public var subject: String
    /// A sentence without its full stop.
    public var text: String
    /// What to do; nil where there is nothing to do.
    public var remedy: String?

    public init(_ id: String, _ weight: Weight, subject: String, text: String, remedy: String? = nil) {
        self.id = id
        self.weight = weight
        self.subject = subject
        self.text = text
        self.remedy = remedy
    }
}
