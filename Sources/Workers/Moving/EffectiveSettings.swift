import LettaModel
import WorkerTree

/// Whom each worker of the copy will speak to: by what the programs read, not
/// by the letters of the files. A value that is put together from variables
/// has no letters that could be replaced.
struct EffectiveSettings: Sendable {
    let view: TreeView
    let routes: [AgentRoute]
    let server: String
    let token: Secret?
    let rewriter: TextRewriter

    init(
        _ view: TreeView, _ routes: [AgentRoute], _ replacements: [Replacement], server: String,
        token: Secret?
    ) {
        self.view = view
        self.routes = routes
        self.server = server
        self.token = token
        // A tree that lies at the same path on another host is not renamed either.
        let roots = view.names.filter { name in
            !replacements.contains { $0.kind == .path && $0.old == name && $0.new != name }
        }
        rewriter = TextRewriter(
            replacements, keeping: Replacements.kept(view, named: routes.map(\.old), at: roots))
    }

    private static let kinds: [SettingRole: Rewrite.Kind] = [
        .agentID: .agentID, .serverURL: .serverURL, .serverToken: .token,
    ]

    /// What has to stand for a value at the new place; nil where it may stay.
    private func wanted(_ old: String, _ role: SettingRole) -> String? {
        let new: String? =
            switch role {
            case .agentID: routes.first { $0.old == old }?.new
            case .serverURL: rewriter.text(old)
            case .serverToken: old.isEmpty ? nil : token?.reveal()
            default: nil
            }
        return new == old ? nil : new
    }

    // MARK: Rewriting

    /// The new text of a file: every old value replaced where it stands, and
    /// in a dotenv file that a worker reads also where it only comes about.
    ///
    /// - Parameter path: in the tree that is read. place: as printed.
    /// - Returns: nil where nothing is to be replaced.
    /// **Errors**: `envValueRefused`.
    func rewrite(_ bytes: [UInt8], path: String, place: String) throws -> (
        bytes: [UInt8], rewrites: [Rewrite]
    )? {
        let plain = rewriter.rewrite(bytes, file: place)
        var text = plain?.bytes ?? bytes
        var rewrites = plain?.rewrites ?? []
        for worker in readers(of: path) {
            let more = try literal(bytes, text, worker, place)
            guard !more.isEmpty else { continue }
            let changes = more.map { ($0.rewrite.key, EnvChange.set(.secret(Secret($0.new)))) }
            text = try EnvFile(text).changed(Dictionary(changes) { first, _ in first }, path: path)
            rewrites += more.map(\.rewrite)
        }
        return rewrites.isEmpty ? nil : (text, rewrites)
    }

    private func readers(of path: String) -> [Worker] {
        view.inventory.workers.filter { worker in
            worker.kind.readsDotenv
                && worker.envFiles.contains {
                    $0.isRead && ($0.path == path || FileKind.resolved($0.path) == path)
                }
        }
    }

    private func literal(_ old: [UInt8], _ new: [UInt8], _ worker: Worker, _ place: String) throws -> [(
        rewrite: Rewrite, new: String
    )] {
        guard let before = values(old, worker), let after = values(new, worker) else { return [] }
        return worker.settings.compactMap { setting in
            guard let kind = Self.kinds[setting.role], let was = before[setting.key],
                let wanted = wanted(was.text, setting.role), after[setting.key]?.text != wanted
            else { return nil }
            return (
                Rewrite(
                    file: place, line: was.line, key: setting.key, kind: kind,
                    old: Rewrite.shown(was.text, kind),
                    new: Rewrite.shown(wanted, kind)), wanted
            )
        }
    }

    /// As dotenv gives them to the worker; nil for a file that it can't read.
    private func values(_ bytes: [UInt8], _ worker: Worker) -> [String: EnvFile.Value]? {
        let outer = worker.settings.compactMap { setting -> (String, String)? in
            if case .envFile = setting.origin { return nil }
            guard setting.origin != .builtIn, let value = setting.value else { return nil }
            return (setting.key, value.text)
        }
        let environment = Dictionary(outer) { first, _ in first }
        return try? EnvFile(bytes).values(in: environment)
    }

    // MARK: Looking

    /// A place that would go on giving a worker a value of the old place.
    struct Kept: Sendable {
        let worker: String
        let key: String
        let path: String
        let line: Int?
        /// The line fills in the instance of a unit's template.
        var isTemplate = false
    }

    /// - Parameter bytes: the new text of a file of the tree, by its old path;
    ///   nil for one that does not come along.
    func kept(_ bytes: (String) throws -> [UInt8]?) rethrows -> [Kept] {
        var found: [Kept] = []
        for worker in view.inventory.workers where worker.kind != .otto {
            for setting in worker.settings where Self.kinds[setting.role] != nil {
                guard let (origin, value) = place(of: setting), let path = origin.path,
                    let text = try bytes(path), !holds(text, value, setting, origin, worker)
                else { continue }
                found.append(
                    Kept(
                        worker: worker.name, key: setting.key, path: path, line: origin.line,
                        isTemplate: origin.kind == "unit" && Self.fillsIn(text, origin.line)))
            }
        }
        return found
    }

    private static func fillsIn(_ bytes: [UInt8], _ line: Int?) -> Bool {
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let line, lines.indices.contains(line - 1) else { return false }
        return ["%i", "%I"].contains { lines[line - 1].contains($0) }
    }

    /// The strongest place in the tree: what lies outside stays where it is.
    private func place(of setting: Setting) -> (SettingOrigin, String)? {
        let winning = setting.value.map { [(setting.origin, $0.text)] } ?? []
        return (winning + setting.shadowed.map { ($0.origin, $0.value.text) }).first { origin, _ in
            origin.path.map { view.relative($0) != nil } ?? false
        }
    }

    private func holds(
        _ bytes: [UInt8], _ old: String, _ setting: Setting, _ origin: SettingOrigin, _ worker: Worker
    ) -> Bool {
        let isUnknown = old.contains("$") && setting.role == .serverURL
        guard let wanted = wanted(old, setting.role) ?? (isUnknown ? server : nil) else { return true }
        if case .envFile(let path, _) = origin,
            readers(of: path).contains(where: { $0.codeFolder == worker.codeFolder })
        {
            return values(bytes, worker)?[setting.key]?.text == wanted
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let line = origin.line else { return text.contains(wanted) }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return Self.logical(lines, line).contains(wanted)
    }

    /// A line with those that a backslash, or a quote that stays open, joins to it.
    private static func logical(_ lines: [Substring], _ number: Int) -> String {
        guard lines.indices.contains(number - 1) else { return "" }
        var text = String(lines[number - 1])
        for line in lines[number...].prefix(200) {
            let isOpen =
                text.hasSuffix("\\")
                || ["\"", "'"].contains { mark in text.count { String($0) == mark } % 2 == 1 }
            guard isOpen else { break }
            text += "\n" + line
        }
        return text
    }

    /// Workers of the built tree that a second look shows with a value of the
    /// old place, though something in the tree sets it.
    func wrong(_ built: WorkerInventory) -> [String] {
        let old = Dictionary(
            view.inventory.workers.map { ("\($0.kind) \(view.relative($0.codeFolder) ?? "")", $0) }
        ) { first, _ in first }
        return built.workers.flatMap { worker -> [String] in
            let place = TreeStage.relative(worker.codeFolder, to: built.root) ?? ""
            guard worker.kind != .otto, let before = old["\(worker.kind) \(place)"] else { return [] }
            return [(worker.kind.agentKey, worker.agentID), (worker.kind.serverKey, worker.serverURL)]
                .compactMap { key, now in
                    guard let now, isOld(now, key, before) else { return nil }
                    return "\(worker.name) would still have the old \(key)"
                } + misplaced(worker, before) + stray(worker, before)
        }
    }

    /// A worker whose own setting stays behind, such as a `.env` that is a link
    /// out of the tree, reads the next one: a third agent's, it may be.
    private func stray(_ worker: Worker, _ before: Worker) -> [String] {
        guard let now = worker.agentID, let setting = before.setting(before.kind.agentKey),
            let (origin, old) = place(of: setting), !old.contains("$")
        else { return [] }
        let meant = wanted(old, .agentID) ?? old
        // What is old is named already.
        guard now != meant, !isOld(now, before.kind.agentKey, before) else { return [] }
        let source = origin.path.map { ": \($0), which names its agent here, does not come along as it is" }
        return ["\(worker.name) would speak to \(now), not to \(meant)\(source ?? "")"]
    }

    /// A Broca that would open another database than the one that was brought
    /// for it begins with an empty one, and says nothing.
    private func misplaced(_ worker: Worker, _ before: Worker) -> [String] {
        guard worker.kind == .broca, let database = before.database?.path else { return [] }
        let place = view.place(of: database, before)
        return worker.settings.filter { $0.key == "DB_PATH" }.compactMap { setting in
            guard let now = setting.value?.text, now.hasPrefix("/"), !now.hasSuffix("/\(place)") else {
                return nil
            }
            return "\(worker.name) would open \(now), and its database is at \(place)"
        }
    }

    private func isOld(_ now: String, _ key: String, _ before: Worker) -> Bool {
        guard let setting = before.setting(key) else { return false }
        return wanted(now, setting.role) != nil
    }
}

extension Rewrite {
    /// As it may be printed and kept.
    static func shown(_ value: String, _ kind: Kind) -> String {
        kind == .token ? "<secret, \(value.utf8.count) bytes>" : ShownURL.shown(value)
    }
}
