"""How monotone an output is at an input: the coefficient λ, in three readings.

Let J be the Jacobian at x, s the signs of the order, and turn both ends of it up: ``T[k, i] = s_k J[k, i] s_i``. Output
k is monotone near x if row k of T has no negative entry. The paper measures how near it is to that by a coefficient λ,
whose formula we could not see. Three readings, all between -1 and 1:

* ``"jacobian"``, our default: ``λ_k = sum_i T[k, i] / sum_i |T[k, i]|``, the satisfied minus the opposed share of the
  sensitivity. It is 1 exactly where output k is monotone near x, and it belongs to the function alone: two networks
  that compute the same have the same λ.
* ``"paths"``: the same numerator over the sum of the absolute products of weights along all active paths. It is 1
  exactly where all paths agree, so it looks at the graph; cancellations between paths count against it. Its absolute
  value is never above that of the first. All outputs cost two passes.
* ``"signs"``: the share of positive minus that of negative entries of row k, zeros left out. It is deaf to sizes:
  thousands of tiny entries outvote the few that matter.

Where a row of J is zero, no small change matters: there is nothing to measure and λ is NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blockshift import errors
from blockshift.graph.tangents import BATCH, Tangent
from blockshift.signs.monotonicity.orders import Order

#: The readings, the default first.
READINGS = ("jacobian", "paths", "signs")
#: An entry of J below this share of the largest in its row carries no reliable sign in float32, whose rounding is
#: 6e-8 a step: it counts as zero where entries are counted by their signs.
NEGLIGIBLE = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class Coefficients:
    """λ of some outputs at one input, in all readings.

    Attributes
    ----------
    outputs : ndarray of int, shape (r,)
        Which outputs.
    jacobian, paths, signs : ndarray, shape (r,)
        λ in the three readings; NaN where the output does not depend on the input.
    agreeing, opposed : ndarray of int, shape (r,)
        Input nodes with a positive and a negative entry of ``s_k J_ki s_i``; those that are left out are zero.
    """

    outputs: np.ndarray
    jacobian: np.ndarray
    paths: np.ndarray
    signs: np.ndarray
    agreeing: np.ndarray
    opposed: np.ndarray

    @property
    def monotone_pairs(self) -> float:
        """The share of pairs of input and output that move as the order says, among those that move."""
        moving = int(self.agreeing.sum() + self.opposed.sum())
        return float(self.agreeing.sum() / moving) if moving else float("nan")

    @property
    def flat(self) -> int:
        """How many of the outputs do not depend on the input near x."""
        return int(np.isnan(self.jacobian).sum())

    @property
    def mean(self) -> float:
        """The mean of λ in the default reading over the outputs that depend on the input."""
        return float(np.nanmean(self.jacobian)) if self.flat < len(self.jacobian) else float("nan")

    def reading(self, name: str) -> np.ndarray:
        """λ in the reading of that name.

        Raises
        ------
        UnknownName
            If there is none.
        """
        if name not in READINGS:
            raise errors.UnknownName(f"no reading is called {name!r}; there are {', '.join(READINGS)}.")
        return getattr(self, name)

    def __repr__(self) -> str:
        flat = f", {self.flat} flat" if self.flat else ""
        return (
            f"Coefficients({len(self.outputs)} outputs{flat}, mean λ {self.mean:.3f}, "
            f"{self.monotone_pairs:.1%} of pairs monotone)".replace("%", " %")
        )


def coefficients(
    tangent: Tangent, order: Order, outputs: Sequence[int] | np.ndarray | None = None, *, batch: int = BATCH
) -> Coefficients:
    """λ of the outputs of a network at an input, in all readings.

    Parameters
    ----------
    tangent : Tangent
        The active subnetwork of the input.
    order : Order
    outputs : sequence of int, optional
        Which outputs; all if left out.
    batch : int
        Rows of the Jacobian that are held at once.

    Raises
    ------
    ShapeMismatch
        If the order is not one of the network's inputs and outputs.

    Source: [wendin2025frustration], λ-monotonicity; the formulas are ours.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> seen = Tangent.at(perceptron([[[3, -1]]]), np.array([1.0, 1.0]))
    >>> plain = Order(np.ones((2, 1, 1)), np.ones(1))
    >>> coefficients(seen, plain).jacobian
    array([0.5])
    >>> coefficients(seen, Order(np.array([1, -1]).reshape(2, 1, 1), np.ones(1))).jacobian
    array([1.])
    """
    check(tangent, order)
    up = order.inputs.astype(tangent.x.dtype)
    through = tangent.jvp(np.abs(up), absolute=True).astype(np.float64)
    found = []
    for part, rows in tangent.rows(outputs, batch=batch):
        turned = rows * up * order.outputs[part, None, None, None].astype(rows.dtype)
        turned = turned.reshape(len(part), -1).astype(np.float64)
        sizes = np.abs(turned)
        large = sizes > NEGLIGIBLE * sizes.max(axis=1, keepdims=True)
        agreeing, opposed = ((turned > 0) & large).sum(axis=1), ((turned < 0) & large).sum(axis=1)
        found.append((part, turned.sum(axis=1), sizes.sum(axis=1), through[part], agreeing, opposed))
    if not found:
        raise errors.BadArgument("no output was asked for; name at least one, or leave `outputs` out for all.")
    part, net, size, paths, agreeing, opposed = (np.concatenate(column) for column in zip(*found, strict=True))
    moving = np.where(size > 0, 1.0, np.nan)
    counted = np.maximum(agreeing + opposed, 1)
    return Coefficients(
        part,
        moving * net / np.where(size > 0, size, 1.0),
        moving * net / np.where(paths > 0, paths, 1.0),
        moving * (agreeing - opposed) / counted,
        agreeing,
        opposed,
    )


def check(tangent: Tangent, order: Order) -> None:
    """That an order belongs to a network.

    Raises
    ------
    ShapeMismatch
        If it does not.
    """
    if order.inputs.shape != tangent.x.shape or order.outputs.shape != (tangent.outputs,):
        raise errors.ShapeMismatch(
            f"the order is on inputs of shape {order.inputs.shape} and {order.outputs.size} outputs; the network has "
            f"{tangent.x.shape} and {tangent.outputs}. Make it from a switching of this network."
        )
