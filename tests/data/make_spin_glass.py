"""``python tests/data/make_spin_glass.py``: the spin glass of seed 0 on a 20 x 20 torus, its optimum, its certificate.

The certificate is a packing of negative cycles: lists of nodes, and the share of each as an integer over ``2^bits``.
"""

import json
from pathlib import Path

import numpy as np

from blockshift.signs.exact.optimum import optimum
from blockshift.signs.known_graphs import spin_glass

FOLDER = Path(__file__).parent


def cycle_of(edges):
    """The nodes of a cycle that is given by its edges."""
    around = {}
    for a, b in edges:
        around.setdefault(a, []).append(b)
        around.setdefault(b, []).append(a)
    cycle = [edges[0][0], edges[0][1]]
    while len(cycle) < len(edges):
        here, before = cycle[-1], cycle[-2]
        cycle.append(next(node for node in around[here] if node != before))
    return cycle


def main():
    """Write both files."""
    graph = spin_glass(20, 20, rng=np.random.default_rng(0))
    found = optimum(graph)
    (part,) = found.proof.parts
    (piece,) = part.pieces
    (leaf,) = piece.reason.leaves
    if part.steps or any(flipped for k in leaf.rows for _, flipped in piece.reason.rows[k]):
        raise SystemExit("the proof is more than a packing of negative cycles; take another graph")
    cycles = [cycle_of([piece.edges[e][:2] for e, _ in piece.reason.rows[k]]) for k in leaf.rows]
    # The multipliers are in units of the integer weights; their loads may pass the weights in the last bits.
    unit = abs(part.weights[0])
    load = {}
    for cycle, share in zip(cycles, leaf.multipliers, strict=True):
        for step in map(frozenset, zip(cycle, [*cycle[1:], cycle[0]], strict=True)):
            load[step] = load.get(step, 0) + share
    bits, most = 40, max(max(load.values()), unit << piece.reason.bits)
    shares = [(share << bits) // most for share in leaf.multipliers]
    edges = [f"{u} {v} {w:+.0f}\n" for u, v, w in zip(graph.u, graph.v, graph.w, strict=True)]
    (FOLDER / "spin-glass-20x20.txt").write_text("".join(edges))
    certificate = {
        "frustration": int(graph.frustrated_weight(found.signs)),
        "minus": np.flatnonzero(found.signs < 0).tolist(),
        "bits": bits,
        "shares": shares,
        "cycles": cycles,
    }
    (FOLDER / "spin-glass-20x20.json").write_text(json.dumps(certificate) + "\n")


if __name__ == "__main__":
    main()
