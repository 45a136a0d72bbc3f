"""The prompts of the evaluation: tasks whose keys were never trained on, so many of each class."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .arithmetic import comparison, sum_task
from .extraction import entities, sentiment
from .faq import faq
from .looking_up import listed, looked_up
from .mix import PERSONAS, THINK, with_system
from .notes import note
from .reasoning import days_ahead, largest_of_three, order, word_problem
from .rewriting import (
    counted_words,
    opposite,
    picked_word,
    polite,
    repeated,
    replaced_word,
    reversed_words,
    spelling,
    uppercase,
)
from .small_talk import introduction, small_talk, verse
from .stories import continuation, outline, story, summary
from .task import Maker, Turn, draw
from .text import Chooser
from .tool_calls import some_tools, tool_task
from .tools import system_prompt

_ONE_OF: dict[str, dict[Maker, float]] = {
    "small talk": {small_talk: 4, introduction: 1, verse: 1},
    "stories": {story: 4, continuation: 1},
    "summaries": {summary: 1, note: 1},
    "questions about IFTK": {faq: 1},
    "entities": {entities: 1},
    "sentiment": {sentiment: 1},
    "outlines": {outline: 1},
    "rewrites": {
        uppercase: 2,
        spelling: 1,
        reversed_words: 1,
        picked_word: 1,
        counted_words: 1,
        replaced_word: 1,
        repeated: 1,
        polite: 0.5,
        opposite: 0.5,
    },
    "looking up": {looked_up: 3, listed: 1},
    "sums and comparisons, thinking": {partial(sum_task, thinking=True): 3, partial(comparison, thinking=True): 1},
    "sums and comparisons, at once": {partial(sum_task, thinking=False): 3, partial(comparison, thinking=False): 1},
    "longer reasoning": {
        partial(word_problem, thinking=True): 2,
        partial(order, thinking=True): 1,
        partial(days_ahead, thinking=True): 1,
        partial(largest_of_three, thinking=True): 1,
    },
}
_MORE_OF = {"tools": 3.2, "stories": 1.4, "rewrites": 2, "looking up": 1.4, "summaries": 2}
"""Classes whose rows of the table share their conversations."""
_THINKING = frozenset(("sums and comparisons, thinking", "longer reasoning"))


def _with_tools(chooser: Chooser, base: str) -> list[Turn]:
    """One task with tools at hand; in one of five, small talk or a question that needs none of them."""
    available = some_tools(chooser)
    maker = partial(tool_task, available=available) if chooser.chance(0.8) else chooser.choice((small_talk, faq))
    task = draw(chooser, maker, held_out=True)
    if task.kind in ("small talk", "faq"):
        no_call = {"row": "no call when none is needed", "kind": "no-call"}
        task.turns = [
            Turn(turn.role, turn.content, (no_call,)) if turn.role == "assistant" else turn for turn in task.turns
        ]
    return with_system(system_prompt(chooser, available, base), [task])


def _plain(chooser: Chooser, base: str, name: str) -> list[Turn]:
    prompt = f"{base} {THINK}".strip() if name in _THINKING else base
    return with_system(prompt, [draw(chooser, chooser.weighted(_ONE_OF[name]), held_out=True)])


_CLASSES: dict[str, Callable[[Chooser, str], list[Turn]]] = {name: partial(_plain, name=name) for name in _ONE_OF} | {
    "tools": _with_tools
}


def evaluation(seed: str, count: int) -> list[dict[str, Any]]:
    """So many different conversations of each class, their assistant's turns with what is asked of them."""
    found: list[dict[str, Any]] = []
    for name, make in _CLASSES.items():
        chooser = Chooser(f"{seed}/{name}")
        seen: set[str] = set()
        tries = 0
        wanted = round(count * _MORE_OF.get(name, 1))
        while len(seen) < wanted and tries < 50 * wanted:
            tries += 1
            turns = make(chooser, chooser.choice(PERSONAS) if chooser.chance(0.3) else "")
            asked = "\n".join(turn.content for turn in turns if turn.role == "user")
            if asked not in seen:
                seen.add(asked)
                messages = [
                    {"role": turn.role, "content": turn.content}
                    | ({"checks": list(turn.checks)} if turn.checks else {})
                    for turn in turns
                ]
                found.append({"class": name, "messages": messages})
    return found
