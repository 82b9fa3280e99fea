"""Is a network less frustrated than chance? Networks, null models and draws, measured with one effort and compared.

The schedule is made for each network and used for its draws as it is (``frustration_measure``). The two distributions
differ by the weights alone, and a table can be remade bit for bit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from blockshift import errors
from blockshift.signs import comparisons, nulls, sweeps
from blockshift.signs.checkpoints import Cell
from blockshift.signs.comparisons import Comparison
from blockshift.signs.frustration_measure import NETWORK, Effort, FrustrationMeasure, Source, fingerprint, loaded
from blockshift.signs.progress import Progress
from blockshift.signs.sweeps import Table


@dataclass(frozen=True, eq=False, repr=False)
class AgainstChance:
    """The intervals of networks and of their draws, and what they say.

    Attributes
    ----------
    table : Table
        One cell ``(network, kind, number)`` a draw, and ``(network, "network", 0)`` for the network itself.
    efforts : dict of str to Effort
    comparisons : dict
        From each pair ``(network, kind)`` with something to compare to its `Comparison`.
    seed : int
    signs : bool
        Whether weights counted by their signs alone.
    """

    table: Table
    efforts: Mapping[str, Effort]
    comparisons: Mapping[tuple[str, str], Comparison]
    seed: int = 0
    signs: bool = False

    def to_json(self) -> list[dict[str, Any]]:
        """One entry for each network and kind, with the network's own interval by the same effort."""
        return [
            {
                "network": name,
                **found.to_json(),
                "network_lower": found.network[0],
                "network_upper": found.network[1],
                "effort": asdict(self.efforts[name]),
                "failed": sum(cell[:2] == (name, kind) for cell in self.table.failures),
            }
            for (name, kind), found in self.comparisons.items()
        ]

    def record(self) -> dict[str, Any]:
        """All that is needed to show the table and to remake it."""
        own = {cell[0]: row for cell, row in self.table.results.items() if cell[1] == NETWORK}
        return {
            "seed": self.seed,
            "signs": self.signs,
            "networks": {str(name): {**row, "effort": asdict(self.efforts[str(name)])} for name, row in own.items()},
            "comparisons": self.to_json(),
        }

    def __repr__(self) -> str:
        names = dict.fromkeys(name for name, _ in self.comparisons)
        lines = [repr(self.table)]
        for name in names:
            lines.append(name)
            lines += [f"  {found}" for (other, _), found in self.comparisons.items() if other == name]
        return "\n".join(lines)


def against_chance(
    networks: Mapping[str, Source],
    kinds: Mapping[str, int],
    *,
    seed: int,
    restarts: int | None = None,
    sweeps_each: int | None = None,
    bound: bool = True,
    signs: bool = False,
    checkpoint=None,
    n_jobs: int | None = None,
    retries: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> AgainstChance:
    """The frustration of networks among that of their null draws, by one effort for each network and its draws.

    Parameters
    ----------
    networks : dict
        From each name to a `Dag`, or to a function without arguments that makes it; with several processes such a
        function is sent in place of the weights.
    kinds : dict of str to int
        From each kind of null model to the number of draws.
    seed : int
        Draw number k of a kind is the same draw whatever else is asked for.
    restarts, sweeps_each : int, optional
        Annealing runs, and sweeps of each; for every network within a budget if left out.
    bound : bool
        Whether lower ends are computed.
    signs : bool
        Whether weights count by their signs alone.
    checkpoint : path, optional
        Where finished cells are kept; with the same path and settings the sweep continues.
    n_jobs, retries, progress
        As in ``sweeps.sweep``.

    Raises
    ------
    UnknownName
        If there is no such kind.
    BadArgument
        If a number of draws is not positive, or a kind has nothing to change in a network.

    Source: [wendin2025frustration] for the question; intervals, and what is certain of the answer, are ours. Claims
    P2-C1, P2-C2.

    Examples
    --------
    >>> import numpy as np
    >>> from blockshift.graph.dag import Dag
    >>> from blockshift.graph.network import Network
    >>> W = np.outer([1, -1, 1], [1, 2, -3, 4])
    >>> balanced = Dag.from_network(Network.from_weights([W, [[1, -1, 1]]]))
    >>> found = against_chance({"net": balanced}, {"sign-random": 3}, seed=0)
    >>> found.comparisons["net", "sign-random"].separated
    3
    """
    networks = dict(networks)
    _checked(networks, kinds)
    efforts, marks = {}, {}
    for name, source in networks.items():
        dag = loaded(source)
        efforts[name], marks[name] = Effort.on(dag, restarts, sweeps_each, bound), fingerprint(dag)
        for kind in kinds:
            nulls.check(dag, kind)
    cells: list[Cell] = [(name, NETWORK, 0) for name in networks]
    # All kinds have a first draw before any has a second: a sweep that is stopped has something to say of each. One
    # network after the other, so that each is loaded once.
    cells += [
        (name, kind, k) for name in networks for k in range(max(kinds.values())) for kind in kinds if k < kinds[kind]
    ]
    settings = {
        "measure": "frustration",
        "restarts": restarts,
        "sweeps": sweeps_each,
        "bound": bound,
        "signs": signs,
    }
    table = sweeps.sweep(
        cells, FrustrationMeasure(networks, efforts, signs), seed=seed, settings=settings, inputs=marks,
        checkpoint=checkpoint, n_jobs=n_jobs, retries=retries, progress=progress,
    )  # fmt: skip
    found = {}
    for name in networks:
        for kind in kinds:
            comparison = _compared(table, name, kind)
            if comparison is not None:
                found[name, kind] = comparison
    return AgainstChance(table, efforts, found, seed, signs)


def _checked(networks: Mapping[str, Source], kinds: Mapping[str, int]) -> None:
    """That there is something to do."""
    if not networks or not kinds:
        raise errors.BadArgument(
            f"{len(networks)} networks and {len(kinds)} null models were given; expected one of each at least."
        )
    for kind, count in kinds.items():
        nulls.named(kind)
        if count < 1:
            raise errors.BadArgument(f"{count} draws of {kind!r} were asked for; expected 1 or more.")


def _compared(table: Table, name: str, kind: str) -> Comparison | None:
    """The comparison of a network with its draws of one kind, as far as they are there."""
    own, draws = table.select(name, NETWORK), table.select(name, kind)
    if not own or not draws:
        return None
    how = "; ".join(dict.fromkeys(draw["guarantee"] for draw in draws))
    ends = [(draw["fraction_lower"], draw["fraction_upper"]) for draw in [*own, *draws]]
    return comparisons.compared(kind, ends[0], ends[1:], f"each lower end: {how}")


def requested(texts: Sequence[str], also: Sequence[str] = ()) -> dict[str, int]:
    """The null models and numbers of draws that ``--nulls KIND:COUNT`` asks for.

    Parameters
    ----------
    texts : sequence of str
    also : sequence of str
        Kinds that may be asked for and are no null models.

    Raises
    ------
    BadArgument
        If a text is not of that form, or a kind is asked for twice.
    UnknownName
        If there is no such kind.

    Examples
    --------
    >>> requested(["sign-shuffle:20", "gaussian:5"])
    {'sign-shuffle': 20, 'gaussian': 5}
    """
    kinds: dict[str, int] = {}
    for text in texts:
        kind, colon, count = text.rpartition(":")
        if not colon or not (count.isascii() and count.isdigit() and int(count) > 0):
            raise errors.BadArgument(f"--nulls is {text!r}; expected KIND:COUNT, such as sign-shuffle:20.")
        if kind not in also:
            nulls.named(kind)
        if kind in kinds:
            raise errors.BadArgument(f"--nulls asks for {kind!r} twice; expected each kind once.")
        kinds[kind] = int(count)
    return kinds
