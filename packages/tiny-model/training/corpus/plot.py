"""A story made of a plot, its cast and its mood: names that stay, pronouns that fit."""

from __future__ import annotations

from .cast import kind, person, place, thing
from .text import Chooser, article, capital, data, fix_articles, words


class Story:
    """A story made of a plot, its cast and its mood."""

    def __init__(self, chooser: Chooser, kind_of_hero: str = "") -> None:
        source = data("stories")
        self.mood = chooser.choice(list(source["moods"])) if chooser.chance(0.3) else ""
        plot = source["plots"][chooser.choice(list(source["plots"]))]
        self.kind = kind_of_hero or kind(chooser)
        self.object = thing(chooser)
        self.place, self.where = place(chooser)
        self.character = chooser.choice(words("characters"))
        self.hero = person(chooser, self.kind)
        self.friend_kind = kind(chooser)
        while self.friend_kind == self.kind:
            self.friend_kind = kind(chooser)
        self.friend = person(chooser, self.friend_kind, other_than=(self.hero.name,))
        self.slots = self._slots(chooser)

        def tell(patterns: list[str]) -> str:
            return capital(fix_articles(chooser.phrase(*patterns, **self.slots)))

        beginning = [tell(source["openings"])]
        if chooser.chance(0.5):
            beginning.append(tell(source["asides"]))
        if self.mood:
            beginning.append(tell(source["moods"][self.mood]["begin"]))
        self.beginning = beginning
        self.middle = [tell(beat) for beat in plot["beats"]]
        self.ending = [tell(plot["endings"])] + ([tell(source["moods"][self.mood]["end"])] if self.mood else [])
        self.summary = " ".join(tell([line]) for line in plot["summary"])
        self.scenes = [tell([scene]) for scene in plot["scenes"]]
        self.title = tell(plot["titles"])

    def _slots(self, chooser: Chooser) -> dict[str, str]:
        he, him, his, himself = self.hero.pronouns
        fhe, fhim, fhis, _ = self.friend.pronouns
        looks = chooser.sample([look for look in words("looks") if look not in self.object.split()], 2)
        skill = chooser.choice(words("skills"))
        return {
            "N": self.hero.name,
            "K": self.kind,
            "aK": article(self.kind),
            "F": self.friend.name,
            "FK": self.friend_kind,
            "aFK": article(self.friend_kind),
            "O": self.object,
            "aO": article(self.object),
            "Ot": self.object.title(),
            "aOt": capital(article(self.object.title())),
            "inP": self.where,
            "InP": capital(self.where),
            "A": self.character,
            "aA": article(self.character),
            "A2": chooser.choice(words("characters")),
            "x": looks[0],
            "x2": looks[1],
            "T": chooser.choice(words("times")),
            "food": chooser.choice(words("foods")),
            "skill": skill,
            "Skill": skill.title(),
            "he": he,
            "him": him,
            "his": his,
            "himself": himself,
            "He": capital(he),
            "His": capital(his),
            "fhe": fhe,
            "fhim": fhim,
            "fhis": fhis,
            "Fhe": capital(fhe),
            "Fhis": capital(fhis),
        }

    @property
    def sentences(self) -> list[str]:
        """The sentences of the story, in order."""
        return self.beginning + self.middle + self.ending

    def text(self) -> str:
        """The story as one text."""
        return " ".join(self.sentences)
