public import LettaModel
import LosslessJSON

/// What makes an agent fail, told from the rows in its context alone, and
/// the smallest list of rows that does not. Pure.
///
/// **Bounds**: call ids and roles of the rows in context; no content.
/// **Source**: each kind was made and tried on 0.16.8; docs/heal.md.
public struct ContextDiagnosis: Sendable {
    /// Why a row cannot stay in context.
    public enum Kind: String, Sendable, CaseIterable {
        case openCall = "open-call"
        case orphanReturn = "orphan-return"
        case poison = "poison-row"
        case emptyReply = "empty-reply"
        case pendingApproval = "pending-approval"
        /// In the list, and no such row exists: the server drops it itself.
        case unknownRow = "unknown-row"
    }

    public struct Finding: Sendable, Equatable {
        public let kind: Kind
        public let rowID: String
        /// The call's id, or the rule that the row breaks.
        public let detail: String
    }

    public struct Result: Sendable, Equatable {
        /// In the order of the list.
        public let findings: [Finding]
        /// The old list less what is found; in its own order.
        public let healed: [String]
        /// A system row has to be put in front.
        public let lacksSystemRow: Bool
        /// Ids of the calls of a pending approval: the server wants all of
        /// them answered at once.
        public let pendingCalls: [String]
    }

    /// What has to be known of a row in context.
    struct Entry: Sendable {
        let id: String
        let role: String
        let fault: (kind: Kind, detail: String)?
        let calls: [String]
        let answers: [String]
        let isApprovalAnswer: Bool

        var isEmptyReply: Bool { fault?.kind == .emptyReply }

        init(_ id: String, _ row: RowView) {
            let decided = row.approvals.compactMap { $0["tool_call_id"]?.string }
            self.id = id
            role = row.role
            fault = ContextDiagnosis.fault(of: row)
            calls = row.calls.compactMap { $0["id"]?.string }
            isApprovalAnswer = row.role == "approval" && row.calls.isEmpty
            answers = isApprovalAnswer ? decided : row.answeredCalls
        }

        /// An id in the list that no row has.
        init(unknown id: String) {
            self.init(id, fault: (.unknownRow, id))
        }

        /// A row of which nothing is known but that it is at fault.
        init(_ id: String, fault: (kind: Kind, detail: String)) {
            self.id = id
            role = ""
            self.fault = fault
            calls = []
            answers = []
            isApprovalAnswer = false
        }
    }

    private var entries: [Entry] = []

    public init() {}

    /// The next id of the list, with its row in export form; nil for an id
    /// that no row has. Throws `JSONError` for what is no JSON.
    public mutating func note(_ id: String, _ json: VerbatimJSON?) throws {
        guard let json else { return entries.append(Entry(unknown: id)) }
        entries.append(Entry(id, RowView(try JSONDocument(json))))
    }

    /// The list as it is known, in order.
    init(entries: [Entry]) { self.entries = entries }

    /// The next id of the list, whose row exists and cannot be shown by the
    /// server: it cannot be sent to a model, either.
    public mutating func noteUnreadable(_ id: String) {
        entries.append(Entry(id, fault: (.poison, "export-fails")))
    }

    /// Rules whose rows spoil listings and not chat: to take them out of
    /// context would change nothing.
    private static let harmlessInContext: Set<String> = [
        "system-one-text", "approval-empty", "approval-legacy-half",
    ]

    fileprivate static func fault(of row: RowView) -> (kind: Kind, detail: String)? {
        if row.role == "assistant", row.parts.isEmpty, row.calls.isEmpty {
            return (.emptyReply, ContextRule.emptyReply.id)
        }
        let broken = RowRule.table.first {
            $0.rule.reaction == .poison && !harmlessInContext.contains($0.rule.id)
                && $0.detect(row, Preceding())
        }
        guard let broken, !row.isReadByItsText else { return nil }
        return (.poison, broken.rule.id)
    }

    // MARK: The result

    /// A row that goes takes its partners along, so it is looked again until
    /// nothing is left to find.
    public func result() -> Result {
        var gone: [String: Finding] = [:]
        for entry in entries {
            guard let (kind, detail) = entry.fault else { continue }
            gone[entry.id] = Finding(kind: kind, rowID: entry.id, detail: detail)
        }
        while true {
            let found = Self.brokenPairs(of: entries.filter { gone[$0.id] == nil })
            guard !found.isEmpty else { break }
            for finding in found where gone[finding.rowID] == nil { gone[finding.rowID] = finding }
        }
        let kept = entries.filter { gone[$0.id] == nil }
        return Result(
            findings: entries.compactMap { gone[$0.id] }, healed: kept.map(\.id),
            lacksSystemRow: kept.first?.role != "system",
            pendingCalls: entries.last { gone[$0.id]?.kind == .pendingApproval }?.calls ?? [])
    }

    /// Calls without their return right behind them, and returns without
    /// their call.
    static func brokenPairs(of rows: [Entry]) -> [Finding] {
        var open: [(call: String, row: Entry)] = []
        var findings: [Finding] = []
        func closeOpen() {
            findings += open.map { Finding(kind: .openCall, rowID: $0.row.id, detail: $0.call) }
            open = []
        }
        for row in rows {
            if row.role != "tool" && !row.isApprovalAnswer { closeOpen() }
            // An old row that does not say which call it answers: the server
            // takes it for the answer to the row before.
            if row.role == "tool" && row.answers.isEmpty { open = [] }
            for call in row.answers {
                guard let place = open.firstIndex(where: { $0.call == call }) else {
                    findings.append(Finding(kind: .orphanReturn, rowID: row.id, detail: call))
                    continue
                }
                if !row.isApprovalAnswer { open.remove(at: place) }
            }
            open += row.calls.map { ($0, row) }
        }
        let last = rows.last?.id
        findings += open.map { call, row in
            let isPending = row.role == "approval" && row.id == last
            return Finding(kind: isPending ? .pendingApproval : .openCall, rowID: row.id, detail: call)
        }
        return findings
    }
}
