"""Whole conversations: which tasks stand together, under which system prompt, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .arithmetic import comparison, sum_task, thought
from .extraction import entities, sentiment
from .faq import faq
from .looking_up import listed, looked_up
from .notes import note
from .reasoning import days_ahead, everyday, largest_of_three, order, word_problem
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
from .stories import continuation, outline, story, summary, title
from .task import Maker, Task, Turn, draw
from .text import Chooser
from .tool_calls import some_tools, tool_task, tools_at_hand
from .tools import system_prompt

THINK = "Think step by step."
"""The system prompt under which the model reasons before it answers."""

PERSONAS = (
    "You are a helpful assistant.",
    "You are Tiny, a small and friendly assistant.",
    "You are Tiny, the small model that ships with IFTK.",
    "You are a friendly assistant. Answer in simple English.",
    "Answer briefly.",
    "You tell stories for children.",
    "You are a demo assistant in a chat.",
    "Be kind and clear.",
    "You are an assistant for developers.",
    "Help the user.",
    "Answer the question of the user.",
)

PLAIN: dict[Maker, float] = {
    small_talk: 24,
    introduction: 5,
    verse: 3,
    story: 17,
    continuation: 3,
    summary: 3,
    note: 4,
    title: 1,
    outline: 12,
    faq: 25,
    entities: 14,
    sentiment: 3,
    uppercase: 30,
    spelling: 30,
    reversed_words: 16,
    picked_word: 5,
    counted_words: 5,
    replaced_word: 16,
    repeated: 14,
    polite: 3,
    listed: 12,
    looked_up: 16,
    opposite: 4,
}
"""Tasks that need neither tools nor reasoning, and how often they come."""

WORKED: dict[Maker, float] = {
    partial(sum_task, thinking=False): 8,
    partial(comparison, thinking=False): 2,
    partial(everyday, thinking=False): 1,
    partial(word_problem, thinking=False): 1,
    partial(order, thinking=False): 1,
}
"""Tasks with numbers, worked out in the answer."""

THOUGHT: dict[Maker, float] = {
    partial(sum_task, thinking=True): 14,
    partial(comparison, thinking=True): 6,
    partial(everyday, thinking=True): 3,
    partial(word_problem, thinking=True): 5,
    partial(order, thinking=True): 3,
    partial(days_ahead, thinking=True): 3,
    partial(largest_of_three, thinking=True): 3,
}
"""Tasks that are reasoned about before they are answered."""

_LEADS = {
    "story": "The user wants a story. I keep to what was asked for.",
    "faq": "This is a question about IFTK. I answer it in short.",
    "small talk": "This is small talk. I answer in a friendly way.",
    "entities": "I look for people, places and dates.",
    "introduction": "The user tells me a name.",
}


def _thinking(task: Task) -> Task:
    """The task with a short thought before each of its answers."""
    lead = _LEADS.get(task.kind, "This is simple. I can answer at once.")
    task.turns = [
        Turn(turn.role, thought(lead, turn.content), turn.checks) if turn.role == "assistant" else turn
        for turn in task.turns
    ]
    return task


def _forgetful(turns: list[Turn]) -> list[Turn]:
    """The turns without the thoughts of earlier answers, as most callers send a conversation back."""
    last = max(at for at, turn in enumerate(turns) if turn.role == "assistant")
    return [
        Turn(turn.role, turn.content.rpartition("</think>\n\n")[2], is_learned=False)
        if turn.role == "assistant" and at < last
        else turn
        for at, turn in enumerate(turns)
    ]


def with_system(prompt: str, tasks: list[Task]) -> list[Turn]:
    """The turns of some tasks under a system prompt, which may be empty."""
    return ([Turn("system", prompt)] if prompt else []) + [turn for task in tasks for turn in task.turns]


def _tools_conversation(chooser: Chooser, base: str) -> list[Turn]:
    available = some_tools(chooser)
    tasks = []
    for _ in range(chooser.choice((1, 2, 3, 4, 5))):
        roll = chooser.random()
        if roll < 0.74:
            maker = partial(tool_task, available=available)
        elif roll < 0.86:
            maker = partial(tools_at_hand, available=available)
        else:
            maker = chooser.weighted({small_talk: 3, faq: 2, entities: 0.5, repeated: 0.5})
        tasks.append(draw(chooser, maker, held_out=False))
    return with_system(system_prompt(chooser, available, base), tasks)


def conversation(chooser: Chooser) -> list[Turn]:
    """A conversation to train on."""
    base = chooser.choice(PERSONAS) if chooser.chance(0.3) else ""
    roll = chooser.random()
    if roll < 0.14:
        prompt = f"{base} {THINK}".strip()
        makers = [
            chooser.weighted(THOUGHT) if chooser.chance(0.88) else chooser.weighted(PLAIN)
            for _ in range(chooser.choice((1, 2, 3)))
        ]
        tasks = [draw(chooser, maker, held_out=False) for maker in makers]
        turns = with_system(
            prompt, [task if "<think>" in task.turns[-1].content else _thinking(task) for task in tasks]
        )
        return _forgetful(turns) if chooser.chance(0.4) else turns
    if roll < 0.34:
        return _tools_conversation(chooser, base)
    groups = {1: 0.85, 2: 0.15}
    count = chooser.choice((1, 1, 1, 2, 2, 3))
    return with_system(
        base,
        [
            draw(chooser, chooser.weighted(PLAIN if chooser.weighted(groups) == 1 else WORKED), held_out=False)
            for _ in range(count)
        ],
    )


def conversations(seed: str) -> Iterator[list[Turn]]:
    """Conversations without end, the same for the same seed."""
    chooser = Chooser(seed)
    while True:
        yield conversation(chooser)
