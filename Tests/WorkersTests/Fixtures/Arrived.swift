import Glibc
import Journal
import LettaModel
import LosslessJSON
import SQLite
import ScriptedLetta
import WorkerFixtures

@testable import Workers

/// What a move has come to, with nothing in it that differs from one run to
/// the next: addresses, folders, and the ids that the new server gave.
struct Arrived: Equatable {
    /// Path, mode and content of each file of the result.
    var files: [String: String] = [:]
    /// Rows of each table of each database.
    var rows: [String: [String]] = [:]
    /// Users' blocks and identities on the new server.
    var blocks: [String] = []
    var identities: [String] = []
    /// Runs of the journal, and steps whose outcome nobody knows.
    var runs = 0
    var open = 0
    /// Beside the result.
    var beside: [String] = []

    init(_ place: Site) async throws {
        let world = place.target.world
        var words = [
            (place.destination, "{new}"), (place.tree.home, "{home}"), (place.source.url, "{old-server}"),
            (place.target.url, "{new-server}"),
        ]
        words += world.blocks.all.filter { $0.label == "human" }.map { ($0.id, "block of \(Self.text($0))") }
        words += world.identities.all.map {
            ($0.id, "identity \($0.json["identifier_key"]?.text() ?? "")")
        }
        blocks = world.blocks.all.filter { $0.label == "human" }.map(Self.text).sorted()
        identities = world.identities.all.map { $0.json["identifier_key"]?.text() ?? "" }.sorted()
        beside = try FileKind.names(in: place.folder + "/new")
        try add(place.destination, "", words)
        (runs, open) = try await place.with { engine, _ in
            let runs = try await engine.journal.runs().filter { $0.draft.job == WorkersEngine.job }
            var open = 0
            for run in runs { open += try await engine.journal.openSteps(run.id).count }
            return (runs.count, open)
        }
    }

    private static func text(_ block: ScriptedBlock) -> String {
        "\(block.value) \(block.tags.sorted())"
    }

    private mutating func add(_ folder: String, _ prefix: String, _ words: [(String, String)]) throws {
        for name in try FileKind.names(in: folder) {
            let (path, place) = ("\(folder)/\(name)", prefix + name)
            var status = stat()
            lstat(path, &status)
            let mode = String(status.st_mode & 0o7777, radix: 8)
            switch FileKind.at(path) {
            case .folder:
                files[place] = "\(mode) folder"
                try add(path, place + "/", words)
            case .link(let target): files[place] = "-> " + Self.told(target, words)
            case .file where Self.isDatabase(path):
                files[place] = "\(mode) database"
                try addRows(path, place, words)
            case .file:
                let text = String(decoding: try PrivateTree.read(path), as: UTF8.self)
                files[place] = "\(mode) \(Self.told(text, words))"
            case .other(let what): files[place] = what
            case nil: break
            }
        }
    }

    private static func isDatabase(_ path: String) -> Bool {
        (try? PrivateTree.read(path).prefix(6).elementsEqual("SQLite".utf8)) ?? false
    }

    private mutating func addRows(_ path: String, _ place: String, _ words: [(String, String)]) throws {
        let database = try Database(path, .immutable)
        let tables = try database.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
            $0.text(0)
        }
        for table in tables {
            let columns = try database.all(
                "SELECT name FROM pragma_table_info(?) WHERE name <> 'created_at'", .text(table)
            ) { $0.text(0) }
            let list = columns.map { "quote(\($0))" }.joined(separator: " || ' ' || ")
            rows["\(place) \(table)"] = try database.all("SELECT \(list) FROM \(table) ORDER BY rowid") {
                Self.told($0.text(0), words)
            }
        }
    }

    private static func told(_ text: String, _ words: [(String, String)]) -> String {
        words.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
