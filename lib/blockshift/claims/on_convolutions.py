"""A claim about convolutions as blocks of the adjacency matrix that are never written down (O-T1)."""

import numpy as np

from blockshift.claims.evidence import Residual
from blockshift.claims.ledger import claim
from blockshift.graph.layers import LayerMap

PAGE = "graph/unrolling-a-convolution"

#: Channels out and in, kernel, height and width, stride, padding (top, left, bottom, right), dilation, groups.
CASES = (
    (1, 1, (3, 3), (5, 5), (1, 1), (0, 0, 0, 0), (1, 1), 1),
    (3, 2, (3, 2), (6, 5), (1, 1), (1, 1, 1, 1), (1, 1), 1),
    (4, 4, (3, 3), (7, 6), (2, 1), (1, 0, 2, 1), (1, 2), 2),
    (5, 5, (2, 3), (4, 6), (1, 2), (0, 1, 0, 1), (1, 1), 5),
    (2, 3, (5, 5), (3, 4), (1, 1), (4, 4, 4, 4), (1, 1), 1),
)


@claim(
    "O-T1",
    source="ours",
    status="ours",
    part="graph",
    chapter=PAGE,
    figures=("fig-toeplitz",),
    statement="The block of a convolution has one edge for each nonzero kernel entry and each output row and column "
    "for which its tap falls on the picture, and their weights add up likewise: both are sums over the kernel alone.",
    control={"border": False},
)
def edges_are_counted_from_the_kernel(*, border=True):
    """Counts and total weights against the written-out matrix, in integers; the control counts taps in the padding."""
    rng = np.random.default_rng(1)
    differences = {}
    for out, into, k, (height, width), stride, padding, dilation, groups in CASES:
        K = rng.integers(-2, 3, (out, into // groups, *k)).astype(float)
        made = LayerMap.convolution(
            K, (into, height, width), stride=stride, padding=padding, dilation=dilation, groups=groups
        )  # fmt: skip
        written = made.sparse()
        edges, weight = float(made.edges), made.weight
        if not border:
            rows, columns = made.base_out[1:]
            edges, weight = rows * columns * int((K != 0).sum()), rows * columns * float(np.abs(K).sum())
        name = f"{out} of {into} channels, {k[0]}×{k[1]} over {height}×{width}"
        differences[name] = float(edges - (written.data != 0).sum())
        differences[f"{name}, weight"] = float(weight - np.abs(written.data).sum())
    return Residual(differences, 0, f"exact integers, {len(CASES)} convolutions, every size of stride and border")
