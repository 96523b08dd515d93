#!/usr/bin/env python3
"""usage: stub.py --port PORT [--host 127.0.0.1]

A deterministic stand-in for an OpenAI-compatible model server: the same
request always gets the same answer, in milliseconds and without a network.

    GET  /v1/models              the two models that Letta lists
    POST /v1/chat/completions    plain and streamed (SSE)
    POST /v1/embeddings          1536 numbers drawn from hashes of the words
    GET  /lab/counts             how many chat and embedding requests came in

What the last user message says decides the chat answer:

    call NAME {json}     answers with that tool call, when NAME is offered;
                         several directives make parallel calls
    look up WORDS        the same as a call of archival_memory_search
    stub: say TEXT       answers with TEXT (to the end of the line)
    stub: sleep SECONDS  waits first
    stub: fail STATUS    answers with that HTTP error
    stub: fail once STATUS   the same, but only the first time for this message
    stub: garbage        answers 200 with something that is no JSON
    stub: drop           closes the connection without an answer
    stub: strict         checks pairs as OpenAI does: 400 where a tool call is not
                         answered right after it, or a tool result answers nothing

After a tool result the answer is a sentence that quotes it; otherwise one of
a few fixed sentences, chosen by the text.  Agents that speak by a send_message
tool get their sentence as a call of it.
"""

import argparse
import ast
import base64
import hashlib
import json
import re
import struct
import sys
import threading
import time
from array import array
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHAT_MODELS = ["gpt-4o-mini"]
EMBEDDING_MODELS = ["text-embedding-3-small"]
# Ollama's face, for servers that list no embedder of an OpenAI-compatible one.
OLLAMA_EMBEDDER = "nomic-embed-text"
DIMENSION = 1536
CREATED = 1_700_000_000

SENTENCES = [
    "I hear you. Tell me a little more, and take your time.",
    "That stays with me. I have put it next to the other things you told me this week.",
    "Yes, I remember. It was the small detail that made it yours.",
    "Then let us keep it simple today: one thing at a time, and tea first.",
    "I am glad you said that out loud.",
    "Noted, and gently filed where we will both find it again.",
]


class Plan:
    """What to answer: tool calls, or a text."""

    def __init__(self, text: str = "", calls: list[tuple[str, str]] | None = None) -> None:
        self.text, self.calls = text, calls or []


def number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def text_of(content) -> str:
    """The text of a message's content; Letta packs some user messages as JSON."""
    if isinstance(content, list):
        content = "\n".join(part.get("text", "") for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        return ""
    try:
        packed = json.loads(content)
    except ValueError:
        return content
    return packed["message"] if isinstance(packed, dict) and isinstance(packed.get("message"), str) else content


def directives(text: str, offered: dict[str, dict]) -> list[tuple[str, dict]]:
    """Every `call NAME {json}` of the text whose tool is offered, in order."""
    found = []
    for match in re.finditer(r"\bcall ([A-Za-z_]\w*)[ \t]*", text):
        if match.group(1) not in offered:
            continue
        arguments = {}
        if text[match.end() : match.end() + 1] == "{":
            try:
                arguments, _ = json.JSONDecoder().raw_decode(text, match.end())
            except ValueError:
                pass
        found.append((match.group(1), arguments))
    asked = re.search(r"\blook up ([^\n?!]+?)[.?!]*$", text, re.MULTILINE)
    if not found and asked and "archival_memory_search" in offered:
        found.append(("archival_memory_search", {"query": asked.group(1), "top_k": 3}))
    return found


def filled(arguments: dict, tool: dict) -> str:
    """The arguments as JSON text, with whatever else the tool's schema requires."""
    schema = tool.get("parameters") or {}
    complete = {}
    for key in schema.get("required") or []:
        if key not in arguments:
            kind = (schema.get("properties") or {}).get(key, {}).get("type", "string")
            blank = {"boolean": False, "integer": 0, "number": 0, "array": [], "object": {}}
            complete[key] = blank.get(kind, "Thinking it over.")
    complete.update(arguments)
    return json.dumps(complete, ensure_ascii=False)


def last_turn(messages: list[dict]) -> tuple[str, list[str]]:
    """The last user text, and the tool results that came after it."""
    results: list[str] = []
    for message in reversed(messages):
        if message.get("role") == "tool":
            results.insert(0, text_of(message.get("content")))
        elif message.get("role") == "user":
            return text_of(message.get("content")), results
    return "", results


def quoted(result: str) -> str:
    """A tool result in one breath; of search results, the text of the first."""
    try:
        found = ast.literal_eval(result)
    except (ValueError, SyntaxError):
        found = None
    if isinstance(found, list) and found and isinstance(found[0], dict) and "content" in found[0]:
        return str(found[0]["content"])[:200]
    return result.strip()[:200]


def spoken(user: str, results: list[str]) -> str:
    if results:
        return "Here is what came back: " + "; ".join(quoted(result) for result in results)
    said = re.search(r"stub: say (.+)", user)
    return said.group(1).strip() if said else SENTENCES[number(user) % len(SENTENCES)]


def plan(request: dict) -> Plan:
    messages = request.get("messages") or []
    offered = {t["function"]["name"]: t["function"] for t in request.get("tools") or [] if "function" in t}
    user, results = last_turn(messages)
    wanted = [] if results else directives(user, offered)
    if wanted:
        return Plan(calls=[(name, filled(arguments, offered[name])) for name, arguments in wanted])
    text = spoken(user, results)
    choice = request.get("tool_choice")
    if isinstance(choice, dict):
        forced = choice.get("function", {}).get("name")
    else:
        forced = next(iter(offered), None) if choice == "required" else None
    if "send_message" in offered:
        forced = "send_message"
    if forced in offered:
        arguments = {"message": text} if forced == "send_message" else {}
        return Plan(calls=[(forced, filled(arguments, offered[forced]))])
    return Plan(text)


def usage(request: dict, answer: Plan) -> dict:
    prompt = len(json.dumps(request.get("messages") or [])) // 4
    completion = (len(answer.text) + sum(len(a) for _, a in answer.calls)) // 4 + 1
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def tool_calls(request: dict, answer: Plan) -> list[dict]:
    # The id depends on the whole conversation, so that a repeated question gets a new one.
    seed = json.dumps(request.get("messages") or [], sort_keys=True)
    return [
        {
            "index": index,
            "id": f"call_{number(f'{seed}{index}'):016x}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for index, (name, arguments) in enumerate(answer.calls)
    ]


def completion(request: dict) -> dict:
    answer = plan(request)
    message: dict = {"role": "assistant", "content": answer.text or None}
    if answer.calls:
        message["tool_calls"] = tool_calls(request, answer)
    return {
        "id": f"chatcmpl-{number(json.dumps(request, sort_keys=True)):016x}",
        "object": "chat.completion",
        "created": CREATED,
        "model": request.get("model", CHAT_MODELS[0]),
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if answer.calls else "stop"}],
        "usage": usage(request, answer),
    }


def chunks(request: dict):
    """The same answer as server-sent events."""
    whole = completion(request)
    message, finish = whole["choices"][0]["message"], whole["choices"][0]["finish_reason"]
    base = {key: whole[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}

    def chunk(delta: dict, reason: str | None = None) -> dict:
        return base | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    yield chunk({"role": "assistant", "content": ""})
    for word in re.findall(r"\S+\s*", message["content"] or ""):
        yield chunk({"content": word})
    for call in message.get("tool_calls", []):
        yield chunk({"tool_calls": [call]})
    yield chunk({}, finish)
    yield base | {"choices": [], "usage": whole["usage"]}


def vector(text: str) -> array:
    """Words that two texts share bring their vectors together: each word owns eight coordinates."""
    weights = {0: 0.1}  # never all zeros
    for word in re.findall(r"\w+", text.lower()):
        for at in struct.unpack("<8H", hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()):
            sign = 1.0 if at & 0x8000 else -1.0
            weights[at % DIMENSION] = weights.get(at % DIMENSION, 0.0) + sign
    length = sum(w * w for w in weights.values()) ** 0.5
    numbers = array("f", bytes(4 * DIMENSION))
    for at, weight in weights.items():
        numbers[at] = weight / length
    return numbers


def embeddings(request: dict) -> dict:
    given = request.get("input")
    texts = given if isinstance(given, list) else [given]
    data = []
    for index, text in enumerate(texts):
        numbers = vector(text if isinstance(text, str) else json.dumps(text))
        packed = request.get("encoding_format") == "base64"
        value = base64.b64encode(numbers.tobytes()).decode() if packed else numbers.tolist()
        data.append({"object": "embedding", "index": index, "embedding": value})
    tokens = sum(len(str(t)) for t in texts) // 4
    return {
        "object": "list",
        "data": data,
        "model": request.get("model", EMBEDDING_MODELS[0]),
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def broken_pair(messages: list[dict]) -> str | None:
    """What a provider that checks pairs says of the first broken one."""
    open_calls: list[str] = []
    for index, message in enumerate(messages):
        if message.get("role") == "tool":
            call = message.get("tool_call_id")
            if call not in open_calls:
                return f"Invalid parameter: messages[{index}] with role 'tool' must be a response to a preceding message with 'tool_calls'."
            open_calls.remove(call)
            continue
        if open_calls:
            break
        open_calls = [call.get("id") for call in message.get("tool_calls") or []]
    if not open_calls:
        return None
    return "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: " + ", ".join(map(str, open_calls))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    counts = {"chat": 0, "embeddings": 0}
    failed_once: set[str] = set()
    lock = threading.Lock()

    def do_GET(self) -> None:
        if self.path.startswith("/v1/models"):
            models = [{"id": m, "object": "model", "created": CREATED, "owned_by": "lab"} for m in CHAT_MODELS + EMBEDDING_MODELS]
            self.answer({"object": "list", "data": models})
        elif self.path == "/api/tags":
            self.answer({"models": [{"name": OLLAMA_EMBEDDER}]})
        elif self.path == "/lab/counts":
            self.answer(dict(self.counts))
        else:
            self.error(404, "no such path")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            request = json.loads(body)
        except ValueError:
            return self.error(400, "the body is no JSON")
        if self.path == "/v1/embeddings":
            self.count("embeddings")
            self.answer(embeddings(request))
        elif self.path == "/api/show":
            self.answer({"capabilities": ["embedding"], "model_info": {"general.architecture": "lab", "lab.embedding_length": 1536}})
        elif self.path == "/v1/chat/completions":
            self.count("chat")
            self.chat(request)
        else:
            self.error(404, "no such path")

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def chat(self, request: dict) -> None:
        user, _ = last_turn(request.get("messages") or [])
        sleep = re.search(r"stub: sleep ([\d.]+)", user)
        if sleep:
            time.sleep(min(float(sleep.group(1)), 300))
        fail = re.search(r"stub: fail (once )?(\d{3})", user)
        if fail and not (fail.group(1) and self.seen(user)):
            return self.error(int(fail.group(2)), "failure asked for by the message")
        broken = broken_pair(request.get("messages") or []) if "stub: strict" in user else None
        if broken:
            return self.error(400, broken)
        if "stub: drop" in user:
            self.close_connection = True
            return
        if "stub: garbage" in user:
            return self.send(200, b"<html>not what you expected</html>", "text/html")
        if request.get("stream"):
            return self.stream(request)
        self.answer(completion(request))

    def seen(self, user: str) -> bool:
        with self.lock:
            before = user in self.failed_once
            self.failed_once.add(user)
            return before

    def stream(self, request: dict) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for chunk in chunks(request):
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def answer(self, value: dict) -> None:
        self.send(200, json.dumps(value).encode(), "application/json")

    def error(self, status: int, text: str) -> None:
        kind = {401: "authentication_error", 429: "rate_limit_error"}.get(status, "server_error" if status >= 500 else "invalid_request_error")
        body = {"error": {"message": text, "type": kind, "param": None, "code": kind}}
        self.send(status, json.dumps(body).encode(), "application/json")

    def send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments) -> None:
        print(f"{time.strftime('%H:%M:%S')} {format % arguments}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description="deterministic OpenAI-compatible stub")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer((options.host, options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
