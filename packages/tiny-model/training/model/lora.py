"""A LoRA adapter: small matrices beside those of the layers, trained while the model stands still."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from corpus.pirate import pirate_conversations
from recipe import Recipe
from tokenizer.bpe import Tokenizer
from tokenizer.documents import document

from .batches import grouped, make_batch
from .training import loss_of
from .transformer import Transformer


class LowRank(nn.Module):
    """A linear layer that stands still, and the change that is learned: `up @ down`, scaled."""

    def __init__(self, base: nn.Linear, rank: int, scale: float) -> None:
        super().__init__()
        self.weight = base.weight
        self.scale = scale
        device = base.weight.device
        self.down = nn.Parameter(torch.randn(rank, base.in_features, device=device) * base.in_features**-0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank, device=device))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight) + self.scale * F.linear(F.linear(x, self.down), self.up)


class Adapter:
    """All low-rank changes to a model, which they are put into."""

    def __init__(self, model: Transformer, rank: int) -> None:
        self.model, self.rank, self.alpha = model, rank, 2.0 * rank
        model.requires_grad_(False)
        self._layers: list[tuple[str, LowRank]] = []
        for number, layer in enumerate(model.layers):
            for part_name in ("attention", "feed_forward"):
                part = getattr(layer, part_name)
                for name, linear in list(part.named_children()):
                    low_rank = LowRank(linear, rank, self.alpha / rank)
                    setattr(part, name, low_rank)
                    self._layers.append((f"layers.{number}.{part_name}.{name}.weight", low_rank))

    def parameters(self) -> list[nn.Parameter]:
        """What is trained."""
        return [weight for _, layer in self._layers for weight in (layer.down, layer.up)]

    @torch.no_grad()
    def merged(self) -> Transformer:
        """The model with the changes added to its own matrices."""
        model = Transformer(self.model.config)
        state = dict(self.model.named_parameters())
        for name, layer in self._layers:
            state[name] = layer.weight + layer.scale * layer.up @ layer.down
        model.load_state_dict({name: state[name] for name, _ in model.named_parameters()})
        return model

    def weights(self) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
        """For each matrix of the model, by name, the two matrices of its change."""
        for name, layer in self._layers:
            yield name, (layer.down, layer.up)


def train_adapter(model: Transformer, tokenizer: Tokenizer, recipe: Recipe) -> Adapter:
    """Teaches a model, which must not be used otherwise any more, to talk like a pirate."""
    torch.manual_seed(1)
    adapter = Adapter(model, recipe.adapter_rank)
    device = model.embedding.weight.device
    optimizer = torch.optim.AdamW(adapter.parameters(), betas=(0.9, 0.98), weight_decay=0.0)
    made = (document(tokenizer, turns) for turns in pirate_conversations(f"{recipe.seed}/pirate"))
    documents, total = [], 0
    while total < recipe.adapter_tokens:
        documents.append(next(made))
        total += len(documents[-1][0])
    groups = grouped(documents, recipe.batch_tokens)
    started = time.monotonic()
    for step, group in enumerate(groups):
        progress = step / len(groups)
        for parameters in optimizer.param_groups:
            parameters["lr"] = (
                recipe.adapter_rate * min(1.0, (step + 1) / 10) * (0.05 + 0.475 * (1 + math.cos(math.pi * progress)))
            )
        loss, _ = loss_of(model, make_batch(group).to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0 or step == len(groups) - 1:
            left = (time.monotonic() - started) / (step + 1) * (len(groups) - step - 1) / 60
            print(f"adapter: step {step} of {len(groups)}  loss {float(loss):.4f}  {left:.0f} min left", flush=True)
    return adapter
