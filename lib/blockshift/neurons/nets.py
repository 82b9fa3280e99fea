"""Dense classifiers as torch modules, and the loop that trains them; `training` is the door to this room."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

#: A leaky rectifier of slope 1 is the identity, and unlike `nn.Identity` it is seen when activations are counted.
_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "identity": lambda: nn.LeakyReLU(1.0),
}


class Dense(nn.Module):
    """Linear maps with batch-norm, an activation and dropout after each but the last."""

    def __init__(self, widths, activation: str, batch_norm: bool, residual: bool, dropout: float, momentum: float):
        super().__init__()
        self.residual = residual
        self.linear = nn.ModuleList(nn.utils.skip_init(nn.Linear, a, b) for a, b in pairwise(widths))
        hidden = widths[1:-1]
        self.norm = nn.ModuleList(nn.BatchNorm1d(d, momentum=momentum) if batch_norm else nn.Identity() for d in hidden)
        self.activation = _ACTIVATIONS[activation]()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        """The outputs, one a class, before any softmax."""
        for linear, norm in zip(self.linear[:-1], self.norm, strict=True):
            y = self.dropout(self.activation(norm(linear(x))))
            x = x + y if self.residual and y.shape == x.shape else y
        return self.linear[-1](x)


def fill(model: nn.Module, rng: np.random.Generator, scale: float) -> None:
    """Weights and biases uniform in ±scale/sqrt(fan in), drawn in the order of the layers."""
    with torch.no_grad():
        for linear in model.modules():
            if not isinstance(linear, nn.Linear):
                continue
            bound = scale / np.sqrt(linear.in_features)
            for p in (linear.weight, linear.bias):
                p.copy_(torch.as_tensor(rng.uniform(-bound, bound, p.shape)))


def steps(model, X, y, recipe, rng: np.random.Generator) -> Iterator[tuple[int, bool]]:
    """The number of steps done, first 0, and whether an epoch ends there, while the model learns in between."""
    X, y = torch.as_tensor(np.asarray(X, dtype=np.float32)), torch.as_tensor(np.asarray(y))
    optimizer = _optimizer(model, recipe)
    done = 0
    yield done, True
    for _ in range(recipe.epochs):
        order = torch.as_tensor(rng.permutation(len(X)))
        # A single sample has no variance for batch-norm, so it waits for the next epoch.
        batches = [batch for batch in torch.split(order, recipe.batch) if len(batch) > 1 or recipe.batch == 1]
        state = torch.Generator().manual_seed(int(rng.integers(2**31))).get_state()
        for place, batch in enumerate(batches):
            model.train()
            with torch.random.fork_rng(devices=[]):
                torch.set_rng_state(state)
                optimizer.zero_grad()
                _loss(model(X[batch]), y[batch], recipe.loss).backward()
                optimizer.step()
                state = torch.get_rng_state()
            done += 1
            yield done, place == len(batches) - 1


def _optimizer(model, recipe) -> torch.optim.Optimizer:
    """The optimizer of a recipe."""
    kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}[recipe.optimizer]
    return kind(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay)


def _loss(outputs, labels, kind: str):
    """The loss of a batch."""
    if kind == "cross-entropy":
        return functional.cross_entropy(outputs, labels)
    return functional.mse_loss(outputs, functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype))
