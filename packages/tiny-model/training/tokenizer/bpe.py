"""Learning the merges, and tokenizing with them."""

from __future__ import annotations

import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from .pieces import BYTE_OF_LETTER, LETTER_OF_BYTE, SPECIAL_TOKENS, letters, mergeable, pieces, split_special

Pair = tuple[str, str]


_SPACE = LETTER_OF_BYTE[32]
_SPACED_SHARE = 0.2
"""Of all merges, those that join the space before a common word with the word."""


def learn_merges(texts: Iterable[str], count: int) -> list[Pair]:
    """So many merges: those that make words, then those of the space with the most common words.

    Every word that is one token in a sentence is then also one token where no space stands before it, and
    rarer words and all names are the same token everywhere: to copy one is to copy one token.
    """
    pieces_of = Counter(
        piece for text in texts for part in split_special(text) if part not in SPECIAL_TOKENS for piece in pieces(part)
    )
    frequencies: Counter[str] = Counter()
    for piece, frequency in pieces_of.items():
        if word := mergeable(piece):
            frequencies[word] += frequency
    spaced = int(_SPACED_SHARE * count)
    merges = _learn(
        [(letters(word), frequency) for word, frequency in sorted(frequencies.items()) if frequency > 1], count - spaced
    )
    tokens = {left + right for left, right in merges} | set(LETTER_OF_BYTE.values())
    common = sorted(
        (-frequency, piece)
        for piece, frequency in pieces_of.items()
        if piece[0] == " " and piece[1:].islower() and piece[1:] in tokens
    )
    return merges + [(_SPACE, piece[1:]) for _, piece in common[:spaced]]


def _learn(words: list[tuple[list[str], int]], count: int) -> list[Pair]:
    """The merges of the most frequent neighbours, one after another; ties go by the alphabet."""
    frequency_of: Counter[Pair] = Counter()
    words_with: dict[Pair, set[int]] = defaultdict(set)
    for index, (word, frequency) in enumerate(words):
        for pair in zip(word, word[1:]):
            frequency_of[pair] += frequency
            words_with[pair].add(index)
    heap = [(-frequency, pair) for pair, frequency in frequency_of.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < count:
        negative, pair = heapq.heappop(heap)
        if frequency_of[pair] != -negative:
            continue
        merges.append(pair)
        changed: set[Pair] = set()
        for index in words_with.pop(pair):
            word, frequency = words[index]
            shorter = merged(word, pair)
            words[index] = (shorter, frequency)
            for other in zip(word, word[1:]):
                frequency_of[other] -= frequency
                changed.add(other)
            for other in zip(shorter, shorter[1:]):
                frequency_of[other] += frequency
                words_with[other].add(index)
                changed.add(other)
        for other in changed:
            if frequency_of[other] > 0:
                heapq.heappush(heap, (-frequency_of[other], other))
    return merges


def merged(word: list[str], pair: Pair) -> list[str]:
    """The word with every occurrence of the pair as one."""
    result: list[str] = []
    at = 0
    while at < len(word):
        if at + 1 < len(word) and (word[at], word[at + 1]) == pair:
            result.append(word[at] + word[at + 1])
            at += 2
        else:
            result.append(word[at])
            at += 1
    return result


class Tokenizer:
    """Text to token ids and back: 256 bytes, then the merges, then the special tokens."""

    def __init__(self, merges: list[Pair]) -> None:
        self.merges = merges
        self.tokens = (
            [LETTER_OF_BYTE[byte] for byte in range(256)]
            + [left + right for left, right in merges]
            + list(SPECIAL_TOKENS)
        )
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("two merges make the same token")
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._known: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, in which special tokens are recognized."""
        ids: list[int] = []
        for part in split_special(text):
            if part in SPECIAL_TOKENS:
                ids.append(self.ids[part])
            else:
                for piece in pieces(part):
                    ids += self._piece(piece)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some tokens."""
        data = bytearray()
        for index in ids:
            token = self.tokens[index]
            data += token.encode() if token in SPECIAL_TOKENS else bytes(BYTE_OF_LETTER[letter] for letter in token)
        return data.decode(errors="replace")

    def _piece(self, piece: str) -> list[int]:
        if (known := self._known.get(piece)) is not None:
            return known
        word = letters(piece)
        while len(word) > 1:
            pair = min(zip(word, word[1:]), key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if pair not in self._ranks:
                break
            word = merged(word, pair)
        self._known[piece] = [self.ids[token] for token in word]
        return self._known[piece]

    def save(self, path: Path) -> None:
        """Writes the merges; all else follows from them."""
        path.write_text(
            json.dumps([f"{left} {right}" for left, right in self.merges], ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """The tokenizer whose merges a file holds."""
        merges: list[Pair] = []
        for line in json.loads(path.read_text(encoding="utf-8")):
            left, _, right = line.partition(" ")
            merges.append((left, right))
        return cls(merges)
