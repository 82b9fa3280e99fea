"""How frustrated a signed graph is: an interval, the switching behind its upper end, the certificate behind its lower.

The *frustration* of a signed graph is the least weight of negative edges that a switching leaves. To find it is as
hard as to cut a graph best, so an honest answer is an interval ``[lower, upper]``: above, what some switching
attains; below, what is proved. Where the two ends meet the answer is *certified*.

Heuristics give the upper end, and the exact search sharpens both. A lower end is passed on only after its proof was
checked by a road of its own, in exact arithmetic.
"""

import math
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from blockshift import errors
from blockshift.signs import annealing
from blockshift.signs import frustration as upper_bounds
from blockshift.signs.balance import Balanced, balance
from blockshift.signs.bounds import packing, semidefinite, verifiers
from blockshift.signs.bounds.multipliers import DualBound
from blockshift.signs.bounds.packing import PackingBound
from blockshift.signs.exact import integers, optimum, pieces
from blockshift.signs.exact.proofs import Proof
from blockshift.signs.signed_graph import SignedGraph

#: Seconds of search where neither an exact answer nor a time was asked for.
TIME_LIMIT = 10.0
#: Edges above which the exact search is left out unless it is asked for: it begins edge by edge in Python.
SEARCHED_EDGES = 200_000
#: Weights with no common measure are cut to integers before anything is proved about them, which costs up to some 1e-15
#: of the total weight for each edge. Ends this close, relative to the total, count as one.
RESOLUTION = 1e-9
#: Annealing runs and their sweeps before a search.
SHORT_RUNS, SHORT_SWEEPS = 5, 100
#: Nodes up to which the semidefinite bound can be certified by a factorisation in seconds.
FACTORED = min(2000, verifiers.DENSE)

Certificate = Balanced | Proof | DualBound | PackingBound


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
    certificate : Balanced, Proof, DualBound or PackingBound
        Why it is not less than `lower`; `proved` checks it.
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
    certificate: Certificate
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
        lower, certified = _ends(self.graph, proved(self.certificate, self.graph), self.signs)
        attained = self.graph.frustrated_weight(self.signs) == self.upper
        return attained and lower >= self.lower and (certified or not self.certified)

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
    road: str | None = None,
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
    road : str, optional
        "enumeration", "matching" (planar graphs) or "cycle program": the only way by which the search may bound what
        reductions leave. Left out, each piece takes the one that is quickest for it.
    progress : callable, optional
        Called now and then with the two ends so far.

    Raises
    ------
    BadArgument
        If the time limit or the number of restarts is negative, or the road does not lead through this graph.
    UnknownName
        If there is no such road.

    Notes
    -----
    Ctrl-C ends the search and returns the interval that was reached.

    Source: [harary1953] for balance; the search is ours. Claims P2-C11, P2-C13.

    Examples
    --------
    >>> enemies = SignedGraph.from_edges([(a, b, -1) for a in range(5) for b in range(a)])
    >>> frustration(enemies, rng=np.random.default_rng(0))
    Frustration(4, certified, 40.00% of the weight, by row flips, enumeration)
    """
    if time_limit is not None and not time_limit >= 0:
        raise errors.BadArgument(f"the time limit is {time_limit}; expected seconds, from 0 up.")
    if restarts is not None and restarts < 0:
        raise errors.BadArgument(f"{restarts} restarts; expected an integer from 0 up.")
    pieces.refuse_unknown(road)
    begin = time.monotonic()
    limit = time_limit if time_limit is not None else math.inf if exact else TIME_LIMIT
    known = balance(graph)
    if isinstance(known, Balanced):
        s = graph.signs(known.switching)
        return Frustration(graph, 0.0, 0.0, s, True, known, "balance", "proved", time.monotonic() - begin)
    searched = exact or road is not None or graph.m <= SEARCHED_EDGES
    # Before a search a few short runs are enough: they make it shorter, and it improves on them.
    short = searched and restarts is None
    heuristic = upper_bounds.upper_bound(
        graph, rng=rng, restarts=SHORT_RUNS if short else restarts,
        schedule=annealing.Schedule(SHORT_SWEEPS) if short else None,
        time_limit=limit / 2 if searched else limit, progress=lambda run, value: progress(0.0, value),
    )  # fmt: skip
    signs, stopped, methods = heuristic.switching, heuristic.stopped, [heuristic.method]
    certificate: Certificate = Proof(())
    if searched and stopped != "interrupted":
        left = limit - (time.monotonic() - begin)
        found = optimum.optimum(graph, signs, time_limit=left, road=road, progress=progress)
        signs = min(signs, found.signs.astype(np.int8), key=graph.frustrated_weight)
        stopped, certificate = found.stopped, found.proof
        methods += found.methods
    lower, certified = _ends(graph, proved(certificate, graph), signs)

    def late() -> bool:
        return time.monotonic() - begin > limit

    for bound in _relaxations(graph, rng, late) if not certified and stopped != "interrupted" else ():
        if bound.certified and (ends := _ends(graph, proved(bound, graph), signs))[0] > lower:
            (lower, certified), certificate = ends, bound
            methods.append(bound.method)
    return Frustration(
        graph, lower, graph.frustrated_weight(signs), signs, certified, certificate,
        ", ".join(dict.fromkeys(methods)), stopped, time.monotonic() - begin,
    )  # fmt: skip


def _relaxations(
    graph: SignedGraph, rng: np.random.Generator, late: Callable[[], bool]
) -> Iterator[DualBound | PackingBound]:
    """Bounds that need no search, the strongest for dense graphs first."""
    if graph.n <= FACTORED:
        yield semidefinite.semidefinite_bound(graph, rng=rng)
    yield packing.greedy_packing(graph, pause=late)


def proved(certificate: Certificate, graph: SignedGraph) -> Fraction:
    """The lower bound that a certificate proves for the graph, found anew; -1 if it proves nothing.

    Examples
    --------
    >>> proved(Balanced({"a": 1, "b": 1}), SignedGraph.from_edges([("a", "b", -1)]))
    Fraction(-1, 1)
    """
    if isinstance(certificate, Proof):
        return certificate.lower_bound(graph)
    if isinstance(certificate, Balanced):
        return Fraction(0) if certificate.verify(graph) else Fraction(-1)
    # Chance is for estimates only, and what rests on chance is no certificate.
    verified = certificate.verify(graph, rng=np.random.default_rng(0))
    return Fraction(verified.value) if verified.certified else Fraction(-1)


def _ends(graph: SignedGraph, bound: Fraction, signs: np.ndarray) -> tuple[float, bool]:
    """The lower end as a float, and whether it meets the weight that the signs leave.

    Where the weights have a common measure, the bound is raised to the next value that a frustrated weight can have.
    """
    units = integers.scaled(graph.w)
    if units.exact and bound >= 0:
        step, rest = integers.lattice(graph.n, graph.u, graph.v, units.weights)
        bound = units.scale * integers.rounded_up(math.ceil(bound / units.scale), step, rest)
    upper = graph.frustrated_weight(signs)
    if bound >= sum((Fraction(x) for x in np.abs(graph.w[graph.frustrated(signs)]).tolist()), Fraction(0)):
        return upper, True
    lower = min(_below(bound), upper)
    return lower, not units.exact and upper - lower <= RESOLUTION * graph.total_weight


def _below(number: Fraction) -> float:
    """The largest float that is not above a number."""
    near = float(number)
    return near if Fraction(near) <= number else math.nextafter(near, -math.inf)
