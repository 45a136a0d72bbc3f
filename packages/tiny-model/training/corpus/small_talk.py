"""Small talk, what the model is and what it does not know, names that are kept in mind, poems and jokes."""

from __future__ import annotations

from .cast import city, person, place
from .task import Task, Turn, check, normalized
from .text import Chooser, article, capital, data, fix_articles, plural, words

ROW = "small talk as expected"


def _slots(chooser: Chooser) -> dict[str, str]:
    animal, thing = chooser.choice(words("animals")), chooser.choice(words("objects"))
    return {
        "animal": animal,
        "animals": plural(animal),
        "Animals": capital(plural(animal)),
        "an_animal": article(animal),
        "thing": thing,
        "a_thing": article(thing),
        "A_thing": capital(article(thing)),
        "food": chooser.choice(words("foods")),
        "city": city(chooser),
        "topic": chooser.choice(words("topics")),
    }


def _as_typed(chooser: Chooser, text: str) -> str:
    """The text as people type it: mostly so, sometimes without a stop, in lowercase, after a greeting."""
    roll = chooser.random()
    if roll < 0.12:
        return text.lower().rstrip(".?!")
    if roll < 0.2:
        return text.rstrip(".?!")
    if roll < 0.25:
        return chooser.choice(("Please, ", "Hi! ", "Hey, ", "Ok. ")) + text
    return text


def small_talk(chooser: Chooser) -> Task:
    """One exchange of small talk."""
    exchanges = data("small_talk")["exchange"]
    exchange = chooser.choices(exchanges, [exchange["weight"] for exchange in exchanges])[0]
    slots = _slots(chooser)
    said = _as_typed(
        chooser,
        capital(chooser.phrase(*exchange["says"], **slots))
        if chooser.chance(0.9)
        else chooser.phrase(*exchange["says"], **slots),
    )
    answer = capital(chooser.phrase(*exchange["answers"], **slots))
    expected = [word.format(**slots) for word in exchange["any"]]
    return Task("small talk", normalized(said)).user(said).assistant(answer, check(ROW, "includes", any=expected))


def introduction(chooser: Chooser) -> Task:
    """The user says a name, and perhaps asks for it later."""
    name = person(chooser).name
    said = chooser.phrase(
        "My name is {n}.", "I am {n}.", "Hi, I am {n}.", "Call me {n}.", "Hello, my name is {n}!", "hi, i'm {n}", n=name
    )
    answer = chooser.phrase(
        "Nice to meet you, {n}! [I am Tiny.|How can I help you?|What can I do for you?]",
        "Hello, {n}! I am Tiny. [How can I help you?|]",
        n=name,
    )
    task = Task("introduction", normalized(name)).user(said).assistant(answer, check(ROW, "includes", all=[name]))
    if chooser.chance(0.6):
        if chooser.chance(0.4):
            task.turns += [Turn(turn.role, turn.content) for turn in small_talk(chooser).turns]
        task.user(chooser.choice(("What is my name?", "Do you remember my name?", "Who am I?")))
        task.assistant(chooser.phrase("Your name is {n}.", "You are {n}.", n=name), check(ROW, "includes", all=[name]))
    return task


def verse(chooser: Chooser) -> Task:
    """A poem with what was asked for, or a joke."""
    animal, thing, source = chooser.choice(words("animals")), chooser.choice(words("objects")), data("verse")
    slots = {
        "K": animal,
        "O": thing,
        "aO": article(thing),
        "AK": capital(article(animal)),
        "food": chooser.choice(words("foods")),
        "inP": place(chooser)[1],
        "AA": capital(article(chooser.choice(words("characters")))),
    }
    if chooser.chance(0.25):
        request = chooser.choice(
            (
                "Tell me a joke.",
                "Do you know a joke?",
                "Make me laugh.",
                "Say something funny.",
                "Another joke, please.",
            )
        )
        return Task("joke", normalized(request)).user(request).assistant(chooser.phrase(*source["jokes"], **slots))
    request = chooser.phrase(
        "Write a poem about {k}.",
        "Write a short poem about {k}.",
        "A poem about {k} and {o}, please.",
        "Can you write a poem about {k}?",
        "Make a little poem with {k} and {o}.",
        "Make a poem with {k} and {o}.",
        k=article(animal),
        o=article(thing),
    )
    poem = "\n".join(fix_articles(chooser.phrase(line, **slots)) for line in chooser.choice(source["poems"]))
    asked = [animal, thing] if thing in request.split(" and ")[-1] else [animal]
    return Task("poem", normalized(request)).user(request).assistant(poem, check(ROW, "includes", all=asked))
