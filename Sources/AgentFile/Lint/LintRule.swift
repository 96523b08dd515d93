/// Rules that only a look at the whole file can find.
enum LintRule {
    static let orderMark = Rule(
        id: "byte-order-mark", scope: .file, reaction: .silent, title: "a byte order mark at the start",
        why: "Letta reads it; other tools call the file damaged", remedy: "left out when it is written anew")
    static let wrapped = Rule(
        id: "json-in-a-string", scope: .file, reaction: .silent, title: "the JSON lies inside a JSON string",
        why: "Letta 0.16.8 reads it; other tools see one text", remedy: "unwrapped when it is written anew")
    static let legacy = Rule(
        id: "legacy-form", scope: .file, reaction: .refused,
        title: "the form of one agent, from before version 2",
        why: "400 `Legacy AgentSchema format is deprecated`, on every server after 0.11.7",
        remedy: "has to be converted first", mends: false)
    static let topKey = Rule(
        id: "top-key-missing", scope: .file, reaction: .refused,
        title: "one of the seven lists is missing",
        why: "400 from the importer's schema: all have to be there, even when they are empty",
        remedy: "an empty list")
    static let messageID = Rule(
        id: "message-id-form", scope: .row, reaction: .refused,
        title: "an id that is not `message-` and a number",
        why: "400 `Invalid message ID format`: the whole file is refused", remedy: "numbered anew")
    static let messageTwice = Rule(
        id: "message-id-twice", scope: .row, reaction: .refused, title: "an id that an earlier message has",
        why: "400 `Duplicate message IDs`, also between two agents of a file", remedy: "numbered anew")
    static let time = Rule(
        id: "created-at-form", scope: .row, reaction: .refused, title: "a time that is none",
        why: "400 from the importer's schema: the whole file is refused",
        remedy: "nobody can guess it: correct it by hand", mends: false)
    static let unknownBlock = Rule(
        id: "block-unknown", scope: .blocks, reaction: .orphan,
        title: "an agent names a block that the file does not hold",
        why: "400 `Import failed`, and blocks, tools and folders that were made stay behind",
        remedy: "the id is left out and told as a loss")
    static let unknownTool = Rule(
        id: "tool-unknown", scope: .tools, reaction: .orphan,
        title: "an agent names a tool that the file does not hold",
        why: "400 `Import failed`, and blocks, tools and folders that were made stay behind",
        remedy: "the id is left out and told as a loss")
    static let toolType = Rule(
        id: "tool-type-unknown", scope: .tools, reaction: .refused,
        title: "a tool of a type that Letta does not know",
        why: "400 from the importer's schema", remedy: "correct it by hand", mends: false)
    static let coreTool = Rule(
        id: "core-tool-unknown", scope: .tools, reaction: .refused,
        title: "one of Letta's own tools that this version does not have",
        why: "400 `… is not a user-defined function in module …`: the whole file is refused",
        remedy: "detach the tool where the file comes from, or choose a server that has it", mends: false)
    static let toolWithoutSource = Rule(
        id: "tool-without-source", scope: .tools, reaction: .silent,
        title: "a custom tool without source code",
        why: "taken; every call of it fails", remedy: "give the tool its source", mends: false)
    static let agentType = Rule(
        id: "agent-type-unknown", scope: .agent, reaction: .refused,
        title: "an agent type that the server does not know",
        why: "400 from the importer's schema", remedy: "choose a server that knows it", mends: false)
    static let noModel = Rule(
        id: "model-missing", scope: .agent, reaction: .refused, title: "an agent without `llm_config`",
        why: "400, and blocks and tools that were made stay behind", remedy: "load with `--model HANDLE`",
        mends: false)
    static let secretInClear = Rule(
        id: "secret-in-clear", scope: .agent, reaction: .silent,
        title: "the value of a secret stands in the file",
        why: "whoever has the file has the secret", remedy: "values are never written; names are kept")
    static let orphanReturn = Rule(
        id: "return-without-call", scope: .pair, reaction: .silent,
        title: "a tool return in context whose call is not in context before it",
        why: "taken, and sent to the model as it is: models that check pairs refuse every turn from then on",
        remedy: "drop the pair, or close it", mends: false)
    static let openCall = Rule(
        id: "call-without-return", scope: .pair, reaction: .silent,
        title: "a tool call in context that is never answered there",
        why: "taken, and sent to the model as it is: models that check pairs refuse every turn from then on",
        remedy: "drop the pair, or close it", mends: false)
    static let pendingApproval = Rule(
        id: "approval-pending", scope: .pair, reaction: .silent,
        title: "the context ends with a call that waits for approval",
        why: "taken; the first message to the agent answers 409 until the call is approved or denied",
        remedy: "approve or deny it", mends: false)

    static let all = [
        orderMark, wrapped, legacy, topKey, messageID, messageTwice, time, unknownBlock, unknownTool,
        toolType,
        toolWithoutSource, agentType, noModel, secretInClear, orphanReturn, openCall, pendingApproval,
    ]
}

extension Rule {
    /// What `ferry lint` looks for besides `Rule.table`.
    public static let lintTable: [Rule] = LintRule.all
}
