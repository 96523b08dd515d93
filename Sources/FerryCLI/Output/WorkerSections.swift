import LettaModel
import Report
import WorkerTree

/// The parts of one worker.
struct WorkerSections {
    let worker: Worker
    let root: String
    private var shown: ShownPath { ShownPath(root: root) }

    init(worker: Worker, root: String) {
        self.worker = worker
        self.root = root
    }

    var all: [Report.Section] {
        [head, settings, users, files, mentions, notes].compactMap(\.self)
    }

    private var title: String { "\(worker.kind.rawValue) \(worker.name)" }

    private func section(_ id: String, _ what: String, _ content: [Report.Content]) -> Report.Section {
        Report.Section(id: "\(id)-\(worker.codeFolder)", title: "\(title)\(what)", content: content)
    }

    // MARK: Head

    private var head: Report.Section {
        let rows = facts.filter { !$0.1.isEmpty }.map { [Report.text($0.0), Report.text($0.1)] }
        let columns = [Report.Column(title: ""), Report.Column(title: "")]
        return section("worker", "", [.table(Report.Table(columns: columns, rows: rows))])
    }

    private var facts: [(String, String)] {
        [
            ("code", "\(shown(worker.codeFolder))  (layout \(worker.layout.rawValue))"),
            ("agent", said(worker.kind.agentKey)), ("server", said(worker.kind.serverKey)),
            ("running", running),
            ("runs in", shown(worker.workFolder) + (worker.workFolderIsKnown ? "" : "  (assumed)")),
            (
                "started by",
                worker.starters.map { "\($0.kind.rawValue) \(shown($0.path))" }.joined(separator: ", ")
            ),
            ("commit", worker.code.commit ?? ""), ("packages", packages), ("plugins", plugins),
            ("database", database), ("queue", queue), ("rows", rows),
        ]
    }

    private func said(_ key: String) -> String {
        guard worker.kind != .otto else { return "" }
        guard let setting = worker.setting(key), let value = setting.value else { return "not set" }
        return "\(value)  (\(shown.place(setting.origin)))"
    }

    private var running: String {
        let processes = worker.running.processes.map { process in
            "process \(process.pid) \(process.program): \(process.evidence.map(\.rawValue).joined(separator: ", "))"
        }
        let locks = worker.running.locks.map { "a \($0.meaning) lock of process \($0.pid)" }
        let unsure = worker.running.hidden > 0 ? ["some processes cannot be looked into"] : []
        let said = processes + locks
        return ((said.isEmpty ? ["no"] : said) + unsure).joined(separator: "; ")
    }

    private var packages: String {
        guard let environment = worker.code.environment else { return "" }
        return "\(worker.code.packages.count) in \(shown(environment))"
    }

    private var plugins: String {
        worker.code.plugins.map { plugin in
            let marks = [
                plugin.isOwn ? "own" : "", plugin.isDisabled ? "off" : "",
                plugin.linkTarget.map { "-> \($0)" } ?? "",
            ]
            let said = marks.filter { !$0.isEmpty }
            return plugin.name + (said.isEmpty ? "" : " (\(said.joined(separator: ", ")))")
        }.joined(separator: ", ")
    }

    private var database: String {
        guard let database = worker.database else {
            return worker.kind == .broca ? "none that can be read" : ""
        }
        let wal = database.walBytes > 0 ? " and \(Measures.bytes(database.walBytes)) in -wal" : ""
        let sound = database.damage.isEmpty ? "sound" : "damaged"
        return "\(shown(database.path)), \(Measures.bytes(database.bytes))\(wal), "
            + "\(database.journalMode.rawValue) mode, \(sound)"
    }

    private var queue: String {
        (worker.database?.queue ?? []).map { "\($0.rows.grouped) \($0.state.name)" }.joined(separator: ", ")
    }

    private var rows: String {
        (worker.database?.tables ?? []).map { "\($0.rows.grouped) \($0.name)" }.joined(separator: ", ")
    }

    // MARK: Settings

    private var settings: Report.Section? {
        let all = worker.settings.filter { $0.value != nil || !$0.shadowed.isEmpty } + worker.options
        guard !all.isEmpty else { return nil }
        let columns = ["key", "value", "from"].map { Report.Column(title: $0) }
        return section(
            "settings", ": settings as the program sees them",
            [.table(Report.Table(columns: columns, rows: all.flatMap(lines)))])
    }

    /// The value that counts, then those that it overrules.
    private func lines(_ setting: Setting) -> [[Report.Cell]] {
        let value = setting.value.map { "\($0)" } ?? "not set"
        let first = [
            Report.text(setting.key), Report.text(value), Report.text(shown.place(setting.origin)),
        ]
        let losing = setting.shadowed.map { shadow in
            [
                Report.text(""),
                Report.text(
                    shadow.isEqual ? "  the same" : "  not \(shadow.value)", shadow.isEqual ? .plain : .noted),
                Report.text("  \(shown.place(shadow.origin))"),
            ]
        }
        return [first] + losing
    }

    // MARK: Users

    private static let shownUsers = 20

    private var users: Report.Section? {
        guard let database = worker.database, database.users.all > 0 else { return nil }
        let rows = database.listed.prefix(Self.shownUsers).map { user in
            [
                Report.number(user.id), Report.text(user.profiles.map(name).joined(separator: ", ")),
                Report.text(user.identityID ?? "none", user.identityID == nil ? .noted : .plain),
                Report.text(user.blockID ?? "none", user.blockID == nil ? .noted : .plain),
            ]
        }
        let columns = [
            Report.Column(title: "id", isNumber: true), Report.Column(title: "user"),
            Report.Column(title: "identity"), Report.Column(title: "own block"),
        ]
        return section(
            "users", ": users",
            [.table(Report.Table(columns: columns, rows: Array(rows))), .paragraph(userSentence(database))])
    }

    private func name(_ profile: BrocaUser.Profile) -> String {
        let name = profile.displayName ?? profile.username ?? profile.platformUserID
        return "\(name) (\(profile.platform))"
    }

    private func userSentence(_ database: DatabaseFacts) -> String {
        let users = database.users
        let hidden = users.withProfile - min(Self.shownUsers, database.listed.count)
        let more = hidden > 0 ? "; \(hidden.grouped) more with --json" : ""
        return "\(users.all.counted("user")), \(users.withProfile.grouped) with a profile, "
            + "\(users.orphans.grouped) without\(more)"
    }

    // MARK: Files, mentions, notes

    private var files: Report.Section? {
        let tallies = FileTally.of(worker.files)
        guard !tallies.isEmpty else { return nil }
        return section("files", ": files", [.table(Self.files(tallies))])
    }

    static func files(_ tallies: [FileTally]) -> Report.Table {
        let columns = [
            Report.Column(title: "class"), Report.Column(title: "files", isNumber: true),
            Report.Column(title: "bytes", isNumber: true), Report.Column(title: "in a move"),
        ]
        return Report.Table(
            columns: columns,
            rows: tallies.map { tally in
                [
                    Report.text(tally.class.rawValue), Report.number(tally.files),
                    Report.text(Measures.bytes(tally.bytes)),
                    Report.text(tally.class.fate.rawValue.replacing("-", with: " ")),
                ]
            })
    }

    private var mentions: Report.Section? {
        guard !worker.mentions.isEmpty else { return nil }
        return section(
            "mentions", ": what is true of this host only",
            [.notes(TreeContent.mentions(worker.mentions, shown))])
    }

    private var notes: Report.Section? {
        guard !worker.notes.isEmpty || !worker.refusals.isEmpty else { return nil }
        return section(
            "notes", ": to know",
            [.notes(TreeContent.refusals(worker.refusals, shown) + TreeContent.notes(worker.notes, shown))])
    }
}
