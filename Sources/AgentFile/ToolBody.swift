import LettaModel
import LosslessJSON

/// The text in which Letta packs what a tool returned:
/// `{"status": "OK" or "Failed", "message": …, "time": …}`.
/// Source: 0.16.8 `package_function_response`, `Message._parse_tool_response`.
struct ToolBody {
    /// Why a listing or a chat cannot read the text.
    enum Fault: CaseIterable {
        case empty, notJSON, notObject
        /// A status of its own that means failure, or anything else.
        case failure, otherStatus
    }

    static func fault(of text: String) -> Fault? {
        if text.isEmpty { return .empty }
        guard let document = try? JSONDocument(text) else { return .notJSON }
        guard document.root.kind == .object else { return .notObject }
        guard let status = document.root["status"] else { return nil }
        if let word = status.string, ["OK", "Failed"].contains(word) { return nil }
        return meansFailure(status) ? .failure : .otherStatus
    }

    /// Words, and numbers as of HTTP, with which tools say that they failed.
    static func meansFailure(_ status: JSONValue) -> Bool {
        if let code = status.int { return code >= 400 }
        if let flag = status.bool { return !flag }
        return status.string.map { failureWords.contains($0.lowercased()) } ?? false
    }

    private static let failureWords: Set<String> = [
        "error", "err", "errored", "failed", "fail", "failure", "exception", "timeout", "denied", "rejected",
        "cancelled", "canceled", "aborted", "invalid", "not_ok", "nok",
    ]

    /// The text that a server reads again; what the tool said stays in it.
    static func repaired(_ text: String, failed: Bool, time: String?) -> String {
        let fault = fault(of: text)
        switch fault {
        case nil: return text
        case .empty, .notJSON, .notObject: return packed(.string(text), failed: failed, time: time)
        case .failure, .otherStatus:
            guard let document = try? JSONDocument(text) else { return text }
            return document.root.with("status", .string(fault == .failure ? "Failed" : "OK")).text()
        }
    }

    /// As the server lays it out, so that a folded row equals the stored one
    /// but for the time.
    static func packed(_ message: JSONNode, failed: Bool, time: String?) -> String {
        var lines = ["  \"status\": \"\(failed ? "Failed" : "OK")\"", "  \"message\": \(message.text())"]
        if let time { lines.append("  \"time\": \(JSONNode.string(clock(time)).text())") }
        return "{\n" + lines.joined(separator: ",\n") + "\n}"
    }

    /// `2026-05-02T13:11:12.345+00:00` -> `2026-05-02 01:11:12 PM UTC+0000`.
    static func clock(_ time: String) -> String {
        guard let instant = Instant(time) else { return time }
        let text = Array(instant.text.utf8)
        func digits(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let hour = Int(digits(11..<13)) ?? 0
        let twelve = hour % 12 == 0 ? 12 : hour % 12
        let pad = twelve < 10 ? "0" : ""
        return "\(digits(0..<10)) \(pad)\(twelve)\(digits(13..<19)) \(hour < 12 ? "AM" : "PM") UTC+0000"
    }
}

/// A tool return as listings show it -> as rows hold it.
struct ToolReturnForm {
    let node: JSONNode

    init(listed: JSONValue, time: String?) {
        let failed = listed["status"]?.string == "error"
        func kept(_ key: String) -> JSONNode { listed[key].map { JSONNode($0) } ?? .null }
        node = [
            "tool_call_id": kept("tool_call_id"), "status": .string(failed ? "error" : "success"),
            "stdout": kept("stdout"), "stderr": kept("stderr"),
            "func_response": Self.response(listed["tool_return"], failed: failed, time: time),
        ]
    }

    /// With as few escapes as the server writes; half a surrogate pair has no
    /// other spelling than its escape.
    private static func message(_ value: JSONValue) -> JSONNode {
        if value.isNull { return "" }
        guard let text = value.string, !EscapeScan.finds(.loneSurrogate, in: value.raw) else {
            return JSONNode(value)
        }
        return .string(text)
    }

    private static func response(_ value: JSONValue?, failed: Bool, time: String?) -> JSONNode {
        if let value, value.kind == .array { return JSONNode(value) }
        let message = value.map(Self.message) ?? ""
        return .string(ToolBody.packed(message, failed: failed, time: time))
    }
}
