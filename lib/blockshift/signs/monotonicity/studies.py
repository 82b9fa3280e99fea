"""A network at real inputs: λ, the direct test, and the order of the active subnetwork, at a stated effort.

What is compared (a trained network, its nulls, the same network untrained) is studied with the same function and the
same effort. Everything an input tells is kept as plain numbers; nothing is averaged over inputs before it is stored.

Two orders are looked at. The *global* order comes from a switching of the whole network and is one for all inputs. The
*own* order of an input comes from the same switching after a descent on the active subnetwork of that input.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.tangents import Tangent
from blockshift.signs.monotonicity.coefficients import READINGS, coefficients
from blockshift.signs.monotonicity.gauges import frustrated_weight, overlap, rank_correlation, settled_gauge
from blockshift.signs.monotonicity.orders import KINDS, Order
from blockshift.signs.monotonicity.trials import SIZES, order_trials


@dataclass(frozen=True)
class PortraitEffort:
    """How much is done at each input; the same for all that is compared.

    Parameters
    ----------
    outputs : int
        Outputs whose rows of the Jacobian are computed, spread evenly over all; all of them where there are fewer.
    directions : int
        Of each kind.
    kinds : tuple of str
    sizes : tuple of float
        Of the steps along the order, as shares of the length of the input.
    noise : tuple of float
        Of random perturbations under which the own order is followed.
    sweeps, runs : int
        Rounds with heat for the switching of the whole network, and from how many random starts; the least frustrated
        is taken.

    Raises
    ------
    BadArgument
        If a number is not positive.
    """

    outputs: int = 50
    directions: int = 16
    kinds: tuple[str, ...] = KINDS
    sizes: tuple[float, ...] = SIZES
    noise: tuple[float, ...] = (0.01, 0.1, 0.3)
    sweeps: int = 60
    runs: int = 1

    def __post_init__(self):
        if min(self.outputs, self.directions, self.runs, len(self.kinds), len(self.sizes)) < 1 or self.sweeps < 0:
            raise errors.BadArgument(
                f"{self} asks for nothing; expected at least one output, direction, kind, size and run."
            )

    def chosen(self, outputs: int) -> np.ndarray:
        """Which outputs of a network with so many.

        Examples
        --------
        >>> PortraitEffort(outputs=3).chosen(10), PortraitEffort(outputs=3).chosen(2)
        (array([0, 4, 9]), array([0, 1]))
        """
        return np.unique(np.linspace(0, outputs - 1, min(self.outputs, outputs)).astype(int))


@dataclass(frozen=True, eq=False, repr=False)
class Portrait:
    """What one input tells of a network.

    Attributes
    ----------
    numbers : dict
        Plain values, ready for JSON: ``top`` (the largest output), ``active`` (share of the nodes that are on),
        ``share`` (frustrated share of the active subnetwork under the global switching) and ``own_share`` (after its
        own descent), ``turned`` (the share of active nodes that the descent turned), ``lambda`` and ``own_lambda`` (the
        mean of each reading), ``lambda_top`` (of the largest output), ``pairs`` and ``own_pairs`` (share of monotone
        pairs), ``flat``, ``trials`` (for each kind: agreement, its interval, alignment, at each size), ``rank`` (rank
        correlation over outputs of λ and of their alignment in the trials, for each kind at each size), ``survival``
        (for each noise: overlap of the own order and share of common nodes).
    tangent : Tangent
    switching : ndarray of int8, shape (n,)
        The switching of the own order.
    """

    numbers: dict[str, Any]
    tangent: Tangent = field(repr=False)
    switching: np.ndarray = field(repr=False)

    def __repr__(self) -> str:
        n = self.numbers
        return (
            f"Portrait(λ {n['lambda']['jacobian']:.3f}, {n['pairs']:.1%} of pairs monotone, active frustration "
            f"{n['share']:.4f})"
        ).replace("%", " %")


def global_switching(dag: Dag, effort: PortraitEffort, *, rng: np.random.Generator) -> np.ndarray:
    """A switching of a whole network, found with the given effort, shape ``(n,)``."""
    made = [settled_gauge(dag, rng=rng, sweeps=effort.sweeps, dtype=precision(dag)) for _ in range(effort.runs)]
    return min(made, key=lambda gauge: gauge.value).switching


def precision(dag: Dag) -> type:
    """The type of the weights of a network: float32, unless one of them is float64."""
    return np.float64 if any(k.map.kernel.dtype == np.float64 and k.bank for k in dag.links) else np.float32


def portrait(
    dag: Dag, x: np.ndarray, switching: np.ndarray, effort: PortraitEffort, *, rng: np.random.Generator
) -> Portrait:
    """What an input tells of a network, in the order of a switching.

    Parameters
    ----------
    dag : Dag
    x : ndarray, shape (C, H, W)
    switching : ndarray of ±1, shape (n,)
        Of the whole network.
    effort : PortraitEffort
    rng : numpy.random.Generator

    Raises
    ------
    ShapeMismatch
        If the input or the switching does not fit.

    Source: ours; the quantities as in [wendin2025frustration] where they are named there.

    Examples
    --------
    >>> from blockshift.graph.perceptrons import perceptron
    >>> dag = perceptron([[[1, -2], [-1, 2]], [[1, -1]]])
    >>> portrait(dag, np.ones((2, 1, 1)), np.array([1, -1, 1, -1, 1]), PortraitEffort(), rng=np.random.default_rng(0))
    Portrait(λ 1.000, 100.0 % of pairs monotone, active frustration 0.0000)
    """
    x = np.asarray(x, precision(dag))
    seen = Tangent.at(dag, x)
    order, chosen = Order.of(dag, switching), effort.chosen(seen.outputs)
    own = settled_gauge(seen, switching, dtype=x.dtype.type)
    found, in_own = (coefficients(seen, o, chosen) for o in (order, Order.of(dag, own.switching)))
    top = int(seen.y.argmax())
    at_top = coefficients(seen, order, [top])
    walked = order_trials(dag, x, order, rng=rng, kinds=effort.kinds, sizes=effort.sizes, count=effort.directions)
    ranks = {
        kind: [rank_correlation(found.jacobian, walked.of_outputs(kind, z)[chosen]) for z in range(len(effort.sizes))]
        for kind in effort.kinds
    }
    total = seen.total_weight
    on = [mask.astype(bool) for mask in seen.active]
    turned = sum(
        int(((a != b) & m).sum())
        for a, b, m in zip(dag.split(own.switching), dag.split(np.asarray(switching)), on, strict=True)
    )
    active = sum(int(m.sum()) for m in on)
    numbers = {
        "top": top,
        "active": active / dag.nodes,
        "share": frustrated_weight(seen, switching) / total if total else 0.0,
        "own_share": own.share,
        "turned": turned / active,
        "lambda": _means(found),
        "own_lambda": _means(in_own),
        "lambda_top": {name: float(at_top.reading(name)[0]) for name in READINGS},
        "pairs": found.monotone_pairs,
        "own_pairs": in_own.monotone_pairs,
        "flat": found.flat,
        "trials": {
            kind: {
                "agreement": walked.agreement[a].tolist(),
                "low": walked.low[a].tolist(),
                "high": walked.high[a].tolist(),
                "alignment": walked.alignment[a].tolist(),
            }
            for a, kind in enumerate(effort.kinds)
        },
        "rank": ranks,
        "survival": [_survival(seen, own.switching, switching, size, rng) for size in effort.noise],
    }
    return Portrait(numbers, seen, own.switching)


def _means(found) -> dict[str, float]:
    """The mean of each reading over outputs that move."""
    moving = ~np.isnan(found.jacobian)
    return {name: float(found.reading(name)[moving].mean()) if moving.any() else float("nan") for name in READINGS}


def _survival(seen: Tangent, own, switching, size: float, rng: np.random.Generator) -> dict[str, float]:
    """How far the own order of a perturbed input overlaps with that of the input, both found from one start."""
    noise = rng.standard_normal(seen.x.shape)
    length = float(np.linalg.norm(seen.x.astype(float))) or float(np.sqrt(seen.x.size))
    moved = (seen.x + size * length * noise / np.linalg.norm(noise)).astype(seen.x.dtype)
    there = Tangent.at(seen.dag, moved)
    other = settled_gauge(there, switching, dtype=seen.x.dtype.type)
    found = overlap(seen, own, there, other.switching)
    return {"size": size, "nodes": found.nodes, "inputs": found.inputs, "common": found.common}


def mean_interval(values: Sequence[float] | np.ndarray) -> tuple[float, float, float]:
    """The mean of independent numbers, and Student's interval of 95 % for it; NaNs are left out.

    Examples
    --------
    >>> [round(v, 3) for v in mean_interval([0.0, 1.0, 2.0])]
    [1.0, -1.484, 3.484]
    """
    from scipy.special import stdtrit

    kept = np.asarray(values, float)
    kept = kept[np.isfinite(kept)]
    if len(kept) < 2:
        mean = float(kept[0]) if len(kept) else float("nan")
        return mean, float("nan"), float("nan")
    half = stdtrit(len(kept) - 1, 0.975) * kept.std(ddof=1) / np.sqrt(len(kept))
    return float(kept.mean()), float(kept.mean() - half), float(kept.mean() + half)


def summary(portraits: Sequence[dict[str, Any]], effort: PortraitEffort) -> dict[str, Any]:
    """Means over inputs with their intervals, from the numbers of portraits."""
    plain = {
        key: mean_interval([p[key] for p in portraits])
        for key in ("share", "own_share", "turned", "pairs", "own_pairs")
    }
    plain |= {
        f"{key}": mean_interval([p[key]["jacobian"] for p in portraits])
        for key in ("lambda", "own_lambda", "lambda_top")
    }
    agreement = {
        kind: [mean_interval([p["trials"][kind]["agreement"][z] for p in portraits]) for z in range(len(effort.sizes))]
        for kind in effort.kinds
    }
    return plain | {"agreement": agreement}


def without_biases(dag: Dag) -> Dag:
    """The same network with no bias: what an untrained network begins with."""
    return replace(dag, layers=tuple(replace(layer, bias=None) for layer in dag.layers))
