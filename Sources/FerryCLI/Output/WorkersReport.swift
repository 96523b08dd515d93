import LettaModel
import Report
import WorkerTree

extension Report {
    /// What was found in a tree of workers.
    init(_ inventory: WorkerInventory) {
        let sections =
            inventory.workers.flatMap { WorkerSections(worker: $0, root: inventory.root).all }
            + TreeSections(inventory: inventory).all
        self.init(
            title: "Workers of \(inventory.root)", badge: Self.badge(inventory),
            headline: Self.headline(inventory), facts: [], sections: sections, json: inventory.json)
    }

    private static func badge(_ inventory: WorkerInventory) -> Badge {
        if !inventory.allRefusals.isEmpty { return Badge(word: "something stands in the way", tone: .bad) }
        let warnings = inventory.allNotes.filter { $0.weight == .warning }.count
        return warnings == 0
            ? Badge(word: "clear", tone: .good) : Badge(word: warnings.counted("warning"), tone: .noted)
    }

    private static func headline(_ inventory: WorkerInventory) -> String {
        let running = inventory.workers.filter(\.running.isRunning).count
        let refusals = inventory.allRefusals.count
        let blocked = refusals == 0 ? "" : "; \(refusals.counted("thing")) to settle before a move"
        return "\(inventory.workers.count.counted("worker")), "
            + "\(running == 0 ? "none" : running.grouped) running; nothing was changed\(blocked)"
    }
}

/// Paths as they are shown: inside the tree without its root.
struct ShownPath {
    let root: String

    func callAsFunction(_ path: String) -> String {
        if path == root { return "." }
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }

    func place(_ origin: SettingOrigin) -> String {
        switch origin {
        case .process(let pid): "process \(pid)"
        case .builtIn: "built in"
        default: self(origin.path ?? "") + (origin.line.map { ":\($0)" } ?? "")
        }
    }

    func place(_ place: Mention.Place) -> String {
        switch place {
        case .line(let path, let line): "\(self(path)):\(line)"
        case .link(let path): "\(self(path)) (a link)"
        case .column(let path, let table, let column, let row):
            "\(self(path)) \(table).\(column) row \(row)"
        case .process(let pid, let key): "process \(pid) \(key)"
        }
    }

    /// A sentence with the root taken out of the paths in it.
    func sentence(_ text: String) -> String { text.replacing(root + "/", with: "") }
}

/// Refusals, notes and mentions look the same for a worker and for a tree.
enum TreeContent {
    static func refusals(_ failures: [Failure], _ shown: ShownPath) -> [Report.Note] {
        failures.map { failure in
            Report.Note(
                title: shown.sentence("\(failure.subject): \(failure.reason)"), tone: .bad,
                id: failure.code.rawValue,
                remarks: [Report.Fact(name: "remedy", value: shown.sentence(failure.remedy))])
        }
    }

    static func notes(_ notes: [TreeNote], _ shown: ShownPath) -> [Report.Note] {
        let sorted = notes.filter { $0.weight == .warning } + notes.filter { $0.weight == .info }
        return sorted.map { note in
            Report.Note(
                title: shown.sentence("\(note.subject) \(note.text)"),
                tone: note.weight == .warning ? .noted : .plain, id: note.id,
                remarks: note.remedy.map { [Report.Fact(name: "remedy", value: $0)] } ?? [])
        }
    }

    /// One line for each thing that is mentioned, with the first few places.
    static func mentions(_ mentions: [Mention], _ shown: ShownPath) -> [Report.Note] {
        var order: [Mention.Subject] = []
        var places: [Mention.Subject: [String]] = [:]
        for mention in mentions {
            if places[mention.subject] == nil { order.append(mention.subject) }
            places[mention.subject, default: []].append(shown.place(mention.place))
        }
        return order.map { subject in
            let found = places[subject] ?? []
            let rest = found.count > 6 ? ["and \((found.count - 6).counted("more place"))"] : []
            return Report.Note(
                title: "\(subject.kind) \(subject.text)",
                remarks: [Report.Fact(name: "in", value: (found.prefix(6) + rest).joined(separator: ", "))])
        }
    }
}

/// What lies in the tree beside the workers.
struct TreeSections {
    let inventory: WorkerInventory
    private var shown: ShownPath { ShownPath(root: inventory.root) }

    init(inventory: WorkerInventory) {
        self.inventory = inventory
    }

    var all: [Report.Section] { [stores, rest, mentions, notes].compactMap(\.self) }

    private var stores: Report.Section? {
        guard !inventory.stores.isEmpty else { return nil }
        let rows = inventory.stores.map { store in
            [
                Report.text(store.kind.rawValue), Report.text(shown(store.path)),
                Report.text(store.advice),
            ]
        }
        let columns = ["store", "path", "in a move it"].map { Report.Column(title: $0) }
        let found = TreeContent.mentions(inventory.stores.flatMap(\.mentions), shown)
        return Report.Section(
            id: "stores", title: "Beside the workers",
            content: [.table(Report.Table(columns: columns, rows: rows))]
                + (found.isEmpty ? [] : [.notes(found)]))
    }

    private var rest: Report.Section? {
        let tallies = FileTally.of(inventory.files)
        guard !tallies.isEmpty else { return nil }
        return Report.Section(
            id: "rest", title: "Files of no worker", content: [.table(WorkerSections.files(tallies))])
    }

    private var mentions: Report.Section? {
        guard !inventory.mentions.isEmpty else { return nil }
        return Report.Section(
            id: "mentions", title: "Mentioned in files of no worker",
            content: [.notes(TreeContent.mentions(inventory.mentions, shown))])
    }

    private var notes: Report.Section? {
        guard !inventory.notes.isEmpty || !inventory.refusals.isEmpty else { return nil }
        return Report.Section(
            id: "notes", title: "To know about the tree",
            content: [
                .notes(
                    TreeContent.refusals(inventory.refusals, shown)
                        + TreeContent.notes(inventory.notes, shown))
            ])
    }
}
