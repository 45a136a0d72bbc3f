"""Questions about IFTK, answered from facts that are true of the library as it stands."""

from __future__ import annotations

import re
from typing import Any

from .task import Task, check, normalized
from .text import Chooser, capital, data

ROW = "a question about IFTK answered on topic"
_WHAT = (
    "What is {n}?",
    "What does {n} mean?",
    "Explain {n}.",
    "Can you explain {n} to me?",
    "Tell me about {n}.",
    "What exactly is {n}?",
    "Define {n}.",
    "I do not understand {n}.",
    "Please explain {n}.",
    "What do you mean by {n}?",
    "what's {n}?",
    "what is {n}",
    "In IFTK, what is {n}?",
)
_WHAT_MANY = (
    "What are {n}?",
    "Which are {n}?",
    "Explain {n}.",
    "Tell me about {n}.",
    "Name {n}.",
    "what are {n}",
    "Can you explain {n}?",
    "List {n}.",
)
_WHY = (
    "Why do I need {n}?",
    "Why is {n} useful?",
    "What is {n} good for?",
    "Why would I use {n}?",
    "When do I use {n}?",
)
_EXAMPLE = (
    "Give me an example of {n}.",
    "Can you show an example of {n}?",
    "What is an example of {n}?",
    "An example of {n}, please.",
)
_HOW = ("How does {n} work?", "Tell me more about {n}.", "How do I use {n}?", "Give me details about {n}.")


def _on_topic(*sentences: str) -> dict[str, Any]:
    """The words of an answer on topic."""
    return check(ROW, "topic", words=sorted(set(re.findall(r"[a-z0-9]+", " ".join(sentences).lower()))))


def _topic(chooser: Chooser) -> Task:
    topic = chooser.choice(data("faq")["topic"])
    name = chooser.choice(topic["names"][:1] * 2 + topic["names"])
    many = topic.get("plural", False)
    what, how, why, example = (chooser.choice(topic[part]) for part in ("what", "how", "why", "example"))
    reference = _on_topic(*topic["what"], *topic["how"], *topic["why"], *topic["example"], *topic["names"])
    roll = chooser.random()
    if roll < 0.66:
        question = chooser.phrase(*(_WHAT_MANY if many else _WHAT), n=name)
        answer = f"{what} {chooser.choice((how, how, why, example, f'{how} {why}'))}"
    elif roll < 0.78:
        question, answer = chooser.phrase(*_WHY, n=name), why
    elif roll < 0.89:
        question, answer = chooser.phrase(*_EXAMPLE, n=name), example
    else:
        question, answer = chooser.phrase(*_HOW, n=name), f"{how} {why}"
    if many:
        question = re.sub(
            r"^(Why|When|How) (is|does) ", lambda match: f"{match[1]} {'are' if match[2] == 'is' else 'do'} ", question
        )
    if chooser.chance(0.12):
        question = question.lower().rstrip(".?")
    task = Task("faq", normalized(question)).user(question).assistant(answer, reference)
    if chooser.chance(0.2):
        follow, more = chooser.choice(
            (
                (("Can you give me an example?", "Show me an example.", "For example?"), example),
                (("Why is that useful?", "And what is it good for?", "Why?"), why),
                (("How does it work?", "Tell me more.", "Go on."), how),
            )
        )
        task.user(chooser.choice(follow)).assistant(more, reference)
    return task


def _difference(chooser: Chooser) -> Task:
    entry = chooser.choice(data("faq")["difference"])
    names = chooser.sample(entry["names"], 2)
    question = chooser.phrase(
        "What is the difference between {a} and {b}?",
        "{A} or {b}, what is the difference?",
        "How is {a} different from {b}?",
        "Compare {a} and {b}.",
        a=names[0],
        b=names[1],
        A=capital(names[0]),
    )
    return (
        Task("faq difference", normalized(question))
        .user(question)
        .assistant(entry["answer"], _on_topic(entry["answer"]))
    )


def _question(chooser: Chooser) -> Task:
    entry = chooser.choice(data("faq")["question"])
    question = chooser.choice(entry["says"])
    asked = chooser.choice(
        (question, question, question.lower().rstrip("?"), f"Hi! {question}", f"Please tell me: {question}")
    )
    return (
        Task("faq question", normalized(asked))
        .user(asked)
        .assistant(chooser.choice(entry["answers"]), _on_topic(*entry["answers"]))
    )


def faq(chooser: Chooser) -> Task:
    """One question about IFTK, perhaps with another after it."""
    roll = chooser.random()
    return _topic(chooser) if roll < 0.72 else _difference(chooser) if roll < 0.82 else _question(chooser)
