"""Questions that take a few steps: little problems in words, orders, days, facts of every day."""

from __future__ import annotations

from .arithmetic import difference_steps, sum_steps, thought
from .cast import names
from .task import Task, check, normalized
from .text import Chooser, article, capital, pairs, plural, words

_THINGS = [
    "apple",
    "pear",
    "plum",
    "cookie",
    "coin",
    "shell",
    "stone",
    "book",
    "pencil",
    "button",
    "balloon",
    "flower",
    "egg",
    "nut",
]
_TRAITS = (
    ("taller", "tallest", "shortest"),
    ("older", "oldest", "youngest"),
    ("faster", "fastest", "slowest"),
    ("stronger", "strongest", "weakest"),
)


def _task(kind: str, question: str, steps: str, answer: str, thinking: bool, *checks: dict[str, object]) -> Task:
    text = thought(steps, answer) if thinking else f"{steps} {answer}"
    return Task(kind, normalized(question)).user(question).assistant(text, *checks)


def word_problem(chooser: Chooser, thinking: bool) -> Task:
    """Somebody has some things, gets some and gives some away; one or two steps."""
    name, other = names(chooser, 2)
    things = plural(chooser.choice(_THINGS))
    have = chooser.randint(2, 20)
    facts, steps, now = [f"{name} has {have} {things}."], [f"{name} has {have}."], have
    for _ in range(chooser.choice((1, 2, 2))):
        if now > 2 and chooser.chance(0.45):
            change = chooser.randint(1, min(now, 12))
            facts.append(chooser.phrase("{n} gives {c} to {m}.", "{n} loses {c}.", n=name, m=other, c=change))
            steps.append(f"{difference_steps(now, change)}")
            now -= change
        else:
            change = chooser.randint(1, 20)
            facts.append(chooser.phrase("{m} gives {n} {c} more.", "{n} finds {c} more.", n=name, m=other, c=change))
            steps.append(f"{sum_steps(now, change)}")
            now += change
    question = " ".join(facts) + f" How many {things} does {name} have now?"
    return _task(
        "word problem",
        question,
        " ".join(steps),
        f"{name} has {now} {things}.",
        thinking,
        check("longer reasoning", "number", value=now),
    )


def order(chooser: Chooser, thinking: bool) -> Task:
    """Who of three is the most or the least so."""
    more, most, least = chooser.choice(_TRAITS)
    ranked = names(chooser, 3)
    facts = [f"{ranked[0]} is {more} than {ranked[1]}.", f"{ranked[1]} is {more} than {ranked[2]}."]
    chooser.shuffle(facts)
    wants_most = chooser.chance(0.5)
    word, answer = (most, ranked[0]) if wants_most else (least, ranked[2])
    steps = f"From {most} to {least}: {', '.join(ranked)}."
    return _task(
        "order",
        f"{' '.join(facts)} Who is the {word}?",
        steps,
        f"{answer} is the {word}.",
        thinking,
        check("longer reasoning", "includes", all=[f"{answer} is the {word}"]),
    )


def days_ahead(chooser: Chooser, thinking: bool) -> Task:
    """Which day it will be in some days."""
    days = words("days")
    start, count = chooser.randrange(7), chooser.randint(1, 6)
    passed = [days[(start + step) % 7] for step in range(1, count + 1)]
    question = chooser.phrase(
        "Today is {d}. What day is it in {n}?",
        "It is {d}. Which day comes in {n}?",
        "What day is {n} after {d}?",
        d=days[start],
        n=f"{count} day{'s' if count > 1 else ''}",
    )
    steps = " ".join(f"{number}: {day}." for number, day in enumerate(passed, 1))
    return _task(
        "days ahead",
        question,
        steps,
        f"It is {passed[-1]}.",
        thinking,
        check("longer reasoning", "ending", text=f"It is {passed[-1]}."),
    )


def largest_of_three(chooser: Chooser, thinking: bool) -> Task:
    """The largest or smallest of three numbers, two comparisons."""
    numbers = chooser.sample(range(chooser.choice((20, 100))), 3)
    largest = chooser.chance(0.5)
    better = max if largest else min
    word = "largest" if largest else "smallest"
    first = better(numbers[0], numbers[1])
    result = better(numbers)
    relation = "larger" if largest else "smaller"
    steps = (
        f"Of {numbers[0]} and {numbers[1]}, {first} is {relation}. Of {first} and {numbers[2]}, {result} is {relation}."
    )
    question = chooser.phrase(
        "Which is the {w}: {a}, {b} or {c}?",
        "What is the {w} of {a}, {b} and {c}?",
        w=word,
        a=numbers[0],
        b=numbers[1],
        c=numbers[2],
    )
    return _task(
        "largest",
        question,
        steps,
        f"{result} is the {word}.",
        thinking,
        check("longer reasoning", "number", value=result),
    )


def everyday(chooser: Chooser, thinking: bool) -> Task:
    """Days, months, colors, legs, capitals, sizes: facts that stand in lists."""
    question, steps, answer, wanted = _everyday(chooser)
    task = Task("everyday", normalized(question)).user(question)
    return task.assistant(
        thought(steps, answer) if thinking else answer, check("everyday facts", "includes", all=[wanted])
    )


def _everyday(chooser: Chooser) -> tuple[str, str, str, str]:
    """A question, its steps, its answer, and the word that matters."""
    match chooser.randrange(6):
        case 0:
            group = words("days") if chooser.chance(0.6) else words("months")
            at, word = chooser.randrange(len(group)), "day" if len(group) == 7 else "month"
            after = chooser.chance(0.5)
            before, now, following = (group[(at + step) % len(group)] for step in (-1, 0, 1))
            wanted, side = (following, "after") if after else (before, "before")
            question = chooser.phrase("What {w} comes {s} {n}?", "Which {w} is {s} {n}?", w=word, s=side, n=now)
            return question, f"In order: {before}, {now}, {following}.", f"{wanted} comes {side} {now}.", wanted
        case 1:
            thing, color = chooser.choice(pairs("colors_of"))
            return (
                chooser.phrase("What color is {t}?", "Which color has {t}?", t=thing),
                f"I think of {thing}. It is {color}.",
                f"{capital(thing)} is {color}.",
                color,
            )
        case 2:
            animal, legs = chooser.choice(pairs("legs_of"))
            return (
                f"How many legs does {article(animal)} have?",
                f"I think of {article(animal)}.",
                f"{capital(article(animal))} has {legs} legs.",
                legs,
            )
        case 3:
            country, capital_city = chooser.choice(pairs("capitals"))
            question = chooser.phrase("What is the capital of {c}?", "Which city is the capital of {c}?", c=country)
            return question, f"The country is {country}.", f"The capital of {country} is {capital_city}.", capital_city
        case _:
            sizes = words("sizes")
            small, big = sorted(chooser.sample(range(len(sizes)), 2))
            shown = [sizes[small], sizes[big]]
            chooser.shuffle(shown)
            return (
                f"Which is bigger, {shown[0]} or {shown[1]}?",
                f"I compare {shown[0]} with {shown[1]}.",
                f"{capital(sizes[big])} is bigger than {sizes[small]}.",
                f"{capital(sizes[big])} is",
            )
