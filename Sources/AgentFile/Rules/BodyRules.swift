import LosslessJSON

extension RowRule {
    /// The packed text of tool returns.
    static let bodyRules: [RowRule] = [
        bodyRule(
            .empty, "tool-body-empty", title: "a tool return with an empty text",
            why: "taken; afterwards every page that holds the row answers 500, and chat 400",
            remedy: "packed: {\"status\":\"OK\",\"message\":\"\"}"),
        bodyRule(
            .notJSON, "tool-body-not-json",
            title: "a tool return with plain text, or JSON that is not strict",
            why:
                "taken; afterwards every page that holds the row answers 500 (or chat alone answers 400, for quotes "
                + "and control characters that only the listing forgives)",
            remedy: "packed, the text as the message; failed stays failed"),
        bodyRule(
            .notObject, "tool-body-not-object",
            title: "a tool return whose text is a JSON list, number or string",
            why: "taken; afterwards every page that holds the row answers 400",
            remedy: "packed, the JSON text as the message"),
        bodyRule(
            .failure, "tool-status-error", title: "a tool return whose text says {\"status\":\"error\"}",
            why: "taken; afterwards every page that holds the row answers 400 `Invalid status: error`",
            remedy:
                "status \"Failed\" in the text and \"error\" in the return: it stays an error, and the row is kept"
        ),
        bodyRule(
            .otherStatus, "tool-status-other", title: "a tool return whose text has a status of its own",
            why: "taken; afterwards every page that holds the row answers 400 `Invalid status`",
            remedy: "status \"OK\""),
    ]

    private static func bodyRule(
        _ fault: ToolBody.Fault, _ id: String, title: String, why: String, remedy: String
    ) -> RowRule {
        RowRule(
            id, .poison, title: title, why: why, remedy: remedy,
            detect: { row, _ in row.bodyFaults.contains(fault) },
            fix: { row, _ in mended(row, fault) })
    }

    private static func mended(_ row: RowView, _ fault: ToolBody.Fault) -> JSONNode {
        var node = JSONNode.shallow(row.value)
        let time = row.text("created_at")
        let sole = row.soleText.flatMap { ToolBody.fault(of: $0) == fault ? $0 : nil }
        if let sole {
            let text = replacement(for: sole, in: row, time: time)
            node["content"] = .array([row.parts[0].with("text", .string(text))])
        }
        let isOneFailure = sole != nil && fault == .failure && row.returns.count == 1
        for (key, list) in [("tool_returns", row.returns), ("approvals", row.approvals)] where !list.isEmpty {
            node[key] = .array(
                list.map { mended($0, fault, failsAnyway: isOneFailure && key == "tool_returns", time: time) }
            )
        }
        return node
    }

    /// Servers show the content instead of the return: where the return is
    /// whole, it says what the content should.
    private static func replacement(for text: String, in row: RowView, time: String?) -> String {
        let back = row.returns.count == 1 ? row.returns[0] : nil
        if let body = back?["func_response"]?.string, ToolBody.fault(of: body) == nil { return body }
        return ToolBody.repaired(text, failed: back?["status"]?.string == "error", time: time)
    }

    private static func mended(
        _ back: JSONValue, _ fault: ToolBody.Fault, failsAnyway: Bool, time: String?
    ) -> JSONNode {
        var node = JSONNode.shallow(back)
        if let body = back["func_response"]?.string, ToolBody.fault(of: body) == fault {
            let failed = back["status"]?.string == "error"
            node["func_response"] = .string(ToolBody.repaired(body, failed: failed, time: time))
            if fault == .failure { node["status"] = "error" }
        }
        if failsAnyway { node["status"] = "error" }
        return node
    }
}
