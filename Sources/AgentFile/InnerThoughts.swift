public import LettaModel
import LosslessJSON

/// What an agent of a memgpt type thinks, kept in text parts: the server lists
/// it as reasoning for such a type, and as a reply for `letta_v1_agent`.
public enum InnerThoughts {
    /// The thought that would be shown as a reply if the agent's type became
    /// `letta_v1_agent`: an example for the plan. Nil where the row has none.
    public static func shownAsReply(in row: VerbatimJSON) -> String? {
        guard let document = try? JSONDocument(row) else { return nil }
        let view = RowView(document)
        guard view.role == "assistant", view.calls.contains(where: isSpeech) else { return nil }
        return view.parts.first(where: \.isText)?["text"]?.string
    }

    private static func isSpeech(_ call: JSONValue) -> Bool {
        call["function"]?["name"]?.string == "send_message"
    }
}
