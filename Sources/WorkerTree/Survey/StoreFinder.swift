import LettaModel
import SQLite

/// Databases and files beside the workers that hold agent ids or secrets.
struct StoreFinder {
    let root: String
    let host: HostView
    /// Databases that a worker opens.
    let taken: Set<String>

    /// A store and a note where it could not be read.
    struct Found {
        var store: OtherStore
        var note: TreeNote?
    }

    func stores(_ files: [TreeFile], _ needles: [Needle]) -> [Found] {
        files.compactMap { file in
            guard file.shape == .file, !taken.contains(file.path) else { return nil }
            if isDatabase(file) { return database(file, needles) }
            return Self.kind(ofFile: file).map {
                Found(
                    store: OtherStore(kind: $0, path: file.path, bytes: file.bytes, advice: Self.advice($0)))
            }
        }
    }

    private func isDatabase(_ file: TreeFile) -> Bool {
        guard file.class == .state || file.class == .backup, file.bytes > 0 else { return false }
        let magic = (try? SystemFile.bytes(of: file.path, limit: 16)) ?? []
        return magic == Array("SQLite format 3\0".utf8)
    }

    private func database(_ file: TreeFile, _ needles: [Needle]) -> Found {
        var store = OtherStore(kind: .database, path: file.path, bytes: file.bytes, advice: "")
        var note: TreeNote?
        do {
            let isLive = host.processes.processes.contains { $0.open.contains { $0.path == file.path } }
            let database = try QuietDatabase.open(
                file.path, isLive: isLive, temporaryFolder: host.temporaryFolder)
            store.kind = try Self.kind(of: database, file)
            let except: Set<String> = store.kind == .strayBroca ? ["messages"] : []
            store.mentions = try DatabaseMentions.of(database, path: file.path, needles, except: except)
        } catch {
            note = TreeNote(
                "not-searched", .warning, subject: file.path, text: "could not be read as a database")
        }
        store.advice = file.class == .backup ? Self.backup : Self.advice(store.kind)
        return Found(store: store, note: note)
    }

    private static func kind(of database: Database, _ file: TreeFile) throws -> OtherStore.Kind {
        if try BrocaSchema.hasBrocasTables(database) { return .strayBroca }
        if try database.number("SELECT count(*) FROM pragma_table_info('agents') WHERE name = 'letta_uid'")
            > 0
        {
            return .controlUI
        }
        let name = Paths.name(file.path)
        let names: [(String, OtherStore.Kind)] = [
            ("registry", .registry), ("router", .router), ("web_chat", .bridge), ("webchat", .bridge),
            ("thalamus", .thalamus), ("diary", .diary),
        ]
        return names.first { name.contains($0.0) || file.path.contains("/\($0.0)/") }?.1 ?? .database
    }

    private static func kind(ofFile file: TreeFile) -> OtherStore.Kind? {
        let name = Paths.name(file.path)
        if name == "dump.pm2" { return .pm2Dump }
        if name == "mcp.json" || name == "mcp_config.json" { return .mcpConfig }
        if name.hasSuffix(".pass") { return .passFile }
        return file.path.hasSuffix("/.letta/.env") ? .lettaEnv : nil
    }

    private static let backup = "a copy that somebody made: left behind unless asked for"

    static func advice(_ kind: OtherStore.Kind) -> String {
        switch kind {
        case .controlUI: "moves, with the agent's new id in agents.letta_uid; its shipped keys are public"
        case .registry: "moves with the control page"
        case .bridge: "belongs to the web chat's host and stays there; only its poller moves"
        case .router: "moves together with ROUTER_ENCRYPTION_KEY, or its provider keys are lost"
        case .thalamus, .diary: "moves by SQLite's backup"
        case .strayBroca:
            "has Broca's tables, and no worker here opens it: moves as it is, with the old server's ids"
        case .pm2Dump: "is never copied: pm2 makes it anew on the target"
        case .mcpConfig: "moves, with its absolute paths and addresses rewritten"
        case .lettaEnv: "moves with --with-secrets alone; SMCP reads only its lines with `export`"
        case .passFile: "moves with --with-secrets alone"
        case .database: "is unknown to ferry; look what it is before you leave it behind"
        }
    }
}
