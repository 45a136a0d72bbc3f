"""People, invented names, things and places, chosen uniformly so that no word is rare."""

from __future__ import annotations

from dataclasses import dataclass

from .text import Chooser, capital, words

_ONSETS = [
    "b",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "br",
    "dr",
    "gr",
    "kl",
    "st",
    "tr",
    "sh",
    "th",
]
_VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "ai", "ea"]
_CODAS = ["", "", "", "n", "s", "r", "l", "x", "k", "m", "ra", "na", "lo", "ta", "vik", "ton"]
_FEMALE_ROLES = frozenset(["girl", "witch", "queen", "princess", "mermaid", "fairy", "nurse"])
_MALE_ROLES = frozenset(["boy", "wizard", "king", "prince", "fisherman", "postman", "knight", "cowboy", "monk"])
_PRONOUNS = {True: ("she", "her", "her", "herself"), False: ("he", "him", "his", "himself")}


@dataclass(frozen=True)
class Person:
    """Somebody with a name, and with the pronouns that go with it."""

    name: str
    female: bool

    @property
    def pronouns(self) -> tuple[str, str, str, str]:
        """Subject, object, possessive, reflexive."""
        return _PRONOUNS[self.female]


def invented_name(chooser: Chooser) -> str:
    """A name that stands in no list, so that names have to be copied and not recalled."""
    syllables = [chooser.choice(_ONSETS) + chooser.choice(_VOWELS) for _ in range(chooser.choice((1, 2, 2)))]
    return (
        capital("".join(syllables) + chooser.choice(_CODAS))
        if len(syllables) > 1
        else capital(syllables[0] + chooser.choice(_CODAS[3:]))
    )


def person(chooser: Chooser, role: str = "", other_than: tuple[str, ...] = ()) -> Person:
    """Somebody whose gender fits the role and whose name is not taken."""
    while True:
        female = role in _FEMALE_ROLES or (role not in _MALE_ROLES and chooser.chance(0.5))
        # A quarter of the names is invented: copying them piece by piece is what keeps names from drifting.
        name = (
            invented_name(chooser)
            if chooser.chance(0.25)
            else chooser.choice(words("female_names" if female else "male_names"))
        )
        if name not in other_than:
            return Person(name, female)


def names(chooser: Chooser, count: int) -> list[str]:
    """So many different names."""
    found: list[str] = []
    while len(found) < count:
        found.append(person(chooser, other_than=tuple(found)).name)
    return found


def kind(chooser: Chooser) -> str:
    """An animal or a role: what the hero of a story is."""
    return chooser.choice(words("animals") if chooser.chance(0.6) else words("roles"))


def thing(chooser: Chooser) -> str:
    """A thing, sometimes with an adjective."""
    noun = chooser.choice(words("objects"))
    return f"{chooser.choice(words('looks'))} {noun}" if " " not in noun and chooser.chance(0.15) else noun


def city(chooser: Chooser) -> str:
    """A city, sometimes an invented one."""
    return invented_name(chooser) if chooser.chance(0.1) else chooser.choice(words("cities"))


def place(chooser: Chooser) -> tuple[str, str]:
    """A place by name, and with its preposition."""
    if chooser.chance(0.1):
        name = city(chooser)
        return name, f"in {name}"
    preposition, noun = chooser.choice(words("places")).split(" ", 1)
    return noun, f"{preposition} the {noun}"
