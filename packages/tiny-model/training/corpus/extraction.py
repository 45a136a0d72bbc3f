"""Entities of a text as exact JSON, and the sentiment of a sentence."""

from __future__ import annotations

import re

from .cast import city, names, thing
from .plot import Story
from .task import Task, check, compact, normalized
from .text import Chooser, article, data, fix_articles, words

_SOURCE = data("sentences")
_JUDGED, _PRAISE, _BLAME = (_SOURCE[name].split(", ") for name in ("judged", "praise", "blame"))


def _sentence(chooser: Chooser) -> tuple[str, dict[str, str]]:
    """A sentence, and the type of each name that can stand in it."""
    first, second = names(chooser, 2)
    here, there = city(chooser), city(chooser)
    while len({first, second, here, there}) < 4:
        here, there = city(chooser), city(chooser)
    day, month = chooser.choice(words("days")), chooser.choice(words("months"))
    food, other_food = chooser.sample(words("foods"), 2)
    animal, role, noun = chooser.choice(words("animals")), chooser.choice(words("roles")), thing(chooser)
    pattern = chooser.choice(_SOURCE["with_names" if chooser.chance(0.85) else "plain"])
    text = chooser.phrase(
        pattern,
        N=first,
        M=second,
        C=here,
        D=there,
        W=day,
        Y=month,
        o=article(noun),
        k=role,
        ak=article(role),
        a=animal,
        aa=article(animal),
        f=food,
        g=other_food,
        t=noun,
    )
    return fix_articles(text), {
        first: "person",
        second: "person",
        here: "place",
        there: "place",
        day: "date",
        month: "date",
    }


def entities_of(text: str, types: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """The names that occur in the text, in order, each once."""
    found = sorted((match.start(), name) for name in types if (match := re.search(rf"\b{re.escape(name)}\b", text)))
    return {"entities": [{"text": name, "type": types[name]} for _, name in found]}


def _story_text(chooser: Chooser) -> tuple[str, dict[str, str]]:
    """Some sentences of a story, and the names in the story."""
    story = Story(chooser)
    count = chooser.choice((1, 1, 2))
    start = chooser.randrange(len(story.sentences) - count)
    types = {story.hero.name: "person", story.friend.name: "person"}
    types |= {day: "date" for day in words("days")}
    if story.where == f"in {story.place}":
        types[story.place] = "place"
    return " ".join(story.sentences[start : start + count]), types


def entities(chooser: Chooser) -> Task:
    """People, places and dates that occur in a text, as JSON; an empty list where there are none."""
    if chooser.chance(0.22):
        text, types = _story_text(chooser)
    else:
        text, types = _sentence(chooser)
        if chooser.chance(0.2):
            more, more_types = _sentence(chooser)
            if not types.keys() & more_types.keys() - set(words("days")) - set(words("months")):
                text, types = f"{text} {more}", {**types, **more_types}
    request = chooser.choice(
        (
            "Extract the entities from: ",
            "Extract the entities from this text: ",
            "Find the people, places and dates in: ",
            "List the entities as JSON: ",
            "Entities in this sentence: ",
            "Extract entities.\n\n",
        )
    )
    found = entities_of(text, types)
    return (
        Task("entities", normalized(text))
        .user(request + text)
        .assistant(compact(found), check("valid JSON", "json"), check("exact entities", "json-value", value=found))
    )


def sentiment(chooser: Chooser) -> Task:
    """Whether a sentence is positive, negative or neutral, as JSON."""
    noun, name = chooser.choice(_JUDGED), names(chooser, 1)[0]
    slots = {
        "t": noun,
        "n": name,
        "d": chooser.choice(words("days")),
        "h": chooser.choice(("noon", "seven", "ten", "eight")),
    }
    label = chooser.choice(("positive", "negative", "positive", "negative", "neutral"))
    if label != "neutral":
        slots["p"] = chooser.choice(_PRAISE if label == "positive" else _BLAME)
    text = fix_articles(chooser.phrase(*_SOURCE[label], **slots))
    request = chooser.choice(
        (
            "What is the sentiment of: ",
            "Sentiment of this sentence: ",
            "Classify the sentiment: ",
            "Is this positive, negative or neutral? ",
            "Give the sentiment as JSON: ",
        )
    )
    value = {"sentiment": label}
    return (
        Task("sentiment", normalized(text))
        .user(request + text)
        .assistant(compact(value), check("valid JSON", "json"), check("sentiment", "json-value", value=value))
    )
