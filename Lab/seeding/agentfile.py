"""Agent files (.af, version 2) as `POST /v1/agents/import` takes them."""

REVISION = "1c28e167b74f"


def block(index: int, label: str, value: str, **more) -> dict:
    whole = {
        "id": f"block-{index}",
        "label": label,
        "value": value,
        "limit": 20000,
        "read_only": False,
        "description": None,
        "metadata": {},
        "is_template": False,
        "preserve_on_migration": False,
    }
    return whole | more


def custom_tool(name: str, source: str, parameters: dict, required: list[str], **more) -> dict:
    description = source.split('"""')[1].strip().splitlines()[0]
    whole = {
        "tool_type": "custom",
        "name": name,
        "description": description,
        "source_type": "python",
        "source_code": source,
        "json_schema": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": parameters, "required": required},
        },
        "args_json_schema": None,
        "tags": [],
        "return_char_limit": 50000,
        "default_requires_approval": None,
        "enable_parallel_execution": False,
    }
    return whole | more


def agent_file(agent: dict, rows: list[dict], in_context: list[str], blocks: list[dict], tools: list[dict]) -> dict:
    """One agent with its blocks and tools; `tools` may be taken from the server as they are."""
    tools = [tool | {"id": f"tool-{index}"} for index, tool in enumerate(tools)]
    whole = {
        "id": "agent-0",
        "agent_type": "letta_v1_agent",
        "memory_blocks": [],
        "tools": [],
        "tool_ids": [tool["id"] for tool in tools],
        "source_ids": [],
        "folder_ids": None,
        "block_ids": [b["id"] for b in blocks],
        "tool_rules": [],
        "tags": [],
        "include_base_tools": False,
        "include_multi_agent_tools": False,
        "include_base_tool_rules": False,
        "include_default_source": False,
        "timezone": "UTC",
        "enable_sleeptime": False,
        "message_buffer_autoclear": False,
        "messages": rows,
        "in_context_message_ids": in_context,
        "files_agents": [],
        "group_ids": [],
    } | agent
    return {
        "agents": [whole],
        "groups": [],
        "blocks": blocks,
        "files": [],
        "sources": [],
        "tools": tools,
        "mcp_servers": [],
        "skills": [],
        "metadata": {"revision_id": REVISION},
        "created_at": "2026-11-20T21:00:00+00:00",
    }
