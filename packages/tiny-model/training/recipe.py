"""Everything that decides what the model becomes, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from model.transformer import ModelConfig


@dataclass(frozen=True)
class Recipe:
    """The seed, the sizes and the schedule of a training."""

    seed: str = "tiny"
    model: ModelConfig = field(default_factory=ModelConfig)
    tokenizer_documents: int = 40_000
    tokens: int = 42_000_000
    """How many tokens are read in all."""
    batch_tokens: int = 2_048
    warm_up: int = 60
    """Steps over which the rates rise."""
    decay_share: float = 0.78
    """The last share of the training, in which the rates fall to nothing."""
    short_tokens: int = 3_000_000
    """The first tokens, over which the limit on the length of documents grows to the context."""
    shortest_limit: int = 160
    """The longest document at the very beginning."""
    matrix_rate: float = 0.01
    embedding_rate: float = 0.004
    norm_rate: float = 0.002
    adapter_rank: int = 8
    adapter_tokens: int = 800_000
    adapter_rate: float = 0.003
    evaluation_prompts: int = 120
    """Conversations of each class in the evaluation."""

    def rate_at(self, tokens: int, step: int) -> float:
        """The share of the full rates after so many tokens: up, level, and down in a straight line."""
        left = max(0.0, 1 - tokens / self.tokens)
        return min(1.0, (step + 1) / self.warm_up) * min(1.0, 0.01 + left / self.decay_share)

    def longest_at(self, tokens: int) -> int:
        """The longest document after so many tokens."""
        progress = min(1.0, tokens / self.short_tokens)
        return round(self.shortest_limit + progress * (self.model.context - self.shortest_limit))
