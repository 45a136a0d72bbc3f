"""Muon for the matrices of the layers, AdamW for embeddings and norms."""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration that pushes all singular values towards one (Jordan et al., 2024)."""


def orthogonalized(matrices: Tensor, steps: int = 5) -> Tensor:
    """The nearest matrices whose singular values are about one, for a stack of matrices of one shape."""
    a, b, c = _NEWTON_SCHULZ
    work = torch.bfloat16
    x = matrices / (matrices.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    is_tall = x.shape[1] > x.shape[2]
    x = (x.transpose(1, 2) if is_tall else x).to(work)
    for _ in range(steps):
        gram = torch.bmm(x, x.transpose(1, 2))
        x = a * x + torch.bmm(b * gram + c * torch.bmm(gram, gram), x)
    return (x.transpose(1, 2) if is_tall else x).to(matrices.dtype)


class Muon:
    """Momentum whose updates are orthogonalized, one stack for all matrices of a shape."""

    def __init__(
        self, parameters: list[nn.Parameter], rate: float, momentum: float = 0.95, decay: float = 0.05
    ) -> None:
        groups: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
        for parameter in parameters:
            groups[parameter.shape].append(parameter)
        self.groups = list(groups.values())
        self.momenta = [torch.zeros(len(group), *group[0].shape, device=group[0].device) for group in self.groups]
        self.rate, self.momentum, self.decay = rate, momentum, decay

    @torch.no_grad()
    def step(self, scale: float) -> None:
        """Moves every matrix by its gradient, at a share of the full rate."""
        rate = self.rate * scale
        for group, momentum in zip(self.groups, self.momenta):
            gradients = torch.stack([parameter.grad for parameter in group if parameter.grad is not None])
            momentum.lerp_(gradients, 1 - self.momentum)
            updates = orthogonalized(gradients.lerp(momentum, self.momentum))
            rows, columns = group[0].shape
            for parameter, update in zip(group, updates):
                parameter.mul_(1 - rate * self.decay).add_(update, alpha=-rate * max(1.0, rows / columns) ** 0.5)

    def state(self) -> list[Tensor]:
        """What has to be kept to go on later."""
        return self.momenta

    def restore(self, state: list[Tensor]) -> None:
        """Goes on from a state that was kept."""
        for momentum, kept in zip(self.momenta, state):
            momentum.copy_(kept)


class Optimizer:
    """Both together, under one schedule."""

    def __init__(self, model: nn.Module, matrix_rate: float, embedding_rate: float, norm_rate: float) -> None:
        named = list(model.named_parameters())
        self.muon = Muon(
            [weight for name, weight in named if weight.dim() == 2 and "embedding" not in name], matrix_rate
        )
        self.rates = [embedding_rate, norm_rate]
        self.adam = torch.optim.AdamW(
            [
                {"params": [weight for name, weight in named if "embedding" in name]},
                {"params": [weight for _, weight in named if weight.dim() == 1]},
            ],
            betas=(0.9, 0.97),
            weight_decay=0.0,
        )

    def step(self, scale: float) -> None:
        """One step at a share of the full rates; the gradients are used up."""
        self.muon.step(scale)
        for settings, rate in zip(self.adam.param_groups, self.rates):
            settings["lr"] = rate * scale
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        for group in self.muon.groups:
            for parameter in group:
                parameter.grad = None

    def state(self) -> dict[str, object]:
        """What has to be kept to go on later."""
        return {"muon": self.muon.state(), "adam": self.adam.state_dict()}

    def restore(self, state: dict[str, object]) -> None:
        """Goes on from a state that was kept."""
        self.muon.restore(state["muon"])  # type: ignore[arg-type]
        self.adam.load_state_dict(state["adam"])  # type: ignore[arg-type]
