"""The partial order that a switching puts on inputs and on outputs, its cones, and directions along it.

A switching gives each node a sign. Restricted to the inputs it says in which direction each input counts as *up*:
``x <= x'`` if ``s_i (x'_i - x_i) >= 0`` for all i, and likewise at the outputs. What lies above x is x plus a cone, the
orthant of the signs. Turning all signs of a network around turns both orders around, and says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag

#: Ways to move up: one pixel with all its channels; a random half of the inputs, all by the same; all inputs by
#: exponential amounts, so that every direction of the cone can occur and none is preferred.
KINDS = ("pixels", "halves", "rays")


@dataclass(frozen=True, eq=False, repr=False)
class Order:
    """A partial order on inputs and one on outputs, each given by signs.

    Parameters
    ----------
    inputs : ndarray of int8, shape (C, H, W)
    outputs : ndarray of int8, shape (K,)

    Raises
    ------
    BadArgument
        If they are not signs.

    Source: [wendin2025frustration], partial order; the formula is our reading.

    Examples
    --------
    >>> order = Order(np.array([1, -1]).reshape(2, 1, 1), np.array([1]))
    >>> order
    Order(2 inputs, 1 turned around; 1 output, 0 turned around)
    >>> x = np.zeros((2, 1, 1))
    >>> order.is_below(x, x + [[[3]], [[-1]]]), order.is_below(x, x + [[[3]], [[1]]])
    (array(True), array(False))
    """

    inputs: np.ndarray
    outputs: np.ndarray

    def __post_init__(self):
        for name in ("inputs", "outputs"):
            s = np.asarray(getattr(self, name))
            if not np.isin(s, (-1, 1)).all():
                raise errors.BadArgument(f"the order's {name} are not signs; expected an array of 1 and -1.")
            object.__setattr__(self, name, s.astype(np.int8))

    @classmethod
    def of(cls, dag: Dag, switching) -> "Order":
        """The order of a switching of all nodes of a network, shape ``(n,)``.

        Examples
        --------
        >>> from blockshift.graph.perceptrons import perceptron
        >>> Order.of(perceptron([[[1, -1]]]), [1, -1, 1]).inputs.ravel()
        array([ 1, -1], dtype=int8)
        """
        parts = dag.split(np.asarray(switching))
        return cls(parts[0], np.concatenate([parts[place].ravel() for place in dag.outputs]))

    @classmethod
    def random(cls, shape: Sequence[int], outputs: int, *, rng: np.random.Generator) -> "Order":
        """An order with random signs: what knows nothing of the network."""
        return cls(2 * rng.integers(0, 2, tuple(shape)) - 1, 2 * rng.integers(0, 2, outputs) - 1)

    @property
    def reversed(self) -> "Order":
        """The same two orders turned around."""
        return Order(-self.inputs, -self.outputs)

    def is_below(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Whether ``x <= y`` among inputs, of shape ``(..., C, H, W)``: one answer for each pair."""
        rise = self.inputs * (np.asarray(y, np.float64) - np.asarray(x, np.float64))
        return np.asarray((rise >= 0).all(axis=(-3, -2, -1)))

    def is_below_at_outputs(self, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Whether ``y <= z`` among outputs, of shape ``(..., K)``."""
        return np.asarray((self.outputs * (np.asarray(z, np.float64) - np.asarray(y, np.float64)) >= 0).all(axis=-1))

    def directions(self, kind: str, count: int, *, rng: np.random.Generator) -> np.ndarray:
        """Directions that point up, of Euclidean length 1, shape ``(count, C, H, W)``.

        Parameters
        ----------
        kind : {"pixels", "halves", "rays"}
            One pixel with all its channels; a random half of the inputs by the same amount; all by exponential amounts.
        count : int

        Raises
        ------
        UnknownName
            If there is no such kind.

        Examples
        --------
        >>> order = Order(np.array([1, -1]).reshape(2, 1, 1), np.array([1]))
        >>> order.directions("pixels", 1, rng=np.random.default_rng(0)).ravel().round(3)
        array([ 0.707, -0.707])
        """
        if kind not in KINDS:
            raise errors.UnknownName(f"no directions are called {kind!r}; there are {', '.join(KINDS)}.")
        shape = self.inputs.shape
        if kind == "pixels":
            sizes = np.zeros((count, shape[1] * shape[2]))
            sizes[np.arange(count), rng.integers(0, shape[1] * shape[2], count)] = 1.0
            sizes = np.broadcast_to(sizes.reshape(count, 1, *shape[1:]), (count, *shape))
        elif kind == "halves":
            # Of n inputs the half, rounded up, so that no direction is zero.
            ranks = rng.random((count, self.inputs.size)).argsort(axis=1).argsort(axis=1)
            sizes = (ranks < (self.inputs.size + 1) // 2).astype(float).reshape(count, *shape)
        else:
            sizes = rng.exponential(size=(count, *shape))
        length = np.sqrt((sizes**2).sum(axis=(1, 2, 3), keepdims=True))
        return self.inputs * sizes / length

    def __repr__(self) -> str:
        counts = [
            f"{s.size} {word}{'s' * (s.size != 1)}, {int((s < 0).sum())} turned around"
            for s, word in ((self.inputs, "input"), (self.outputs, "output"))
        ]
        return f"Order({'; '.join(counts)})"
