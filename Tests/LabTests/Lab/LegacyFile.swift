import LosslessJSON

/// Agent files in the form before version 2, one of each kind that was seen.
struct LegacyFile: Sendable, CustomStringConvertible {
    let description: String
    /// How the agent is on the target.
    let rows: Int
    let tools: Int
    let change: @Sendable (_ file: inout JSONNode, _ rows: inout [JSONNode], _ word: String) -> Void

    private init(
        _ description: String, rows: Int = 5, tools: Int = 3,
        _ change: @escaping @Sendable (inout JSONNode, inout [JSONNode], String) -> Void
    ) {
        self.description = description
        self.rows = rows
        self.tools = tools
        self.change = change
    }

    /// No file and no message may show it.
    static let secret = "hush-hush"

    static let all = [
        LegacyFile("an agent with its first rows") { _, _, _ in },
        LegacyFile("an agent with a talk, of which context holds the end", rows: 10) { file, rows, _ in
            rows += [said(1), answered(1), user("{\"type\": \"heartbeat\"}"), said(2), answered(2)]
            file["in_context_message_indices"] = [0, 6, 7, 8, 9]
        },
        LegacyFile("a workflow with tools of its own and rules", tools: 3) { file, _, word in
            file["agent_type"] = "workflow_agent"
            file["tools"] = [own("send_message"), custom("fetch_\(word)"), custom("store_\(word)")]
            file["tool_rules"] = [
                ["tool_name": .string("fetch_\(word)"), "type": "run_first"],
                [
                    "tool_name": .string("fetch_\(word)"), "type": "constrain_child_tools",
                    "children": [.string("store_\(word)")],
                ],
                ["tool_name": "send_message", "type": "exit_loop"],
            ]
        },
        LegacyFile("old names of rules and tools, a variable with its value, a name with a dot", tools: 1) {
            file, _, word in
            file["name"] = .string("Sam v0.2 \(word)")
            file["tool_rules"] = [["tool_name": "send_message", "type": "TerminalToolRule"]]
            file["tools"] = [own("send_message"), own("conversation_search_date"), own("pause_heartbeats")]
            file["tool_exec_environment_variables"] = [
                ["key": "API_KEY", "value": .string(secret), "description": nil]
            ]
        },
        LegacyFile("rows with text and no content, a bare tool answer, no agent type") { file, rows, _ in
            rows[3]["content"] = nil
            rows[3]["text"] = "plain"
            rows[2]["content"] = [["type": "text", "text": "None"]]
            file["agent_type"] = .none
            file["in_context_message_indices"] = [1, 2, 3, 4]
        },
        LegacyFile("no messages at all", rows: 1) { file, rows, _ in
            rows = []
            file["in_context_message_indices"] = []
        },
        LegacyFile("a tool without a type", tools: 1) { file, _, word in
            var tool = custom("roll_\(word)")
            tool["tool_type"] = .none
            file["tools"] = [tool]
        },
        LegacyFile("a call that was never answered", rows: 7) { file, rows, _ in
            rows.append(said(1))
            file["in_context_message_indices"] = [0, 1, 2, 3, 4, 5]
        },
    ]

    func text(_ word: String, _ models: RuleFile.Models) -> String {
        var rows = Self.first
        var file = Self.base(word, models)
        change(&file, &rows, word)
        file["messages"] = .array(rows)
        return file.text()
    }

    // MARK: Pieces

    private static func base(_ word: String, _ models: RuleFile.Models) -> JSONNode {
        let blocks = ["human", "persona"].map { label -> JSONNode in
            [
                "label": .string(label), "value": .string("I am \(label) \(word)."), "limit": 5000,
                "description": nil, "is_template": false, "template_name": nil, "metadata_": [:],
                "created_at": "2025-03-01T10:11:12", "updated_at": "2025-03-01T10:11:12",
            ]
        }
        return [
            "agent_type": "memgpt_agent", "core_memory": .array(blocks), "created_at": "2025-03-01T10:11:12",
            "updated_at": "2025-03-01T10:11:12", "description": "old", "name": .string("Sam \(word)"),
            "llm_config": .verbatim(Array(models.llm.utf8)),
            "embedding_config": .verbatim(Array(models.embedding.utf8)),
            "message_buffer_autoclear": false, "in_context_message_indices": [0, 1, 2, 3, 4],
            "metadata_": ["k": 1], "multi_agent_group": nil, "system": "You are Sam.",
            "tags": [["tag": .string(word)]], "tool_exec_environment_variables": [],
            "tool_rules": [["tool_name": "send_message", "type": "exit_loop"]],
            "tools": [own("send_message"), own("conversation_search"), own("archival_memory_insert")],
            "version": "0.6.47",
        ]
    }

    private static func row(_ role: String, _ text: String) -> JSONNode {
        [
            "created_at": "2025-03-01T10:11:12.000000+00:00", "updated_at": "2025-03-01T10:11:12+00:00",
            "group_id": nil, "model": "gpt-4o-mini", "name": nil, "role": .string(role),
            "content": [["type": "text", "text": .string(text)]], "tool_call_id": nil, "tool_calls": [],
            "tool_returns": [],
        ]
    }

    private static func user(_ text: String) -> JSONNode { row("user", text) }

    private static func said(_ call: Int) -> JSONNode {
        var row = row("assistant", "thinking")
        row["tool_calls"] = [
            [
                "id": .string("c\(call)"), "type": "function",
                "function": ["name": "send_message", "arguments": "{\"message\": \"Hm.\"}"],
            ]
        ]
        return row
    }

    private static func answered(_ call: Int) -> JSONNode {
        var row = row("tool", "{\"status\": \"OK\", \"message\": \"None\", \"time\": \"2025-03-01\"}")
        row["tool_call_id"] = .string("c\(call)")
        row["name"] = "send_message"
        row["tool_returns"] = [["status": "success", "stdout": nil, "stderr": nil]]
        return row
    }

    private static let first = [
        row("system", "You are Sam."), said(0), answered(0), user("{\"type\": \"login\"}"), user("Hello"),
    ]

    private static func own(_ name: String) -> JSONNode {
        var tool = custom(name)
        tool["tool_type"] = "letta_core"
        tool["source_code"] = nil
        return tool
    }

    private static func custom(_ name: String) -> JSONNode {
        [
            "name": .string(name), "tool_type": "custom", "description": "d", "tags": [],
            "json_schema": [
                "name": .string(name), "description": "d",
                "parameters": ["type": "object", "properties": [:], "required": []],
            ],
            "source_code": .string("def \(name)():\n    return 1"), "source_type": "python",
            "return_char_limit": 6000, "args_json_schema": nil, "created_at": "2025-03-01T10:11:12",
            "updated_at": "2025-03-01T10:11:12",
        ]
    }
}
