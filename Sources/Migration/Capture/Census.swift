import LettaModel
import LosslessJSON
import Snapshot

/// Holds the number of rows in the snapshot against the server's own count.
///
/// A capture lists the tail only. What came or went before the tail (a row
/// that was deleted, a transaction that was held open for long) shows in the
/// counts alone; then the history is listed from its beginning, once.
struct Census {
    /// By how much the server counts more than it lists: broken rows, say.
    private var surplus: Int?
    /// Rows of conversations are counted too, and come and go by themselves.
    private let hasConversations: Bool
    private var isWhole = false
    private(set) var wantsWhole = false

    /// What the last capture found.
    init(of snapshot: AgentSnapshot) async throws {
        let counts = try await snapshot.documents(.counts).first?.document.json
        let counted = try counts.flatMap { try JSONDocument($0).root["rows"]?.int }
        let rows = try await snapshot.threads().reduce(0) { $0 + $1.rows }
        self.init(
            counted: counted, rows: rows,
            hasConversations: try await !snapshot.documents(.surrounding(.conversation)).isEmpty)
    }

    init(counted: Int?, rows: Int, hasConversations: Bool = false) {
        surplus = counted.map { $0 - rows }
        self.hasConversations = hasConversations
    }

    /// How the history was listed just now.
    mutating func listed(fromBeginning: Bool) {
        isWhole = fromBeginning
        if fromBeginning { wantsWhole = false }
    }

    /// - Returns: why another round is needed; nil where the counts agree, or
    ///   where nothing but the whole listing could be more.
    mutating func complaint(_ now: Standing) -> String? {
        guard let counted = now.counts.rows, let rows = now.rows, !hasConversations else { return nil }
        let isAsBefore = counted - rows == surplus ?? 0
        guard !isWhole, !isAsBefore else {
            surplus = counted - rows
            return nil
        }
        wantsWhole = true
        return "it counts \(counted.counted("row")) where \(rows.grouped) are known"
    }

    /// The server's counts, as they are kept for the next capture.
    static func document(_ counts: AgentCounts) -> Document {
        var node: JSONNode = [:]
        node["rows"] = counts.rows.map { .int($0) }
        node["passages"] = counts.passages.map { .int($0) }
        node["context_tokens"] = counts.contextTokens.map { .int($0) }
        node["context_window"] = counts.contextWindow.map { .int($0) }
        return Document(kind: .counts, key: "counts", name: "counts", json: node.bytes())
    }
}
