"""Cutting text into the pieces within which merges happen.

GGUF readers know the regular expressions of some well-known tokenizers by name, and not every reader
knows every name. So merges are learned only within pieces that no usual expression cuts or joins in a
way that matters: words of ASCII letters and runs of punctuation, each with one space before it at most.
Digits, newlines, further spaces, apostrophes and all that is not ASCII stay single bytes. Then GPT-2's
expression, and those of Llama 3, Qwen 2 and SmolLM, all give the same tokens.
"""

from __future__ import annotations

import re

SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<tools>",
    "</tools>",
)
"""Tokens that are never made of others."""

_PIECE = re.compile(r" ?[A-Za-z]+| ?[^\sA-Za-z0-9'\x7f-\U0010ffff]+|(?s:.)")
_SPECIAL = re.compile("(" + "|".join(map(re.escape, SPECIAL_TOKENS)) + ")")
_MERGEABLE = re.compile(r"[A-Za-z][a-z]+| ?[^\sA-Za-z0-9'\x7f-\U0010ffff]+")


def pieces(text: str) -> list[str]:
    """The pieces of a text without special tokens."""
    return _PIECE.findall(text)


def split_special(text: str) -> list[str]:
    """The text cut around its special tokens, which are kept."""
    return [part for part in _SPECIAL.split(text) if part]


def mergeable(piece: str) -> str:
    """The part of a piece that merges are learned from, or nothing.

    That is the word without the space before it. Words in capitals stay letters, so that they can be spelled.
    """
    core = piece.lstrip(" ") if piece.lstrip(" ").isalpha() else piece
    return core if len(core) > 1 and _MERGEABLE.fullmatch(core) else ""


def _byte_letters() -> dict[int, str]:
    """GPT-2's printable letter for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + index) for index, byte in enumerate(hidden)}


LETTER_OF_BYTE = _byte_letters()
BYTE_OF_LETTER = {letter: byte for byte, letter in LETTER_OF_BYTE.items()}


def letters(text: str) -> list[str]:
    """The bytes of a text, each as its printable letter."""
    return [LETTER_OF_BYTE[byte] for byte in text.encode()]
