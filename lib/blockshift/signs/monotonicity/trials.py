"""The direct test: move the input up along the order, run the network, and see which outputs move up.

λ looks at an input through a magnifying glass; the test walks. A step has a direction of the order's cone and a size,
its Euclidean length as a share of that of the input, from a thousandth to as long as the input itself, where
rectifiers have switched and the tangent says nothing any more. Two scores: the *agreement*, the share of outputs that
move up among those that move, and the *alignment*, the same weighted by how far they move,
``sum_k s_k dy_k / sum_k |dy_k|``. A coin gives 1/2 and 0.

The directions are independent draws, the outputs of one draw are not. So the interval of the agreement is Wilson's
with as many trials as there are directions, not pairs. A mean of numbers between 0 and 1 spreads at most as much as a
coin with the same mean, so the interval is at least as wide as it needs to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.signs.monotonicity.orders import KINDS, Order

#: Lengths of the steps as shares of the length of the input.
SIZES = (0.001, 0.01, 0.1, 0.3, 1.0)
#: Networks that are run together: all their activations are held at once.
BATCH = 8
#: Standard normal quantile of intervals with 95 %.
NORMAL_95 = 1.959963984540054
#: A move below this share of the largest output is rounding in float32, with a hundred roundings to spare; in float64
#: the same share of its own precision.
STILL = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-13}


@dataclass(frozen=True, eq=False, repr=False)
class Trials:
    """What outputs did when an input moved up.

    Attributes
    ----------
    kinds : tuple of str
    sizes : ndarray, shape (z,)
    count : int
        Directions of each kind; the same directions at each size.
    up, down : ndarray of int, shape (kinds, z, K)
        In how many of the trials output k moved up, or down; in the others it stood still.
    gain, path : ndarray, shape (kinds, z, K)
        The sum over the trials of ``s_k dy_k``, and of ``|dy_k|``, divided by the length of the step.
    agreement, low, high : ndarray, shape (kinds, z)
        The mean over the directions of the share of outputs that move up among those that move, and its interval of
        95 %; NaN where nothing moved.
    """

    kinds: tuple[str, ...]
    sizes: np.ndarray
    count: int
    up: np.ndarray
    down: np.ndarray
    gain: np.ndarray
    path: np.ndarray
    agreement: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def alignment(self) -> np.ndarray:
        """``sum s_k dy_k / sum |dy_k|`` over outputs and trials, shape ``(kinds, z)``."""
        return _ratio(self.gain.sum(axis=2), self.path.sum(axis=2))

    def of_outputs(self, kind: str, size: int) -> np.ndarray:
        """The alignment of each output, shape ``(K,)``, for one kind and the size of that place."""
        place = self.kinds.index(kind)
        return _ratio(self.gain[place, size], self.path[place, size])

    def __repr__(self) -> str:
        rows = [f"Trials({self.count} directions of each kind; share of outputs that move up, interval of 95 %)"]
        for kind, mean, low, high in zip(self.kinds, self.agreement, self.low, self.high, strict=True):
            cells = [
                f"{size:g}: {m:.3f} [{a:.2f}, {b:.2f}]"
                for size, m, a, b in zip(self.sizes, mean, low, high, strict=True)
            ]
            rows.append(f"  {kind:<7} {'  '.join(cells)}")
        return "\n".join(rows)


def order_trials(
    dag: Dag,
    x: np.ndarray,
    order: Order,
    *,
    rng: np.random.Generator,
    kinds: Sequence[str] = KINDS,
    sizes: Sequence[float] = SIZES,
    count: int = 32,
    batch: int = BATCH,
) -> Trials:
    """What the outputs do when the input moves up along the order.

    Parameters
    ----------
    dag : Dag
    x : ndarray, shape (C, H, W)
    order : Order
    rng : numpy.random.Generator
    kinds : sequence of {"pixels", "halves", "rays"}
    sizes : sequence of float
        Lengths of the steps as shares of the length of `x`, or of the root of the number of inputs where `x` is zero.
    count : int
        Directions of each kind.
    batch : int
        Inputs that run through the network together.

    Raises
    ------
    BadArgument
        If a size is not positive, or there is no direction.
    ShapeMismatch
        If the order does not fit the network.

    Source: [wendin2025frustration], input-output test; sizes, directions and scores are ours.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> dag, plain = perceptron([[[1, 2], [3, -1]]]), Order(np.ones((2, 1, 1)), np.ones(2))
    >>> made = order_trials(dag, np.ones((2, 1, 1)), plain, rng=np.random.default_rng(0), kinds=["halves"], sizes=[0.1])
    >>> made.up[0, 0], made.down[0, 0]
    (array([32, 12]), array([ 0, 20]))
    """
    lengths = np.asarray(sizes, dtype=float)
    if not (len(lengths) and (lengths > 0).all() and np.isfinite(lengths).all()) or count < 1:
        raise errors.BadArgument(f"sizes {sizes} and {count} directions were given; expected positive numbers.")
    x = np.asarray(x)
    if x.shape != order.inputs.shape or x.shape != dag.layers[0].shape:
        raise errors.ShapeMismatch(
            f"the input has shape {x.shape}, the order {order.inputs.shape}, the network reads {dag.layers[0].shape}."
        )
    x = x.astype(x.dtype if x.dtype in STILL else np.float64)
    length = float(np.sqrt((x.astype(np.float64) ** 2).sum())) or float(np.sqrt(x.size))
    start = _outputs(dag, x[None])[0]
    still = STILL[x.dtype] * max(float(np.abs(start).max(initial=0.0)), np.finfo(x.dtype).tiny)
    shape = (len(kinds), len(lengths))
    up, down = (np.zeros((*shape, len(start)), int) for _ in range(2))
    gain, path = (np.zeros((*shape, len(start))) for _ in range(2))
    agreement, low, high = (np.full(shape, np.nan) for _ in range(3))
    for a, kind in enumerate(kinds):
        directions = order.directions(kind, count, rng=rng)
        for b, size in enumerate(lengths):
            moves = []
            for begin in range(0, count, batch):
                steps = size * length * directions[begin : begin + batch]
                moves.append(_outputs(dag, (x + steps).astype(x.dtype)) - start)
            rises = order.outputs * np.concatenate(moves)
            ups, downs = rises > still, rises < -still
            up[a, b], down[a, b] = ups.sum(axis=0), downs.sum(axis=0)
            gain[a, b], path[a, b] = (v.sum(axis=0) / (size * length) for v in (rises, np.abs(rises)))
            moving = (ups | downs).sum(axis=1)
            shares = ups.sum(axis=1)[moving > 0] / moving[moving > 0]
            if len(shares):
                agreement[a, b] = shares.mean()
                low[a, b], high[a, b] = wilson(float(shares.mean()), len(shares))
    return Trials(tuple(kinds), lengths, count, up, down, gain, path, agreement, low, high)


def wilson(mean: float, trials: int) -> tuple[float, float]:
    """Wilson's interval of 95 % for the mean of numbers between 0 and 1.

    Examples
    --------
    >>> low, high = wilson(1.0, 10)
    >>> round(low, 3), round(high, 3)
    (0.722, 1.0)
    """
    z = NORMAL_95**2 / trials
    middle = (mean + z / 2) / (1 + z)
    half = np.sqrt(z * mean * (1 - mean) + z**2 / 4) / (1 + z)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _outputs(dag: Dag, x: np.ndarray) -> np.ndarray:
    """What the network answers to inputs of shape ``(r, C, H, W)``, shape ``(r, K)``, float64."""
    states = dag.forward(x)
    return np.concatenate([states[place][1].numpy().reshape(len(x), -1) for place in dag.outputs], axis=1).astype(float)


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``a / b``, NaN where b is zero."""
    return np.divide(a, b, out=np.full(np.shape(a), np.nan), where=b > 0)
