"""Weights as integers, so that whatever is proved is proved exactly.

Floats are rationals. Where their common measure is not too fine, each weight is an integer multiple of it and nothing
is lost; such are ±1, ±0.3 and 1e300. Otherwise weights are cut, towards zero, to multiples of a power of two so small
that what is lost is some 1e-14 of the total. A graph with smaller ``|w|`` and the same signs is less frustrated, so a
lower bound for the cut weights is one for the graph.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

#: Total weight that integers may have: sums of a few of them, and twice a sum, stay far from 2^63.
TOTAL_BITS = 50
#: Spare factors of two, which the reduction of nodes with three neighbours uses up one after another.
SPARE_BITS = 20
#: Different weights up to which a common measure is looked for; more are measurements, not counts.
COUNTED = 10_000


@dataclass(frozen=True)
class Scaled:
    """Integer weights ``W`` and the scale with ``scale |W| <= |w|``; equal where `exact`."""

    weights: np.ndarray
    scale: Fraction
    exact: bool


def scaled(w: np.ndarray) -> Scaled:
    """The weights as integers.

    Examples
    --------
    >>> scaled(np.array([0.3, -0.6])).weights // 2**20
    array([ 1, -2])
    >>> scaled(np.array([1.0, 2**-60])).exact
    False
    """
    if not len(w):
        return Scaled(np.empty(0, dtype=np.int64), Fraction(1), True)
    different = np.unique(np.abs(w))
    if len(different) <= COUNTED:
        measure = common_measure(different.tolist())
        units = {x: int(Fraction(x) / measure) for x in different.tolist()}
        total = sum(units[x] for x in np.abs(w).tolist())
        spare = min(SPARE_BITS, TOTAL_BITS - total.bit_length())
        if spare >= 0:
            integers = [(units[abs(x)] if x > 0 else -units[abs(x)]) << spare for x in w.tolist()]
            return Scaled(np.array(integers, dtype=np.int64), measure / 2**spare, True)
    power = math.frexp(math.fsum(np.abs(w)))[1] - TOTAL_BITS
    cut = np.trunc(np.ldexp(w, -power)).astype(np.int64)
    return Scaled(cut, Fraction(2) ** power, False)


def common_measure(numbers) -> Fraction:
    """The largest rational of which each number is an integer multiple.

    Examples
    --------
    >>> common_measure([0.5, 0.75])
    Fraction(1, 4)
    """
    fractions = [Fraction(x) for x in numbers]
    bottom = math.lcm(*(f.denominator for f in fractions))
    return Fraction(math.gcd(*(f.numerator * (bottom // f.denominator) for f in fractions)), bottom)


def lattice(n: int, u: np.ndarray, v: np.ndarray, w: np.ndarray) -> tuple[int, int]:
    """A step ``g`` and a rest ``r`` such that every switching leaves a frustrated weight of ``r`` modulo ``g``.

    The frustrated weight is a multiple of the common divisor of the weights. Switching a set of nodes changes it by a
    signed sum over the edges that leave the set; where the weights at each node add up to an even multiple of the
    divisor, so does that sum, and the step is twice the divisor.

    Examples
    --------
    >>> square = np.array([0, 0, 1, 2]), np.array([1, 3, 2, 3])
    >>> lattice(4, *square, np.array([1, 1, 1, -1]))
    (2, 1)
    """
    g = math.gcd(*w.tolist())
    if g == 0:
        return 1, 0
    degrees = np.zeros(n, dtype=np.int64)
    for ends in (u, v):
        np.add.at(degrees, ends, w // g)
    step = 2 * g if not (degrees % 2).any() else g
    return step, int(-w[w < 0].sum()) % step


def rounded_up(bound: int, step: int, rest: int) -> int:
    """The smallest number from `bound` up that is `rest` modulo `step`.

    Examples
    --------
    >>> rounded_up(112, 2, 1)
    113
    """
    return bound + (rest - bound) % step
