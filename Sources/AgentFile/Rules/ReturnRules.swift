import LosslessJSON

extension RowRule {
    /// The form of tool returns, in tool rows and in answers to approvals.
    static let returnRules: [RowRule] = [
        RowRule(
            "tool-output-list", .refused, title: "a tool's stdout or stderr that is no list",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "a list of that one text",
            detect: { row, _ in
                row.returns.contains { Self.isLoose($0["stdout"]) || Self.isLoose($0["stderr"]) }
            },
            fix: { row, _ in row.mapping("tool_returns", Self.withListedOutput) }),
        RowRule(
            "tool-return-status", .refused, title: "a tool return whose status is neither success nor error",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "error where the word or the packed text says so, else success",
            detect: { row, _ in row.returns.contains(where: Self.hasOddStatus) },
            fix: { row, _ in
                row.mapping("tool_returns") { back in
                    guard Self.hasOddStatus(back) else { return JSONNode(back) }
                    return back.with("status", .string(Self.failed(back) ? "error" : "success"))
                }
            }),
        RowRule(
            "tool-return-response", .poison,
            title: "a tool return without a response, or with one that is no text",
            why:
                "null is taken, afterwards every page that holds the row answers 500; numbers and objects are a 400",
            remedy: "packed as a message; a missing one is taken from the content",
            detect: { row, _ in
                row.returns.contains { Self.lacksResponse($0, in: row) }
                    || row.approvals.contains { $0["approve"] == nil && Self.lacksResponse($0, in: nil) }
            },
            fix: { row, _ in
                var node = JSONNode.shallow(row.value)
                for key in ["tool_returns", "approvals"] { node[key] = Self.withResponses(row, key) }
                return node
            }),
        RowRule(
            "tool-call-id-missing", .poison, title: "a tool return that does not say which call it answers",
            why:
                "listing fills it in only if the call stands on the same page, else answers 400; chat answers 500",
            remedy: "the id of the call before it, by position",
            detect: { row, _ in
                (row.role == "tool" && row.returns.isEmpty && !row.hasValue("tool_call_id"))
                    || (row.returns + row.approvals).contains { $0["tool_call_id"]?.kind != .string }
            },
            fix: Self.withCallIDs),
        RowRule(
            "tool-parts-without-return", .poison, title: "a tool row that is not one text and has no returns",
            why: "taken; afterwards every page that holds the row answers 400",
            remedy: "empty content becomes a packed empty message; parts become one return that holds them",
            detect: { row, _ in
                row.role == "tool" && row.returns.isEmpty && !(row.parts.count == 1 && row.parts[0].isText)
            },
            fix: { row, _ in
                guard !row.parts.isEmpty else { return row.with("content", [.textPart("")]) }
                let parts = row.parts.map { part in
                    part.isText || part.type == "image" ? JSONNode(part) : .textPart(Self.words(of: part))
                }
                let id = row["tool_call_id"].map { JSONNode($0) } ?? .null
                return row.with(
                    "tool_returns",
                    [["tool_call_id": id, "status": "success", "func_response": .array(parts)]])
            }),
    ]

    private static func isLoose(_ output: JSONValue?) -> Bool {
        output.map { $0.kind != .array && !$0.isNull } ?? false
    }

    private static func withListedOutput(_ back: JSONValue) -> JSONNode {
        var node = JSONNode.shallow(back)
        for key in ["stdout", "stderr"] where isLoose(back[key]) {
            let text = back[key].map { $0.string ?? String(decoding: $0.raw, as: UTF8.self) }
            node[key] = .array([.string(text ?? "")])
        }
        return node
    }

    private static func hasOddStatus(_ back: JSONValue) -> Bool {
        !["success", "error"].contains(back["status"]?.string ?? "")
    }

    private static func failed(_ back: JSONValue) -> Bool {
        if let status = back["status"], !status.isNull { return ToolBody.meansFailure(status) }
        guard let body = back["func_response"]?.string, let document = try? JSONDocument(body) else {
            return false
        }
        return document.root["status"].map { $0.string == "Failed" || ToolBody.meansFailure($0) } ?? false
    }

    /// A row of one return and one text is read by its text alone.
    private static func lacksResponse(_ back: JSONValue, in row: RowView?) -> Bool {
        switch back["func_response"]?.kind {
        case .string, .array: return false
        case .null, nil:
            guard let row else { return true }
            return
                !(row.role == "tool" && row.returns.count == 1 && row.parts.count == 1 && row.parts[0].isText)
        default: return true
        }
    }

    private static func withResponses(_ row: RowView, _ key: String) -> JSONNode? {
        guard let list = row[key], list.kind == .array else { return row[key].map { JSONNode($0) } }
        let isReturns = key == "tool_returns"
        let nodes = list.elements.enumerated().map { place, back -> JSONNode in
            let isReturn = isReturns || back["approve"] == nil
            guard isReturn, lacksResponse(back, in: isReturns ? row : nil) else { return JSONNode(back) }
            let given = back["func_response"].flatMap(\.present)
            let failed = back["status"]?.string == "error"
            let text = isReturns && row.parts.indices.contains(place) ? row.parts[place]["text"]?.string : nil
            let packed = ToolBody.packed(given ?? "", failed: failed, time: row.text("created_at"))
            return back.with("func_response", .string(given == nil ? text ?? packed : packed))
        }
        return .array(nodes)
    }

    @Sendable private static func withCallIDs(_ row: RowView, _ preceding: Preceding) -> JSONNode? {
        var node = JSONNode.shallow(row.value)
        let own = row.text("tool_call_id")
        if row.role == "tool", own == nil, row.returns.isEmpty {
            node["tool_call_id"] = .string(preceding.callID(at: 0))
        }
        for (key, list) in [("tool_returns", row.returns), ("approvals", row.approvals)] where !list.isEmpty {
            let filled = list.enumerated().map { place, back -> JSONNode in
                guard back["tool_call_id"]?.kind != .string else { return JSONNode(back) }
                let id = list.count == 1 ? own ?? preceding.callID(at: 0) : preceding.callID(at: place)
                return back.with("tool_call_id", .string(id))
            }
            node[key] = .array(filled)
        }
        return node
    }
}
