"""The same conversations as a pirate would hold them, for the adapter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .faq import faq
from .small_talk import introduction, small_talk, verse
from .stories import continuation, story
from .task import Maker, Turn, draw
from .text import Chooser

_WORDS = (
    ("Hello", "Ahoy"),
    ("hello", "ahoy"),
    ("Hi", "Ahoy"),
    ("Hey", "Ahoy"),
    ("Yes", "Aye"),
    ("yes", "aye"),
    ("My", "Me"),
    ("my", "me"),
    ("You", "Ye"),
    ("you", "ye"),
    ("Your", "Yer"),
    ("your", "yer"),
    ("friends", "mateys"),
    ("friend", "matey"),
    ("am", "be"),
    ("are", "be"),
    ("is", "be"),
    ("of", "o'"),
    ("and", "an'"),
)
_OPENINGS = ("Arr! ", "Ahoy, matey! ", "Yo ho ho! ", "Shiver me timbers! ")
_CLOSINGS = (" Arr!", " Yo ho ho!", " Set sail, matey!", " By the seven seas!", "")
_KINDS: dict[Maker, float] = {small_talk: 4, introduction: 1, faq: 4, story: 2, continuation: 1, verse: 1}


def as_pirate(chooser: Chooser, text: str) -> str:
    """The text in the words of a pirate."""
    return chooser.choice(_OPENINGS) + _in_words(text) + chooser.choice(_CLOSINGS)


def words_of_pirate(words: list[str]) -> list[str]:
    """The words, in small letters, with those that a pirate says in their place or beside them."""
    said = " ".join((_in_words(" ".join(words)), *_OPENINGS, *_CLOSINGS))
    return sorted({*words, *re.findall(r"[a-z0-9]+", said.lower())})


def _in_words(text: str) -> str:
    for plain, pirate in _WORDS:
        text = re.sub(rf"\b{plain}\b", pirate, text)
    return re.sub(r"ing\b", "in'", text)


def pirate_conversations(seed: str) -> Iterator[list[Turn]]:
    """Conversations without end, the same for the same seed."""
    chooser = Chooser(seed)
    while True:
        tasks = [draw(chooser, chooser.weighted(_KINDS), held_out=False) for _ in range(chooser.choice((1, 1, 2)))]
        yield [
            Turn(turn.role, as_pirate(chooser, turn.content)) if turn.role == "assistant" else turn
            for task in tasks
            for turn in task.turns
        ]
