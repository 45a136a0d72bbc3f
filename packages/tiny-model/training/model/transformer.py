"""A decoder of the llama architecture, over documents of mixed lengths laid end to end."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the transformer; every width is a multiple of 32, the block of Q8_0."""

    vocabulary: int = 4096
    width: int = 256
    layers: int = 6
    heads: int = 8
    key_value_heads: int = 4
    feed_forward: int = 512
    context: int = 1024
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


@dataclass(frozen=True)
class Layout:
    """How the rows of a packed batch fall into documents: `count` of `length` tokens each, group after group."""

    groups: tuple[tuple[int, int], ...]


class RmsNorm(nn.Module):
    """Divides by the root mean square of a row, then scales each column."""

    def __init__(self, width: int, epsilon: float, scale: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((width,), scale))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return x * (torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon) * self.weight)


class Attention(nn.Module):
    """Causal attention with fewer heads for keys and values, and rotary positions on adjacent pairs."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, self.pairs, self.head_width = config.heads, config.key_value_heads, config.head_width
        narrow = config.key_value_heads * config.head_width
        self.query = nn.Linear(config.width, config.width, bias=False)
        self.key = nn.Linear(config.width, narrow, bias=False)
        self.value = nn.Linear(config.width, narrow, bias=False)
        self.output = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x: Tensor, rotations: Tensor, layout: Layout, masks: dict[int, Tensor]) -> Tensor:
        query = rotate(self.query(x).view(-1, self.heads, self.head_width), rotations)
        key = rotate(self.key(x).view(-1, self.pairs, self.head_width), rotations)
        value = self.value(x).view(-1, self.pairs, self.head_width)
        rows = [count * length for count, length in layout.groups]
        parts = zip(layout.groups, query.split(rows), key.split(rows), value.split(rows))
        return self.output(
            torch.cat([self._attend(count, length, q, k, v, masks[length]) for (count, length), q, k, v in parts])
        )

    def _attend(self, count: int, length: int, query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
        share, batch = self.heads // self.pairs, count * self.pairs
        # Heads that share keys are stacked along the rows, so that keys are not copied.
        apart = (count, length, self.pairs, self.head_width)
        q = (
            query.view(count, length, self.pairs, share, self.head_width)
            .permute(0, 2, 3, 1, 4)
            .reshape(batch, share * length, self.head_width)
        )
        k = key.view(apart).permute(0, 2, 3, 1).reshape(batch, self.head_width, length)
        v = value.view(apart).transpose(1, 2).reshape(batch, length, self.head_width)
        scores = torch.baddbmm(mask.to(q.dtype).repeat(1, share, 1), q, k, alpha=self.head_width**-0.5)
        mixed = torch.bmm(scores.softmax(-1), v)
        return (
            mixed.view(count, self.pairs, share, length, self.head_width)
            .permute(0, 3, 1, 2, 4)
            .reshape(count * length, -1)
        )


class FeedForward(nn.Module):
    """SwiGLU: a gated hidden layer."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate = nn.Linear(config.width, config.feed_forward, bias=False)
        self.up = nn.Linear(config.width, config.feed_forward, bias=False)
        self.down = nn.Linear(config.feed_forward, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Layer(nn.Module):
    """Attention and feed-forward, each behind a norm and beside a residual."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = RmsNorm(config.width, config.norm_epsilon)
        self.attention = Attention(config)
        self.feed_forward_norm = RmsNorm(config.width, config.norm_epsilon)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, rotations: Tensor, layout: Layout, masks: dict[int, Tensor]) -> Tensor:
        x = x + self.attention(self.attention_norm(x), rotations, layout, masks)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Transformer(nn.Module):
    """The whole model; the output shares the embedding."""

    rotations: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        # The embedding is of unit scale, so the norm before the shared output starts small.
        self.norm = RmsNorm(config.width, config.norm_epsilon, config.width**-0.5)
        self.register_buffer("rotations", rotary_table(config), persistent=False)
        self._initialize()

    def _initialize(self) -> None:
        nn.init.normal_(self.embedding.weight, std=0.7)
        for name, weight in self.named_parameters():
            if weight.dim() < 2 or name.startswith("embedding"):
                continue
            # What writes into the residual stream starts small, the more so the deeper the model.
            is_output = "output" in name or "down" in name
            scale = 0.6 / math.sqrt(2 * self.config.layers) if is_output else 0.7
            nn.init.normal_(weight, std=scale * weight.shape[1] ** -0.5)

    def hidden(self, tokens: Tensor, layout: Layout) -> Tensor:
        """The last hidden state of every token of a packed batch, before the final norm."""
        device = tokens.device
        lengths = sorted({length for _, length in layout.groups})
        masks = {length: causal_mask(length, device) for length in lengths}
        positions = torch.cat([torch.arange(length, device=device).repeat(count) for count, length in layout.groups])
        rotations = self.rotations[positions].unsqueeze(1)
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, rotations, layout, masks)
        return x

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of all tokens after the given hidden states."""
        return F.linear(self.norm(hidden), self.embedding.weight)


def causal_mask(length: int, device: torch.device) -> Tensor:
    """What is added to the scores of one document: nothing for the past, minus infinity for the future."""
    return torch.full((1, length, length), -math.inf, device=device).triu(1)


def rotary_table(config: ModelConfig) -> Tensor:
    """Rotations by position, as complex numbers, for each pair of columns of a head."""
    frequencies = config.rope_base ** (-torch.arange(0, config.head_width, 2).float() / config.head_width)
    angles = torch.arange(config.context).float()[:, None] * frequencies[None]
    return torch.polar(torch.ones_like(angles), angles)


def rotate(x: Tensor, rotations: Tensor) -> Tensor:
    """Turns adjacent pairs of columns by the angle of their position."""
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * rotations).flatten(-2).to(x.dtype)
