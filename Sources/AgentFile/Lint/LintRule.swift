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
        remedy: "`ferry convert FILE -o NEW.af` makes version 2 of it", mends: false)
    static let topKey = Rule(
        id: "top-key-missing", scope: .file, reaction: .refused,
        title: "one of the seven lists is missing, or something else stands in its place",
        why: "400 from the importer's schema: all have to be there, even when they are empty",
        remedy: "an empty list; what stands in its place is never thrown away: correct it by hand")
    static let memberType = Rule(
        id: "member-type", scope: .file, reaction: .refused,
        title: "a member of an agent, block or tool that is of another type than Letta's",
        why: "400 from the importer's schema: the whole file is refused",
        remedy:
            "what is meant cannot be guessed: correct it by hand; a null that says nothing is left out",
        mends: false)
    static let keyTwice = Rule(
        id: "key-twice", scope: .file, reaction: .silent, title: "a key that stands twice in one object",
        why: "taken, and the last one alone is read: a second `agents` that is empty imports nothing",
        remedy: "which one is meant cannot be guessed: take one out by hand", mends: false)
    static let numberRange = Rule(
        id: "number-range", scope: .file, reaction: .refused,
        title: "an integer of more than 4300 digits, or a number too large for a double",
        why:
            "400: Python reads no longer integer, and a block's limit and all metadata have to be finite (in "
            + "metadata parts of the agent stay behind); elsewhere it is read as infinity",
        remedy: "which number is meant cannot be guessed: correct it by hand", mends: false)
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
        remedy: "when it was cannot be guessed: correct it by hand", mends: false)
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
        why: "400 from the importer's schema",
        remedy: "what it was meant to be cannot be guessed: correct it by hand, or take the tool out",
        mends: false)
    static let coreTool = Rule(
        id: "core-tool-unknown", scope: .tools, reaction: .refused,
        title: "one of Letta's own tools that this version does not have",
        why: "400 `… is not a user-defined function in module …`: the whole file is refused",
        remedy: "which tool is meant cannot be guessed: take it out, or choose a server that has it",
        mends: false)
    static let toolWithoutSource = Rule(
        id: "tool-without-source", scope: .tools, reaction: .silent,
        title: "a custom tool without source code",
        why: "taken; every call of it fails", remedy: "give the tool its source", mends: false)
    static let toolForm = Rule(
        id: "tool-incomplete", scope: .tools, reaction: .refused,
        title: "a tool without a name, or a custom one with neither source nor schema",
        why: "400: `Custom tool is missing source_code`, or NotNullViolation from the database",
        remedy: "nobody can guess it: give the tool its name and source", mends: false)
    static let toolRule = Rule(
        id: "tool-rule-type", scope: .agent, reaction: .refused,
        title: "a tool rule of a type that Letta does not know",
        why: "400 from the importer's schema",
        remedy: "names of before version 0.7 get the word of today; any other cannot be guessed")
    static let blockForm = Rule(
        id: "block-incomplete", scope: .blocks, reaction: .refused,
        title: "a block without a label, or with a value that is no text",
        why: "400 from the importer's schema", remedy: "nobody can guess it: correct it by hand",
        mends: false)
    static let thingID = Rule(
        id: "id-form", scope: .file, reaction: .refused,
        title: "an id of an agent, block or tool that is not its kind and a number",
        why: "400 `Invalid ID format`: the whole file is refused",
        remedy: "numbered anew, with what refers to it")
    static let thingTwice = Rule(
        id: "id-twice", scope: .file, reaction: .refused,
        title: "an id that two agents, blocks or tools have",
        why: "400 `Duplicate … IDs found`: the whole file is refused",
        remedy: "which of them others refer to cannot be guessed: give one another number", mends: false)
    static let shellNUL = Rule(
        id: "nul-in-shell", scope: .file, reaction: .orphan,
        title: "a NUL character in a text of an agent, block or tool",
        why: "400 (CharacterNotInRepertoire), and blocks and tools that were made stay behind; in a block's "
            + "value and in metadata the server strips it",
        remedy: "stripped")
    static let shellSurrogate = Rule(
        id: "surrogate-in-shell", scope: .file, reaction: .orphan,
        title: "half of a surrogate pair in a text of an agent, block or tool",
        why: "400 (`surrogates not allowed`), and blocks and tools that were made stay behind; in metadata "
            + "it is taken, and every export of the agent answers 500",
        remedy: "replaced by U+FFFD")
    static let fileMetadata = Rule(
        id: "file-metadata", scope: .file, reaction: .refused,
        title: "the file's `metadata` is no object, or holds other than texts",
        why: "400 from the importer's schema",
        remedy: "values as texts; what is no object is left out")
    static let fileTime = Rule(
        id: "file-time", scope: .file, reaction: .refused,
        title: "the file's own `created_at` is no time", why: "400 from the importer's schema",
        remedy: "left out: nothing is read from it")
    static let agentList = Rule(
        id: "agent-list-missing", scope: .agent, reaction: .refused,
        title: "`messages` or `in_context_message_ids` is there and no list",
        why: "400 from the importer's schema", remedy: "an empty list; rules of the context follow")
    static let agentType = Rule(
        id: "agent-type-unknown", scope: .agent, reaction: .refused,
        title: "an agent type that the server does not know",
        why: "400 from the importer's schema",
        remedy: "which one is meant cannot be guessed: correct it, or choose a server that knows it",
        mends: false)
    static let noModel = Rule(
        id: "model-missing", scope: .agent, reaction: .orphan, title: "an agent without `llm_config`",
        why: "400, and blocks and tools that were made stay behind", remedy: "load with `--model HANDLE`",
        mends: false)
    static let modelConfig = Rule(
        id: "model-config", scope: .agent, reaction: .refused,
        title: "`llm_config` without a model or context window, or of an endpoint type that is not known",
        why: "400 from the importer's schema, also where the form names a model",
        remedy: "which model is meant cannot be guessed: correct it, or take `llm_config` out and load with "
            + "`--model HANDLE`", mends: false)
    static let embeddingConfig = Rule(
        id: "embedding-config", scope: .agent, reaction: .refused,
        title: "`embedding_config` that is not complete, or of an endpoint type that is not known",
        why: "400 from the importer's schema",
        remedy: "which one is meant cannot be guessed: correct it, or take `embedding_config` out and load "
            + "with `--embedding HANDLE`", mends: false)
    static let provider = Rule(
        id: "model-settings-provider", scope: .agent, reaction: .refused,
        title: "`model_settings` without a provider type, or with one that is not known",
        why: "400 from the importer's schema",
        remedy: "left empty: an import computes them from llm_config anyway")
    static let secretsHalf = Rule(
        id: "secrets-half", scope: .agent, reaction: .silent,
        title: "names of secrets in one of `secrets` and `tool_exec_environment_variables` alone",
        why: "taken without values; an import that gives them answers 400 and leaves blocks and tools behind",
        remedy: "the names in both, without values")
    static let secretsForm = Rule(
        id: "secrets-form", scope: .agent, reaction: .refused,
        title: "`secrets` or `tool_exec_environment_variables` is no object of texts",
        why: "400 from the importer's schema",
        remedy: "an object of the names that can be told, without values")
    static let secretInClear = Rule(
        id: "secret-in-clear", scope: .agent, reaction: .silent,
        title: "the value of a secret, a key, token or password stands in the file",
        why: "whoever has the file has the secret", remedy: "values are never written; names are kept")
    static let keyInText = Rule(
        id: "key-in-text", scope: .file, reaction: .silent,
        title:
            "what looks like an API key or a token, in a block, a tool's source, a message or another text",
        why: "taken as it is, and whoever has the file has the key",
        remedy: "the user's own text is never changed: take it out by hand, and have the key replaced",
        mends: false)
    static let orphanReturn = Rule(
        id: "return-without-call", scope: .pair, reaction: .silent,
        title: "a tool return in context whose call does not stand right before it",
        why: "taken, and sent to the model as it is: models that check pairs refuse every turn from then on",
        remedy: "say how: `ferry mend --tool-pairs drop` takes the rows out of context, `close` brings the "
            + "partner back or adds a failed return", mends: false)
    static let openCall = Rule(
        id: "call-without-return", scope: .pair, reaction: .silent,
        title: "a tool call in context that the rows right after it do not answer",
        why: "taken, and sent to the model as it is: models that check pairs refuse every turn from then on",
        remedy: "say how: `ferry mend --tool-pairs drop` takes the rows out of context, `close` brings the "
            + "partner back or adds a failed return", mends: false)
    static let pendingApproval = Rule(
        id: "approval-pending", scope: .pair, reaction: .silent,
        title: "the context ends with a call that waits for approval",
        why: "taken; the first message to the agent answers 409 until the call is approved or denied",
        remedy:
            "approve or deny it where the agent is, or `ferry mend --tool-pairs drop`: nobody answers in your "
            + "name", mends: false)

    static let all = [
        orderMark, wrapped, legacy, keyTwice, numberRange, topKey, memberType, fileMetadata, fileTime,
        thingID,
        thingTwice, messageID,
        messageTwice,
        time, shellNUL, shellSurrogate, agentList, agentType, noModel, modelConfig, embeddingConfig, provider,
        toolRule, secretsHalf, secretsForm, secretInClear, keyInText, unknownBlock, blockForm, unknownTool,
        toolType,
        coreTool,
        toolForm,
        toolWithoutSource, orphanReturn, openCall, pendingApproval,
    ]
}

extension Rule {
    /// What `ferry lint` looks for besides `Rule.table`.
    public static let lintTable: [Rule] = LintRule.all
}
