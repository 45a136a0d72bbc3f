"""Batches of documents laid end to end, in an order that follows from the seed alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from corpus.mix import conversations
from corpus.text import Chooser
from tokenizer.bpe import Tokenizer
from tokenizer.documents import document

from .transformer import Layout

SHARD = 1024
"""Documents that are made, shuffled and cut into batches together."""

_GRAIN = 16
"""Documents are filled up to a multiple of so many tokens, so that a batch has few lengths."""

Document = tuple[list[int], list[float]]


@dataclass(frozen=True)
class Batch:
    """Documents of a step: their tokens, and where and what is to be predicted."""

    tokens: Tensor
    layout: Layout
    positions: Tensor
    targets: Tensor
    weights: Tensor
    size: int
    """Tokens of the documents, without what fills them up."""

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        parts = (self.positions.to(device), self.targets.to(device), self.weights.to(device))
        return Batch(self.tokens.to(device), self.layout, *parts, self.size)


def make_batch(documents: list[Document]) -> Batch:
    """Documents side by side, those of about one length together. Only the assistant's tokens are predicted."""
    rows: dict[int, list[Document]] = {}
    for ids, counts in documents:
        rows.setdefault(-(-(len(ids) - 1) // _GRAIN) * _GRAIN, []).append((ids, counts))
    tokens: list[int] = []
    positions: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    for length, group in sorted(rows.items()):
        for ids, counts in group:
            start = len(tokens)
            tokens += ids[:-1] + [0] * (length - len(ids) + 1)
            for at, weight in enumerate(counts[1:]):
                if weight > 0:
                    positions.append(start + at)
                    targets.append(ids[at + 1])
                    weights.append(weight)
    layout = Layout(tuple((len(group), length) for length, group in sorted(rows.items())))
    return Batch(
        torch.tensor(tokens),
        layout,
        torch.tensor(positions),
        torch.tensor(targets),
        torch.tensor(weights),
        sum(len(ids) for ids, _ in documents),
    )


def grouped(documents: list[Document], batch_tokens: int) -> list[list[Document]]:
    """The documents in their order, as many to a group as the number of tokens allows."""
    groups: list[list[Document]] = [[]]
    size = 0
    for ids, learned in documents:
        if groups[-1] and size + len(ids) > batch_tokens:
            groups.append([])
            size = 0
        groups[-1].append((ids, learned))
        size += len(ids)
    return groups


def shard(tokenizer: Tokenizer, seed: str, index: int, longest: int) -> list[Document]:
    """The documents of a shard, without those that are too long."""
    made = islice(conversations(f"{seed}/{index}"), SHARD)
    documents = [document(tokenizer, turns) for turns in made]
    kept = [(ids, learned) for ids, learned in documents if len(ids) <= longest]
    Chooser(f"{seed}/{index}/order").shuffle(kept)
    return kept


def batches(tokenizer: Tokenizer, seed: str, index: int, batch_tokens: int, longest: int) -> Iterator[Batch]:
    """The batches of a shard; its last documents, which would make a small batch, are left out."""
    for group in grouped(shard(tokenizer, seed, index, longest), batch_tokens)[:-1]:
        yield make_batch(group)
