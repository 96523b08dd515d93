/// What a server knows of an agent file: its enums and forbidden keys.
public struct LintTarget: Sendable, Equatable {
    /// `0.16.8`, or the server's own version.
    public let version: String
    public let agentTypes: Set<String>
    /// Keys that a tool may have; any other is a 400.
    public let toolKeys: Set<String>
    /// Tools of type `letta_core`; nil where they are not known.
    public let coreTools: Set<String>?

    public init(
        version: String, agentTypes: Set<String>?, toolKeys: Set<String>?, coreTools: Set<String>? = nil
    ) {
        self.version = version
        self.coreTools = coreTools
        self.agentTypes = agentTypes ?? Self.v0_16_8.agentTypes
        self.toolKeys = toolKeys ?? Self.v0_16_8.toolKeys
    }

    /// Source: 0.16.8 `AgentType` and `ToolSchema` of `/openapi.json`.
    public static let v0_16_8 = LintTarget(
        version: "0.16.8",
        agentTypes: [
            "memgpt_agent", "memgpt_v2_agent", "letta_v1_agent", "react_agent", "workflow_agent",
            "split_thread_agent", "sleeptime_agent", "voice_convo_agent", "voice_sleeptime_agent",
        ],
        toolKeys: ToolSection.keys.union(ToolSection.foreign),
        coreTools: [
            "send_message", "conversation_search", "archival_memory_insert", "archival_memory_search",
            "memory_insert", "memory_replace", "memory_rethink", "memory_finish_edits", "memory",
            "memory_apply_patch", "core_memory_append", "core_memory_replace",
        ])

    /// Source: 0.16.8 `ToolType`.
    static let toolTypes: Set<String> = [
        "custom", "letta_core", "letta_memory_core", "letta_multi_agent_core", "letta_sleeptime_core",
        "letta_voice_sleeptime_core", "letta_builtin", "letta_files_core", "external_langchain",
        "external_composio", "external_mcp",
    ]
}
