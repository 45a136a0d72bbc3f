"""Conversations as tokens, with the weight of those that the model learns to write."""

from __future__ import annotations

from corpus.task import Turn

from .bpe import Tokenizer


def rendered(turn: Turn) -> tuple[str, str]:
    """What the chat template writes around a turn: the part that is given, and the part that is learned or read."""
    body = f"<tool_response>\n{turn.content}\n</tool_response>" if turn.role == "tool" else turn.content
    return f"<|im_start|>{turn.role}\n", f"{body}<|im_end|>"


def document(tokenizer: Tokenizer, turns: list[Turn]) -> tuple[list[int], list[float]]:
    """The tokens of a conversation, and how much each counts: nothing unless the assistant writes it.

    An answer counts as the square root of its length, so that a word that must be exact is not drowned by
    stories, in which much is free. Its first token decides what kind of answer it is, and counts in full.
    """
    ids: list[int] = []
    weights: list[float] = []
    for turn in turns:
        head, body = rendered(turn)
        for text, is_learned in ((head, False), (body, turn.role == "assistant" and turn.is_learned), ("\n", False)):
            part = tokenizer.encode(text)
            ids += part
            weights += [len(part) ** -0.5 if is_learned else 0.0] * len(part)
            if is_learned:
                weights[-len(part)] = 1.0
    return ids, weights
