"""Reference solutions: Taylor series in extended precision, kept in ``benchmarks/data``.

``python -m benchmarks.references [NAME ...]`` makes them again. The series of all products follow from the product
rule; a step sums some twenty terms, in the machine's ``long double`` (64 bits of mantissa on x86). Each problem is
solved twice, with two orders, and what the two say differently is stored beside the result: the doubt of the reference.
The method shares nothing with the contestants, and has no code in common with them.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import problems

DATA = Path(__file__).parent / "data"

#: The orders of the two runs.
ORDERS = (16, 12)

#: The last term of a step, relative to the largest weight: the rounding unit of the long double.
LAST_TERM = 1e-19

#: A step ends this much before the last term says that it could.
CAUTION = 0.8

#: A run has arrived when its residual is this share of ``Sigma``: what is left to go is less than that, up to a factor
#: that the slowest mode decides, and all of it is far below the rounding of the doubles that are stored.
ARRIVED = 1e-18

#: Where the long double is no longer than a double a reference cannot be made.
EXTENDED = np.finfo(np.longdouble).eps < 1e-18


@dataclass(frozen=True, eq=False)
class Reference:
    """The solution at the times of a problem.

    Parameters
    ----------
    problem : Problem
    states : ndarray, shape (m, k)
        The kept weights, rounded to doubles.
    doubt : float
        The largest relative difference of two runs, of different orders.
    """

    problem: problems.Problem
    states: np.ndarray
    doubt: float

    def error(self, states) -> float:
        """The largest relative error, over the times, of the kept weights: ``|x - y| / |y|``."""
        return relative(np.asarray(states)[:, self.problem.kept], self.states)


def relative(found, expected) -> float:
    """The largest over the rows of ``|found - expected| / |expected|``; infinite where a number is not one."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.max(np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)))


def reference(problem: problems.Problem) -> Reference:
    """The stored reference of a problem.

    Raises
    ------
    FileNotFoundError
        If there is none: ``python -m benchmarks.references NAME`` makes it.
    """
    with np.load(DATA / f"{problem.name}.npz", allow_pickle=False) as stored:
        return Reference(problem, stored["states"], float(stored["doubt"]))


class _Series:
    """A matrix that is a power series in time, laid out so that a coefficient of a product is one product."""

    def __init__(self, rows: int, columns: int, order: int):
        self.rows, self.columns, self.order = rows, columns, order
        self.beside = np.zeros((rows, columns * (order + 1)), dtype=np.longdouble)  # A_0 A_1 A_2 ...
        self.below = np.zeros((rows * (order + 1), columns), dtype=np.longdouble)  # ..., A_2, A_1, A_0

    def put(self, k: int, coefficient) -> None:
        self.beside[:, self.columns * k : self.columns * (k + 1)] = coefficient
        self.below[self.rows * (self.order - k) : self.rows * (self.order - k + 1)] = coefficient

    def times(self, other: "_Series", k: int):
        """The coefficient of order k of the product."""
        return self.beside[:, : self.columns * (k + 1)].dot(other.below[other.rows * (self.order - k) :])


def _coefficients(layers: Sequence, Sigma, order: int) -> list[list]:
    """The coefficients of every layer along the flow, up to the given order."""
    h = len(layers)
    shapes = [W.shape for W in layers]
    W = [_Series(*shape, order) for shape in shapes]
    turned = [_Series(*shape[::-1], order) for shape in shapes]
    behind = [_Series(d, shapes[0][1], order) for d, _ in shapes]
    behind_turned = [_Series(shapes[0][1], d, order) for d, _ in shapes]
    pulled = [_Series(d, shapes[0][1], order) for d, _ in shapes]
    found = [[layer] for layer in layers]
    for k in range(order):
        for j in range(h):
            W[j].put(k, found[j][k])
            turned[j].put(k, found[j][k].T)
            along = W[j].times(behind[j - 1], k) if j else found[0][k]
            behind[j].put(k, along)
            behind_turned[j].put(k, along.T)
        pull = (Sigma if k == 0 else 0) - along
        for j in range(h - 1, -1, -1):
            pulled[j].put(k, pull)
            velocity = pulled[j].times(behind_turned[j - 1], k) if j else pull
            found[j].append(velocity / np.longdouble(k + 1))
            if j:
                pull = turned[j].times(pulled[j], k)
    return found


def solve(problem: problems.Problem, order: int) -> np.ndarray:
    """All states at the times of a problem, in long doubles."""
    layers = problem.layers(problem.start.astype(np.longdouble))
    Sigma = problem.Sigma.astype(np.longdouble)
    t, states = np.longdouble(0), []
    for until in problem.times:
        while t < until:
            if _arrived(layers, Sigma):
                break
            found = _coefficients(layers, Sigma, order)
            size = max(float(np.abs(W).max()) for W in layers)
            step = until - t
            for k in (order - 1, order):
                term = max(float(np.abs(along[k]).max()) for along in found)
                if term:
                    step = min(step, CAUTION * (LAST_TERM * size / term) ** (1 / k))
            layers = [along[order] for along in found]
            for k in range(order - 1, -1, -1):
                layers = [along[k] + step * W for along, W in zip(found, layers, strict=True)]
            t = until if t + step >= until else t + step
        t = until
        states.append(np.concatenate([W.ravel() for W in layers]))
    return np.array(states)


def _arrived(layers, Sigma) -> bool:
    """Whether the end-to-end map is the target, to the last digits."""
    product = layers[0]
    for W in layers[1:]:
        product = W.dot(product)
    return bool(np.abs(Sigma - product).max() <= ARRIVED * np.abs(Sigma).max())


def make(problem: problems.Problem) -> Reference:
    """The reference of a problem, solved twice and stored."""
    first, second = (solve(problem, order)[:, problem.kept] for order in ORDERS)
    doubt = relative(second, first)
    found = Reference(problem, first.astype(float), doubt)
    DATA.mkdir(exist_ok=True)
    np.savez_compressed(DATA / f"{problem.name}.npz", states=found.states, doubt=doubt)
    return found


def _command(names: Sequence[str]) -> None:
    """Make the references of the named problems, or of all."""
    if not EXTENDED:
        sys.exit("benchmarks.references: the long double of this machine is a double; use an x86 machine.")
    for name in names or problems.PROBLEMS:
        begin = time.process_time()
        found = make(problems.PROBLEMS[name])
        print(f"{name}: doubt {found.doubt:.1e}, {time.process_time() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    _command(sys.argv[1:])
