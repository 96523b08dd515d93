public import Home
public import LettaModel
import LosslessJSON

/// What was seen for the checklist; `lines` judges it.
public struct ChecklistEvidence: Sendable {
    /// The type that the agent has to have.
    public var expectedType: String
    /// Why it stays, where it is not `letta_v1_agent`.
    public var reasonForType: String?
    public var agentType: Observed<String>
    /// A known text that the user saw, and the listing of its row; nil where
    /// the history holds none.
    public var reply: Reply?
    public var listing: Observed<ListingCount>
    /// Rows that the listing has to give.
    public var rows: Int
    public var passages: KindResult
    public var blocks: KindResult
    public var live: Live
    public var export: Observed<ExportShape>

    /// The reply that is looked for.
    public struct Reply: Sendable {
        /// `message 310 of 312`.
        public let item: String
        /// Its text, from the snapshot; compared and never shown.
        public let text: String
        public let row: Observed<ListedRow<TargetSide>>

        public init(item: String, text: String, row: Observed<ListedRow<TargetSide>>) {
            self.item = item
            self.text = text
            self.row = row
        }
    }

    /// A listing that was paged to its end without an error.
    public struct ListingCount: Sendable {
        public let rows: Int
        public let pages: Int

        public init(rows: Int, pages: Int) {
            self.rows = rows
            self.pages = pages
        }
    }

    /// The live chat.
    public enum Live: Sendable {
        /// With the command that runs it.
        case notRun(String)
        /// One sentence: which tool was called and what came back.
        case worked(String)
        case failed(String)
    }

    public init(
        expectedType: String, reasonForType: String? = nil, agentType: Observed<String>, reply: Reply?,
        listing: Observed<ListingCount>, rows: Int, passages: KindResult, blocks: KindResult, live: Live,
        export: Observed<ExportShape>
    ) {
        self.expectedType = expectedType
        self.reasonForType = reasonForType
        self.agentType = agentType
        self.reply = reply
        self.listing = listing
        self.rows = rows
        self.passages = passages
        self.blocks = blocks
        self.live = live
        self.export = export
    }

    /// The table, in the order of `Check.allCases`.
    public var lines: [CheckLine] {
        [
            typeLine, replyLine, paginationLine, kindLine(.archival, passages), kindLine(.blocks, blocks),
            liveLine,
            exportLine,
        ]
    }
}

extension ChecklistEvidence {
    private var keepsOldType: Bool { expectedType != "letta_v1_agent" }

    private var typeLine: CheckLine {
        let type = agentType.value
        guard type == expectedType else {
            let isSuccessor = type == LegacyAgent.successor && LegacyAgent.types.contains(expectedType)
            let hint = isSuccessor ? "; if it was converted, compare with --convert-legacy" : ""
            return CheckLine(.agentType, .failed, "\(type), expected \(expectedType)\(hint)")
        }
        guard keepsOldType else { return CheckLine(.agentType, .ok, type) }
        let reason = reasonForType ?? "the agent is a \(expectedType) and stays one"
        return CheckLine(.agentType, .notApplicable(reason), type)
    }

    private var replyLine: CheckLine {
        guard !keepsOldType else {
            let reason = "a \(expectedType) speaks through send_message"
            return CheckLine(.visibleReply, .notApplicable(reason), "not looked for")
        }
        guard let reply else {
            let reason = "the history holds no reply that a user saw"
            return CheckLine(.visibleReply, .notApplicable(reason), "not looked for")
        }
        guard let type = ReplySearch.messageType(of: reply.text, in: reply.row.value) else {
            return CheckLine(.visibleReply, .failed, "\(reply.item): its text is not in the listing")
        }
        let status: CheckLine.Status = type == "assistant_message" ? .ok : .failed
        return CheckLine(.visibleReply, status, "\(reply.item) lists as \(type)")
    }

    private var paginationLine: CheckLine {
        let count = listing.value
        let evidence = "\(count.rows.counted("row")) on \(count.pages.counted("page")), every page answered"
        guard count.rows == rows else {
            return CheckLine(.pagination, .failed, "\(evidence); expected \(rows.counted("row"))")
        }
        return CheckLine(.pagination, .ok, evidence)
    }

    private func kindLine(_ check: Check, _ result: KindResult) -> CheckLine {
        let evidence = "\(result.equal.grouped) of \(result.expected.grouped) equal in content"
        guard result.isEqual else {
            let first = result.differences.first.map { "; \($0.sentence)" } ?? ""
            return CheckLine(check, .failed, evidence + first)
        }
        guard result.expected > 0 else {
            return CheckLine(check, .notApplicable("the agent has none"), "none")
        }
        return CheckLine(check, .ok, evidence)
    }

    private var liveLine: CheckLine {
        switch live {
        case .notRun(let command): CheckLine(.live, .notRun(command), "not asked for")
        case .worked(let evidence): CheckLine(.live, .ok, evidence)
        case .failed(let evidence): CheckLine(.live, .failed, evidence)
        }
    }

    private var exportLine: CheckLine {
        let shape = export.value
        guard !keepsOldType else {
            let reason = "a \(expectedType) keeps thoughts and replies in separate calls"
            return CheckLine(.exportRoundTrip, .notApplicable(reason), shape.sentence)
        }
        guard shape.split == 0 else { return CheckLine(.exportRoundTrip, .failed, shape.sentence) }
        guard shape.combined > 0 else {
            let reason = "no row in context has reasoning and text"
            return CheckLine(.exportRoundTrip, .notApplicable(reason), shape.sentence)
        }
        return CheckLine(.exportRoundTrip, .ok, shape.sentence)
    }
}

/// Where a text stands among the listed messages of a row.
enum ReplySearch {
    static func messageType(of text: String, in row: ListedRow<TargetSide>) -> String? {
        guard let document = try? JSONDocument(row.items) else { return nil }
        let types = document.root.elements.filter { holds($0, text) }.compactMap {
            $0["message_type"]?.string
        }
        return types.first { $0 == "assistant_message" } ?? types.first
    }

    private static func holds(_ item: JSONValue, _ text: String) -> Bool {
        let values = [item["content"]?.string, item["reasoning"]?.string]
        let parts = item["content"]?.elements.map { $0["text"]?.string } ?? []
        return (values + parts).contains { $0 == text }
    }
}

/// How reasoning and text lie in the rows of an export.
public struct ExportShape: Sendable, Equatable {
    /// Assistant rows with reasoning and text.
    public let combined: Int
    /// Assistant rows with reasoning alone, directly followed by one with
    /// text alone.
    public let split: Int

    public init(_ rows: [VerbatimJSON]) {
        var combined = 0
        var split = 0
        var isHalf = false
        for row in rows {
            let shape = RowShape(row)
            if shape == .combined { combined += 1 }
            if isHalf, shape == .text { split += 1 }
            isHalf = shape == .reasoning
        }
        self.combined = combined
        self.split = split
    }

    var sentence: String {
        split == 0
            ? "\(combined.counted("combined row")), none split"
            : "\(combined.counted("combined row")), \(split.counted("turn")) split in two rows"
    }
}

private enum RowShape: Equatable {
    case combined, reasoning, text, other

    init(_ row: VerbatimJSON) {
        guard let document = try? JSONDocument(row), document.root["role"]?.string == "assistant" else {
            self = .other
            return
        }
        let types = Set(document.root["content"]?.elements.compactMap { $0["type"]?.string } ?? [])
        let hasReasoning = !types.isDisjoint(with: [
            "reasoning", "redacted_reasoning", "summarized_reasoning",
        ])
        let hasCalls = (document.root["tool_calls"]?.count ?? 0) > 0
        switch (hasReasoning, types.contains("text")) {
        case (true, true): self = .combined
        case (true, false): self = hasCalls ? .other : .reasoning
        case (false, true): self = .text
        case (false, false): self = .other
        }
    }
}
