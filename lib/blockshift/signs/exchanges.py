"""What null models are made of: banks as their links use them, and ways to exchange or redraw their weights.

A *unit* is one output channel of a bank, in a dense layer one neuron; a *kernel* joins one input channel to one output
channel, and its entries are *taps*. A weight that is zero is no edge and has no sign.

A *change* maps the banks of one layer and a generator to new weights of the same shapes. The functions here make
changes; which of them is a null model, and under what name, is told in ``nulls``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.links import Link


@dataclass(frozen=True)
class Bank:
    """A bank as its links use it: what its axes mean.

    Parameters
    ----------
    weights : ndarray, shape (out, in / groups, k_1, k_2)
        Of the base convolution.
    groups : int
    transposed : bool
        Whether the first axis counts the inputs, as in the transpose of a convolution.
    layer : int
        The first place among those layers that are joined by sharing a bank.
    """

    weights: np.ndarray
    groups: int = 1
    transposed: bool = False
    layer: int = 0

    @property
    def units(self) -> np.ndarray:
        """The output channel that each weight belongs to, same shape."""
        out, across = self.weights.shape[:2]
        if not self.transposed:
            numbers = np.repeat(np.arange(out)[:, None], across, axis=1)
        else:  # each group has its own outputs, counted by the second axis
            numbers = (np.arange(out) // (out // self.groups))[:, None] * across + np.arange(across)
        return np.broadcast_to(numbers[:, :, None, None], self.weights.shape)

    @property
    def taps(self) -> np.ndarray:
        """The place within its kernel of each weight, same shape."""
        height, width = self.weights.shape[2:]
        return np.broadcast_to(np.arange(height * width).reshape(height, width), self.weights.shape)

    @property
    def kernels(self) -> np.ndarray:
        """The kernel that each weight belongs to, same shape."""
        out, across = self.weights.shape[:2]
        return np.broadcast_to(np.arange(out * across).reshape(out, across, 1, 1), self.weights.shape)

    @property
    def fan_in(self) -> int:
        """The number of nonzero weights of the unit that has most."""
        return int(np.bincount(self.units[self.weights != 0], minlength=1).max())


Changed = list[np.ndarray]
Change = Callable[[Sequence[Bank], np.random.Generator], Changed]
#: From a bank to numbers of the same shape: weights with the same number are exchanged with each other.
Classes = Callable[[Bank], np.ndarray]
#: So many numbers of mean 0 and variance 1.
Draws = Callable[[np.random.Generator, int], np.ndarray]


def used_banks(dag: Dag) -> dict[str, Bank]:
    """The banks that null models change, by name: those that some link reads, except for the scales of batch-norms.

    Raises
    ------
    BadArgument
        If one bank is used with different groups, or both as a convolution and as its transpose.
    """
    readers: dict[str, list[Link]] = {}
    for link in dag.links:
        if link.bank is not None and link.map.kind != "diagonal":
            readers.setdefault(link.bank, []).append(link)
    layers = _joined([[link.target for link in links] for links in readers.values()], len(dag.layers))
    banks = {}
    for name, links in readers.items():
        ways = {(link.map.groups, link.map.transposed) for link in links}
        if len(ways) > 1:
            raise errors.BadArgument(
                f"bank {name!r} is used in {len(ways)} ways, (groups, transposed) in {sorted(ways)}, so what belongs "
                f"to one output is not defined; expected one. Give each use a bank of its own."
            )
        banks[name] = Bank(dag.banks[name], *ways.pop(), layers[links[0].target])
    return banks


def _joined(sets: Sequence[Sequence[int]], count: int) -> list[int]:
    """The least number that each of `count` numbers is joined to, where the members of a set are joined."""
    least = list(range(count))
    for members in sets:
        ends = {least[i] for i in members}
        least = [min(ends) if i in ends else i for i in least]
    return least


def exchanged(values: np.ndarray, classes: np.ndarray | None = None, *, rng: np.random.Generator) -> np.ndarray:
    """The values in a random order, within each class where there are classes; all orders are equally likely.

    Examples
    --------
    >>> exchanged(np.array([1, 2, 30, 40]), np.array([0, 0, 1, 1]), rng=np.random.default_rng(3))
    array([ 1,  2, 40, 30])
    """
    if classes is None:
        return rng.permutation(values)
    places = np.argsort(classes, kind="stable")
    taken = np.lexsort((rng.random(len(values)), classes))
    result = np.empty_like(values)
    result[places] = values[taken]
    return result


def by_bank(change: Callable[[Bank, np.random.Generator], np.ndarray]) -> Change:
    """The change of a layer that changes each bank for itself."""
    return lambda banks, rng: [change(bank, rng) for bank in banks]


def _on_edges(bank: Bank, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """The bank with other nonzero weights: a function of their places and of what they are."""
    W = bank.weights.ravel().copy()
    there = np.flatnonzero(W)
    W[there] = change(there, W[there])
    return W.reshape(bank.weights.shape)


def weights_exchanged(classes: Classes | None = None) -> Change:
    """Nonzero weights change places in each bank, signs and all, within classes where there are any."""

    def change(bank: Bank, rng: np.random.Generator) -> np.ndarray:
        labels = None if classes is None else classes(bank).ravel()
        return _on_edges(bank, lambda there, w: exchanged(w, None if labels is None else labels[there], rng=rng))

    return by_bank(change)


def signs_exchanged(classes: Classes | None = None) -> Change:
    """Signs go from weight to weight in each bank, within classes where there are any; magnitudes stay."""

    def change(bank: Bank, rng: np.random.Generator) -> np.ndarray:
        labels = None if classes is None else classes(bank).ravel()
        return _on_edges(
            bank,
            lambda there, w: np.abs(w) * exchanged(np.sign(w), None if labels is None else labels[there], rng=rng),
        )

    return by_bank(change)


def signs_drawn(bank: Bank, rng: np.random.Generator) -> np.ndarray:
    """The bank with a fair coin for the sign of each weight."""
    return _on_edges(bank, lambda there, w: np.abs(w) * rng.choice(np.array([-1, 1], w.dtype), len(w)))


def layer_exchanged(banks: Sequence[Bank], rng: np.random.Generator) -> Changed:
    """The banks of a layer after their nonzero weights changed places within all of them."""
    flat = np.concatenate([bank.weights.ravel() for bank in banks])
    there = np.flatnonzero(flat)
    flat[there] = rng.permutation(flat[there])
    parts = np.split(flat, np.cumsum([bank.weights.size for bank in banks])[:-1])
    return [part.reshape(bank.weights.shape) for part, bank in zip(parts, banks, strict=True)]


def kernels_exchanged(bank: Bank, rng: np.random.Generator) -> np.ndarray:
    """The bank after its kernels changed places, each as it is."""
    shape = bank.weights.shape
    return rng.permutation(bank.weights.reshape(-1, *shape[2:])).reshape(shape)


def moments_kept(drawn: Draws) -> Change:
    """Nonzero weights are drawn with the mean and the variance that those of their bank have."""

    def change(bank: Bank, rng: np.random.Generator) -> np.ndarray:
        wide = replace(bank, weights=bank.weights.astype(np.float64))
        return _on_edges(wide, lambda there, w: w.mean() + w.std() * drawn(rng, len(w)) if len(w) else w)

    return by_bank(change)


def initialised(scale: float, drawn: Draws) -> Change:
    """Nonzero weights are drawn with mean 0 and variance ``scale / fan_in``."""

    def change(bank: Bank, rng: np.random.Generator) -> np.ndarray:
        return _on_edges(bank, lambda there, w: np.sqrt(scale / max(1, bank.fan_in)) * drawn(rng, len(w)))

    return by_bank(change)


def normal(rng: np.random.Generator, count: int) -> np.ndarray:
    """Normal numbers of mean 0 and variance 1."""
    return rng.standard_normal(count)


def uniform(rng: np.random.Generator, count: int) -> np.ndarray:
    """Uniform numbers of mean 0 and variance 1."""
    return rng.uniform(-np.sqrt(3.0), np.sqrt(3.0), count)


def units(bank: Bank) -> np.ndarray:
    """The unit of each weight."""
    return bank.units


def taps_of_units(bank: Bank) -> np.ndarray:
    """A number for each tap of each unit."""
    return bank.units * bank.weights[0, 0].size + bank.taps


def kernels(bank: Bank) -> np.ndarray:
    """The kernel of each weight."""
    return bank.kernels
