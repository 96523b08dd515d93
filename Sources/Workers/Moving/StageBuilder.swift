import Journal
import LettaModel
import LosslessJSON
import WorkerTree

/// Builds the whole result in its stage: files, databases, new values.
struct StageBuilder: Sendable {
    let stage: TreeStage
    let view: TreeView
    let order: WorkersOrder
    let result: Planner.Result
    let run: RunID
    /// As the plan names the server.
    let server: String
    let serverURL: String

    private var settings: EffectiveSettings {
        EffectiveSettings(
            view, result.routes, result.replacements, server: serverURL, token: order.token)
    }

    /// Whom the built workers will speak to, read from what was built: places
    /// that set it, and the whole tree looked at as a user would.
    func checkSettings(_ look: (String) throws -> WorkerInventory) throws {
        let kept = try settings.kept { path in
            guard let place = view.relative(path), let real = FileKind.resolved(stage.path(place)),
                case .file = FileKind.at(real)
            else { return nil }
            return try PrivateTree.read(real)
        }
        if let first = kept.first { throw Refusals.kept(first, at: server) }
        let wrong = settings.wrong(try look(stage.folder))
        guard wrong.isEmpty else { throw Self.wrong(view.root, wrong) }
    }

    /// What must still be so at the end.
    struct Built {
        var copied: TreeStage.Copied
        /// Of the databases' own files.
        var databases: [String: FileStamp] = [:]
        /// Counts of the copies before anything was changed in them.
        var counts: [String: BrocaCounts] = [:]
    }

    func build() throws -> Built {
        try stage.begin()
        let copied = try stage.copy(view.files, order, leaving: view.databaseFiles)
        var built = Built(copied: copied)
        for database in view.databases { try copy(database.path, database.workers, into: &built) }
        for store in view.stores { try copy(store.path, into: &built) }
        return built
    }

    /// Another program's database: whole, with what its `-wal` holds.
    private func copy(_ path: String, into built: inout Built) throws {
        guard let place = view.relative(path) else { return }
        try take(path, to: stage.path(place), into: &built)
    }

    private func take(_ path: String, to target: String, into built: inout Built) throws {
        for part in PrivateCopy.parts(of: path) { built.databases[part] = FileStamp(part) }
        if let slash = target.lastIndex(of: "/") { try PrivateTree.makeFolder(String(target[..<slash])) }
        try PrivateCopy.take(path, to: target, scratch: stage.path(".ferry-scratch"))
    }

    private func copy(_ path: String, _ workers: [Worker], into built: inout Built) throws {
        guard let worker = workers.first else { return }
        let target = stage.path(view.place(of: path, worker))
        try take(path, to: target, into: &built)
        built.counts[path] = try BrocaStore(target).counts()
    }

    /// One transaction a database; then the copy is compared with what was
    /// announced.
    func remap(_ made: [String: String], _ built: Built) throws {
        for database in view.databases {
            guard let worker = database.workers.first else { continue }
            let store = try BrocaStore(stage.path(view.place(of: database.path, worker)))
            let fates = result.fates[database.path] ?? []
            try store.apply(identities: made, blocks: made, fates: fates)
            let expected = (built.counts[database.path] ?? BrocaCounts()).after(fates)
            let found = try store.counts().differences(from: expected) + (try store.damage())
            guard found.isEmpty else { throw Self.wrong(database.path, found) }
        }
    }

    private static func wrong(_ path: String, _ found: [String]) -> Failure {
        Failure(
            .different, subject: path,
            reason: "the copy is not what was announced: \(found.joined(separator: "; "))",
            remedy: "put right what is named there, such as a link in the place of a file, and type the same "
                + "command again; or report it, with the output of -v; nothing was published")
    }

    /// Puts the new values into the copies.
    func rewrite() throws -> [Rewrite] {
        var rewrites: [Rewrite] = []
        for file in view.files where Rewritable.is(file, view) {
            guard let place = view.relative(file.path), case .file = FileKind.at(stage.path(place)) else {
                continue
            }
            let path = stage.path(place)
            guard
                let (bytes, done) = try settings.rewrite(
                    try PrivateTree.read(path), path: file.path, place: place)
            else { continue }
            try PrivateTree.replace(path, with: bytes)
            rewrites += done
        }
        rewrites += try rewriteStores()
        try writePackages()
        try writeOutsideSettings()
        return rewrites
    }

    /// Databases of other programs, as their rules say; then each of them is
    /// as sound as it was.
    private func rewriteStores() throws -> [Rewrite] {
        var rewrites: [Rewrite] = []
        for store in view.stores {
            guard let place = view.relative(store.path), case .file = FileKind.at(stage.path(place)) else {
                continue
            }
            guard try ControlStore.rewrite(stage.path(place), store.rule, result.routes) > 0 else { continue }
            rewrites += result.plan.rewrites.filter { $0.file == place }
        }
        return rewrites
    }

    /// What the old environments had installed, for `pip install -r`.
    private func writePackages() throws {
        let packages = Set(view.inventory.workers.flatMap(\.code.packages)).sorted()
        let path = stage.path(Omissions.packages)
        guard !packages.isEmpty, FileKind.at(path) == nil else { return }
        try PrivateTree.write(Array((packages.joined(separator: "\n") + "\n").utf8), to: path)
    }

    /// A program reads the first dotenv file on its way up; one that lies
    /// above the tree comes into the code's folder, where it is found first.
    private func writeOutsideSettings() throws {
        for worker in view.brocas {
            guard let read = worker.envFiles.first(where: \.isRead), view.relative(read.path) == nil,
                let folder = view.relative(worker.codeFolder)
            else { continue }
            let path = stage.path(folder.isEmpty ? ".env" : "\(folder)/.env")
            guard FileKind.at(path) == nil else { continue }
            let bytes = try PrivateTree.read(read.path)
            let new = try settings.rewrite(bytes, path: read.path, place: ".env")?.bytes
            try PrivateTree.write(new ?? bytes, to: path)
        }
    }

    /// Every byte that was copied and not rewritten equals what was read.
    func compare(_ copied: TreeStage.Copied, _ manifest: Manifest, _ rewrites: [Rewrite]) throws {
        let changed = Set(rewrites.map(\.file))
        for (place, digest) in copied.digests where !changed.contains(place) {
            guard manifest.entries[place] == digest.description else {
                throw Self.wrong(place, ["its bytes are not those that were read"])
            }
        }
    }
}
