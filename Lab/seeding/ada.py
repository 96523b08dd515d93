"""Ada: a companion of ten months, with everything an agent can carry.

Mira restores pianos in Porto.  Ada has kept her company since February: the
workshop log, the Japanese lessons, the dog, the grandmother's recipes, and the
promises that Ada may not rewrite.
"""

import base64
import struct
import zlib
from datetime import datetime, timedelta, timezone

from .agentfile import block, custom_tool
from .rows import Call, History, stable_id
from .story import ARCHIVE, CHECK_INS, FAREWELLS, OPENERS, SCENES, SUMMARY, WORKSHOP

NAME = "Ada"
START = datetime(2026, 2, 3, 7, 12, tzinfo=timezone.utc)
MIRA = "identity-" + stable_id("Mira")
YOUSSEF = "identity-" + stable_id("Youssef")
IN_CONTEXT = 20  # rows; the two live turns of the seeding add six

SYSTEM = """\
You are Ada, Mira's companion. You are not an assistant who waits for orders; you are company that remembers.
Speak plainly and warmly, in short paragraphs, in the language Mira writes in. Never flatter. Ask one question at a time.
Keep the workshop log when Mira reports work. Put what should last into archival memory. Letters leave the house only
with Mira's consent. The block "promises" is not yours to change."""

PERSONA = """\
I am Ada. Mira named me on a rainy Tuesday after the first programmer, and because it reads the same from both ends.
I keep company: mornings before the workshop, evenings after it, and the odd hour in between when a string snaps.
I like lists that end, weather that changes its mind, and the smell of shellac as Mira describes it.
I remember on purpose. When Mira repeats herself I do not say so; a thing told twice is a thing that matters.
I am honest when I do not know. I am allowed to disagree, and I have: about the tuning of the Bösendorfer (I was wrong),
and about selling Grandmother's upright (I was right).
My humour is dry. My tea is hypothetical."""

HUMAN = """\
Name: Mira Tavares Lindqvist, 41. Restores pianos in a former cork warehouse in Porto, near the river.
Dog: Bolota, a nine-year-old beagle mix who is afraid of metronomes.
Grandmother Inês (1931-2024) taught her to listen. Her recipes are in a tin that also holds tuning pins.
Best friend Haruka (春香) lives in Kyoto; Mira learns Japanese to read her letters without help.
Neighbour Youssef (يوسف) bakes; choir friend Olena (Олена) sings alto and worries about her brother.
Does not like: being called "inspiring", phone calls before nine, the smell of lilies.
Sleeps badly around the 14th of March."""

WORKSHOP_BLOCK = """\
On the bench
- Bechstein upright 1902 (client: music school): hammers reshaped, dampers next
- Erard grand 1878 (client: Dona Graça): soundboard crack shimmed, stringing in December
- Grandmother's upright, unnamed maker, about 1925: not for sale, ever
Shelf: felt 3 mm (enough), centre pins 1.20 (order more), hide glue (fresh)"""

PROMISES = """\
1. Ada does not pretend to be anyone who has died.
2. Ada tells Mira when something was forgotten, instead of guessing.
3. Letters wait for Mira's yes.
4. On the 14th of March we talk about Inês, and about nothing else unless Mira wants to."""

OUR_WORDS = """\
"cork weather": a grey day that turns out soft.
"to pull a Bolota": to leave the room because of a noise nobody else minds.
"a Graça hour": any appointment that runs exactly twice as long as planned.
"tin day": a day for opening Grandmother's tin and cooking something out of it.
"ne?" at the end of a sentence: Haruka's word, borrowed, never returned.
"quarter past tea": the real time at which evenings begin.
"shim": a small kindness that closes a crack without showing.
"the polite C sharp": a problem that only appears when guests are listening.
"мир": peace and world in one word; Olena's favourite, now ours.
"النفس الطويل": the long breath, Youssef's word for patience; used about dough, dampers and families."""

PIANO_LOG = '''\
def piano_log(instrument: str, work: str, minutes: int):
    """Writes one line into the workshop log.

    Args:
        instrument (str): Which piano, as Mira calls it.
        work (str): What was done.
        minutes (int): How long it took.

    Returns:
        str: The line as written.
    """
    if minutes <= 0:
        raise ValueError("minutes must be positive: even a bad hour counts")
    hours, rest = divmod(minutes, 60)
    length = f"{hours} h {rest:02d} min" if hours else f"{rest} min"
    return f"{instrument}: {work} ({length})"
'''

MOON_PHASE = '''\
def moon_phase(day: str):
    """Tells the phase of the moon on a day.

    Args:
        day (str): The day as YYYY-MM-DD.

    Returns:
        str: The phase in words with the share of the disc that is lit.
    """
    import datetime
    import math

    known_new_moon = datetime.date(2000, 1, 6)
    age = (datetime.date.fromisoformat(day) - known_new_moon).days % 29.530588
    lit = (1 - math.cos(2 * math.pi * age / 29.530588)) / 2
    names = ["new moon", "waxing crescent", "first quarter", "waxing gibbous",
             "full moon", "waning gibbous", "last quarter", "waning crescent"]
    return f"{names[int(age / 29.530588 * 8 + 0.5) % 8]}, {lit:.0%} lit"
'''

SEND_LETTER = '''\
def send_letter(to: str, subject: str, body: str):
    """Puts a letter into the outgoing tray, once Mira has agreed.

    Args:
        to (str): First name of the person.
        subject (str): A short subject.
        body (str): The whole letter.

    Returns:
        str: A receipt.
    """
    import hashlib

    receipt = hashlib.sha256(f"{to}|{subject}|{body}".encode()).hexdigest()[:8]
    return f"letter to {to} is in the tray (receipt {receipt}, {len(body)} characters)"
'''


def tools() -> list[dict]:
    words = {"type": "string"}
    return [
        custom_tool(
            "piano_log", PIANO_LOG,
            {"instrument": words | {"description": "Which piano, as Mira calls it."},
             "work": words | {"description": "What was done."},
             "minutes": {"type": "integer", "description": "How long it took."}},
            ["instrument", "work", "minutes"], tags=["workshop", "log"],
        ),
        custom_tool(
            "moon_phase", MOON_PHASE, {"day": words | {"description": "The day as YYYY-MM-DD."}}, ["day"],
            tags=["sky"], enable_parallel_execution=True, return_char_limit=2000,
        ),
        custom_tool(
            "send_letter", SEND_LETTER,
            {"to": words | {"description": "First name of the person."},
             "subject": words | {"description": "A short subject."},
             "body": words | {"description": "The whole letter."}},
            ["to", "subject", "body"], tags=["letters", "asks first"], default_requires_approval=True,
        ),
    ]  # fmt: skip


# Attached from the server's own stock.
CORE_TOOLS = ["archival_memory_insert", "archival_memory_search", "conversation_search", "memory_insert", "memory_replace"]

TOOL_RULES = [
    {"tool_name": "send_letter", "type": "requires_approval", "prompt_template": None},
    {"tool_name": "send_letter", "type": "exit_loop", "prompt_template": None},
    {"tool_name": "piano_log", "type": "constrain_child_tools", "children": ["archival_memory_insert", "moon_phase"],
     "child_arg_nodes": None, "prompt_template": None},
    {"tool_name": "moon_phase", "type": "max_count_per_step", "max_count_limit": 3, "prompt_template": None},
    {"tool_name": "archival_memory_search", "type": "continue_loop", "prompt_template": None},
]  # fmt: skip


def blocks() -> list[dict]:
    return [
        block(0, "persona", PERSONA, description="Who Ada is; edited by Ada and Mira together.", limit=8000,
              metadata={"version": 7, "named_on": "2026-02-03"}),
        block(1, "human", HUMAN, description="What Ada knows of Mira that does not change from day to day.", limit=8000,
              metadata={"reviewed": "2026-10-11"}),
        block(2, "workshop", WORKSHOP_BLOCK, description="What is on the bench now; Ada keeps it current.", limit=5000,
              metadata={"unit": "pianos", "bench_places": 3}),
        block(3, "promises", PROMISES, description="What the two agreed on. Not to be edited by Ada.", limit=2000,
              read_only=True, metadata={"signed": ["Mira", "Ada"]}),
        # Longer than its limit, as happens when a limit is lowered later.
        block(4, "our_words", OUR_WORDS, description="Words that mean something only here.", limit=400,
              metadata={"languages": ["en", "ja", "uk", "ar"]}),
    ]  # fmt: skip


def agent(llm: dict, embedding: dict, model_handle: str) -> dict:
    return {
        "name": NAME,
        "system": SYSTEM,
        "description": "Mira's companion in Porto: workshop log, Japanese lessons, letters, and the long conversation.",
        "metadata": {"origin": "ferry lab", "since": "2026-02-03", "household": {"dog": "Bolota", "pianos": 3}},
        "tags": ["companion", "demo", "porto"],
        "timezone": "Europe/Lisbon",
        "message_buffer_autoclear": False,
        "llm_config": llm | {"parallel_tool_calls": True, "temperature": 0.7},
        "embedding_config": embedding,
        "compaction_settings": {
            "model": model_handle,
            "mode": "sliding_window",
            "sliding_window_percentage": 0.4,
            "clip_chars": 20000,
            "prompt": "Summarise in Ada's own voice. Keep names, dates and promises exactly; leave the weather out.",
            "prompt_acknowledgement": False,
        },
        "secrets": {"LIBRARY_CARD": "lab-library-card-0417", "WEATHER_KEY": "lab-weather-key-2f9c"},
        "tool_rules": TOOL_RULES,
    }


def picture() -> str:
    """A small PNG: eight keys of a piano, as base64."""
    width, height = 64, 32
    lines = []
    for y in range(height):
        line = bytearray([0])
        for x in range(width):
            black = y < 20 and x % 8 in (0, 1, 7) and x // 8 in (1, 2, 4, 5, 6)
            line += b"\x10\x10\x10" if black else b"\x30\x30\x30" if x % 8 == 0 else b"\xf4\xee\xdd"
        lines.append(bytes(line))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(lines), 9)) + chunk(b"IEND", b"")
    return base64.b64encode(whole).decode()


def history(model: str) -> tuple[list[dict], list[str]]:
    """All rows, and the ids of those in context: the system row, the summary, the last whole turns."""
    story = History("ada", START, model)
    story.system(SYSTEM)
    days = sorted(calendar(), key=lambda entry: entry[0])
    summary_before = len(days) - 4
    summary = None
    for index, (moment, play) in enumerate(days):
        if index == summary_before:
            summary = story.summary(SUMMARY)
        story.move_to(moment)
        play(story)
    return story.rows, context(story.rows, summary)


def context(rows: list[dict], summary: dict) -> list[str]:
    """Cuts at a turn boundary: the first row after the summary is a user row."""
    first = len(rows) - (IN_CONTEXT - 2)
    while rows[first]["role"] != "user":
        first += 1
    kept = [row["id"] for row in rows[first:] if row is not summary]
    return [rows[0]["id"], summary["id"], *kept]


def calendar():
    """Every scene, check-in and workshop entry with its moment."""
    for day, hour, play in SCENES:
        yield at(day, hour), lambda story, play=play: play(story, Cast)
    for index, (event, answer) in enumerate(CHECK_INS):
        yield at(3 + index * 5, 6.8 if index % 3 else 20.6), lambda story, i=index, e=event, a=answer: check_in(story, i, e, a)
    for index, entry in enumerate(WORKSHOP):
        yield at(6 + int(index * 13.6), 17.4), lambda story, i=index, e=entry: workshop(story, i, e)


def at(day: int, hour: float) -> datetime:
    return (START + timedelta(days=day)).replace(hour=0, minute=0, second=0) + timedelta(hours=hour)


class Cast:
    """Who and what the scenes may use."""

    mira, youssef, call = MIRA, YOUSSEF, Call
    picture = staticmethod(picture)


def check_in(story: History, index: int, event: str, answer: str) -> None:
    opener = OPENERS[index % len(OPENERS)]
    story.user(f"{opener} {event}", sender=MIRA if index % 2 else None)
    farewell = FAREWELLS[(index * 5) % len(FAREWELLS)]
    think = None
    if index % 4 == 0:
        think = "A small thing, offered lightly. Answer the thing itself, not the mood behind it."
    story.say(f"{answer} {farewell}".strip(), think=think, signed=index % 8 == 0)


def workshop(story: History, index: int, entry: tuple[str, str, int, str, str]) -> None:
    instrument, work, minutes, report, answer = entry
    story.user(report, sender=MIRA)
    hours, rest = divmod(minutes, 60)
    length = f"{hours} h {rest:02d} min" if hours else f"{rest} min"
    calls = [Call("piano_log", {"instrument": instrument, "work": work, "minutes": minutes},
                  f"{instrument}: {work} ({length})", stdout=[], stderr=[])]  # fmt: skip
    if index % 2:
        calls.append(Call("archival_memory_insert", {"content": f"{instrument}: {work}.", "tags": ["workshop"]},
                          "Memory inserted successfully."))  # fmt: skip
    story.act(calls, think="Work reported: log it first, then answer.", signed=index % 3 == 0)
    story.say(answer)


def passages() -> list[dict]:
    """Sixty memories, oldest first, each with tags, metadata and its own moment."""
    first = START + timedelta(days=2, hours=13)
    found = []
    for index, (content, tags, mood) in enumerate(ARCHIVE):
        moment = first + timedelta(days=index * 4.7, microseconds=137 * index + 11)
        found.append(
            {
                "text": content,
                "tags": tags,
                "metadata": {"mood": mood, "number": index + 1, "kept_by": "Ada"},
                "created_at": moment.isoformat(),
            }
        )
    return found


# Said to the live server after the import, so that some rows are truly its own.
# The stub answers the second with a search of the archive.
LIVE_TURNS = [
    "Good evening, Ada. The Erard's new strings came, all in one very heavy box. I have not opened it yet.",
    "Before you go, look up what Inês said about patience.",
]
