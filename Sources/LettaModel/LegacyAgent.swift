/// Agents from before `letta_v1_agent` that can become one.
public enum LegacyAgent {
    /// Types whose text is an inner thought and whose replies are calls of
    /// `send_message`. Source: 0.16.8 `AgentType`, `agents/letta_agent_v2.py`.
    public static let types: Set<String> = ["memgpt_agent", "memgpt_v2_agent"]
    /// What such an agent becomes.
    public static let successor = "letta_v1_agent"
}
