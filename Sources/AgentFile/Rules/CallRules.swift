import LosslessJSON

extension RowRule {
    /// `tool_calls` as the importer's schema wants them.
    static let callRules: [RowRule] = [
        RowRule(
            "tool-call-type", .refused, title: "a tool call without `type`",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "`type` \"function\" is added",
            detect: { row, _ in row.calls.contains { $0.type != "function" } },
            fix: { row, _ in
                row.mapping("tool_calls") {
                    $0.type == "function" ? JSONNode($0) : $0.with("type", "function")
                }
            }),
        RowRule(
            "tool-call-arguments", .refused, title: "a tool call whose arguments are no text",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "the arguments as JSON text, lexemes kept",
            detect: { row, _ in row.calls.contains(where: Self.hasLooseArguments) },
            fix: { row, _ in
                row.mapping("tool_calls") {
                    Self.hasLooseArguments($0) ? Self.packArguments($0) : JSONNode($0)
                }
            }),
        RowRule(
            "tool-call-id", .refused, title: "a tool call without an id",
            why: "400 from the importer's schema: the whole file is refused",
            remedy: "an id made from the row's place",
            detect: { row, _ in row.calls.contains { $0["id"]?.kind != .string } },
            fix: { row, preceding in
                let calls = row.calls.enumerated().map { place, call in
                    call["id"]?.kind == .string
                        ? JSONNode(call) : call.with("id", .string("call-\(preceding.ordinal)-\(place)"))
                }
                return row.with("tool_calls", .array(calls))
            }),
    ]

    private static func hasLooseArguments(_ call: JSONValue) -> Bool {
        call["function"]?.kind == .object && call["function"]?["arguments"]?.kind != .string
    }

    private static func packArguments(_ call: JSONValue) -> JSONNode {
        guard let function = call["function"] else { return JSONNode(call) }
        let given = function["arguments"]
        let text = given.map { $0.isNull ? "{}" : String(decoding: $0.minified(), as: UTF8.self) } ?? "{}"
        return call.with("function", function.with("arguments", .string(text)))
    }
}
