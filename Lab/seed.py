#!/usr/bin/env python3
"""usage: Lab/lab seed [--shape SHAPE] [--rows N] [--passages N] [--name NAME] [--on source|target] [--fresh]

Plants an agent on the lab's source server and prints one line of JSON with its
ids.  Without options that is Ada, the demo agent: ten months of company, 341
rows, 60 memories, five blocks, three tools of her own.

  --shape SHAPE   ada, small, split (thought and answer in separate rows),
                  memgpt (a legacy memgpt_v2_agent), empty (system row only),
                  big (also called poisonless-big)
  --rows N        rows to import, but for ada and empty
  --passages N    archival passages, but for ada
  --name NAME     the agent's name (letters, digits, space, - _ ' only)
  --on SERVER     source (default) or target
  --fresh         deletes agents of that name first; otherwise one that has all
                  its rows and passages is kept, and a partial one replaced
"""

import argparse
import json
import os
import sys
import time
from urllib.parse import quote

from labkit.web import Failure, Server
from seeding import ada, shapes
from seeding.agentfile import agent_file
from seeding.rows import stable_id

BATCH = 100  # passages per request: the answer carries 40 kB for each


def connect(role: str) -> Server:
    try:
        url = os.environ[f"FERRY_LAB_{role.upper()}_URL"]
        with open(os.environ[f"FERRY_LAB_{role.upper()}_TOKEN_FILE"]) as token:
            return Server(url, token.read().strip(), timeout=300)
    except KeyError as missing:
        sys.exit(f"seed: {missing} is not set; run Lab/lab seed, or load the lab's env file")


class Models:
    """The configurations of the lab's model and embedder, as this server lists them."""

    def __init__(self, server: Server) -> None:
        self.handle = os.environ["FERRY_LAB_MODEL"]
        embedding = os.environ["FERRY_LAB_EMBEDDING"]
        self.llm = next(m for m in server.get("/v1/models/") if m["handle"] == self.handle)
        self.embedding = next(m for m in server.get("/v1/models/embedding") if m["handle"] == embedding)
        self.name = self.llm["model"]
        self.embedding_handle = embedding


def core_tools(server: Server, names: list[str]) -> list[dict]:
    if not names:
        return []
    stock = {tool["name"]: tool for tool in server.get("/v1/tools/?limit=200")}
    return [stock[name] for name in names]


def import_agent(server: Server, file: dict) -> str:
    fields = {"append_copy_suffix": "false", "override_existing_tools": "true"}
    answer = server.upload("/v1/agents/import", fields, "agent.af", json.dumps(file, ensure_ascii=False).encode())
    return answer["agent_ids"][0]


def add_passages(server: Server, agent_id: str, name: str, models: Models, passages: list[dict]) -> str | None:
    """One archive, filled in ascending order: a batch out of order mixes up the tags."""
    if not passages:
        return None
    archive = server.post("/v1/archives/", {"name": f"{name}'s Archive", "embedding": models.embedding_handle})["id"]
    server.patch(f"/v1/agents/{agent_id}/archives/attach/{archive}", {})
    for first in range(0, len(passages), BATCH):
        server.post(f"/v1/archives/{archive}/passages/batch", {"passages": passages[first : first + BATCH]})
    return archive


def count(server: Server, agent_id: str) -> tuple[int, int]:
    context = server.get(f"/v1/agents/{agent_id}/context")
    return context["num_recall_memory"], context["num_archival_memory"]


def archive_of(server: Server, agent_id: str) -> str | None:
    archives = server.get(f"/v1/archives/?agent_id={agent_id}")
    return archives[0]["id"] if archives else None


def existing(server: Server, name: str, rows: int, passages: int, fresh: bool) -> str | None:
    """The id of a complete agent of that name; incomplete ones are removed."""
    kept = None
    for agent in server.get(f"/v1/agents/?name={quote(name)}"):
        has_rows, has_passages = count(server, agent["id"])
        if not fresh and kept is None and has_rows >= rows and has_passages >= passages:
            kept = agent["id"]
        else:
            remove(server, agent)
    return kept


def remove(server: Server, agent: dict) -> None:
    """The agent with its own blocks and archive; tools are shared by name and stay."""
    archive = archive_of(server, agent["id"])
    server.delete(f"/v1/agents/{agent['id']}")
    for block in agent["blocks"]:
        server.delete(f"/v1/blocks/{block['id']}")
    if archive:
        server.delete(f"/v1/archives/{archive}")


def plant_ada(server: Server, name: str, fresh: bool) -> dict:
    models = Models(server)
    rows, in_context = ada.history(models.name)
    memories = ada.passages()
    live = 2 + 4  # rows that the two live turns add
    agent_id = existing(server, name, len(rows) + live, len(memories), fresh)
    kept = agent_id is not None
    if kept:
        archive = archive_of(server, agent_id)
    else:
        tools = ada.tools() + core_tools(server, ada.CORE_TOOLS)
        agent = ada.agent(models.llm, models.embedding, models.handle) | {"name": name}
        agent_id = import_agent(server, agent_file(agent, rows, in_context, ada.blocks(), tools))
        archive = add_passages(server, agent_id, name, models, memories)
        for index, turn in enumerate(ada.LIVE_TURNS):
            message = {"role": "user", "content": turn, "sender_id": ada.MIRA, "otid": stable_id(f"live/{index}")}
            server.post(f"/v1/agents/{agent_id}/messages", {"messages": [message]})
    has_rows, has_passages = count(server, agent_id)
    return report("ada", name, agent_id, archive, has_rows, has_passages, kept)


def plant(server: Server, shape: str, name: str, rows: int, passage_count: int, fresh: bool) -> dict:
    models = Models(server)
    made = shapes.SHAPES[shape](rows, models.name)
    agent_id = existing(server, name, len(made.rows), passage_count, fresh)
    kept = agent_id is not None
    if kept:
        archive = archive_of(server, agent_id)
    else:
        agent = {"name": name, "system": made.rows[0]["content"][0]["text"], "tags": ["lab", shape]}
        agent |= {"llm_config": models.llm, "embedding_config": models.embedding} | made.agent
        tools = core_tools(server, made.core_tools)
        agent_id = import_agent(server, agent_file(agent, made.rows, made.in_context, made.blocks, tools))
        archive = add_passages(server, agent_id, name, models, shapes.passages(passage_count))
    has_rows, has_passages = count(server, agent_id)
    return report(shape, name, agent_id, archive, has_rows, has_passages, kept)


def report(shape: str, name: str, agent_id: str, archive: str | None, rows: int, passages: int, kept: bool) -> dict:
    return {
        "shape": shape,
        "name": name,
        "agent_id": agent_id,
        "archive_id": archive,
        "rows": rows,
        "passages": passages,
        "kept": kept,
    }


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__.split("\n", 1)[0].removeprefix("usage: "), add_help=False)
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--shape", default="ada", choices=["ada", *shapes.SHAPES])
    parser.add_argument("--rows", type=int)
    parser.add_argument("--passages", type=int)
    parser.add_argument("--name")
    parser.add_argument("--on", default="source", choices=["source", "target"])
    parser.add_argument("--fresh", action="store_true")
    options = parser.parse_args()
    if options.help:
        print(__doc__)
        return
    begun = time.monotonic()
    server = connect(options.on)
    try:
        if options.shape == "ada":
            done = plant_ada(server, options.name or ada.NAME, options.fresh)
        else:
            rows, passages, name = shapes.DEFAULTS[options.shape]
            rows = rows if options.rows is None else options.rows
            passages = passages if options.passages is None else options.passages
            done = plant(server, options.shape, options.name or name, rows, passages, options.fresh)
    except Failure as failure:
        sys.exit(f"seed: the server refused: {failure}")
    except OSError as error:
        sys.exit(f"seed: {server.url} does not answer ({error}); is the lab up?")
    verb = "kept" if done["kept"] else "planted"
    print(
        f"seed: {verb} {done['name']} with {done['rows']} rows and {done['passages']} passages "
        f"({time.monotonic() - begun:.1f} s)",
        file=sys.stderr,
    )
    print(json.dumps(done))


if __name__ == "__main__":
    main()
