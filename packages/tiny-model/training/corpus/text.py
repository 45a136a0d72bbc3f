"""Seeded choices and the small English that templates need."""

from __future__ import annotations

import random
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeio]|u(?!ni)|honest)")
_IRREGULAR = {
    "mouse": "mice",
    "wolf": "wolves",
    "goose": "geese",
    "deer": "deer",
    "moose": "moose",
    "sheep": "sheep",
    "octopus": "octopuses",
    "hippo": "hippos",
    "rhino": "rhinos",
    "starfish": "starfish",
    "goldfish": "goldfish",
    "salmon": "salmon",
    "knife": "knives",
    "leaf": "leaves",
    "loaf of bread": "loaves of bread",
}


class Chooser(random.Random):
    """A seeded source of choices that also fills templates."""

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.random() < probability

    def phrase(self, *patterns: str, **slots: object) -> str:
        """One of the patterns, with one of each `[this|that]` and the value of each `{slot}`."""
        text = self.choice(patterns)
        while match := _ALTERNATIVES.search(text):
            text = text[: match.start()] + self.choice(match.group(1).split("|")) + text[match.end() :]
        return _SLOT.sub(lambda match: str(slots[match.group(1)]), text).strip()

    def weighted(self, weights: dict[Any, float]) -> Any:
        """One of the keys, as often as its weight says."""
        return self.choices(list(weights), list(weights.values()))[0]


@cache
def data(name: str) -> dict[str, Any]:
    """A file of `data/`, with lists that are written as one string taken apart at commas."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def words(name: str) -> tuple[str, ...]:
    """A list of `data/words.toml`."""
    return tuple(word.strip() for word in data("words")[name].replace("\n", " ").split(",") if word.strip())


@cache
def pairs(name: str) -> tuple[tuple[str, str], ...]:
    """A list of `data/words.toml` whose entries are pairs around a colon."""
    return tuple((left, right) for left, _, right in (word.partition(":") for word in words(name)))


def article(noun: str) -> str:
    """The noun with `a` or `an` before it."""
    return fix_articles(f"a {noun}")


def fix_articles(text: str) -> str:
    """The text with `an` for `a` before vowels."""
    return _ARTICLE.sub(r"\1n ", text)


def capital(text: str) -> str:
    """The text with its first letter in uppercase."""
    return text[:1].upper() + text[1:]


def plural(noun: str) -> str:
    """The plural of an animal or a thing of the word lists."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


def joined(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
