"""How frustrated a signed graph is: an interval, the switching behind its upper end, the certificate behind its lower.

The *frustration* of a signed graph is the least weight of negative edges that a switching leaves. To find it is as
hard as to cut a graph best, so an honest answer is an interval ``[lower, upper]``: above, what some switching
attains; below, what is proved. Where the two ends meet the answer is *certified*.

Heuristics give the upper end, and the exact search sharpens both. A lower end is passed on only after its proof was
checked by a road of its own, in exact arithmetic.
"""

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from blockshift import errors
from blockshift.signs.balance import Balanced, balance
from blockshift.signs.exact import integers, optimum
from blockshift.signs.exact.proofs import Proof
from blockshift.signs.signed_graph import SignedGraph

#: Seconds of search where neither an exact answer nor a time was asked for.
TIME_LIMIT = 10.0
#: Edges above which the exact search is left out unless it is asked for: it begins edge by edge in Python.
SEARCHED_EDGES = 200_000
#: Weights with no common measure are cut to integers before anything is proved about them, which costs up to some 1e-15
#: of the total weight for each edge. Ends this close, relative to the total, count as one.
RESOLUTION = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class Frustration:
    """An interval that holds the frustration of a graph.

    Parameters
    ----------
    lower, upper : float
        In units of weight; ``upper`` is the weight of the edges that the switching leaves negative.
    signs : ndarray of int8, shape (n,)
        The switching, node by node.
    certified : bool
        Whether the ends meet: exactly where the weights have a common measure (as integers have), and within 1e-9 of
        the total weight where they have none.
    certificate : Balanced or Proof
        Why it is not less than `lower`; ``certificate.verify(graph)`` or ``certificate.lower_bound(graph)`` check it.
    method : str
        Which roads led here.
    stopped : str
        "proved", "time limit", "interrupted", or "not searched".
    seconds : float
    """

    graph: SignedGraph
    lower: float
    upper: float
    signs: np.ndarray
    certified: bool
    certificate: Balanced | Proof
    method: str
    stopped: str
    seconds: float

    @property
    def fraction_lower(self) -> float:
        """The lower end as a share of the total weight; 0 where there is none."""
        return self.lower / self.graph.total_weight if self.graph.m else 0.0

    @property
    def fraction_upper(self) -> float:
        """The upper end as a share of the total weight; 0 where there is none."""
        return self.upper / self.graph.total_weight if self.graph.m else 0.0

    @property
    def fraction(self) -> float:
        """What is known of the frustration as a share of the total weight, from above; between 0 and 1/2."""
        return self.fraction_upper

    @cached_property
    def switching(self) -> dict[Hashable, int]:
        """The signs by the names of the nodes."""
        return dict(zip(self.graph.nodes, self.signs.tolist(), strict=True))

    def verify(self) -> bool:
        """Whether the switching attains the upper end and the certificate proves the lower one, checked again.

        Examples
        --------
        >>> graph = SignedGraph.from_edges([("a", "b"), ("b", "c"), ("c", "a", -1)])
        >>> frustration(graph, rng=np.random.default_rng(0)).verify()
        True
        """
        if isinstance(self.certificate, Balanced):
            proved = Fraction(0) if self.certificate.verify(self.graph) else Fraction(-1)
        else:
            proved = self.certificate.lower_bound(self.graph)
        attained = self.graph.frustrated_weight(self.signs) == self.upper
        return attained and min(_below(proved), self.upper) >= self.lower

    def __repr__(self) -> str:
        share = f"{self.fraction_upper:.2%} of the weight"
        if self.certified:
            return f"Frustration({self.upper:.12g}, certified, {share}, by {self.method})"
        return f"Frustration(from {self.lower:.12g} to {self.upper:.12g}, at most {share}, by {self.method})"


def frustration(
    graph: SignedGraph,
    *,
    rng: np.random.Generator,
    exact: bool = False,
    time_limit: float | None = None,
    restarts: int | None = None,
    progress: Callable[[float, float], None] = lambda lower, upper: None,
) -> Frustration:
    """The frustration of the graph: an interval with its certificates.

    Parameters
    ----------
    graph : SignedGraph
    rng : numpy.random.Generator
        For the heuristics; what is certified does not depend on it.
    exact : bool
        Search until the ends meet, or until the time limit if one is given.
    time_limit : float, optional
        Seconds; 10 if left out, or without end if `exact`.
    restarts : int, optional
        Annealing runs before the search.
    progress : callable, optional
        Called now and then with the two ends so far.

    Raises
    ------
    BadArgument
        If the time limit or the number of restarts is negative.

    Notes
    -----
    Ctrl-C ends the search and returns the interval that was reached.

    Source: [harary1953] for balance; the search is ours. Claims P2-C11, P2-C13.

    Examples
    --------
    >>> enemies = SignedGraph.from_edges([(a, b, -1) for a in range(5) for b in range(a)])
    >>> frustration(enemies, rng=np.random.default_rng(0))
    Frustration(4, certified, 40.00% of the weight, by enumeration)
    """
    if time_limit is not None and not time_limit >= 0:
        raise errors.BadArgument(f"the time limit is {time_limit}; expected seconds, from 0 up.")
    if restarts is not None and restarts < 0:
        raise errors.BadArgument(f"{restarts} restarts; expected an integer from 0 up.")
    begin = time.monotonic()
    limit = time_limit if time_limit is not None else math.inf if exact else TIME_LIMIT
    known = balance(graph)
    if isinstance(known, Balanced):
        s = graph.signs(known.switching)
        return Frustration(graph, 0.0, 0.0, s, True, known, "balance", "proved", time.monotonic() - begin)
    start = np.ones(graph.n, dtype=np.int8)
    searched = exact or graph.m <= SEARCHED_EDGES
    found = optimum.optimum(graph, start, time_limit=limit - (time.monotonic() - begin), progress=progress)
    signs = min(start, found.signs.astype(np.int8), key=graph.frustrated_weight)
    proof = found.proof
    method = ", ".join(found.methods) if searched else "descent"
    upper = graph.frustrated_weight(signs)
    lower, certified = _ends(graph, proof.lower_bound(graph), signs)
    return Frustration(graph, lower, upper, signs, certified, proof, method, found.stopped, time.monotonic() - begin)


def _ends(graph: SignedGraph, proved: Fraction, signs: np.ndarray) -> tuple[float, bool]:
    """The lower end as a float, and whether it meets the weight that the signs leave."""
    upper = graph.frustrated_weight(signs)
    attained = sum((Fraction(x) for x in np.abs(graph.w[graph.frustrated(signs)]).tolist()), Fraction(0))
    if proved >= attained:
        return upper, True
    lower = min(_below(proved), upper)
    counted = integers.scaled(graph.w).exact
    return lower, not counted and upper - lower <= RESOLUTION * graph.total_weight


def _below(number: Fraction) -> float:
    """The largest float that is not above a number that is not negative."""
    near = float(number)
    return near if Fraction(near) <= number else math.nextafter(near, -math.inf)
