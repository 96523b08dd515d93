import LosslessJSON

extension RowRule {
    /// The rule that leaves a row out where it holds nothing.
    static let emptyApproval = "approval-empty"

    /// Requests for approval and the answers to them.
    static let approvalRules: [RowRule] = [
        RowRule(
            "approval-return-listed", .poison,
            title: "an approval that carries a tool return as listings show it",
            why: "taken with an empty `func_response`; afterwards every page that holds the row answers 500",
            remedy: "the return packed as `func_response`",
            detect: { row, _ in row.approvals.contains(where: Self.isListedReturn) },
            fix: { row, _ in
                row.mapping("approvals") { approval in
                    guard Self.isListedReturn(approval) else { return JSONNode(approval) }
                    return ToolReturnForm(listed: approval, time: row.text("created_at")).node
                }
            }),
        RowRule(
            "approval-legacy-half", .poison, title: "an answer to an approval that does not say to what",
            why: "taken; afterwards every page that holds the row answers 400",
            remedy: "tied to the call before it",
            detect: { row, preceding in Self.isHalfAnswer(row) && !preceding.callIDs.isEmpty },
            fix: { row, preceding in
                row.with("approval_request_id", .string(preceding.callID(at: 0)))
            }),
        RowRule(
            emptyApproval, .poison, title: "an approval row without calls and without an answer",
            why: "taken; afterwards every page that holds the row answers 400",
            remedy:
                "with content: role \"assistant\"; without: the row holds nothing and stays behind, as a loss",
            detect: { row, _ in Self.isEmptyApproval(row) },
            fix: { row, _ in
                guard !row.parts.isEmpty else { return nil }
                return row.with("role", "assistant")
            }),
    ]

    private static func isListedReturn(_ approval: JSONValue) -> Bool {
        approval["tool_return"] != nil && approval["func_response"] == nil
    }

    private static func isHalfAnswer(_ row: RowView) -> Bool {
        row.role == "approval" && row.calls.isEmpty && row.approvals.isEmpty && row["approve"]?.bool != nil
            && !row.hasValue("approval_request_id")
    }

    private static func isEmptyApproval(_ row: RowView) -> Bool {
        guard row.role == "approval", row.calls.isEmpty, row.approvals.isEmpty else { return false }
        return row["approve"]?.bool == nil || !row.hasValue("approval_request_id")
    }
}
