"""The training of the base model: step after step, with progress, checkpoints, and the way back to them."""

from __future__ import annotations

import math
import signal
import time
from collections import deque
from pathlib import Path

import torch
from torch.nn import functional as F

from recipe import Recipe
from tokenizer.bpe import Tokenizer

from .batches import Batch, batches
from .optimizer import Optimizer
from .transformer import Transformer

_SAVE_EVERY_SECONDS = 180
_REPORT_EVERY_STEPS = 25


def device() -> torch.device:
    """The GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def loss_of(model: Transformer, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """The weighted mean of the cross entropy of the assistant's tokens, and the share of them that is predicted right."""
    with torch.autocast(batch.tokens.device.type, dtype=torch.bfloat16):
        hidden = model.hidden(batch.tokens, batch.layout).index_select(0, batch.positions)
        logits = model.logits(hidden)
    right = (logits.detach().argmax(-1) == batch.targets).float().mean()
    losses = F.cross_entropy(logits.float(), batch.targets, reduction="none")
    return (losses * batch.weights).sum() / batch.weights.sum(), right


class Training:
    """A training that can be interrupted: `run` goes on from the last checkpoint."""

    def __init__(self, recipe: Recipe, tokenizer: Tokenizer, folder: Path) -> None:
        self.recipe, self.tokenizer, self.checkpoint = recipe, tokenizer, folder / "checkpoint.pt"
        self.log = folder / "training.log"
        torch.manual_seed(int.from_bytes(recipe.seed.encode()[:7], "big"))
        self.device = device()
        self.model = Transformer(recipe.model).to(self.device)
        self.optimizer = Optimizer(self.model, recipe.matrix_rate, recipe.embedding_rate, recipe.norm_rate)
        self.tokens = self.step = self.shard = self.batch = self.tokens_before_shard = 0
        self.seconds = 0.0
        self._is_stopped = False
        self._load()

    def _load(self) -> None:
        if not self.checkpoint.exists():
            return
        kept = torch.load(self.checkpoint, map_location=self.device)
        self.model.load_state_dict(kept["model"])
        self.optimizer.restore(kept["optimizer"])
        self.tokens, self.step, self.shard, self.batch, self.tokens_before_shard, self.seconds = kept["at"]
        self._say(f"goes on at step {self.step}, {self.tokens / 1e6:.2f} million tokens")

    def save(self) -> None:
        """Writes the checkpoint, whole or not at all."""
        part = self.checkpoint.with_suffix(".part")
        at = (self.tokens, self.step, self.shard, self.batch, self.tokens_before_shard, self.seconds)
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state(), "at": at}, part)
        part.replace(self.checkpoint)

    def _say(self, line: str) -> None:
        print(line, flush=True)
        with self.log.open("a", encoding="utf-8") as log:
            print(line, file=log)

    def run(self, until: int | None = None) -> Transformer:
        """Trains to the end, or until so many tokens, and gives the model."""
        end = self.recipe.tokens if until is None else until
        recent: deque[tuple[float, float]] = deque(maxlen=_REPORT_EVERY_STEPS)
        saved = before = time.monotonic()
        started, begun_at = before, self.tokens
        while self.tokens < end:
            longest = self.recipe.longest_at(self.tokens_before_shard)
            for number, batch in enumerate(
                batches(self.tokenizer, f"{self.recipe.seed}/train", self.shard, self.recipe.batch_tokens, longest)
            ):
                if number < self.batch:
                    continue
                recent.append(self._train(batch.to(self.device)))
                self.batch = number + 1
                now = time.monotonic()
                self.seconds += now - before
                before = now
                if self.step % _REPORT_EVERY_STEPS == 0:
                    speed = (self.tokens - begun_at) / (now - started)
                    self._report(recent, speed)
                if self._is_stopped or now - saved > _SAVE_EVERY_SECONDS:
                    self.save()
                    saved = now
                if self._is_stopped:
                    raise SystemExit("stopped; the same command goes on")
                if self.tokens >= end:
                    break
            else:
                self.shard, self.batch, self.tokens_before_shard = self.shard + 1, 0, self.tokens
        self.save()
        self._say(f"trained on {self.tokens / 1e6:.1f} million tokens in {self.seconds / 60:.0f} minutes")
        return self.model

    def stop_at(self, *signals: signal.Signals) -> None:
        """From now on these signals end the training after the step that runs, and its state is kept."""

        def stop(number: int, _frame: object) -> None:
            self._is_stopped = True
            self._say(f"stopping: {signal.Signals(number).name}")

        for each in signals:
            signal.signal(each, stop)

    def _train(self, batch: Batch) -> tuple[float, float]:
        loss, right = loss_of(self.model, batch)
        loss.backward()
        if not math.isfinite(value := float(loss)):
            raise ArithmeticError(f"the loss is {value} at step {self.step}")
        self.optimizer.step(self.recipe.rate_at(self.tokens, self.step))
        self.tokens += batch.size
        self.step += 1
        return value, float(right)

    def _report(self, recent: deque[tuple[float, float]], speed: float) -> None:
        loss, right = (sum(values) / len(recent) for values in zip(*recent))
        left = (self.recipe.tokens - self.tokens) / speed / 60
        self._say(
            f"step {self.step}  {self.tokens / 1e6:.2f} of {self.recipe.tokens / 1e6:.0f} M tokens  loss {loss:.4f}  "
            f"right {right:.3f}  {speed:.0f} tokens/s  {left:.0f} min left"
        )
