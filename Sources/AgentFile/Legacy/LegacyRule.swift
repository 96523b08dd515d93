/// What a conversion to `letta_v1_agent` changes. These rules find nothing
/// wrong, so lint does not know them; docs/legacy-agents.md shows the table.
enum LegacyRule {
    static let type = Rule(
        id: "legacy-agent-type", scope: .agent, reaction: .taken, title: "an agent of the old loop",
        why:
            "the type is set by an import alone; for letta_v1_agent 0.16.8 also turns off thoughts in tool calls",
        remedy: "the agent becomes a letta_v1_agent", mends: false)
    static let thought = Rule(
        id: "legacy-thought", scope: .row, reaction: .silent, title: "an inner thought in a text part",
        why: "as letta_v1_agent it would be listed as what the agent said aloud",
        remedy: "inner thoughts become reasoning", mends: false)
    static let reply = Rule(
        id: "legacy-reply", scope: .row, reaction: .silent, title: "a reply in a call of send_message",
        why: "as letta_v1_agent it would be listed as a tool call, and its return as one more message",
        remedy: "the message of a send_message call becomes the reply; the call and its return go",
        mends: false)
    static let heartbeat = Rule(
        id: "legacy-heartbeat", scope: .row, reaction: .taken, title: "a heartbeat",
        why: "it made the old loop go on; the loop of letta_v1_agent goes on by itself and listens to none",
        remedy: "heartbeats are left out: they hold nobody's words, but a reason and a time", mends: false)
    static let model = Rule(
        id: "legacy-thought-model", scope: .row, reaction: .taken,
        title: "the name of an Anthropic model on a row whose thought bears no signature",
        why:
            "0.16.8 sends such a thought back to the model that the row names, and Anthropic takes none without its "
            + "signature",
        remedy: "rows of Claude with converted thoughts name no model, so that the thought is not sent",
        mends: false)
    static let thoughtAlone = Rule(
        id: "legacy-thought-alone", scope: .context, reaction: .taken,
        title: "a row in context that is nothing but a thought",
        why: "OpenAI models are not shown it, and others refuse a turn without content",
        remedy: "a row that is a thought alone is kept in the history and taken out of the context",
        mends: false)
    static let tool = Rule(
        id: "legacy-tool", scope: .tools, reaction: .taken, title: "the tool send_message",
        why: "a letta_v1_agent speaks without it, and a new one is made without it",
        remedy: "send_message is not attached", mends: false)
    static let toolRule = Rule(
        id: "legacy-tool-rule", scope: .agent, reaction: .taken, title: "a tool rule that names send_message",
        why: "it could never be met: a turn that must call the tool would never end",
        remedy: "send_message is taken out of the tool rules; a rule that has nothing left to say goes",
        mends: false)

    static let all = [type, thought, reply, heartbeat, model, thoughtAlone, tool, toolRule]
}

extension Rule {
    /// The rules of `--convert-legacy`, in the order in which they act.
    public static let conversionTable: [Rule] = LegacyRule.all

    /// What Ferry makes of what this rule found, in words; nil for an id that
    /// no rule has.
    public static func remedy(of id: String) -> String? {
        (table + conversionTable).first { $0.id == id }?.remedy
    }
}
