"""How frustrated a network is at full size: an interval, a switching behind its upper end, a bound behind its lower.

The network is a layered graph of operators and stays one: heuristics flip nodes through its kernels, bounds go through
its convolutions. Small networks are written out as graphs, where the exact search proves the answer.

One sign for each channel is a switching too, and the network then collapses to a small weighted graph between its
channels. The frustration of that graph, times nothing, is an *upper* bound for the network. It is no lower bound, not
even if the small graph is solved to proven optimality: the optimum of the network may differ from pixel to pixel (at
the border, say, or in stripes), and that can only be better.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.signs import annealing, intervals
from blockshift.signs import frustration as upper_bounds
from blockshift.signs.bounds import network_bounds
from blockshift.signs.bounds.network_bounds import NetworkBound
from blockshift.signs.intervals import Frustration
from blockshift.signs.network_balance import balancing
from blockshift.signs.network_couplings import NetworkCouplings
from blockshift.signs.signed_graph import SignedGraph

#: Edges up to which a network is written out as a graph and searched for its proven optimum.
WRITTEN_OUT = 20_000
#: Proposals of all annealing runs together where neither time nor restarts are given, and sweeps of each at least and
#: at most.
BUDGET, FEWEST, MOST = 300_000_000, 30, 300
#: Annealing runs where nothing is said: several where they are cheap, one where a sweep makes more proposals than this.
RUNS, DEAR = 3, 3_000_000
#: Ends this close, as a share of the total weight, count as one, as in ``intervals``.
RESOLUTION = 1e-9
#: What sums of floats that are taken in two orders may differ by, as a share of the total weight.
ROUNDING = 1e-12

EXACT = "proved by search on the written-out graph"
BALANCED = "proved: no weight is negative, and the switching leaves none"
NOTHING = "no weight is negative"


@dataclass(frozen=True)
class Part:
    """What a switching leaves frustrated in one link, or in all links that lead into one layer.

    Attributes
    ----------
    name, kind : str
    nodes : int
        Of the layer that it leads to.
    edges, negative_edges : int
    weight, frustrated : float
        Sums of absolute weights.
    flipped : float
        Share of the layer's nodes whose sign is -1.
    """

    name: str
    kind: str
    nodes: int
    edges: int
    negative_edges: int
    weight: float
    frustrated: float
    flipped: float

    @property
    def fraction(self) -> float:
        """The frustrated share of the weight; 0 where there is none."""
        return self.frustrated / self.weight if self.weight else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class NetworkFrustration:
    """An interval that holds the frustration of a network.

    Parameters
    ----------
    dag : Dag
        The graph that it is about: with signs in the place of weights where that was asked for.
    lower, upper : float
        In units of weight. Parallel edges count one by one.
    signs : ndarray of int8, shape (n,)
        The switching that attains the upper end, in the flat order of the graph.
    certified : bool
        Whether the ends are proved to meet.
    certificate : NetworkBound, Frustration or None
        Why it is not less than `lower`: a bound, the search of the written-out graph, or nothing but signs.
    guarantee : str
        With what certainty.
    method : str
    stopped : str
        "proved", "finished", "time limit" or "interrupted".
    seconds : float
    """

    dag: Dag
    lower: float
    upper: float
    signs: np.ndarray
    certified: bool
    certificate: NetworkBound | Frustration | None
    guarantee: str
    method: str
    stopped: str
    seconds: float

    @property
    def fraction_lower(self) -> float:
        """The lower end as a share of the total weight; 0 where there is none."""
        return self.lower / self.dag.total_weight if self.upper else 0.0

    @property
    def fraction_upper(self) -> float:
        """The upper end as a share of the total weight; 0 where there is none."""
        return self.upper / self.dag.total_weight if self.upper else 0.0

    @property
    def fraction(self) -> float:
        """What is known of the frustration as a share of the total weight, from above; between 0 and 1/2."""
        return self.fraction_upper

    @property
    def width(self) -> float:
        """The length of the interval as a share of the total weight."""
        return self.fraction_upper - self.fraction_lower

    @property
    def switching(self) -> np.ndarray:
        """The signs, int8, shape ``(n,)``, in the flat order of the graph."""
        return self.signs

    @property
    def views(self) -> list[np.ndarray]:
        """The signs as one stack of feature maps a layer, shape ``(C, H, W)``."""
        return self.dag.split(self.signs)

    @cached_property
    def links(self) -> tuple[Part, ...]:
        """What is frustrated in each link."""
        left = NetworkCouplings(self.dag).frustrations(self.signs)
        return tuple(
            Part(
                link.name or f"{self.dag.layers[link.source].name} → {self.dag.layers[link.target].name}",
                link.map.kind, self.dag.layers[link.target].nodes, link.map.edges, link.map.negative_edges,
                link.map.weight, max(0.0, float(x)), self._flipped[link.target],
            )
            for link, x in zip(self.dag.links, left, strict=True)
        )  # fmt: skip

    @cached_property
    def layers(self) -> tuple[Part, ...]:
        """What is frustrated in the links that lead into each layer; the input has none."""
        found = []
        for place, layer in enumerate(self.dag.layers):
            into = [part for link, part in zip(self.dag.links, self.links, strict=True) if link.target == place]
            kinds = " + ".join(dict.fromkeys(part.kind for part in into)) or "input"
            found.append(
                Part(
                    layer.name,
                    kinds,
                    layer.nodes,
                    sum(p.edges for p in into),
                    sum(p.negative_edges for p in into),
                    math.fsum(p.weight for p in into),
                    math.fsum(p.frustrated for p in into),
                    self._flipped[place],
                )
            )
        return tuple(found)

    @cached_property
    def _flipped(self) -> list[float]:
        """The share of the nodes with sign -1, layer by layer."""
        return [float(np.mean(view < 0)) for view in self.views]

    def verify(self, *, rng: np.random.Generator) -> bool:
        """Whether the switching attains the upper end and the certificate proves the lower one, found anew.

        Parameters
        ----------
        rng : numpy.random.Generator
            For a fresh start, where the lower end holds with a stated probability.

        Examples
        --------
        >>> from blockshift.graph.network import Network
        >>> net = Dag.from_network(Network.from_weights([[[1, 1], [1, -1]]]))
        >>> network_frustration(net, rng=np.random.default_rng(0)).verify(rng=np.random.default_rng(1))
        True
        """
        attained = NetworkCouplings(self.dag).frustration(self.signs)
        if not attained <= self.upper * (1 + ROUNDING) or not self.lower <= self.upper:
            return False
        if self.certificate is None:
            return self.lower == 0 and (not self.certified or self.upper == 0)
        if isinstance(self.certificate, NetworkBound):
            verified = self.certificate.verify(self.dag, rng=rng).accepted
            return verified and self.lower <= self.certificate.value and not self.certified
        graph = _written_out(self.dag)
        same = np.array_equal(graph.w, self.certificate.graph.w) and np.array_equal(graph.v, self.certificate.graph.v)
        if not same or not self.certificate.verify():
            return False
        lower = self.certificate.lower + _parallel(self.dag, graph)
        return self.lower <= lower + RESOLUTION * self.dag.total_weight and self.certificate.certified >= self.certified

    def __repr__(self) -> str:
        size = f"{self.dag.nodes:,} nodes, {self.dag.edges:,} edges"
        if self.certified:
            return f"NetworkFrustration({self.fraction_upper:.4f} of the weight, certified; {size}; by {self.method})"
        return (
            f"NetworkFrustration(between {self.fraction_lower:.4f} and {self.fraction_upper:.4f} of the weight; "
            f"{size}; by {self.method}; lower end: {self.guarantee})"
        )


def network_frustration(
    dag: Dag,
    *,
    rng: np.random.Generator,
    signs: bool = False,
    time_limit: float | None = None,
    restarts: int | None = None,
    schedule: annealing.Schedule | None = None,
    bound: bool = True,
    progress: Callable[[str], None] = lambda doing: None,
) -> NetworkFrustration:
    """The frustration of a network: an interval, with what each end rests on.

    Parameters
    ----------
    dag : Dag
    rng : numpy.random.Generator
        For the heuristics, and for the start over which a probability is stated.
    signs : bool
        Whether every weight is replaced by its sign.
    time_limit : float, optional
        Seconds: half for each end. Without it the work is fixed, and the answer the same for the same `rng`.
    restarts : int, optional
        Annealing runs.
    schedule : Schedule, optional
        Of each of them.
    bound : bool
        Whether the lower end is wanted; it is 0 otherwise.
    progress : callable, optional
        Called now and then with what is being done.

    Raises
    ------
    BadArgument
        If the time limit or the number of restarts is negative.

    Notes
    -----
    Ctrl-C ends the search; what was reached is returned, with "interrupted" as the reason.

    Source: [wendin2025frustration] for the question; the bounds are ours. Claim P2-C1.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> net = Dag.from_network(Network.from_weights([[[1, 1], [1, -1]]]))
    >>> network_frustration(net, rng=np.random.default_rng(0))
    NetworkFrustration(0.2500 of the weight, certified; 4 nodes, 4 edges; by row flips, reductions)
    """
    if time_limit is not None and not time_limit >= 0:
        raise errors.BadArgument(f"the time limit is {time_limit}; expected seconds, from 0 up.")
    if restarts is not None and restarts < 0:
        raise errors.BadArgument(f"{restarts} restarts; expected an integer from 0 up.")
    begin = time.monotonic()
    dag = dag.signed() if signs else dag

    def answer(lower, upper, s, certified, certificate, guarantee, method, stopped):
        seconds = time.monotonic() - begin
        s = np.asarray(s, np.int8)
        return NetworkFrustration(dag, lower, upper, s, certified, certificate, guarantee, method, stopped, seconds)

    J = NetworkCouplings(dag)
    progress("looking for a balanced switching")
    balanced = balancing(dag)
    if balanced is not None and J.frustration(balanced) == 0:
        return answer(0.0, 0.0, balanced, True, None, BALANCED, "balance", "proved")
    limit = math.inf if time_limit is None else time_limit
    if dag.edges <= WRITTEN_OUT:
        return answer(*_searched(dag, J, rng, time_limit, restarts, progress))
    if schedule is None and time_limit is None:
        runs = (RUNS if J.work <= DEAR else 1) if restarts is None else restarts
        schedule = annealing.Schedule(int(np.clip(BUDGET / (max(1, runs) * J.work), FEWEST, MOST)))
        restarts = runs
    found = upper_bounds.upper_bound(
        J, rng=rng, restarts=restarts, schedule=schedule, time_limit=limit / 2 if bound else limit,
        progress=lambda run, value: progress(f"upper end {value / dag.total_weight:.4f} after run {run}"),
    )  # fmt: skip
    s, upper, stopped = found.switching, found.value, found.stopped
    if not bound or stopped == "interrupted":
        return answer(0.0, upper, s, False, None, NOTHING, found.method, stopped)
    try:
        below = network_bounds.semidefinite(dag, rng=rng, deadline=begin + limit, progress=progress)
    except KeyboardInterrupt:
        return answer(0.0, upper, s, False, None, NOTHING, found.method, "interrupted")
    late = "time limit" if time.monotonic() - begin > limit else stopped
    lower = min(below.value, upper)
    return answer(lower, upper, s, False, below, below.how, f"{found.method}, {below.method}", late)


def _searched(dag: Dag, J: NetworkCouplings, rng, time_limit, restarts, progress):
    """The answer by way of the written-out graph."""
    graph = _written_out(dag)
    extra = _parallel(dag, graph)
    found = intervals.frustration(
        graph, rng=rng, time_limit=time_limit, restarts=restarts,
        progress=lambda lower, upper: progress(f"frustration between {lower + extra:g} and {upper + extra:g}"),
    )  # fmt: skip
    upper = J.frustration(found.signs)
    if found.certified:
        return upper, upper, found.signs, True, found, EXACT, found.method, found.stopped
    lower = min(upper, max(0.0, found.lower + extra - ROUNDING * dag.total_weight))
    return lower, upper, found.signs, False, found, EXACT, found.method, found.stopped


def _written_out(dag: Dag) -> SignedGraph:
    """The network as a graph without parallel edges."""
    return SignedGraph.from_adjacency(dag.adjacency())


def _parallel(dag: Dag, graph: SignedGraph) -> float:
    """What parallel edges of opposite signs leave frustrated whatever the switching."""
    return max(0.0, (dag.total_weight - graph.total_weight) / 2)
