import FoundationEssentials
import LettaModel
import LosslessJSON
import Snapshot

/// A folder that goes when the test does.
final class Scratch: Sendable {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/ferry-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String = "ada.ferry") -> String { "\(folder)/\(name)" }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// What a kill leaves: the main file and, where asked, its `-wal`.
    func copy(_ name: String, to other: String, withWAL: Bool) throws {
        try FileManager.default.copyItem(atPath: path(name), toPath: path(other))
        if withWAL {
            try FileManager.default.copyItem(atPath: path(name) + "-wal", toPath: path(other) + "-wal")
        }
    }

    func bytes(_ name: String) throws -> [UInt8] {
        let handle = try Data(contentsOf: URL(filePath: path(name)))
        return Array(handle)
    }

    func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(filePath: path(name)))
    }

    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
        return (attributes[.posixPermissions] as? Int ?? 0) & 0o777
    }
}

let noon = Instant(microseconds: 1_790_000_000_000_000)

func origin(at start: Instant = noon, agent: String = "agent-1") -> SnapshotOrigin {
    SnapshotOrigin(
        serverURL: "https://letta.example", serverName: "cloud", project: nil, serverVersion: "0.16.8",
        agentID: SourceID(agent), agentName: "ada", agentType: "letta_v1_agent", reader: .native,
        startedAt: start)
}

/// A row a minute, the last one at `noon`.
func listed(
    _ number: Int, of total: Int = 1_000, type: String = "user_message", text: String? = nil,
    id: String? = nil
) -> ListedRow<SourceSide> {
    let id = id ?? "message-\(number)"
    let date = noon.adding(minutes: number - total).text
    let words = text ?? "row \(number)"
    let items =
        #"[{"id":"\#(id)","date":"\#(date)","message_type":"\#(type)","otid":"o\#(number)","content":"\#(words)","seq":1.0}]"#
    return ListedRow(id: SourceID(id), date: date, messageTypes: [type], items: Array(items.utf8))
}

func native(_ number: Int, otid: String = "o", text: String = "row") -> VerbatimJSON {
    Array(
        #"{"type":"message","role":"user","otid":"\#(otid)","id":"message-\#(number)","content":[{"type":"text","text":"\#(text) \#(number)"}],"created_at":"2026-05-02T10:11:12.345678+00:00"}"#
            .utf8)
}

extension AgentSnapshot {
    /// Lists `rows` to the end, a hundred a page. Returns how many were sent.
    @discardableResult
    func list(_ rows: [ListedRow<SourceSide>], _ thread: Thread = .main, from rule: RestartRule = .stableTail)
        async throws -> Int
    {
        var position = try beginListing(thread, from: rule)
        let start = position.after.flatMap { after in rows.lastIndex { $0.id == after } }.map { $0 + 1 } ?? 0
        for page in stride(from: start, to: rows.count, by: 100) {
            position = try record(Array(rows[page..<min(page + 100, rows.count)]), at: position)
        }
        try finishListing(at: position)
        return rows.count - start
    }

    func allRows(_ thread: Thread = .main, includingGone: Bool = false) async throws -> [StoredRow] {
        var rows: [StoredRow] = []
        for try await batch in history(thread, includingGone: includingGone) { rows += batch }
        return rows
    }
}

func text(_ json: VerbatimJSON?) -> String { String(decoding: json ?? [], as: UTF8.self) }

/// The code of the failure that `body` ends with.
func code(of body: () async throws -> Void) async -> ErrorCode? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? Failure)?.code
    }
}
