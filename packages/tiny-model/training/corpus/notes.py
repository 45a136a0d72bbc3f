"""Short notes about people, and what they come to in one sentence."""

from __future__ import annotations

from .cast import city, names, thing
from .task import Task, check, normalized
from .text import Chooser, article, fix_articles, words

_NOTES = (
    (
        "{N} lives in {C}. {N} works there as {ar}. On {W}, {N} goes to see {M}.",
        "{N} is {ar} in {C} and visits {M} on {W}.",
        ("{N}", "{C}", "{M}"),
    ),
    (
        "{N} wanted to buy {ao}. The shop in {C} had none. So {N} asked {M}, who gave one away.",
        "{N} got {ao} from {M}, because the shop in {C} had none.",
        ("{N}", "{o}", "{M}"),
    ),
    (
        "On {W} the train to {C} was late. {N} missed the meeting with {M}. They will meet again tomorrow.",
        "{N} missed {M} in {C} because of a late train.",
        ("{N}", "{M}", "{C}"),
    ),
    (
        "{N} found {ao} in {C}. It was old and dirty. {N} cleaned it and sold it to {M}.",
        "{N} found {ao} in {C}, cleaned it and sold it to {M}.",
        ("{N}", "{o}", "{M}"),
    ),
    (
        "{M} is {ar}. {M} has a garden in {C}. In it there are {f} and {g}, and {N} waters them.",
        "{N} waters the garden of {M} in {C}.",
        ("{N}", "{M}", "{C}"),
    ),
    (
        "The meeting is on {W} in {C}. {N} will speak about {t}. {M} will bring {f}.",
        "On {W}, {N} speaks about {t} in {C}, and {M} brings {f}.",
        ("{N}", "{W}", "{t}"),
    ),
    (
        "{N} lost {ao} on the way to {C}. {M} saw it near the road. On {W} {M} brought it back.",
        "{M} brought back {ao} that {N} had lost on the way to {C}.",
        ("{N}", "{o}", "{M}"),
    ),
)


def note(chooser: Chooser) -> Task:
    """A note of three sentences, summed up in one."""
    first, second = names(chooser, 2)
    food, other = chooser.sample(words("foods"), 2)
    noun, role = thing(chooser), chooser.choice(words("roles"))
    slots = {
        "N": first,
        "M": second,
        "C": city(chooser),
        "W": chooser.choice(words("days")),
        "o": noun,
        "ao": article(noun),
        "ar": article(role),
        "f": food,
        "g": other,
        "t": chooser.choice(words("topics")),
    }
    text, short, wanted = chooser.choice(_NOTES)
    request = chooser.choice(
        ("Sum this up in one sentence:", "Summarize this in one sentence:", "Summarize:", "What is this about?")
    )
    told = fix_articles(text.format(**slots))
    return (
        Task("note", normalized(told))
        .user(f"{request} {told}")
        .assistant(
            fix_articles(short.format(**slots)),
            check("summary of a note", "includes", all=[word.format(**slots) for word in wanted], sentences=1),
        )
    )
