"""Questions for tools, with what the tool gives back and how that is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .cast import city, person, thing
from .text import Chooser, article, words

_SKIES = ["sunny", "cloudy", "rainy", "windy", "foggy", "snowy", "stormy", "clear"]


@dataclass(frozen=True)
class Use:
    """One question that a tool answers: the arguments, the result, the answer, and what must stand in it."""

    question: str
    arguments: dict[str, Any]
    result: dict[str, Any]
    answer: str
    wanted: tuple[str, ...]


def number(chooser: Chooser) -> int:
    """A number of one to four digits."""
    return chooser.randint(0, chooser.choice((9, 99, 99, 999, 9999)))


def weather(chooser: Chooser) -> Use:
    """The weather of a city."""
    here, sky, degrees = city(chooser), chooser.choice(_SKIES), chooser.randint(-9, 38)
    question = chooser.phrase(
        "What is the weather in {c}?",
        "How is the weather in {c}?",
        "Is it raining in {c}?",
        "Do I need an umbrella in {c}?",
        "Weather in {c}, please.",
        "Tell me the weather for {c}.",
        "What's the weather like in {c}?",
        "Is it warm in {c} today?",
        "weather {c}",
        c=here,
    )
    result = chooser.choice(
        (
            {"city": here, "temperature": degrees, "condition": sky},
            {"temperature": degrees, "condition": sky},
            {"temp_c": degrees, "sky": sky},
        )
    )
    answer = chooser.phrase(
        "It is {s} in {c}, with {t} degrees.", "In {c} it is {s} and {t} degrees.", c=here, s=sky, t=degrees
    )
    return Use(question, {"city": here}, result, answer, (here, sky, str(degrees)))


def time(chooser: Chooser) -> Use:
    """The time of day in a city."""
    here, clock = city(chooser), f"{chooser.randint(0, 23):02d}:{chooser.randint(0, 59):02d}"
    question = chooser.phrase(
        "What time is it in {c}?",
        "Tell me the time in {c}.",
        "How late is it in {c}?",
        "Time in {c}?",
        "Can you check the time in {c}?",
        "What is the local time in {c}?",
        c=here,
    )
    result = chooser.choice(({"time": clock}, {"city": here, "time": clock}))
    return Use(
        question,
        {"city": here},
        result,
        chooser.phrase("It is {t} in {c}.", "In {c} it is {t} now.", c=here, t=clock),
        (here, clock),
    )


def add(chooser: Chooser) -> Use:
    """The sum of two numbers."""
    first, second = number(chooser), number(chooser)
    question = chooser.phrase(
        "What is {a} plus {b}?",
        "Add {a} and {b}.",
        "How much is {a} + {b}?",
        "{a} + {b} = ?",
        "Please calculate {a} plus {b}.",
        "Sum of {a} and {b}?",
        "Can you add {a} and {b}?",
        a=first,
        b=second,
    )
    total = first + second
    result = chooser.choice(({"result": total}, {"sum": total}))
    return Use(
        question,
        {"a": first, "b": second},
        result,
        chooser.phrase("{a} plus {b} is {z}.", "{a} + {b} = {z}.", a=first, b=second, z=total),
        (str(total),),
    )


def search(chooser: Chooser) -> Use:
    """Pages about something."""
    topic = chooser.choice(words("topics") + words("objects"))
    question = chooser.phrase(
        "Search the library for {t}.",
        "Find pages about {t} in the library.",
        "Look up {t} in the docs.",
        "Can you search for {t}?",
        "Search {t}",
        "What do the docs say about {t}? Please search.",
        t=topic,
    )
    title = chooser.phrase(
        "Guide to {t}", "Using {t}", "About {t}", "Notes on {t}", "Examples of {t}", "First steps with {t}", t=topic
    )
    if chooser.chance(0.2):
        return Use(question, {"query": topic}, {"results": []}, f"I found nothing about {topic}.", ("nothing", topic))
    return Use(question, {"query": topic}, {"results": [title]}, f"I found one page: {title}.", (title,))


def timer(chooser: Chooser) -> Use:
    """A timer that is set."""
    minutes = chooser.randint(1, 90)
    question = chooser.phrase(
        "Set a timer for {m} minutes.",
        "Wake me in {m} minutes.",
        "Timer, {m} minutes, please.",
        "Start a timer of {m} minutes.",
        m=minutes,
    )
    return Use(
        question, {"minutes": minutes}, {"ok": True}, f"The timer is set for {minutes} minutes.", (str(minutes),)
    )


def news(chooser: Chooser) -> Use:
    """A headline about something."""
    topic = chooser.choice(words("topics"))
    headline = chooser.phrase(
        "New book about {t}", "Experts discuss {t}", "A big day for {t}", "The future of {t}", t=topic
    )
    question = chooser.phrase(
        "What is the news about {t}?", "Any news on {t}?", "Get me news about {t}.", "What is new in {t}?", t=topic
    )
    return Use(question, {"topic": topic}, {"headlines": [headline]}, f"Here is the news: {headline}.", (headline,))


def song(chooser: Chooser) -> Use:
    """A song that is played."""
    title = chooser.phrase(
        "The {x} {o}",
        "My {o}",
        "Song of the {k}",
        "Dance of the {k}",
        x=chooser.choice(words("looks")),
        o=chooser.choice(words("objects")),
        k=chooser.choice(words("animals")),
    ).title()
    question = chooser.phrase("Play the song {t}.", "Please play {t}.", "I want to hear {t}.", t=title)
    return Use(question, {"title": title}, {"playing": title}, f"Now playing {title}.", (title,))


def dice(chooser: Chooser) -> Use:
    """A die that is thrown."""
    sides = chooser.choice((4, 6, 8, 10, 12, 20))
    value = chooser.randint(1, sides)
    question = chooser.phrase(
        "Roll a die with {m} sides.", "Please roll a die with {m} sides.", "Throw a die of {m} sides.", m=sides
    )
    return Use(question, {"sides": sides}, {"value": value}, f"The die shows {value}.", (str(value),))


def message(chooser: Chooser) -> Use:
    """A message to somebody."""
    name, text = (
        person(chooser).name,
        chooser.choice(
            (
                "I am late",
                "see you soon",
                "dinner is ready",
                "happy birthday",
                "the train is late",
                "call me back",
                "thank you",
                "good night",
            )
        ),
    )
    question = chooser.phrase("Send {n} a message: {t}", "Write to {n}: {t}", "Tell {n}: {t}", n=name, t=text)
    return Use(question, {"to": name, "text": text}, {"sent": True}, f"I sent your message to {name}.", (name,))


def price(chooser: Chooser) -> Use:
    """What a thing costs."""
    item, euros = thing(chooser), chooser.randint(1, 99)
    question = chooser.phrase(
        "What does {a} cost?", "How much is {a}?", "Price of {a}?", "What is the price of {a}?", a=article(item)
    )
    result = chooser.choice(({"price": euros}, {"item": item, "price": euros}))
    return Use(question, {"item": item}, result, f"The {item} costs {euros} euros.", (item, str(euros)))
