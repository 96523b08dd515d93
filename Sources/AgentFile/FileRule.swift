/// Rules on an agent file but for its rows. What finds and mends them is
/// `AgentFileShape`.
enum FileRule {
    static let agentType = Rule(
        id: "agent-type-missing", scope: .agent, reaction: .taken, title: "no agent type",
        why: "0.15 and later take it for letta_v1_agent, earlier servers for memgpt_v2_agent",
        remedy: "letta_v1_agent, so that text is listed as the reply that it is", mends: false)
    static let agentTypeChosen = Rule(
        id: "agent-type", scope: .agent, reaction: .silent, title: "another agent type was asked for",
        why:
            "only an import can set it, PATCH ignores it; a memgpt history shown as letta_v1_agent lists inner "
            + "thoughts as replies", remedy: "as asked; memgpt types are kept unless asked", mends: false)
    static let name = Rule(
        id: "agent-name-plain", scope: .agent, reaction: .refused,
        title: "a name with other than letters, digits, space, - _ '",
        why: "500 `Export failed: Agent name … contains invalid characters`; the form's name does not help",
        remedy: "a plain name in the file, the true one by PATCH afterwards")
    static let endpoint = Rule(
        id: "endpoint-of-source", scope: .agent, reaction: .silent,
        title: "the addresses of the source's models",
        why: "kept as they are: the agent would call the source's providers from the target",
        remedy: "taken out where a handle of the target is given, for the server then writes its own",
        mends: false)
    static let compactionModel = Rule(
        id: "compaction-model", scope: .agent, reaction: .silent,
        title: "compaction by the agent's own model, which is another one now",
        why: "kept as it is: the next compaction asks for a model that the target may not have",
        remedy: "the new model's handle", mends: false)
    static let secrets = Rule(
        id: "secret-without-value", scope: .agent, reaction: .silent,
        title: "a secret whose value is not given",
        why: "stored empty and read back as \"<encrypted>\"",
        remedy: "only names whose values go into the form are in the file, in both; no value ever is",
        mends: false)
    static let modelSettings = Rule(
        id: "model-settings", scope: .agent, reaction: .silent, title: "`model_settings`",
        why: "computed from llm_config and ignored by import, while an unknown provider_type in it is a 400",
        remedy: "left empty; set by PATCH where the model is another one", mends: false)
    static let blockTwice = Rule(
        id: "block-label-twice", scope: .blocks, reaction: .silent,
        title: "two blocks of one label on one agent",
        why: "taken; the second is never attached, and nothing says so",
        remedy:
            "of two that say the same the first is kept; which of two others is meant cannot be guessed: take "
            + "one out (a load is refused before anything is written)", mends: false)
    static let blockOrder = Rule(
        id: "block-order", scope: .blocks, reaction: .silent,
        title: "blocks in another order than the agent has them",
        why: "exports sort blocks by label, and the agent gets them in that order",
        remedy: "written in the agent's own order", mends: false)
    static let toolKey = Rule(
        id: "tool-key-unknown", scope: .tools, reaction: .refused,
        title: "a key in a tool that the target does not know",
        why: "400 naming the key: tools are the one part of the file where unknown keys are forbidden",
        remedy: "left out")
    static let toolSourceType = Rule(
        id: "tool-source-type", scope: .tools, reaction: .refused, title: "a tool without `source_type`",
        why: "400 (NotNullViolation) from the database, for tools of every type",
        remedy: "\"python\", which Letta means")
    static let toolTwice = Rule(
        id: "tool-name-twice", scope: .tools, reaction: .refused, title: "two tools of one name",
        why:
            "400 (CardinalityViolation) where tools of the server are overwritten, which is the form's default: "
            + "tools are matched by name",
        remedy:
            "of two that say the same the first is kept; which of two others is meant cannot be guessed: take "
            + "one out (a load keeps the first)", mends: false)

    static let all = [
        agentType, agentTypeChosen, name, endpoint, compactionModel, secrets, modelSettings, blockTwice,
        blockOrder,
        toolKey, toolSourceType, toolTwice,
    ]
}

extension Rule {
    /// Every rule, in the order in which it acts.
    public static let table: [Rule] =
        RowRule.table.map(\.rule) + [PairRule.rule] + ContextRule.all + FileRule.all
}
