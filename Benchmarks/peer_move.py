"""usage: peer_move.py AGENT_ID

A plain asynchronous script that moves one agent the way a careful person
would write it in an afternoon: the yardstick for `ferry move`. It takes the
same steps (list, export, read the rows in export form through a temporary
agent, read the passages, import, archive, passages in batches) and compares
nothing. Servers and tokens come from the lab's environment.
"""
import asyncio
import json
import os
import sys
import uuid

import httpx

PAGE = 1000
BATCH = 100
WIDTH = 4
SLICE = 2000


def client(side: str) -> httpx.AsyncClient:
    token = open(os.environ[f"FERRY_LAB_{side}_TOKEN_FILE"]).read().strip()
    return httpx.AsyncClient(
        base_url=os.environ[f"FERRY_LAB_{side}_URL"] + "/v1", timeout=600,
        headers={"Authorization": f"Bearer {token}", "User-Agent": "peer"})


async def get(http, path, **params):
    answer = await http.get(path, params=params)
    answer.raise_for_status()
    return answer.json()


async def send(http, method, path, **kw):
    answer = await http.request(method, path, **kw)
    answer.raise_for_status()
    return answer.json()


async def listing(http, agent):
    """Ids of all rows, oldest first."""
    ids, after = [], None
    while True:
        params = dict(limit=PAGE, order="asc", use_assistant_message="false", conversation_id="default")
        if after:
            params["after"] = after
        page = await get(http, f"/agents/{agent}/messages", **params)
        if not page:
            return ids
        for item in page:
            if not ids or ids[-1] != item["id"]:
                ids.append(item["id"])
        after = page[-1]["id"]


async def rows(http, state, ids):
    """Every row in export form, through a temporary agent."""
    name = f"peer {uuid.uuid4()}"
    reader = await send(http, "POST", "/agents/", json={
        "name": name, "hidden": True, "include_base_tools": False, "initial_message_sequence": [],
        "llm_config": {**state["llm_config"], "model_endpoint": "http://127.0.0.1:1/v1"},
        "embedding_config": None, "memory_blocks": []})
    found = []
    try:
        for start in range(0, len(ids), SLICE):
            part = ids[start:start + SLICE]
            await send(http, "PATCH", f"/agents/{reader['id']}", json={"message_ids": part})
            export = await get(http, f"/agents/{reader['id']}/export")
            found += export["agents"][0]["messages"]
    finally:
        await send(http, "DELETE", f"/agents/{reader['id']}")
    return found


async def passages(http, agent):
    found, after = [], None
    while True:
        params = dict(limit=100, ascending="true")
        if after:
            params["after"] = after
        page = await get(http, f"/agents/{agent}/archival-memory", **params)
        if not page:
            return found
        found += [{key: p[key] for key in ("text", "tags", "metadata", "created_at")} for p in page]
        after = page[-1]["id"]


def agent_file(export, found, ids, context):
    agent = export["agents"][0]
    place = {row: f"message-{n}" for n, row in enumerate(ids)}
    for n, row in enumerate(found):
        row["id"] = f"message-{n}"
    agent["messages"] = found
    agent["in_context_message_ids"] = [place[row] for row in context]
    return json.dumps(export).encode()


async def insert(http, archive, found):
    gate = asyncio.Semaphore(WIDTH)

    async def one(batch):
        async with gate:
            await send(http, "POST", f"/archives/{archive}/passages/batch", json={"passages": batch})

    await asyncio.gather(*(one(found[n:n + BATCH]) for n in range(0, len(found), BATCH)))


async def main(agent):
    async with client("SOURCE") as source, client("TARGET") as target:
        state = await get(source, f"/agents/{agent}")
        export = await get(source, f"/agents/{agent}/export")
        ids = await listing(source, agent)
        found = await rows(source, state, ids)
        archive_rows = await passages(source, agent)
        body = agent_file(export, found, ids, state["message_ids"])
        made = await send(target, "POST", "/agents/import", files={"file": ("a.af", body, "application/json")}, data={
            "append_copy_suffix": "false", "override_existing_tools": "false", "name": state["name"]})
        new = made["agent_ids"][0]
        if archive_rows:
            archive = await send(target, "POST", "/archives/", json={
                "name": f"{state['name']}'s Archive", "embedding": os.environ["FERRY_LAB_EMBEDDING"]})
            await send(target, "PATCH", f"/agents/{new}/archives/attach/{archive['id']}")
            await insert(target, archive["id"], archive_rows)
    print(json.dumps({"agent": new, "messages": len(found), "passages": len(archive_rows)}))


asyncio.run(main(sys.argv[1]))
