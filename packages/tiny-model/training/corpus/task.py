"""What one task of a conversation is, how it is judged, and which tasks are held out of training."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .text import Chooser

HELD_OUT_SHARE = 8
"""One in so many keys is never trained on."""


@dataclass(frozen=True)
class Turn:
    """One message. An assistant's turn may say by what an answer to it is judged."""

    role: str
    content: str
    checks: tuple[dict[str, Any], ...] = ()
    is_learned: bool = True
    """Whether the model learns to write it, if the turn is the assistant's."""


@dataclass
class Task:
    """A few turns about one thing. Tasks of the same key are either all trained on or all held out."""

    kind: str
    key: str
    turns: list[Turn] = field(default_factory=list)

    def user(self, content: str) -> Task:
        """Adds what the user says."""
        self.turns.append(Turn("user", content))
        return self

    def tool(self, content: str) -> Task:
        """Adds what a tool gave back, without the tags around it, which the chat template writes."""
        self.turns.append(Turn("tool", content))
        return self

    def assistant(self, content: str, *checks: dict[str, Any]) -> Task:
        """Adds the answer, and by what another answer in its place is judged."""
        self.turns.append(Turn("assistant", content, checks))
        return self


Maker = Callable[[Chooser], Task]


def check(row: str, kind: str, **parameters: Any) -> dict[str, Any]:
    """A condition on an answer, counted in a row of the table of results."""
    return {"row": row, "kind": kind, **parameters}


def compact(value: object) -> str:
    """The value as JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def normalized(text: str) -> str:
    """The letters and digits of a text, in lowercase: questions that differ in nothing else have one key."""
    return " ".join(re.findall(r"[a-z0-9+-]+", text.lower()))


ALWAYS_TRAINED = frozenset(
    normalized(prompt)
    for prompt in (
        "hi",
        "hello",
        "hey",
        "who are you?",
        "what can you do?",
        "What is a Channel?",
        "what is backpressure?",
        "What is a stage?",
        "what are the four stage modes?",
        "What is IFTK?",
        "What is 3 plus 4?",
        "thanks",
        "bye",
        "how are you?",
        "help",
        "Tell me a story about a fox.",
        "Tell me a story about a robot and a key.",
        "Make a little poem with a cat and a ring.",
        "Extract the entities from: Ana met Leo in Paris.",
        "Tell me a joke.",
        "What is your name?",
    )
)
"""Prompts of the documentation and of the chat page, which are trained on whatever their keys say."""


def is_held_out(key: str) -> bool:
    """Whether tasks of this key are for the evaluation alone."""
    if key in ALWAYS_TRAINED:
        return False
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % HELD_OUT_SHARE == 0


def draw(chooser: Chooser, make: Maker, held_out: bool) -> Task:
    """A task of the wanted side of the split."""
    for _ in range(400):
        task = make(chooser)
        if is_held_out(task.key) == held_out:
            return task
    raise ValueError(f"{make} gives no task with held_out={held_out}")
