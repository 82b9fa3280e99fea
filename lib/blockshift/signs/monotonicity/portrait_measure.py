"""The measure of a sweep over variants of networks: the portraits of one variant at all its pictures.

A cell is one variant of one network. Its pictures stay together, because each picture's own order is compared with that
of every other, and orders are too large to be kept. All variants go down one road with one effort, as in
``frustration_measure``; no clock is looked at.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from blockshift.graph.dag import Dag
from blockshift.signs.checkpoints import Cell
from blockshift.signs.frustration_measure import Source, loaded
from blockshift.signs.monotonicity import variants
from blockshift.signs.monotonicity.gauges import frustrated_weight, overlap, settled_gauge
from blockshift.signs.monotonicity.studies import PortraitEffort, global_switching, portrait, precision

#: Pictures at which the order is found twice from independent random starts, to see how well it is known at all.
TWICE = 2


class Shown(Protocol):
    """Inputs of a network with their classes: `graph.pretrained.pictures.Pictures`, or any pair of arrays."""

    @property
    def inputs(self) -> np.ndarray:
        """Shape ``(m, C, H, W)``."""

    @property
    def labels(self) -> np.ndarray | None:
        """Shape ``(m,)``, where they are known."""


@dataclass(frozen=True, eq=False)
class PortraitMeasure:
    """The measure of a sweep: what one variant of one network shows at its pictures.

    Parameters
    ----------
    networks : dict
        From each name to a `Dag`, or to a function that loads it where it is needed.
    pictures : dict of str to Pictures
    effort : PortraitEffort
    seed : int
    initial : dict
        From names to the state before training, where it was kept.
    """

    networks: Mapping[str, Source]
    pictures: Mapping[str, Shown]
    effort: PortraitEffort
    seed: int = 0
    initial: Mapping[str, Source] = field(default_factory=dict)

    def __call__(self, cell: Cell, rng: np.random.Generator) -> dict[str, Any]:
        """The record of the cell ``(network, kind, number)``; its generator is that of ``variants``."""
        name, kind, number = str(cell[0]), str(cell[1]), int(cell[2])
        chance = variants.generator(name, kind, number, self.seed)
        dag = loaded(self.networks[name])
        before = loaded(self.initial[name]) if kind == variants.INITIAL and name in self.initial else None
        chosen = variants.variant(dag, kind, rng=chance, initial=before)
        return finite(record(chosen, self.pictures[name], self.effort, rng=chance))


def record(dag: Dag, pictures: Shown, effort: PortraitEffort, *, rng: np.random.Generator) -> dict[str, Any]:
    """What is found of one variant of a network: its order, its portraits, and how far their own orders overlap.

    Parameters
    ----------
    dag : Dag
    pictures : Pictures
    effort : PortraitEffort
    rng : numpy.random.Generator

    Returns
    -------
    dict
        ``nodes``, ``edges``; ``share``, the frustrated share of the weight; ``runs``, ``sweeps``; ``images``, the
        numbers of each portrait; ``overlap``, for each pair of pictures whether they are of one class, and the overlap
        of their own orders over nodes and over inputs, with the share of nodes they have in common;
        ``overlap_layers``, its mean over pairs layer by layer; ``twice``, for the first pictures the overlap of two
        orders found from independent starts; ``layers``, their names.
    """
    switching = global_switching(dag, effort, rng=rng)
    share = frustrated_weight(dag, switching.astype(precision(dag))) / (dag.total_weight or 1.0)
    portraits = [portrait(dag, x, switching, effort, rng=rng) for x in pictures.inputs]
    pairs = []
    for i, a in enumerate(portraits):
        for j, b in enumerate(portraits[:i]):
            same = pictures.labels is not None and bool(pictures.labels[i] == pictures.labels[j])
            pairs.append((same, overlap(a.tangent, a.switching, b.tangent, b.switching)))
    twice = []
    for p in portraits[:TWICE]:
        one, other = (settled_gauge(p.tangent, rng=rng, sweeps=effort.sweeps, dtype=np.float32) for _ in range(2))
        twice.append(overlap(p.tangent, one.switching, p.tangent, other.switching))
    return {
        "nodes": dag.nodes,
        "edges": dag.edges,
        "share": share,
        "runs": effort.runs,
        "sweeps": effort.sweeps,
        "overlap": [[same, o.nodes, o.inputs, o.common] for same, o in pairs],
        "overlap_layers": [_mean(v) for v in zip(*(o.layers for _, o in pairs), strict=True)],
        "twice": [[o.nodes, o.inputs] for o in twice],
        "layers": [layer.name for layer in dag.layers],
        "images": [p.numbers for p in portraits],
    }


def _mean(values) -> float:
    """The mean of what is a number."""
    kept = [v for v in values if np.isfinite(v)]
    return float(np.mean(kept)) if kept else float("nan")


def finite(value: Any) -> Any:
    """The same for JSON, which has no NaN: there it is None.

    Examples
    --------
    >>> finite({"a": (1.5, float("nan"))})
    {'a': [1.5, None]}
    """
    if isinstance(value, dict):
        return {key: finite(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    return None if isinstance(value, (float, np.floating)) and not np.isfinite(value) else value


def fingerprint(pictures: Shown) -> str:
    """Digits that change with any pixel and any class.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> shown = [SimpleNamespace(inputs=np.full((1, 1, 1, 1), v), labels=None) for v in (0.5, 0.25)]
    >>> fingerprint(shown[0]) == fingerprint(shown[1])
    False
    """
    digest = hashlib.sha256(repr((pictures.inputs.shape, pictures.inputs.dtype.str)).encode())
    digest.update(np.ascontiguousarray(pictures.inputs).tobytes())
    digest.update(b"none" if pictures.labels is None else repr(pictures.labels.tolist()).encode())
    return digest.hexdigest()[:16]
