"""Units that are piecewise linear in their field, and whether they keep the order of *all* fields, not of samples only.

A sum of rectifiers ``y(h) = sum_i v_i max(w_i h + b_i, 0)`` is such a unit. Between two knots its slope is one number,
so whether it keeps the order is decided by finitely many numbers, and with integers or fractions exactly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from blockshift import errors

#: Activations that never fall, whatever the field: each alone keeps the weak order.
MONOTONE = frozenset(
    "identity relu relu6 leaky_relu tanh sigmoid softplus elu selu celu hardtanh hardsigmoid softsign erf atan".split()
)
#: Activations that fall somewhere: a single unit folds.
FOLDING = frozenset("gaussian gelu silu mish hardswish abs square cos sin".split())


def keeps_order(activation: str) -> bool:
    """Whether a single unit with that activation keeps the weak order of any fields, by what is known of the function.

    Raises
    ------
    UnknownName
        If the activation is in neither table.

    Source: [lin2025dynamics]; claim P3-C1.

    Examples
    --------
    >>> keeps_order("tanh"), keeps_order("gaussian")
    (True, False)
    """
    if activation not in MONOTONE | FOLDING:
        raise errors.UnknownName(
            f"no activation is called {activation!r}; there are {', '.join(sorted(MONOTONE | FOLDING))}. "
            f"For another, compare fields and values with `orders.pairs`."
        )
    return activation in MONOTONE


@dataclass(frozen=True)
class PiecewiseLinear:
    """A continuous function, linear between its knots.

    Parameters
    ----------
    knots : tuple of Fraction, increasing
    slopes : tuple of Fraction, one more than knots
        From left to right.
    value : Fraction
        At zero.
    """

    knots: tuple[Fraction, ...]
    slopes: tuple[Fraction, ...]
    value: Fraction

    def __post_init__(self):
        if len(self.slopes) != len(self.knots) + 1:
            raise errors.ShapeMismatch(
                f"{len(self.knots)} knots come with {len(self.slopes)} slopes; expected one slope more than knots."
            )
        if any(a >= b for a, b in pairwise(self.knots)):
            raise errors.BadArgument("the knots do not increase; sort them, each once.")

    def __call__(self, h) -> Fraction:
        """The value at a field, exactly."""
        h, total = Fraction(h), self.value
        ends = [None, *self.knots, None]
        low, high = min(h, Fraction(0)), max(h, Fraction(0))
        for slope, left, right in zip(self.slopes, ends, ends[1:], strict=False):
            a = low if left is None else max(low, left)
            b = high if right is None else min(high, right)
            if b > a:
                total += (slope if h > 0 else -slope) * (b - a)
        return total

    def fold(self, low=None, high=None) -> tuple[Fraction, Fraction] | None:
        """Two fields ``a < b`` in ``[low, high]`` with ``y(a) > y(b)``, or None if the weak order is kept there.

        Examples
        --------
        The hat ``max(h, 0) - 2 max(h - 1, 0)`` keeps the order up to 1, and folds what is beyond.

        >>> hat = rectifiers([1, 1], [0, -1], [1, -2])
        >>> hat.fold(high=1) is None, hat.fold()
        (True, (Fraction(1, 1), Fraction(2, 1)))
        """
        ends = [None, *self.knots, None]
        for slope, left, right in zip(self.slopes, ends, ends[1:], strict=False):
            a = left if low is None else Fraction(low) if left is None else max(left, Fraction(low))
            b = right if high is None else Fraction(high) if right is None else min(right, Fraction(high))
            if slope < 0 and (a is None or b is None or a < b):
                a = (b - 1 if b is not None else Fraction(0)) if a is None else a
                return a, (b if b is not None else a + 1)
        return None


def rectifiers(w: Iterable[Any], b: Iterable[Any], v: Iterable[Any]) -> PiecewiseLinear:
    """The function ``h -> sum_i v_i max(w_i h + b_i, 0)``, exactly.

    Parameters
    ----------
    w, b, v : sequence of int, Fraction or float, equal lengths
        Floats are taken at their binary value.

    Examples
    --------
    >>> hat = rectifiers([1, 1], [0, -1], [1, -2])
    >>> [int(hat(h)) for h in (-1, 0, 1, 2, 3)]
    [0, 0, 1, 0, -1]
    """
    units = [tuple(map(Fraction, unit)) for unit in zip(w, b, v, strict=True)]
    knots = sorted({-b_ / w_ for w_, b_, _ in units if w_})
    # Each piece is asked at a point inside it, where every rectifier is either on or off.
    inside = [a + (c - a) / 2 for a, c in pairwise(knots)]
    points = [knots[0] - 1, *inside, knots[-1] + 1] if knots else [Fraction(0)]
    slopes = tuple(sum((v_ * w_ for w_, b_, v_ in units if w_ * h + b_ > 0), Fraction(0)) for h in points)
    value = sum((v_ * max(b_, Fraction(0)) for _, b_, v_ in units), Fraction(0))
    return PiecewiseLinear(tuple(knots), slopes, value)
