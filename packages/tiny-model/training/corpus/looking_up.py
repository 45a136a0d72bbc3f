"""Answers that stand in the sentences before the question, and lists of things of a kind."""

from __future__ import annotations

from .cast import city, kind, names, thing
from .task import Task, check, normalized
from .text import Chooser, article, data

_COUNTS = ["one", "two", "three", "four"]


def listed(chooser: Chooser) -> Task:
    """Some things of a kind."""
    kinds = data("kinds")
    wanted = chooser.choice(list(kinds))
    choices = [item.strip() for item in kinds[wanted].split(",")]
    count = chooser.choice((2, 3, 3, 4))
    request = chooser.phrase(
        "List {n} {k}.",
        "Name {n} {k}.",
        "Give me {n} {k}.",
        "Tell me {n} {k}, please.",
        "Write a list of {n} {k}.",
        n=_COUNTS[count - 1],
        k=wanted,
    )
    answer = "\n".join(f"{number}. {item}" for number, item in enumerate(chooser.sample(choices, count), 1))
    return (
        Task("list", normalized(request))
        .user(request)
        .assistant(answer, check("lists", "list", of=choices, count=count))
    )


def looked_up(chooser: Chooser) -> Task:
    """Answers that stand in the sentences before the first question."""
    count = chooser.choice((2, 3, 3, 4, 5))
    people = names(chooser, count)
    mode = chooser.randrange(3)
    things = [[thing, city, kind][mode](chooser) for _ in people]
    if len(set(things)) < count:
        return looked_up(chooser)
    facts = [
        chooser.phrase(("{p} has {at}.", "{p} lives in {t}.", "{p} is {at}.")[mode], p=p, t=t, at=article(t))
        for p, t in zip(people, things)
    ]
    questions = (
        ("Who has the {t}?", "{p} has the {t}."),
        ("What does {p} have?", "{p} has {at}."),
        ("Where does {p} live?", "{p} lives in {t}."),
        ("Who lives in {t}?", "{p} lives in {t}."),
        ("Who is the {t}?", "{p} is the {t}."),
        ("What is {p}?", "{p} is {at}."),
    )
    text = " ".join(facts)
    task = Task("look up", normalized(f"look up {text}"))
    for at, which in enumerate(chooser.sample(range(count), chooser.randint(1, count))):
        slots = {"p": people[which], "t": things[which], "at": article(things[which])}
        question, answer = (part.format(**slots) for part in questions[2 * mode + chooser.randrange(2)])
        task.user(question if at else f"{text} {question}")
        task.assistant(answer, check("looking up", "exact", text=answer))
    return task
