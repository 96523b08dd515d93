"""Message rows as Letta 0.16.8 exports them, one method per kind of row."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

NAMESPACE = uuid.UUID("7f1d3c0e-5a52-4b7e-9b0c-2f6f3f6f0a11")


def stable_id(text: str) -> str:
    return str(uuid.uuid5(NAMESPACE, text))


@dataclass
class Call:
    """One tool call with what came back."""

    name: str
    arguments: dict
    result: str
    ok: bool = True
    stdout: list[str] | None = None
    stderr: list[str] | None = None


def text(value: str) -> dict:
    return {"type": "text", "text": value, "signature": None}


def reasoning(value: str, signature: str | None = None) -> dict:
    return {"type": "reasoning", "is_native": True, "reasoning": value, "signature": signature}


def image(data: str, media_type: str = "image/png") -> dict:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data, "detail": None}}


class History:
    """Appends rows; time only moves forward, with odd microseconds."""

    def __init__(self, seed: str, start: datetime, model: str) -> None:
        self.random = Random(seed)
        self.seed, self.now, self.model = seed, start, model
        self.rows: list[dict] = []

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds, microseconds=self.random.randrange(1, 999_999))

    def move_to(self, moment: datetime) -> None:
        self.now = max(moment.replace(microsecond=self.random.randrange(1, 999_999)), self.now + timedelta(seconds=2))

    def add(self, role: str, content: list[dict], **more) -> dict:
        index = len(self.rows)
        row = {
            "type": "message",
            "id": f"message-{index}",
            "otid": stable_id(f"{self.seed}/{index}"),
            "group_id": None,
            "role": role,
            "content": content,
            "name": None,
            "sender_id": None,
            "batch_item_id": None,
            "model": None,
            "agent_id": "agent-0",
            "tool_calls": None,
            "tool_call_id": None,
            "tool_returns": [],
            "created_at": self.now.isoformat(),
            "approve": None,
            "approval_request_id": None,
            "denial_reason": None,
            "approvals": [],
        }
        row.update(more)
        self.rows.append(row)
        return row

    def system(self, value: str) -> dict:
        return self.add("system", [text(value)])

    def user(self, value: str, sender: str | None = None, picture: str | None = None) -> dict:
        self.pass_time(self.random.randrange(15, 180))
        parts = [text(value)] + ([image(picture)] if picture else [])
        return self.add("user", parts, sender_id=sender)

    def alert(self, value: str) -> dict:
        self.pass_time(1800)
        return self.add("user", [text(self.packed(value))])

    def summary(self, value: str) -> dict:
        self.pass_time(2)
        note = (
            "Note: prior messages have been hidden from view due to conversation memory constraints.\n"
            f"The following is a summary of the previous messages:\n {value}"
        )
        return self.add("summary", [text(self.packed(note))])

    def packed(self, message: str) -> str:
        return json.dumps({"type": "system_alert", "message": message, "time": self.clock()}, ensure_ascii=False)

    def say(self, value: str, think: str | None = None, signed: bool = False) -> dict:
        self.pass_time(4)
        return self.add("assistant", self.thought(think, signed) + [text(value)], model=self.model)

    def thought(self, think: str | None, signed: bool) -> list[dict]:
        if not think:
            return []
        return [reasoning(think, self.signature() if signed else None)]

    def signature(self) -> str:
        """Looks like the opaque signatures that reasoning models attach."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return "EqMB" + "".join(self.random.choices(alphabet, k=92)) + "=="

    def act(self, calls: list[Call], think: str | None = None, signed: bool = False, aside: str | None = None) -> None:
        """An assistant row with its calls, and the one tool row that answers all of them."""
        self.pass_time(3)
        wire = self.wire(calls)
        content = self.thought(think, signed) + ([text(aside)] if aside else [])
        self.add("assistant", content, model=self.model, tool_calls=wire)
        self.returns(calls, wire)

    def ask_approval(self, call: Call, think: str, reason: str | None = None, approve: bool = True) -> None:
        """A call that waited for the user: request, answer, return (the refusal itself when refused)."""
        self.pass_time(3)
        wire = self.wire([call])
        self.add("approval", self.thought(think, False), model=self.model, tool_calls=wire, tool_call_id=wire[0]["id"])
        self.pass_time(95)
        answer = {"type": "approval", "tool_call_id": wire[0]["id"], "approve": approve, "reason": reason}
        self.add("approval", [], approvals=[answer])
        if approve:
            self.returns([call], wire)
        else:
            refusal = f"Error: request to call tool denied. User reason: {reason}"
            row = self.returns([Call(call.name, call.arguments, refusal, ok=False)], wire)
            row["content"] = []  # so does Letta leave it

    def wire(self, calls: list[Call]) -> list[dict]:
        return [
            {
                "id": f"call_{stable_id(f'{self.seed}/{len(self.rows)}/{at}').replace('-', '')[:24]}",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
                "type": "function",
            }
            for at, call in enumerate(calls)
        ]

    def returns(self, calls: list[Call], wire: list[dict]) -> dict:
        self.pass_time(1)
        returns = []
        for call, sent in zip(calls, wire):
            body = {"status": "OK" if call.ok else "Failed", "message": call.result, "time": self.clock()}
            returns.append(
                {
                    "tool_call_id": sent["id"],
                    "status": "success" if call.ok else "error",
                    "stdout": call.stdout,
                    "stderr": call.stderr,
                    "func_response": json.dumps(body, indent=2, ensure_ascii=False),
                }
            )
        return self.add(
            "tool",
            [text(r["func_response"]) for r in returns],
            name=calls[0].name,
            model=self.model,
            tool_call_id=wire[0]["id"],
            tool_returns=returns,
        )

    def clock(self) -> str:
        return self.now.astimezone(timezone.utc).strftime("%Y-%m-%d %I:%M:%S %p UTC+0000")
