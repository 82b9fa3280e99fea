"""Takes the comparison of EfficientNet-Lite0 with its null models apart, and writes what each part does.

    python chapters/data/why_not_lite.py

Which kinds of layer carry the weight and the frustration; what happens where only some of them are shuffled; and what
skip edges and batch-norm scales have to do with it. One fixed search for the network and for every draw: one annealing
run. Upper ends only. Five minutes on one core.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

import blockshift as bs
from blockshift.claims import report
from blockshift.signs import annealing, nulls
from blockshift.signs.annealing import Schedule
from blockshift.signs.network_couplings import NetworkCouplings

HERE = Path(__file__).resolve().parent
NAME, SIZE, DRAWS, SWEEPS = "efficientnet-lite0", 64, 4, 12
#: What an edge belongs to, by the kind of its map and the size of its kernel.
CLASSES = ("first layer", "depthwise", "pointwise", "skip", "last layers")


def class_of(dag, link) -> str:
    """The class of the edges of a link."""
    if link.map.kind == "identity":
        return "skip"
    if link.map.kind == "depthwise":
        return "depthwise"
    if link.source == 0:
        return "first layer"
    return "pointwise" if link.map.kind == "convolution" else "last layers"


def measured(dag, seed: int) -> dict:
    """The frustration of a network, and by classes the share of the weight and the part of it that is frustrated."""
    rng = np.random.default_rng([7, seed])
    J = NetworkCouplings(dag)
    left = J.frustrations(annealing.annealed(J, Schedule(SWEEPS), rng=rng).astype(np.float32))
    weight, wrong = dict.fromkeys(CLASSES, 0.0), dict.fromkeys(CLASSES, 0.0)
    for link, value in zip(dag.links, left, strict=True):
        weight[class_of(dag, link)] += link.map.weight
        wrong[class_of(dag, link)] += float(value)
    shares = {name: [w / dag.total_weight, wrong[name] / w if w else 0.0] for name, w in weight.items()}
    return {"zeta": float(left.sum()) / dag.total_weight, "classes": shares}


def drawn(dag, kind: str, seed: int, only: str | None = None):
    """A draw of a null model; with `only`, all other classes keep their weights."""
    null = nulls.draw(dag, kind, rng=np.random.default_rng([11, seed]))
    if only is None:
        return null
    links = tuple(new if class_of(dag, old) == only else old for old, new in zip(dag.links, null.links, strict=True))
    return replace(dag, links=links)


def without_skips(dag):
    """The network without its skip edges."""
    return replace(dag, links=tuple(link for link in dag.links if link.map.kind != "identity"))


def compared(dag, draw: Callable) -> dict:
    """The network and some draws."""
    own, others = measured(dag, 0), [measured(draw(dag, seed=k), k) for k in range(DRAWS)]
    zetas = np.array([x["zeta"] for x in others])
    z = (own["zeta"] - zetas.mean()) / zetas.std(ddof=1)
    print(f"  {own['zeta']:.4f} against {zetas.mean():.4f}, z {z:.1f}", flush=True)
    return {"network": own, "draws": others}


def main() -> None:
    """All comparisons."""
    model = bs.model(NAME, input_size=SIZE)
    dag = bs.trace(model.module, model.input_shape)
    diagonal = bs.trace(model.module, model.input_shape, batch_norm="diagonal")
    plan: dict[str, tuple] = {}
    for kind in ("sign-shuffle", "weight-shuffle", "weight-shuffle-folded", "row-shuffle", "kernel-shuffle"):
        plan[kind] = (dag, partial(drawn, kind=kind))
    for kind in ("sign-shuffle", "weight-shuffle-folded"):
        for only in ("first layer", "depthwise", "pointwise"):
            plan[f"{kind}, {only} only"] = (dag, partial(drawn, kind=kind, only=only))
        plan[f"{kind}, no skips"] = (without_skips(dag), partial(drawn, kind=kind))
    plan["sign-shuffle, batch-norms apart"] = (diagonal, partial(drawn, kind="sign-shuffle"))
    result = {}
    for name, (net, draw) in plan.items():
        print(name, flush=True)
        result[name] = compared(net, draw)
    about = {
        "command": "python chapters/data/why_not_lite.py", "network": NAME, "input": SIZE, "draws": DRAWS,
        "sweeps": SWEEPS, "nodes": dag.nodes, "edges": dag.edges,
    }  # fmt: skip
    report.write({**about, "comparisons": result}, HERE / "why-not-lite.json")


if __name__ == "__main__":
    main()
