"""Sums, differences and comparisons, digit by digit with carry and borrow; small sums at once."""

from __future__ import annotations

from .task import Task, check
from .text import Chooser

_PLACES = ("Ones", "Tens", "Hundreds", "Thousands")


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in reversed(str(number))]


def sum_steps(first: int, second: int) -> str:
    """The work of an addition: one step a digit, from the ones up."""
    left, right = _digits(first), _digits(second)
    steps, carry = [], 0
    for place in range(max(len(left), len(right))):
        parts = [digits[place] for digits in (left, right) if place < len(digits)] + ([1] if carry else [])
        total = sum(parts)
        carry = total // 10
        line = f"{_PLACES[place]}: " + (f"{' + '.join(map(str, parts))} = {total}" if len(parts) > 1 else str(total))
        steps.append(line + (f", write {total % 10}, carry 1." if carry else "."))
    if carry:
        steps.append(f"{_PLACES[max(len(left), len(right))]}: 1.")
    return f"{first} + {second}. {' '.join(steps)} So {first + second}."


def difference_steps(first: int, second: int) -> str:
    """The work of a subtraction of a number that is not larger: one step a digit, from the ones up."""
    left, right = _digits(first), _digits(second)
    steps, borrow = [], 0
    for place, digit in enumerate(left):
        parts = [digits[place] for digits in (right,) if place < len(digits)] + ([1] if borrow else [])
        top = digit
        borrow = 1 if sum(parts) > digit else 0
        top += 10 * borrow
        shown = f"{_PLACES[place]}: " + (
            f"{digit} is less than {' + '.join(map(str, parts))}, borrow 1: " if borrow else ""
        )
        steps.append(shown + (" - ".join(map(str, [top, *parts])) + f" = {top - sum(parts)}." if parts else f"{top}."))
    return f"{first} - {second}. {' '.join(steps)} So {first - second}."


def comparison_steps(first: int, second: int) -> str:
    """The work of a comparison: the number of digits, then the first digit that differs."""
    larger = max(first, second)
    if len(str(first)) != len(str(second)):
        line = f"{first} has {_count(first)} and {second} has {_count(second)}."
    else:
        place = next(i for i, (a, b) in enumerate(zip(str(first), str(second))) if a != b)
        same = "".join(
            f"{_PLACES[len(str(first)) - 1 - i]}: {digit} is {digit}. " for i, digit in enumerate(str(first)[:place])
        )
        a, b = str(first)[place], str(second)[place]
        line = f"{same}{_PLACES[len(str(first)) - 1 - place]}: {a} is {'more' if a > b else 'less'} than {b}."
    return f"{first} and {second}. {line} So {larger} is larger."


def _count(number: int) -> str:
    length = len(str(number))
    return "1 digit" if length == 1 else f"{length} digits"


def thought(steps: str, answer: str) -> str:
    """An answer after its reasoning."""
    return f"<think>\n{steps}\n</think>\n\n{answer}"


def _operands(chooser: Chooser) -> tuple[int, int]:
    top = chooser.choice((9, 20, 99, 99, 99, 99, 999))
    return chooser.randint(0, top), chooser.randint(0, top if chooser.chance(0.8) else 99)


def _question(chooser: Chooser, first: int, second: int, sign: str) -> str:
    word = "plus" if sign == "+" else "minus"
    return chooser.phrase(
        "What is {a} {w} {b}?",
        "{a} {s} {b} = ?",
        "How much is {a} {w} {b}?",
        "Calculate {a} {s} {b}.",
        "{a} {s} {b}",
        "What is {a} {s} {b}?",
        "Please work out {a} {w} {b}.",
        a=first,
        b=second,
        s=sign,
        w=word,
    )


def sum_task(chooser: Chooser, thinking: bool) -> Task:
    """A sum or a difference; without thinking, its work stands in the answer unless it is small."""
    sign = chooser.choice("+-")
    first, second = _operands(chooser)
    if sign == "-" and second > first:
        first, second = second, first
    result = first + second if sign == "+" else first - second
    steps = (sum_steps if sign == "+" else difference_steps)(first, second)
    question = _question(chooser, first, second, sign)
    small = first <= 10 and second <= 10
    answer = f"{first} {sign} {second} = {result}."
    if thinking:
        row, text = "sums and comparisons with thinking", thought(steps, answer)
    elif small:
        row, text = "sums and comparisons at once", answer
    else:
        row, text = "sums and comparisons at once", f"{steps.split('. ', 1)[1].rsplit(' So ', 1)[0]} So {answer}"
    # All small sums are trained on in some wording; of larger ones, pairs of numbers are held out.
    key = question if small else f"{first} {sign} {second}"
    return Task("sum", key).user(question).assistant(text, check(row, "number", value=result))


def comparison(chooser: Chooser, thinking: bool) -> Task:
    """Which of two numbers is larger or smaller."""
    first, second = _operands(chooser)
    if chooser.chance(0.3):
        second = max(0, first + chooser.randint(-9, 9))
    if first == second:
        second = first + 1
    wants_larger = chooser.chance(0.5)
    result = max(first, second) if wants_larger else min(first, second)
    word = chooser.choice(("bigger", "larger", "greater")) if wants_larger else "smaller"
    question = chooser.phrase(
        "Which number is {w}, {a} or {b}?",
        "Which is {w}: {a} or {b}?",
        "What is the {w} number, {a} or {b}?",
        "Is {a} or {b} {w}?",
        a=first,
        b=second,
        w=word,
    )
    answer = f"{result} is {'larger' if wants_larger else 'smaller'}."
    text = thought(comparison_steps(first, second), answer) if thinking else answer
    row = f"sums and comparisons {'with thinking' if thinking else 'at once'}"
    return (
        Task("comparison", f"compare {first} {second}")
        .user(question)
        .assistant(text, check(row, "number", value=result))
    )
