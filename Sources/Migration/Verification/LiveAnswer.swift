import LosslessJSON
import Verify

/// What a chat answered, looked at for a reply and one tool call.
struct LiveAnswer {
    private let messages: [JSONValue]
    private let stopReason: String?

    /// - Parameter answer: of `POST /v1/agents/{id}/messages`.
    init(_ answer: JSONValue) {
        messages = answer["messages"]?.elements ?? []
        stopReason = answer["stop_reason"]?["stop_reason"]?.string
    }

    func judged(_ tool: String) -> ChecklistEvidence.Live {
        let types = messages.compactMap { $0["message_type"]?.string }
        let returned = messages.first { $0["message_type"]?.string == "tool_return_message" }
        let hasReply = types.contains("assistant_message")
        guard let returned else {
            return .failed(
                hasReply
                    ? "a reply came, and the model did not call \(tool)"
                    : "no reply came: \(types.joined(separator: ", "))")
        }
        let status = returned["status"]?.string ?? "no status"
        guard status == "success" else { return .failed("\(tool) was called and returned \(status)") }
        if hasReply { return .worked("\(tool) was called and returned \(status); a reply came") }
        guard stopReason == "tool_rule" else {
            return .failed("no reply came: \(types.joined(separator: ", "))")
        }
        return .worked("\(tool) was called and returned \(status); a rule of the tool ends the turn there")
    }
}
