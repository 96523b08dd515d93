/// What a server knows of an agent file: its closed lists of words and the
/// keys that it forbids.
public struct LintTarget: Sendable, Equatable {
    /// `0.16.8`, or the server's own version.
    public let version: String
    public let agentTypes: Set<String>
    /// Keys that a tool may have; any other is a 400.
    public let toolKeys: Set<String>
    /// Closed lists; nil where they are not known, and then not checked.
    let words: ServerWords?
    /// It still takes the form of one agent.
    let takesLegacy: Bool

    /// A server that was asked. Nil: it did not say, and is taken for what
    /// its version is.
    public init(version: String, agentTypes: Set<String>?, toolKeys: Set<String>?) {
        let known = Self.of(version: version)
        self.init(
            version: version, agentTypes: agentTypes ?? known?.agentTypes ?? Self.v0_16_8.agentTypes,
            toolKeys: toolKeys ?? known?.toolKeys ?? Self.v0_16_8.toolKeys, words: known?.words,
            takesLegacy: known?.takesLegacy ?? false)
    }

    private init(
        version: String, agentTypes: Set<String>, toolKeys: Set<String>, words: ServerWords?,
        takesLegacy: Bool = false
    ) {
        self.version = version
        self.agentTypes = agentTypes
        self.toolKeys = toolKeys
        self.words = words
        self.takesLegacy = takesLegacy
    }

    /// Source: 0.16.8 `AgentType` and `ToolSchema` of `/openapi.json`.
    public static let v0_16_8 = LintTarget(
        version: "0.16.8",
        agentTypes: [
            "memgpt_agent", "memgpt_v2_agent", "letta_v1_agent", "react_agent", "workflow_agent",
            "split_thread_agent", "sleeptime_agent", "voice_convo_agent", "voice_sleeptime_agent",
        ],
        toolKeys: ToolSection.keys.union(ToolSection.foreign), words: .v0_16_8)
}

// MARK: - By version

extension LintTarget {
    /// The first and the last version whose rules are known.
    public static let knownVersions = ("0.11.7", "0.16.8")

    /// The rules of a version; nil for one that is older or newer than those
    /// that were looked at, and for what is no version.
    ///
    /// Source: files of each version imported into others, and the schemas
    /// of 0.11.7, 0.12.1, 0.13.0, 0.15.1, 0.16.2, 0.16.4 and 0.16.8.
    public static func of(version text: String) -> LintTarget? {
        guard let number = VersionNumber(text), number >= VersionNumber(0, 11, 7),
            number <= VersionNumber(0, 16, 8)
        else { return nil }
        var agentTypes = v0_16_8.agentTypes
        var toolKeys = v0_16_8.toolKeys
        if number < VersionNumber(0, 12, 0) { agentTypes.remove("letta_v1_agent") }
        if number < VersionNumber(0, 13, 0) { toolKeys.remove("enable_parallel_execution") }
        if number < VersionNumber(0, 16, 2) { toolKeys.remove("project_id") }
        return LintTarget(
            version: number.description, agentTypes: agentTypes, toolKeys: toolKeys,
            words: number >= VersionNumber(0, 16, 7) ? .v0_16_8 : nil,
            takesLegacy: number == VersionNumber(0, 11, 7))
    }

    /// Whether the text is meant as a version and not as a server.
    public static func isVersion(_ text: String) -> Bool { VersionNumber(text) != nil }
}

/// `0.16.8`, `v0.16.8`, `0.16`.
struct VersionNumber: Comparable, CustomStringConvertible {
    private let parts: [Int]

    init(_ major: Int, _ minor: Int, _ patch: Int) { parts = [major, minor, patch] }

    init?(_ text: String) {
        let bare = text.first == "v" ? text.dropFirst() : Substring(text)
        let words = bare.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = words.compactMap { word in
            word.allSatisfy { $0.isASCII && $0.isNumber } ? Int(word) : nil
        }
        guard (2...3).contains(words.count), numbers.count == words.count else { return nil }
        parts = numbers + (numbers.count == 2 ? [0] : [])
    }

    static func < (one: VersionNumber, other: VersionNumber) -> Bool {
        one.parts.lexicographicallyPrecedes(other.parts)
    }

    var description: String { parts.map { "\($0)" }.joined(separator: ".") }
}

// MARK: - Closed lists

/// Words that a server's schema allows, and no others.
struct ServerWords: Sendable, Equatable {
    let toolTypes: Set<String>
    /// Names of Letta's own tools, by the type that they have.
    let ownTools: [String: Set<String>]
    let toolRuleTypes: Set<String>
    let modelEndpointTypes: Set<String>
    let embeddingEndpointTypes: Set<String>
    /// `model_settings.provider_type`.
    let providerTypes: Set<String>

    /// Source: schemas and modules of functions of the 0.16.8 package.
    static let v0_16_8 = ServerWords(
        toolTypes: [
            "custom", "letta_core", "letta_memory_core", "letta_multi_agent_core", "letta_sleeptime_core",
            "letta_voice_sleeptime_core", "letta_builtin", "letta_files_core", "external_langchain",
            "external_composio", "external_mcp",
        ],
        ownTools: [
            "letta_core": base, "letta_memory_core": base, "letta_sleeptime_core": base,
            "letta_builtin": ["fetch_webpage", "run_code", "run_code_with_tools", "web_search"],
            "letta_multi_agent_core": [
                "send_message_to_agent_and_wait_for_reply", "send_message_to_agent_async",
                "send_message_to_agents_matching_tags",
            ],
            "letta_files_core": ["grep_files", "open_files", "semantic_search_files"],
            "letta_voice_sleeptime_core": [
                "finish_rethinking_memory", "rethink_user_memory", "search_memory", "store_memories",
            ],
        ],
        toolRuleTypes: [
            "run_first", "exit_loop", "continue_loop", "conditional", "constrain_child_tools",
            "max_count_per_step", "parent_last_tool", "required_before_exit", "requires_approval",
        ],
        modelEndpointTypes: shared.union([
            "lmstudio-chatcompletions", "minimax", "deepseek", "xai", "zai", "zai_coding", "baseten",
            "fireworks", "openrouter", "chatgpt_oauth",
        ]),
        embeddingEndpointTypes: shared.union(["pinecone"]),
        providerTypes: [
            "openai", "sglang", "anthropic", "google_ai", "google_vertex", "azure", "xai", "zai", "groq",
            "deepseek", "together", "bedrock", "openrouter", "chatgpt_oauth", "baseten",
        ])

    private static let base: Set<String> = [
        "send_message", "conversation_search", "archival_memory_insert", "archival_memory_search",
        "memory_insert", "memory_replace", "memory_rethink", "memory_finish_edits", "memory",
        "memory_apply_patch", "core_memory_append", "core_memory_replace", "rethink_memory",
    ]

    private static let shared: Set<String> = [
        "openai", "anthropic", "bedrock", "google_ai", "google_vertex", "azure", "groq", "ollama", "webui",
        "webui-legacy", "lmstudio", "lmstudio-legacy", "llamacpp", "koboldcpp", "vllm", "hugging-face",
        "mistral", "together",
    ]
}
