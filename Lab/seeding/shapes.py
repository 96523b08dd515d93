"""Plainer agents than Ada, each with the one peculiarity that a test is after."""

from datetime import datetime, timedelta, timezone

from .agentfile import block
from .rows import Call, History, reasoning, text

START = datetime(2026, 5, 1, 8, 0, tzinfo=timezone.utc)
SUBJECTS = ["the harbour", "a recipe", "the late train", "two swallows", "the lighthouse", "an old radio", "海の天気", "ветер"]


class Shape:
    """What is needed to import one agent."""

    def __init__(self, rows: list[dict], in_context: list[str], blocks: list[dict], agent: dict, core_tools: list[str]) -> None:
        self.rows, self.in_context, self.blocks, self.agent, self.core_tools = rows, in_context, blocks, agent, core_tools


def tail(rows: list[dict], count: int) -> list[str]:
    """The system row and the last whole turns, about `count` rows in all."""
    first = max(1, len(rows) - (count - 1))
    while first < len(rows) and rows[first]["role"] != "user":
        first += 1
    return [rows[0]["id"]] + [row["id"] for row in rows[first:]]


def plain_blocks() -> list[dict]:
    return [
        block(0, "persona", "I keep notes for the lab and answer briefly.", description="Who I am."),
        block(1, "human", "Somebody who counts rows.", description="Who I talk to.", metadata={"lab": True}),
    ]


def talk(history: History, count: int) -> None:
    """Adds rows until there are `count`: user, call, return, answer, over and over, ending with whole turns."""
    turn = 0
    while len(history.rows) + 2 <= count:
        subject = SUBJECTS[turn % len(SUBJECTS)]
        history.user(f"Turn {turn}: a word about {subject}, please.")
        if turn % 3 == 0 and len(history.rows) + 3 <= count:
            call = Call("archival_memory_search", {"query": subject}, f"[] (nothing about {subject} in turn {turn})")
            history.act([call], think=f"Look first, then answer turn {turn}.")
        history.say(f"About {subject}: noted in turn {turn}.", think=None if turn % 2 else f"Keep turn {turn} short.")
        turn += 1
    if len(history.rows) < count:
        history.user("And one last word without an answer.")


def pad(history: History, count: int) -> None:
    """Turns come in threes; system alerts make up the number asked for."""
    while len(history.rows) < count:
        history.alert("The clock in the hall struck the hour.")


def small(rows: int, model: str) -> Shape:
    history = History("small", START, model)
    history.system("You are a small agent of the lab. Answer briefly.")
    talk(history, rows)
    return Shape(history.rows, tail(history.rows, 9), plain_blocks(), {}, ["archival_memory_search"])


def big(rows: int, model: str) -> Shape:
    history = History("big", START, model)
    history.system("You are a large agent of the lab. Answer briefly.")
    talk(history, rows)
    return Shape(history.rows, tail(history.rows, 30), plain_blocks(), {}, ["archival_memory_search"])


def empty(rows: int, model: str) -> Shape:
    history = History("empty", START, model)
    history.system("You are an agent of the lab to whom nobody has spoken yet.")
    return Shape(history.rows, [history.rows[0]["id"]], plain_blocks()[:1], {}, [])


def split(rows: int, model: str) -> Shape:
    """Thought and answer in two rows each, as naive rebuilds from a listing leave them."""
    history = History("split", START, model)
    history.system("You are an agent whose history was once rebuilt from a listing.")
    turn = 0
    while len(history.rows) + 3 <= rows:
        history.user(f"Turn {turn}: think first, then speak.")
        history.pass_time(3)
        history.add("assistant", [reasoning(f"Thought of turn {turn}.")], model=model)
        history.pass_time(1)
        history.add("assistant", [text(f"Answer of turn {turn}.")], model=model)
        turn += 1
    pad(history, rows)
    return Shape(history.rows, tail(history.rows, 13), plain_blocks(), {}, [])


def memgpt(rows: int, model: str) -> Shape:
    """A memgpt_v2_agent: it speaks by calling send_message and thinks in plain text."""
    history = History("memgpt", START, model)
    history.system("You are a legacy agent of the lab. Speak by calling send_message.")
    speak(history, "More human than human is our motto.", "Bootup sequence complete. Persona activated.")
    history.add("user", [text('{"type": "login", "last_login": "Never (first login)", "time": "2026-05-01 08:00:09 AM UTC+0000"}')])
    turn = 0
    while len(history.rows) + 3 <= rows:
        history.user(f'{{"type": "user_message", "message": "Turn {turn}: are you there?", "time": "{history.clock()}"}}')
        speak(history, f"Here, in turn {turn}.", f"Inner thought of turn {turn}: answer at once.")
        turn += 1
        if turn % 5 == 0 and len(history.rows) + 3 <= rows:
            history.pass_time(1)
            beat = f'{{"type": "heartbeat", "reason": "[This is an automated system message hidden from the user] Function called, returning control", "time": "{history.clock()}"}}'
            history.add("user", [text(beat)])
            speak(history, f"One more thing after turn {turn}.", "A heartbeat: there is something to add.")
    pad(history, rows)
    agent = {
        "agent_type": "memgpt_v2_agent",
        "tool_rules": [{"tool_name": "send_message", "type": "exit_loop", "prompt_template": None}],
    }
    return Shape(history.rows, tail(history.rows, 16), plain_blocks(), agent, ["send_message", "conversation_search"])


def speak(history: History, message: str, thought: str) -> None:
    history.act([Call("send_message", {"message": message}, "Sent message successfully.")], aside=thought)


def passages(count: int) -> list[dict]:
    return [
        {
            "text": f"Passage {index}: {SUBJECTS[index % len(SUBJECTS)]}, as it was on day {index % 31 + 1}.",
            "tags": ["lab", f"group-{index % 7}"],
            "metadata": {"index": index},
            "created_at": (START + timedelta(minutes=17 * index, microseconds=index)).isoformat(),
        }
        for index in range(count)
    ]


SHAPES = {"small": small, "split": split, "memgpt": memgpt, "empty": empty, "big": big, "poisonless-big": big}
# Rows and passages unless told otherwise, and the agent's name.
DEFAULTS = {
    "small": (12, 3, "Small"),
    "split": (61, 0, "Split"),
    "memgpt": (80, 5, "Memgpt"),
    "empty": (1, 0, "Empty"),
    "big": (5000, 500, "Big"),
    "poisonless-big": (5000, 500, "Big"),
}
