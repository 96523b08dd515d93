import LettaModel
import SQLite

/// Every place that holds a needle: lines of text files, link targets,
/// columns of databases, process environments.
struct MentionFinder {
    let needles: [Needle]
    private(set) var notes: [TreeNote] = []

    /// Larger files are not text that somebody wrote.
    static let limit = 4 << 20
    static let mentionsPerFile = 1_000

    init(_ needles: [Needle]) {
        self.needles = needles
    }

    /// - Parameter class: caches, logs, databases and what has no content are
    ///   not read; copies that somebody made are.
    mutating func mentions(in file: TreeFile) -> [Mention] {
        switch file.shape {
        case .special, .folder: return []
        case .link(let target): return links(target, file.path)
        case .file: break
        }
        guard ![.cache, .log, .state, .junk].contains(file.class) else { return [] }
        guard file.bytes <= Self.limit else {
            if file.class != .code { note(file.path, "is larger than 4 MiB and was not searched") }
            return []
        }
        return lines(of: file.path, isCode: file.class == .code)
    }

    mutating func lines(of path: String, isCode: Bool = false) -> [Mention] {
        guard var bytes = try? SystemFile.bytes(of: path, limit: Self.limit) else {
            note(path, "cannot be read and was not searched")
            return []
        }
        if let narrow = WideText.narrow(bytes) { bytes = narrow }
        guard !bytes.contains(0) else { return [] }
        let wanted = isCode ? needles.filter(\.isInCode) : needles
        return NeedleSearch.lines(of: bytes, wanted).prefix(Self.mentionsPerFile).map {
            Mention(subject: $0.subject, place: .line(path: path, $0.line))
        }
    }

    private func links(_ target: String, _ path: String) -> [Mention] {
        let text = Array(target.utf8)
        return needles.filter { NeedleSearch.contains(text, $0) }.map {
            Mention(subject: $0.subject, place: .link(path: path))
        }
    }

    func mentions(in process: ProcessFacts) -> [Mention] {
        (process.environment ?? [:]).sorted { $0.key < $1.key }.flatMap { key, value in
            needles.filter { needle in
                if case .agentID = needle.subject {
                    true
                } else if case .url = needle.subject {
                    true
                } else {
                    false
                }
            }.filter { NeedleSearch.contains(Array(value.utf8), $0) }.map {
                Mention(subject: $0.subject, place: .process(pid: process.pid, key: key))
            }
        }
    }

    private mutating func note(_ path: String, _ text: String) {
        notes.append(TreeNote("not-searched", .warning, subject: path, text: text))
    }
}

/// Needles in the text columns of a database.
enum DatabaseMentions {
    /// - Parameter except: tables with what people wrote, which is never
    ///   rewritten and may say anything.
    static func of(_ database: Database, path: String, _ needles: [Needle], except: Set<String> = [])
        throws -> [Mention]
    {
        let tables = try database.all(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ) { $0.text(0) }
        return try tables.filter { !except.contains($0) }.sorted().flatMap {
            try mentions(in: $0, database, path, needles)
        }
    }

    private static func mentions(
        in table: String, _ database: Database, _ path: String, _ needles: [Needle]
    ) throws -> [Mention] {
        let columns = try database.all("SELECT name FROM pragma_table_info(?)", .text(table)) { $0.text(0) }
        let names = columns.map { "\"\($0.replacing("\"", with: "\"\""))\"" }
        let quoted = "\"\(table.replacing("\"", with: "\"\""))\""
        let key = try hasRowID(table, database) ? "rowid" : "0"
        var found: [Mention] = []
        try database.each("SELECT \(([key] + names).joined(separator: ", ")) FROM \(quoted)") { row in
            for (index, column) in columns.enumerated() where found.count < MentionFinder.mentionsPerFile {
                guard let text = row.optionalText(Int32(index + 1)) else { continue }
                for hit in NeedleSearch.lines(of: Array(text.utf8), needles) {
                    let place = Mention.Place.column(
                        path: path, table: table, column: column, row: row.int(0))
                    let mention = Mention(subject: hit.subject, place: place)
                    if found.last != mention { found.append(mention) }
                }
            }
        }
        return found
    }

    private static func hasRowID(_ table: String, _ database: Database) throws -> Bool {
        let sql = try database.text("SELECT sql FROM sqlite_master WHERE name = ?", .text(table)) ?? ""
        return !sql.uppercased().contains("WITHOUT ROWID")
    }
}

extension BrocaDatabase {
    /// In every table but `messages`, where anybody may have written anything.
    func mentions(_ needles: [Needle]) throws -> [Mention] {
        try Self.wrapping(path) {
            try DatabaseMentions.of(database, path: path, needles, except: ["messages"])
        }
    }
}
