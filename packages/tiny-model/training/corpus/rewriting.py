"""Small rewrites of a text, and looking things up in it: tasks whose answer is made of the words of the prompt."""

from __future__ import annotations

from functools import cache

from .cast import invented_name
from .plot import Story
from .task import Task, check, normalized
from .text import Chooser, capital, pairs, plural, words

_REQUESTS = [
    "close the window",
    "open the door",
    "give me the book",
    "bring me some tea",
    "call me back",
    "wait here",
    "send me the file",
    "help me",
    "move your car",
    "turn off the music",
    "pass the salt",
    "sit down",
    "be quiet",
    "show me the map",
    "clean the room",
    "feed the cat",
    "water the plants",
    "come here",
    "leave the room",
    "write it down",
    "take the bus",
    "read the text",
    "fix the bug",
    "stop the stream",
    "start the model",
    "check the log",
    "close the channel",
    "buy some bread",
    "carry the bag",
    "answer the question",
]
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]


@cache
def _vocabulary() -> tuple[str, ...]:
    """Every single word of the lists, once."""
    groups = ("female_names", "male_names", "animals", "roles", "objects", "cities", "foods", "characters", "looks")
    return tuple(dict.fromkeys(word for group in groups for entry in words(group) for word in entry.split(" ")))


def _word(chooser: Chooser) -> str:
    """Any word, sometimes an invented one."""
    if chooser.chance(0.12):
        return invented_name(chooser)
    return chooser.choice(_vocabulary())


def _phrase(chooser: Chooser, most: int) -> list[str]:
    return [_word(chooser) for _ in range(chooser.randint(2, most))]


def _exact(kind_of_task: str, request: str, text: str, answer: str, row: str = "rewrites") -> Task:
    """A task that asks for one exact answer about a text."""
    return (
        Task(kind_of_task, normalized(f"{kind_of_task} {text}"))
        .user(request)
        .assistant(answer, check(row, "exact", text=answer))
    )


def uppercase(chooser: Chooser) -> Task:
    """A word or a few in capital letters, or in small ones."""
    text = " ".join(_phrase(chooser, 3)) if chooser.chance(0.35) else _word(chooser)
    if chooser.chance(0.15):
        return _exact(
            "lowercase", chooser.phrase("Lowercase: {t}", "Write in lowercase: {t}", t=text.upper()), text, text.lower()
        )
    request = chooser.phrase(
        "Write {t} in uppercase.",
        "Uppercase: {t}",
        "Put {t} in capital letters.",
        "Make this uppercase: {t}",
        "Write in capital letters: {t}",
        t=text,
    )
    return _exact("uppercase", request, text, text.upper())


def spelling(chooser: Chooser) -> Task:
    """A word letter by letter, or a few words."""
    if chooser.chance(0.35):
        found = _phrase(chooser, 5)
        text = " ".join(found)
        spelled = " ".join("-".join(word.upper()) for word in found)
        return _exact("spell", chooser.phrase("Spell: {t}", "Spell these words: {t}", t=text), text, spelled)
    word = _word(chooser)
    return _exact(
        "spell",
        chooser.phrase("Spell {w}.", "Spell the word {w}.", "How do you spell {w}?", w=word),
        word,
        "-".join(word.upper()),
    )


def reversed_words(chooser: Chooser) -> Task:
    """The words of a text in reverse order."""
    found = _phrase(chooser, 6)
    request = chooser.phrase(
        "Reverse the order of the words: {t}",
        "Reverse the words: {t}",
        "Write these words in reverse order: {t}",
        t=" ".join(found),
    )
    return _exact("reverse", request, " ".join(found), " ".join(reversed(found)))


def picked_word(chooser: Chooser) -> Task:
    """The first word of a text, or the last."""
    found = _phrase(chooser, 7)
    which = chooser.choice(("first", "last"))
    request = chooser.phrase(
        "What is the {w} word of: {t}",
        "Give me the {w} word: {t}",
        "{W} word of this text: {t}",
        "Write only the {w} word: {t}",
        w=which,
        W=capital(which),
        t=" ".join(found),
    )
    return _exact(f"{which} word", request, " ".join(found), found[0 if which == "first" else -1])


def counted_words(chooser: Chooser) -> Task:
    """How many words a text has, counted aloud."""
    found = [_word(chooser) for _ in range(chooser.randint(1, 8))]
    text = " ".join(found)
    request = chooser.phrase(
        "How many words are in: {t}",
        "Count the words: {t}",
        "How many words does this have? {t}",
        "Count the words in this text: {t}",
        t=text,
    )
    counted = ", ".join(f"{word} {number}" for number, word in enumerate(found, 1))
    answer = f"{capital(counted)}. So {_NUMBERS[len(found) - 1]} word{'s' if len(found) > 1 else ''}."
    return (
        Task("count", normalized(f"count {text}"))
        .user(request)
        .assistant(answer, check("rewrites", "ending", text=answer.rsplit(". ", 1)[1]))
    )


def replaced_word(chooser: Chooser) -> Task:
    """A text with one word put in the place of another, or left out."""
    found = list(dict.fromkeys(_phrase(chooser, 6)))
    old = chooser.choice(found)
    if len(found) > 1 and chooser.chance(0.35):
        rest = " ".join(word for word in found if word != old)
        request = chooser.phrase("Leave out the word {o}: {t}", "Remove {o} from: {t}", o=old, t=" ".join(found))
        return _exact("remove", request, " ".join(found), rest)
    new = _word(chooser)
    request = chooser.phrase(
        "Replace {o} with {n}: {t}", "Write {n} instead of {o}: {t}", o=old, n=new, t=" ".join(found)
    )
    return _exact("replace", request, " ".join(found), " ".join(new if word == old else word for word in found))


def repeated(chooser: Chooser) -> Task:
    """A text said again."""
    match chooser.randrange(4):
        case 0:
            story = Story(chooser)
            start = chooser.randrange(len(story.sentences) - 2)
            text = " ".join(story.sentences[start : start + chooser.choice((1, 1, 2))])
        case 1:
            text = str(chooser.randint(0, chooser.choice((9, 99, 9999, 999999))))
        case _:
            text = chooser.choice((" ", " ", ", ")).join(
                _word(chooser) for _ in range(chooser.choice((1, 2, 3, 5, 8, 12)))
            )
    request = chooser.phrase(
        "Repeat after me: {t}",
        "Repeat: {t}",
        "Say this: {t}",
        "Copy this: {t}",
        "Echo: {t}",
        "Write this again: {t}",
        t=text,
    )
    return _exact("repeat", request, text, text)


def polite(chooser: Chooser) -> Task:
    """An order as a polite request."""
    order = chooser.choice(_REQUESTS)
    said = chooser.phrase("{C}.", "{C}!", "{C} now!", "I want you to {o}.", "You must {o}.", o=order, C=capital(order))
    request = chooser.phrase(
        "Make it polite: {t}",
        "Say this politely: {t}",
        "Rewrite this in a polite way: {t}",
        "Make this sentence polite: {t}",
        t=said,
    )
    task = Task("polite", normalized(request)).user(request)
    return task.assistant(
        chooser.phrase("Could you please {o}?", o=order), check("rewrites", "includes", all=[order, "please"])
    )


def opposite(chooser: Chooser) -> Task:
    """The opposite of a word, or the plural of a noun."""
    if chooser.chance(0.5):
        left, right = chooser.choice(pairs("opposites"))
        if chooser.chance(0.5):
            left, right = right, left
        request = chooser.phrase(
            "What is the opposite of {a}?", "Give me the opposite of {a}.", "Opposite of {a}?", a=left
        )
        return (
            Task("opposite", normalized(request))
            .user(request)
            .assistant(f"The opposite of {left} is {right}.", check("rewrites", "includes", all=[right]))
        )
    noun = chooser.choice([noun for noun in words("animals") + words("roles") if " " not in noun and "man" not in noun])
    request = chooser.phrase("What is the plural of {a}?", "Plural of {a}?", "Give me the plural of {a}.", a=noun)
    return (
        Task("plural", normalized(request))
        .user(request)
        .assistant(f"The plural of {noun} is {plural(noun)}.", check("rewrites", "includes", all=[plural(noun)]))
    )
