extension RuleFile {
    /// At least one for each rule that lint knows of.
    static let all = whole + things + rows + returns + approvals + context

    private static let packed = #"{\"status\": \"OK\", \"message\": \"seen\"}"#

    /// What the tool row answers: a text, and the return beside it.
    private static let answer =
        #""content": [{"type": "text", "text": "\#(packed)"}], "tool_returns": [{"tool_call_id": "c1", "#
        + #""status": "success", "stdout": null, "stderr": null, "func_response": "\#(packed)"}]"#

    /// The same with the text alone, which is then what a server reads.
    private static func text(_ text: String) -> String {
        #""content": [{"type": "text", "text": "\#(text)"}]"#
    }

    private static func response(_ response: String) -> String {
        #""content": [], "tool_returns": [{"tool_call_id": "c1", "status": "success", "func_response": \#(response)}]"#
    }

    private static func row(_ id: Int, _ members: String) -> String {
        #"{"id": "message-\#(id)", "type": "message", "created_at": "2026-05-02T10:11:15Z", \#(members)}, "#
    }

    private static let last = #"{"id": "message-4", "type": "message", "#

    private static let request = row(
        5,
        #""role": "approval", "content": [], "tool_calls": [{"id": "c2", "type": "function", "#
            + #""function": {"name": "f", "arguments": "{}"}}]"#)

    static let whole: [RuleFile] = [
        RuleFile("byte-order-mark", "", ""),
        RuleFile("json-in-a-string", "", ""),
        RuleFile("legacy-form", "", ""),
        RuleFile("top-key-missing", #""groups": [],"#, ""),
        RuleFile("top-key-missing", #""groups": [],"#, #""groups": "x","#),
        RuleFile("top-key-missing", #""groups": [],"#, #""groups": [], "skills": null,"#),
        RuleFile("member-type", #""block_ids": ["block-0"]"#, #""block_ids": "block-0""#),
        RuleFile("member-type", #""description": "Rule.""#, #""description": 7"#),
        RuleFile("member-type", #""description": "Rule.""#, #""hidden": "perhaps""#),
        RuleFile("member-type", #""description": "Rule.""#, #""response_format": {}"#),
        RuleFile("member-type", #""description": "Rule.""#, #""max_files_open": 1.5"#),
        RuleFile("member-type", #""description": "Rule.""#, #""message_buffer_autoclear": null"#),
        RuleFile("member-type", #""description": "Rule.""#, #""group_ids": null"#),
        RuleFile("member-type", #""message-3", "message-4"]"#, #""message-3", null, "message-4"]"#),
        RuleFile("member-type", #""description": "Who.""#, #""limit": null, "read_only": null"#),
        RuleFile("member-type", #""description": "Who.""#, #""limit": []"#),
        RuleFile("member-type", #""description": "Looks.","#, #""description": [], "#),
        RuleFile("member-type", #""description": "Looks.","#, #""return_char_limit": null, "#),
        RuleFile("member-type", #""tool_type": "custom""#, #""tool_type": null"#),
        RuleFile("file-metadata", #""metadata": {"revision_id": "x"}"#, #""metadata": null"#),
        RuleFile("file-metadata", #""metadata": {"revision_id": "x"}"#, #""metadata": {"revision_id": 7}"#),
        RuleFile("key-twice", #""files": []"#, #""files": [], "agents": []"#, lost: "Be kind."),
        RuleFile(
            "key-twice", #""value": "I am"#, #""value": "The first.", "value": "I am"#, lost: "The first."),
        RuleFile(
            "key-twice", #""text": "Hello""#, #""text": "The first.", "text": "Hello""#, lost: "The first."),
        RuleFile("number-range", #""value": "I am"#, #""limit": 1e400, "value": "I am"#),
        RuleFile(
            "number-range", #""metadata": {"k": "v"}, "tags""#,
            #""metadata": {"k": \#(String(repeating: "7", count: 4301))}, "tags""#),
        RuleFile(
            "number-range", #""metadata": {"k": "v"}, "tags""#, #""metadata": {"k": 1e400}, "tags""#),
        RuleFile("file-time", #""files": []"#, #""created_at": "soon", "files": []"#),
        RuleFile("id-form", #""id": "agent-0""#, #""id": "agent-ada""#),
        RuleFile("id-form", #""id": "agent-0", "#, ""),
        RuleFile("id-form", #""id": "block-0""#, #""id": "block-who""#),
        RuleFile(
            "id-twice", #""blocks": ["#, #""blocks": [{"id": "block-0", "label": "other", "value": ""}, "#),
        RuleFile("nul-in-shell", #""system": "Be kind.""#, #""system": "Be\u0000kind.""#),
        RuleFile("nul-in-shell", #""value": "I am"#, #""value": "\u0000I am"#),
        RuleFile("nul-in-shell", #""description": "Looks.""#, #""description": "Looks\u0000.""#),
        RuleFile("surrogate-in-shell", #""system": "Be kind.""#, #""system": "Be\ud800kind.""#),
        RuleFile("surrogate-in-shell", #""value": "I am"#, #""value": "\ud800I am"#),
        RuleFile(
            "surrogate-in-shell", #""metadata": {"k": "v"}, "tags""#, #""metadata": {"k": "\ud800"}, "tags""#),
    ]

    static let things: [RuleFile] = [
        RuleFile("agent-name-plain", #""name": "Ada "#, #""name": "Dr. Ada "#),
        RuleFile("agent-type-missing", #""agent_type": "letta_v1_agent", "#, ""),
        RuleFile("agent-type-unknown", #""letta_v1_agent""#, #""poet_agent""#),
        RuleFile("agent-type-unknown", #""letta_v1_agent""#, "null"),
        RuleFile(
            "agent-list-missing", #"["message-0", "message-1", "message-2", "message-3", "message-4"]"#,
            "null"),
        RuleFile("model-missing", #""llm_config": "#, #""llm_config": null, "once": "#),
        RuleFile(
            "model-config", #""llm_config": "#,
            #""llm_config": {"model": "m", "model_endpoint_type": "hologram", "context_window": 8192}, "once": "#
        ),
        RuleFile(
            "model-config", #""llm_config": "#,
            #""llm_config": {"model": "m", "model_endpoint_type": "openai"}, "once": "#),
        RuleFile(
            "embedding-config", #""embedding_config": "#,
            #""embedding_config": {"embedding_model": "m", "embedding_dim": 1, "embedding_endpoint_type": "hologram"}, "once": "#
        ),
        RuleFile(
            "model-settings-provider", #""tags": ["#,
            #""model_settings": {"provider_type": "hologram"}, "tags": ["#),
        RuleFile("model-settings-provider", #""tags": ["#, #""model_settings": {}, "tags": ["#),
        RuleFile(
            "model-settings", #""tags": ["#, #""model_settings": {"provider_type": "openai"}, "tags": ["#),
        RuleFile("tool-rule-type", #""type": "exit_loop""#, #""type": "TerminalToolRule""#),
        RuleFile("tool-rule-type", #""type": "exit_loop""#, #""type": "sing""#),
        RuleFile("secrets-half", #""tags": ["#, #""secrets": {"KEY": ""}, "tags": ["#),
        RuleFile(
            "secrets-half", #""tags": ["#, #""secrets": {"KEY": ""}, "tags": ["#,
            form: ["secrets": #"{"KEY": "v"}"#]),
        RuleFile("secrets-form", #""tags": ["#, #""secrets": ["KEY"], "tags": ["#),
        RuleFile("secrets-form", #""tags": ["#, #""secrets": "KEY", "tags": ["#),
        RuleFile("secrets-form", #""tags": ["#, #""secrets": {"KEY": 7}, "tags": ["#),
        RuleFile(
            "secret-in-clear", #""tags": ["#,
            #""secrets": {"KEY": "hush"}, "tool_exec_environment_variables": {"KEY": "hush"}, "tags": ["#),
        RuleFile(
            "key-in-text", #""value": "I am"#,
            #""value": "Mine is sk-\#(String(repeating: "a1B2c3", count: 7)). I am"#),
        RuleFile(
            "secret-without-value", #""tags": ["#,
            #""secrets": {"KEY": ""}, "tool_exec_environment_variables": {"KEY": ""}, "tags": ["#),
        RuleFile("block-unknown", #"["block-0"]"#, #"["block-0", "block-7"]"#),
        RuleFile("tool-unknown", #"["tool-0"]"#, #"["tool-0", "tool-7"]"#),
        RuleFile("block-incomplete", #""label": "persona", "#, ""),
        RuleFile("block-incomplete", #""value": "I am"#, #""value": 7, "once": "I am"#),
        RuleFile("block-label-twice", #"["block-0"]"#, #"["block-0", "block-0"]"#),
        RuleFile("tool-key-unknown", #""tool_type""#, #""novelty": 1, "tool_type""#),
        RuleFile("tool-type-unknown", #""tool_type": "custom""#, #""tool_type": "spell""#),
        RuleFile("core-tool-unknown", #""tool_type": "custom""#, #""tool_type": "letta_core""#),
        RuleFile("core-tool-unknown", #""tool_type": "custom""#, #""tool_type": "letta_builtin""#),
        RuleFile("core-tool-unknown", #""tool_type": "custom""#, #""tool_type": "letta_files_core""#),
        RuleFile("core-tool-unknown", #""tool_type": "custom""#, #""tool_type": "letta_multi_agent_core""#),
        RuleFile("core-tool-unknown", #""tool_type": "custom""#, #""tool_type": "letta_sleeptime_core""#),
        RuleFile("tool-source-type", #""source_type": "python", "#, ""),
        RuleFile("tool-without-source", #""source_code": "def look_WORD():\n    return 1", "#, ""),
        RuleFile("tool-incomplete", #""tool-0", "name": "look_WORD", "#, #""tool-0", "#),
        RuleFile(
            "tool-name-twice", "}],\n\"mcp_servers\"",
            #"}, {"id": "tool-1", "name": "look_WORD", "source_type": "python", "source_code": "x", "#
                + "\"json_schema\": {}}],\n\"mcp_servers\"",
            form: ["override_existing_tools": "true"]),
    ]

    static let rows: [RuleFile] = [
        RuleFile("message-id-form", #""message-4", "type""#, #""message-b", "type""#),
        RuleFile("message-id-twice", #""message-4", "type""#, #""message-0", "type""#),
        RuleFile("created-at-form", "2026-05-02T10:11:13Z", "soon"),
        RuleFile("created-at-missing", #""created_at": "2026-05-02T10:11:13Z""#, #""created_at": null"#),
        RuleFile("nul-character", #""text": "Hello""#, #""text": "Hel\u0000lo""#),
        RuleFile("nul-character", #""name": "Tom""#, #""name": "T\u0000m""#),
        RuleFile("lone-surrogate", #""text": "Hello""#, #""text": "Hel\ud800lo""#),
        RuleFile("lone-surrogate", #""name": "Tom""#, #""name": "T\ud800m""#),
        RuleFile("row-type", #""type": "message", "role": "user""#, #""type": "letter", "role": "user""#),
        RuleFile("role-function", #""role": "tool""#, #""role": "function""#),
        RuleFile("role-unknown", #""role": "user""#, #""role": "ghost""#),
        RuleFile("field-not-text", #""name": "Tom""#, #""name": 7"#),
        RuleFile("null-content", #""content": [{"type": "text", "text": "Hello"}]"#, #""content": null"#),
        RuleFile(
            "string-content", #""content": [{"type": "text", "text": "Hello"}]"#, #""content": "Hello""#),
        RuleFile(
            "part-unknown", #"[{"type": "text", "text": "Hello"}]"#, #"[{"type": "hologram", "data": "x"}]"#),
        RuleFile("part-incomplete", #"[{"type": "text", "text": "Hello"}]"#, #"[{"type": "text"}]"#),
        RuleFile("reasoning-is-native", #""is_native": true, "#, ""),
        RuleFile(
            "image-url", #"[{"type": "text", "text": "Hello"}]"#,
            #"[{"type": "image", "source": {"type": "url", "url": "http://127.0.0.1/x.png"}}]"#),
        RuleFile(
            "user-part", #"[{"type": "text", "text": "Hello"}]"#,
            #"[{"type": "reasoning", "is_native": true, "reasoning": "r"}]"#),
        RuleFile("user-empty", #""content": [{"type": "text", "text": "Hello"}]"#, #""content": []"#),
        RuleFile(
            "system-one-text", #"[{"type": "text", "text": "Be kind."}]"#,
            #"[{"type": "text", "text": "Be kind."}, {"type": "text", "text": "Be."}]"#),
        RuleFile("tool-call-type", #""type": "function", "function""#, #""function""#),
        RuleFile("tool-call-arguments", #""arguments": "{}""#, #""arguments": {}"#),
        RuleFile("tool-call-id", #"{"id": "c1", "type": "function""#, #"{"type": "function""#),
        RuleFile(
            "join-split-pair", #""message-4", "type": "message", "#,
            #""message-5", "type": "message", "role": "assistant", "content": [{"type": "reasoning", "is_native": true, "reasoning": "r"}], "created_at": "2026-05-02T10:11:15Z"}, {"id": "message-4", "type": "message", "#
        ),
    ]

    static let returns: [RuleFile] = [
        RuleFile("tool-output-list", #""stdout": null"#, #""stdout": "out""#),
        RuleFile("tool-return-status", #""status": "success""#, #""status": "fine""#),
        RuleFile("tool-return-response", answer, response("null")),
        RuleFile("tool-call-id-missing", #""tool_call_id": "c1", "# + answer, text(packed)),
        RuleFile("tool-parts-without-return", answer, #""content": []"#),
        RuleFile("tool-body-empty", answer, text("")),
        RuleFile("tool-body-not-json", answer, text("It went well.")),
        RuleFile("tool-body-not-json", answer, response(#""It went well.""#)),
        RuleFile("tool-body-not-object", answer, text("[1]")),
        RuleFile("tool-status-error", answer, text(#"{\"status\": \"error\", \"message\": \"m\"}"#)),
        RuleFile("tool-status-other", answer, text(#"{\"status\": \"maybe\", \"message\": \"m\"}"#)),
    ]

    static let approvals: [RuleFile] = [
        RuleFile(
            "approval-return-listed", last,
            request
                + row(
                    6,
                    #""role": "approval", "content": [], "approvals": [{"type": "tool", "tool_call_id": "c2", "tool_return": "done", "status": "success"}]"#
                ) + last),
        RuleFile(
            "approval-legacy-half", last,
            request + row(6, #""role": "approval", "content": [], "approve": true"#) + last),
        RuleFile("approval-empty", last, row(5, #""role": "approval", "content": []"#) + last),
    ]

    static let context: [RuleFile] = [
        RuleFile(
            "in-context-begins-with-system",
            #""in_context_message_ids": ["message-0", "message-1", "message-2", "message-3", "message-4"]"#,
            #""in_context_message_ids": []"#),
        RuleFile(
            "in-context-begins-with-system",
            #""in_context_message_ids": ["message-0", "message-1", "message-2", "message-3", "message-4"]"#,
            #""in_context_message_ids": ["message-1", "message-4"]"#),
        RuleFile("in-context-unknown", #""message-4"],"#, #""message-4", "message-99"],"#),
        RuleFile(
            "in-context-empty-reply", #""content": [{"type": "text", "text": "Seen."}]"#, #""content": []"#),
        RuleFile(
            "return-without-call", #""message-1", "message-2", "message-3""#, #""message-1", "message-3""#),
        RuleFile(
            "call-without-return", #""message-2", "message-3", "message-4""#, #""message-2", "message-4""#),
        RuleFile(
            "call-without-return", #""message-2", "message-3", "message-4""#,
            #""message-2", "message-4", "message-3""#),
        RuleFile(
            "approval-pending", #""role": "assistant", "content": [{"type": "text", "text": "Seen."}]"#,
            #""role": "approval", "content": [], "tool_calls": [{"id": "c2", "type": "function", "function": {"name": "f", "arguments": "{}"}}]"#
        ),
    ]
}
