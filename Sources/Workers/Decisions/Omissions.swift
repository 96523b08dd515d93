import LettaModel
import WorkerTree

/// What stays behind, each with what to do about it.
enum Omissions {
    static let sourceGone = Omission(
        id: "source-gone", class: .loss, item: "what the agent had learnt of each user",
        reason:
            "the old server is gone, and each user's block was only there; identities and blocks are made "
            + "anew from the profiles",
        remedy: "start the old server, if there is one")

    /// Things of users that their server shows no more.
    ///
    /// - Parameter server: which was asked; nil where nobody asked one.
    static func of(_ things: [PlannedThing], from server: String?) -> [Omission] {
        guard let server else { return [] }
        return things.filter { $0.fate == .rebuild }.map { thing in
            // By the thing's own id: each agent's database counts its users from 1.
            let id = "user-\(thing.kind.rawValue):\(thing.oldID)"
            return Omission(
                id: id, class: .loss,
                item: "\(thing.kind.rawValue) of user \(thing.user) (\(thing.name))",
                reason: "\(server) has no \(thing.oldID); it is made anew from the profile",
                remedy: "accept it: --accept \(ShellWord.quoted(id))")
        }
    }

    static func of(_ view: TreeView, _ order: WorkersOrder, destination: String) -> [Omission] {
        links(view, destination) + view.files.compactMap { omission(of: $0, view, order, destination) }
            + starters(view)
    }

    private static func omission(
        of file: TreeFile, _ view: TreeView, _ order: WorkersOrder, _ destination: String
    ) -> Omission? {
        guard let place = view.relative(file.path) else { return nil }
        let there = ShellWord.quoted("\(destination)/\(place)")
        func left(_ reason: String, _ remedy: String) -> Omission {
            Omission(
                id: "\(file.class.rawValue):\(place)", class: .inherent, item: place, reason: reason,
                remedy: remedy)
        }
        switch file.class {
        case .cache where isEnvironment(file):
            return left(
                "a virtual environment holds absolute paths",
                "python3 -m venv \(there) && \(ShellWord.quoted("\(destination)/\(place)/bin/pip")) install -r "
                    + ShellWord.quoted("\(destination)/\(packages)"))
        case .cache: return nil
        case .key where !order.bringsSecrets:
            return left(
                "a key of a person or of the whole host, not of one worker",
                "--with-secrets brings it; or put it at \(there) by hand, mode 600")
        case .log where !order.bringsLogs:
            return left("logs stay where they were written", "--with-logs brings them")
        case .backup where !order.bringsLogs:
            return left("somebody's copies of state and secrets", "--with-logs brings them")
        case .volatile:
            return left(
                "is true only while the old process runs", "nothing: it is made anew at the first start")
        case .junk:
            return left(
                "a dump may hold secrets", "look at it, and delete it: \(ShellWord.quoted(file.path))")
        case .special: return left("is a socket, a pipe or a device", "nothing: its program makes it")
        default: return nil
        }
    }

    /// Written into the tree: what the old environments had installed.
    static let packages = "ferry-packages.txt"

    private static func isEnvironment(_ file: TreeFile) -> Bool {
        file.shape == .folder && ["venv", ".venv", "env"].contains { file.path.hasSuffix("/\($0)") }
    }

    private static func links(_ view: TreeView, _ destination: String) -> [Omission] {
        let stage = TreeStage(
            source: view.root, destination: destination, run: "", moved: view.names.map { ($0, destination) })
        return view.files.filter { !view.databaseLinks.contains($0.path) }.compactMap { file in
            guard case .link(let target) = file.shape, file.class.fate == .moved,
                stage.link(target, at: file.path) == nil, let place = view.relative(file.path)
            else { return nil }
            return Omission(
                id: "link:\(place)", class: .loss, item: place,
                reason: "a link that leads out of the tree, to \(target)",
                remedy:
                    "bring what it leads to, and make the link anew: ln -s … \(ShellWord.quoted("\(destination)/\(place)"))"
            )
        }
    }

    // MARK: Stores

    static func left(_ store: OtherStore, _ place: String) -> Omission {
        let rule = store.rule
        return Omission(
            id: "store:\(place)", class: .inherent, item: place, reason: rule.reason, remedy: rule.remedy)
    }

    /// The home folder's own, beside the tree.
    static func outside(_ store: OtherStore) -> Omission {
        let rule = store.rule
        return Omission(
            id: "store:\(store.path)", class: .inherent, item: store.path,
            reason: rule.fate == .left ? rule.reason : "lies outside the tree and may name it or the agent",
            remedy: rule.fate == .left
                ? rule.remedy
                : "make it anew on the new host, with the agent's new id and the new paths")
    }

    /// A text that ferry reads and does not write.
    static func wide(_ place: String, _ found: [Rewrite], destination: String) -> Omission {
        let lines = Set(found.map(\.line)).sorted().map(String.init).joined(separator: ", ")
        return Omission(
            id: "utf-16:\(place)", class: .inherent, item: place,
            reason: "is UTF-16, which is not rewritten, and holds a value of the old place: line \(lines)",
            remedy: "write it anew after the move: iconv -f UTF-16 -t UTF-8 "
                + ShellWord.quoted("\(destination)/\(place)"))
    }

    /// Settings that lead to a file or folder outside the tree: the copy goes
    /// on naming it, and on another host nothing is there. A database that
    /// Broca opens comes along.
    static func outside(_ view: TreeView, destination: String) -> [Omission] {
        var seen: Set<String> = []
        return view.inventory.workers.flatMap { worker in
            worker.settings.filter { $0.role == .path && !["DB_PATH", "TEST_DB_PATH"].contains($0.key) }
                .flatMap { setting in
                    (setting.value?.text ?? "").split(separator: ":").map(String.init).compactMap {
                        path -> Omission? in
                        guard path.hasPrefix("/"), view.relative(path) == nil,
                            view.names.allSatisfy({ TreeStage.relative(path, to: $0) == nil }),
                            seen.insert("\(setting.key) \(path)").inserted
                        else { return nil }
                        return Omission(
                            id: "path:\(setting.key):\(path)", class: .inherent, item: path,
                            reason: "\(worker.name)'s \(setting.key) leads there, out of the tree",
                            remedy: "bring it to the new host, or set \(setting.key) to its new place "
                                + "where the copy sets it")
                    }
                }
        }
    }

    /// A column that holds something of the old place, and no rule knows it.
    static func column(_ hit: ColumnSearch.Hit, _ place: String, destination: String) -> Omission {
        let value = ShownURL.shown(hit.value)
        let needle = value == hit.value ? value : ToolServerAddress.host(of: hit.value)
        let query = "SELECT rowid, \(hit.column) FROM \(hit.table) WHERE instr(\(hit.column), '\(needle)')"
        return Omission(
            id: "column:\(place):\(hit.table).\(hit.column):\(value)", class: .inherent,
            item: "\(place), \(hit.words)",
            reason: "holds \(value), and what the column means is not known to ferry, so it stays",
            remedy: "look at it after the move: sqlite3 \(ShellWord.quoted("\(destination)/\(place)")) "
                + (query.contains(where: "\"$`\\".contains) ? ShellWord.quoted(query) : "\"\(query)\""))
    }

    /// Secrets that a worker gets from files outside the tree, by file.
    static func tokens(_ view: TreeView) -> [Omission] {
        let given = view.inventory.workers.flatMap {
            worker -> [(path: String, key: String, worker: String)] in
            let unread = worker.envFiles.filter { !$0.isRead }.map(\.path)
            return worker.settings.filter { [.secret, .serverToken].contains($0.role) }.flatMap { setting in
                let origins =
                    (setting.value?.isEmpty == false ? [setting.origin] : [])
                    + setting.shadowed.filter { !$0.value.isEmpty }.map(\.origin)
                return origins.compactMap(\.path).filter { view.relative($0) == nil && !unread.contains($0) }
                    .map { ($0, setting.key, worker.name) }
            }
        }
        return Dictionary(grouping: given, by: \.path).sorted { $0.key < $1.key }.map { path, places in
            let keys = Set(places.map(\.key)).sorted()
            let names = Set(places.map(\.worker)).sorted().joined(separator: " and ")
            let channels = keys.filter(Retirement.keys.contains)
            return Omission(
                id: "secrets:\(path)", class: .inherent, item: path,
                reason:
                    "gives \(names) \(keys.joined(separator: ", ")), and lies outside the tree: it does not "
                    + "move, and a copy on the same host goes on reading it",
                remedy: "write one for the new place, mode 600"
                    + (channels.isEmpty
                        ? ""
                        : "; before its first start comment \(channels.joined(separator: ", ")) out in \(path): "
                            + "--retire is refused while it gives them"))
        }
    }

    /// Lines that would send messages to another agent, whoever reads them.
    static func otherAgents(_ view: TreeView) -> [Omission] {
        var seen: Set<String> = []
        return view.inventory.otherAgents.compactMap { other in
            let id = id(of: other, view)
            guard seen.insert(id).inserted else { return nil }
            let place = (view.relative(other.path) ?? other.path) + (other.line.map { ":\($0)" } ?? "")
            return Omission(
                id: id, class: .loss, item: place, reason: other.words,
                remedy: "take the line out, or set the agent that is meant; if nothing reads it: "
                    + "--accept \(ShellWord.quoted(id))")
        }
    }

    /// The same in the copy, whose lines stand where they stood.
    static func id(of other: OtherAgent, _ view: TreeView) -> String {
        // A file that is named sets another agent in the copy, and is called the same.
        let what = other.source.map { view.relative($0) ?? $0 } ?? other.agent
        return "other-agent:\(view.relative(other.path) ?? other.path):\(what)"
    }

    /// Units, crontabs and pm2 are the host's.
    private static func starters(_ view: TreeView) -> [Omission] {
        var seen: Set<String> = []
        return view.inventory.workers.flatMap(\.starters).compactMap { starter in
            guard view.relative(starter.path) == nil, seen.insert(starter.path).inserted else { return nil }
            return Omission(
                id: "starter:\(starter.path)", class: .inherent, item: starter.path,
                reason: "starts a worker and lies outside the tree",
                remedy:
                    "write one for the new host; it sets \(starter.keys.isEmpty ? "nothing" : starter.keys.joined(separator: ", "))"
            )
        }
    }
}
