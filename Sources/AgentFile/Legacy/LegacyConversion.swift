public import LettaModel
import LosslessJSON

/// An agent of a memgpt type on its way to becoming a `letta_v1_agent`: what
/// is asked of its tools and rules. `LegacyTurns` converts its rows.
///
/// **Source**: 0.16.8 `agents/letta_agent_v2.py` (the old loop) and
/// `agents/letta_agent_v3.py` (the one of letta_v1_agent); docs/legacy-agents.md.
public struct LegacyConversion: Sendable, Equatable {
    /// The tool by which the old loop speaks.
    public static let speech = "send_message"

    /// The type at the source.
    public let from: String

    /// Nil where the agent is of no type that is converted.
    ///
    /// - Parameter tools: the attached tools, as the source returned them.
    /// **Errors**: `tool-clash` where `send_message` is a tool of the user's
    /// own: what its calls did with a text cannot be told.
    public init?(agentType: String, tools: [VerbatimJSON]) throws(Failure) {
        guard LegacyAgent.types.contains(agentType) else { return nil }
        from = agentType
        let own = tools.compactMap { try? JSONDocument($0).root }.contains { tool in
            Self.isSpeech(tool) && tool["tool_type"]?.string == "custom"
        }
        guard own else { return }
        throw Failure(
            .toolClash, subject: "tool \(Self.speech)",
            reason:
                "it is a tool of your own and not Letta's: which of its calls somebody read cannot be told",
            remedy: "leave out `--convert-legacy`: the agent stays a \(agentType)")
    }

    /// Whether the agent still has the tool after the conversion.
    public func keeps(tool: VerbatimJSON) -> Bool {
        (try? JSONDocument(tool)).map { !Self.isSpeech($0.root) } ?? true
    }

    static func isSpeech(_ tool: JSONValue) -> Bool { tool["name"]?.string == speech }

    /// What becomes of the type.
    public var typeChange: AnnouncedChange {
        AnnouncedChange(item: "agent", rule: LegacyRule.type.id, before: from, after: LegacyAgent.successor)
    }

    /// What becomes of the tool.
    public static let toolLeftOut = AnnouncedChange(
        item: "tool \(speech)", rule: LegacyRule.tool.id, before: "attached", after: "left out")

    /// Words of the old loop that a system prompt may hold, in the order in
    /// which they are named.
    private static let words = ["send_message", "request_heartbeat", "heartbeat", "inner monologue"]

    /// Those that this prompt holds.
    public static func words(in system: String) -> [String] {
        let prompt = system.lowercased()
        return words.filter { prompt.contains($0) }
    }
}
