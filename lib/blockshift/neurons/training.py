"""Small classifiers and their training: seeded, on one thread, and the same bits for the same generator.

Weights begin uniform in ``±1/sqrt(fan in)``, as in the paper's account of width, times `scale`; biases likewise.
Everything random comes from the caller's NumPy generator, and nothing of torch's global state is used or changed
but the number of threads.
"""

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from blockshift import errors

ACTIVATIONS = ("relu", "tanh", "identity")
OPTIMIZERS = ("adam", "sgd", "adamw")
LOSSES = ("cross-entropy", "square")


@dataclass(frozen=True)
class Recipe:
    """How a classifier is trained.

    Parameters
    ----------
    optimizer : {"adam", "sgd", "adamw"}
    rate : float
    batch : int
    epochs : int
    decay : float
        Weight decay; with "adamw" apart from the gradient.
    loss : {"cross-entropy", "square"}
        The square is the mean over samples and outputs against one-hot targets.
    """

    optimizer: str = "adam"
    rate: float = 1e-3
    batch: int = 100
    epochs: int = 10
    decay: float = 0.0
    loss: str = "cross-entropy"

    def __post_init__(self):
        for name, word, known in (("optimizer", self.optimizer, OPTIMIZERS), ("loss", self.loss, LOSSES)):
            if word not in known:
                raise errors.UnknownName(f"`{name}` is {word!r}; there are {', '.join(map(repr, known))}.")
        if self.batch < 1 or self.epochs < 0 or not self.rate > 0:
            raise errors.BadArgument(
                f"batch {self.batch}, {self.epochs} epochs, rate {self.rate}: expected at least 1, at least 0, above 0."
            )


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for as long as a ``with`` block lasts: on small networks faster than two, and the same bits."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def dense(
    widths, *, rng, activation: str = "relu", batch_norm: bool = False, residual: bool = False, dropout: float = 0.0,
    scale: float = 1.0, momentum: float = 0.1,
):  # fmt: skip
    """A fully connected classifier, as a torch module.

    Parameters
    ----------
    widths : sequence of int
        From inputs to classes; ``(784, 128, 10)`` has one hidden layer.
    rng : numpy Generator
    activation : {"relu", "tanh", "identity"}
        With the identity it is the linear twin.
    batch_norm : bool
        Before each activation.
    residual : bool
        Hidden layers after the first add to what they receive.
    dropout : float
    scale : float
        Of the first weights.
    momentum : float
        The share that a batch has in the running statistics of batch-norm.
    """
    from blockshift.neurons import nets

    if activation not in ACTIVATIONS:
        raise errors.UnknownName(f"`activation` is {activation!r}; there are {', '.join(map(repr, ACTIVATIONS))}.")
    widths = tuple(int(d) for d in widths)
    if len(widths) < 2 or min(widths) < 1:
        raise errors.EmptyNetwork(f"widths are {widths}; expected inputs, hidden layers and classes, each at least 1.")
    model = nets.Dense(widths, activation, batch_norm, residual, dropout, momentum)
    nets.fill(model, rng, scale)
    return model


def train(
    model, X, y, recipe: Recipe, *, rng, watch: Callable[[int, Any], None] | None = None, at_steps: Container[int] = ()
):
    """The model, trained in place by a recipe; it is returned in evaluation mode.

    Parameters
    ----------
    model : torch.nn.Module
    X : array_like, shape (m, d)
    y : array_like of int, shape (m,)
    recipe : Recipe
    rng : numpy Generator
        Orders the samples of each epoch, and seeds dropout.
    watch : callable, optional
        Called with the number of steps done and the model: before the first, after each epoch, and after `at_steps`.
    at_steps : container of int

    Raises
    ------
    ShapeMismatch
        If samples and labels do not fit.
    """
    from blockshift.neurons import nets

    if len(X) != len(y) or not len(X):
        raise errors.ShapeMismatch(f"{len(X)} samples have {len(y)} labels; expected one each.")
    with one_thread():
        for step, ends in nets.steps(model, X, y, recipe, rng):
            if watch is not None and (ends or step in at_steps):
                model.eval()
                watch(step, model)
        model.eval()
    return model


def split(images, train: int, test: int, *, rng):
    """Samples and labels for training and for testing, with equal numbers of each class where the images have them.

    Parameters
    ----------
    images : Images
    train, test : int
        Numbers of samples, disjoint.
    rng : numpy Generator

    Returns
    -------
    tuple of ndarray
        ``X, y, X_test, y_test``.
    """
    classes = np.unique(images.labels)
    queues = [rng.permutation(np.flatnonzero(images.labels == k)) for k in classes]
    most = max(map(len, queues))
    # Round robin over the classes, so that any beginning is balanced.
    order = np.array([q[i] for i in range(most) for q in queues if i < len(q)])
    if train < 1 or test < 0 or train + test > len(order):
        raise errors.BadArgument(f"{train} and {test} samples were asked for; there are {len(order)} in {images.name}.")
    first, then = order[:train], order[len(order) - test :]
    X, y = images.pixels.astype(np.float32), images.labels
    return X[first], y[first], X[then], y[then]
