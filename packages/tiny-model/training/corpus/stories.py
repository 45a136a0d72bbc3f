"""Requests for stories, and what can be asked about one: how it goes on, its title, its sum, its outline."""

from __future__ import annotations

from typing import Any

from .plot import Story
from .task import Task, check, compact, normalized
from .text import Chooser, article, capital


def _wish(chooser: Chooser, story: Story) -> tuple[str, list[str]]:
    """What a request says of the story, and the words that must appear for it."""
    asked = [story.kind]
    who = article(story.kind)
    if chooser.chance(0.4):
        asked.insert(0, story.hero.name)
        who = chooser.phrase("{N} the {K}", "{aK} named {N}", "{aK} called {N}", **story.slots)
    elif chooser.chance(0.25):
        asked.append(story.character)
        who = f"{article(story.character)} {story.kind}"
    if chooser.chance(0.6):
        asked.append(story.object)
        who += f" and {article(story.object)}"
    if chooser.chance(0.3):
        asked.append(story.place)
        who += f" {story.where}"
    return who, asked


def story_request(chooser: Chooser, story: Story) -> tuple[str, list[str]]:
    """A request for the story, and the words that must appear for it."""
    who, asked = _wish(chooser, story)
    mood = (
        chooser.choice((story.mood, f"short, {story.mood}"))
        if story.mood
        else chooser.choice(("", "", "short", "little"))
    )
    a_story = article(f"{mood} story") if mood else "a story"
    request = chooser.phrase(
        "Tell me {a} about {w}.",
        "Write {a} about {w}.",
        "Can you tell {a} about {w}?",
        "I would like to hear {a} about {w}.",
        "{A} about {w}, please.",
        "Please write {a} about {w}.",
        "Make up {a} with {w}.",
        "Could you write {a} about {w}?",
        "Give me {a} with {w}.",
        "tell me {a} about {w}",
        a=a_story,
        A=capital(a_story),
        w=who,
    )
    return request, asked


def _follow_up(chooser: Chooser, story: Story, task: Task) -> None:
    """A question about the story that was told."""
    match chooser.randrange(6):
        case 0:
            task.user(
                chooser.phrase(
                    "What was the name of the {K}?", "Who was the hero?", "What is the {K} called?", **story.slots
                )
            )
            task.assistant(
                chooser.phrase("The {K} was called {N}.", "It was {N} the {K}.", **story.slots), _kept(story.hero.name)
            )
        case 1:
            task.user(chooser.phrase("Who was {F}?", "Who is {F}?", **story.slots))
            task.assistant(chooser.phrase("{F} was {aFK}.", **story.slots), _kept(story.friend_kind))
        case 2:
            task.user(chooser.phrase("Where did {N} live?", "Where was it?", **story.slots))
            task.assistant(chooser.phrase("{N} lived {inP}.", **story.slots), _kept(story.place))
        case 3:
            task.user(
                chooser.choice(
                    ("Give me a short summary.", "Summarize the story in two sentences.", "Can you sum it up?")
                )
            )
            task.assistant(story.summary, _kept(story.hero.name))
        case 4:
            task.user(chooser.choice(("Give the story a title.", "What would be a good title?")))
            task.assistant(story.title)
        case _:
            other = Story(chooser, story.kind)
            task.user(
                chooser.phrase("Another one, please.", "Tell me another story about {aK}.", "One more!", **story.slots)
            )
            task.assistant(other.text(), _kept(story.kind))


def _kept(*asked: str) -> dict[str, Any]:
    return check("story keeps what was told", "includes", all=list(asked))


def story(chooser: Chooser) -> Task:
    """A story, mostly with nouns that were asked for, sometimes with questions after it."""
    told = Story(chooser)
    asked: list[str] = []
    if chooser.chance(0.06):
        request = chooser.choice(
            ("Tell me a story.", "Tell me a short story, please.", "I want a story!", "Do you know a story?")
        )
    else:
        request, asked = story_request(chooser, told)
    task = Task("story", normalized(request)).user(request)
    task.assistant(told.text(), check("story has all requested nouns", "includes", all=asked, words=45))
    if chooser.chance(0.25):
        _follow_up(chooser, told, task)
    return task


def continuation(chooser: Chooser) -> Task:
    """The rest of a story whose beginning is given."""
    told = Story(chooser)
    count = len(told.beginning) + chooser.choice((0, 1, 2))
    opening = " ".join(told.sentences[:count])
    request = (
        chooser.phrase(
            "Continue this story: ",
            "Please go on with this story: ",
            "How does this story go on? ",
            "Finish the story: ",
        )
        + f" {opening}"
    )
    task = Task("continuation", normalized(opening)).user(request)
    return task.assistant(" ".join(told.sentences[count:]), _kept(told.hero.name))


def summary(chooser: Chooser) -> Task:
    """A given story in two sentences."""
    told = Story(chooser)
    text = told.text()
    request = chooser.choice(
        (
            "Summarize this story in two sentences:",
            "Give me a short summary of this text:",
            "Summarize this text.",
            "Short summary, please:",
        )
    )
    task = Task("summary", normalized(text)).user(request + chooser.choice((" ", "\n\n")) + text)
    return task.assistant(
        told.summary,
        check("summary names hero and thing", "includes", all=[told.hero.name, told.kind, told.object], sentences=2),
    )


def title(chooser: Chooser) -> Task:
    """A title for a given story."""
    told = Story(chooser)
    text = " ".join(told.sentences[: len(told.beginning) + 3])
    task = Task("title", normalized(text))
    return task.user(
        chooser.choice(("Give this story a title:", "Find a title for this text:")) + f" {text}"
    ).assistant(told.title)


def outline(chooser: Chooser) -> Task:
    """The plan of a story as JSON."""
    told = Story(chooser)
    who, asked = _wish(chooser, told)
    request = chooser.phrase(
        "Write a story outline as JSON about {w}.",
        "Give me a JSON outline of a story about {w}.",
        "Plan a story about {w} as JSON.",
        w=who,
    )
    plan = {
        "title": told.title,
        "characters": [f"{told.hero.name} the {told.kind}", f"{told.friend.name} the {told.friend_kind}"],
        "scenes": told.scenes,
    }
    characters = [name for name in asked if name in (told.hero.name, told.kind)]
    return (
        Task("outline", normalized(request))
        .user(request)
        .assistant(
            compact(plan),
            check("valid JSON", "json"),
            check("outline has its keys and characters", "outline", characters=characters),
        )
    )
