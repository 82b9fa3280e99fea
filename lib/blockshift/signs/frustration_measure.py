"""The measure of a sweep over null models: the frustration interval of one draw, with a fixed effort.

A network and all its draws go down one road: row flips, annealing with a fixed schedule and a fixed number of
restarts, and the semidefinite lower bound with its fixed number of sweeps. No clock is looked at, and no draw is solved
by a method that the network was not: what differs between them is their weights.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.signs import frustration, nulls
from blockshift.signs.annealing import Schedule
from blockshift.signs.bounds import network_bounds
from blockshift.signs.checkpoints import Cell
from blockshift.signs.network_couplings import NetworkCouplings

#: In the place of a null model: the network itself.
NETWORK = "network"
#: Proposals of all annealing runs on one network where neither restarts nor sweeps are given: a third of what a network
#: alone is given, because there are many draws.
BUDGET = 100_000_000
#: Sweeps of a run, at least and at most, and runs, where nothing is said.
FEWEST, MOST, RUNS = 20, 300, 2

Source = Dag | Callable[[], Dag]


@dataclass(frozen=True)
class Effort:
    """What is spent on a network and on each of its draws alike.

    Parameters
    ----------
    restarts : int
        Annealing runs.
    sweeps : int
        Of each run; temperatures as in `Schedule`.
    bound : bool
        Whether lower ends are computed; they are 0 otherwise, and nothing is separated.
    """

    restarts: int
    sweeps: int
    bound: bool = True

    @classmethod
    def on(cls, dag: Dag, restarts: int | None = None, sweeps: int | None = None, bound: bool = True) -> "Effort":
        """The effort on a network: what is given, the rest within the budget.

        Raises
        ------
        BadArgument
            If the number of restarts is negative or that of sweeps is not positive.
        """
        if (restarts is not None and restarts < 0) or (sweeps is not None and sweeps < 1):
            raise errors.BadArgument(
                f"{restarts} restarts of {sweeps} sweeps were asked for; expected 0 restarts or more, of 1 or more."
            )
        runs = RUNS if restarts is None else restarts
        share = BUDGET / (max(1, runs) * max(1, NetworkCouplings(dag).work))
        return cls(runs, int(np.clip(share, FEWEST, MOST)) if sweeps is None else sweeps, bound)


@dataclass(frozen=True, eq=False)
class FrustrationMeasure:
    """The measure of a sweep: the interval of one draw of one network.

    Parameters
    ----------
    networks : dict
        From each name to a `Dag`, or to a function that loads it where it is needed.
    efforts : dict of str to Effort
    signs : bool
        Whether weights count by their signs alone; draws are made first.
    """

    networks: Mapping[str, Source]
    efforts: Mapping[str, Effort]
    signs: bool = False

    def __call__(self, cell: Cell, rng: np.random.Generator) -> dict[str, Any]:
        """Ends of the interval, in units of weight and as shares, for the cell ``(network, kind, number)``."""
        name, kind, _ = cell
        # Generators of their own: more effort on the search must not change the draw.
        for_draw, for_search, for_bound = rng.spawn(3)
        dag = loaded(self.networks[str(name)])
        if kind != NETWORK:
            dag = nulls.draw(dag, str(kind), rng=for_draw)
        if self.signs:
            dag = dag.signed()
        effort = self.efforts[str(name)]
        above = frustration.upper_bound(dag, rng=for_search, restarts=effort.restarts, schedule=Schedule(effort.sweeps))
        if above.stopped == "interrupted":
            # The search keeps what it has, but half a search is no result to keep.
            raise KeyboardInterrupt
        below, how = 0.0, "no lower end was asked for"
        if effort.bound:
            proof = network_bounds.semidefinite(dag, rng=for_bound)
            below, how = min(proof.value, above.value), proof.how
        total = dag.total_weight or 1.0
        return {
            "lower": below,
            "upper": above.value,
            "total_weight": dag.total_weight,
            "fraction_lower": below / total,
            "fraction_upper": above.value / total,
            "row_flips": above.row_flips / total,
            "edges": dag.edges,
            "negative_edges": dag.negative_edges,
            "guarantee": how,
        }


def loaded(source: Source) -> Dag:
    """The network, loaded if need be.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> dag = Dag.from_network(Network.from_weights([[[1]]]))
    >>> loaded(dag) is dag, loaded(lambda: dag) is dag
    (True, True)
    """
    return source if isinstance(source, Dag) else source()


def fingerprint(dag: Dag) -> str:
    """Digits that change with any weight of a network, or with any place where it stands.

    Examples
    --------
    >>> from blockshift.graph.network import Network
    >>> one, other = (fingerprint(Dag.from_network(Network.from_weights([[[w]]]))) for w in (1.0, 1.0 + 1e-15))
    >>> len(one), one == other
    (16, False)
    """
    digest = hashlib.sha256(repr([layer.shape for layer in dag.layers]).encode())
    for k in dag.links:
        m = k.map
        place = (k.source, k.target, k.source_channel, k.target_channel, k.bank, k.part)
        shape = (m.kernel.shape, m.kernel.dtype.str, m.base_in, m.base_out, m.stride, m.padding, m.dilation, m.groups)
        digest.update(repr((place, shape, m.transposed, m.kind)).encode())
        for array in (m.kernel, m.rows, m.columns, k.gain):
            digest.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
