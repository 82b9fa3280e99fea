"""Claims about signed graphs: balance, gauge, and what a heuristic can say (P2-C11, P2-C13, P2-T4)."""

from itertools import product

import numpy as np

from blockshift.claims.evidence import Certificate
from blockshift.claims.ledger import claim
from blockshift.graph.network import Network
from blockshift.signs import descent
from blockshift.signs.balance import balance
from blockshift.signs.exact.optimum import optimum
from blockshift.signs.signed_graph import SignedGraph

PAGE = "signs/balance"


def _small_graphs(rng: np.random.Generator, count: int) -> list[SignedGraph]:
    """Random signed graphs of 3 to 7 nodes; half of them are switched from all plus, and so balanced."""
    graphs = []
    for k in range(count):
        n = int(rng.integers(3, 8))
        A = np.triu(rng.random((n, n)) < 0.5, 1) * rng.choice([-1, 1], size=(n, n))
        graph = SignedGraph.from_adjacency(np.abs(A) if k % 2 else A)
        graphs.append(graph.switched(rng.choice([-1, 1], size=n)))
    return graphs


@claim(
    "P2-C11",
    source="wendin2025frustration",
    status="confirmed",
    part="signs",
    chapter=PAGE,
    statement="A signed graph is balanced (every cycle has an even number of negative edges) if and only if some S = "
    "diag(s), s_i = ±1, makes S A S ≥ 0 entrywise.",
    control={"longest": 3},
)
def balance_is_a_switching(*, longest=None):
    """The library's answer and its certificate against all switchings; the control looks at triangles only."""
    graphs = _small_graphs(np.random.default_rng(11), 200)
    answers = [balance(graph, shortest=True) for graph in graphs]

    def certificates_hold_and_agree_with_all_switchings(found):
        for graph, answer in zip(graphs, found, strict=True):
            no_negative_cycle = answer.balanced or (longest is not None and len(answer.cycle) > longest)
            switchings = product((1, -1), repeat=graph.n)
            some_switching = any((graph.switched(s).adjacency().toarray() >= 0).all() for s in switchings)
            if not answer.verify(graph) or no_negative_cycle != some_switching:
                return False
        return len({answer.balanced for answer in found}) == 2

    scope = f"{len(graphs)} graphs of 3 to 7 nodes, every switching tried"
    return Certificate(answers, certificates_hold_and_agree_with_all_switchings, scope)


@claim(
    "P2-T4",
    source="wendin2025frustration",
    status="inferred",
    part="signs",
    chapter=PAGE,
    statement="Gauge transformations change neither |A| nor the frustration, but they do change the function of a ReLU "
    "network.",
    control={"columns": False},
    uses=("P2-C11",),
)
def a_gauge_keeps_frustration_and_changes_the_function(*, columns=True):
    """Integer networks switched at random; the control flips the signs of rows but not those of columns."""
    rng = np.random.default_rng(4)
    pairs = []
    for _ in range(20):
        layers = [rng.integers(-3, 4, size=shape) for shape in ((4, 3), (4, 4), (2, 4))]
        s = [rng.choice([-1, 1], size=d) for d in (3, 4, 4, 2)]
        other = [W * s[i + 1][:, None] * (s[i] if columns else 1) for i, W in enumerate(layers)]
        pairs.append((Network.from_weights(layers), Network.from_weights(other)))

    def modulus_and_frustration_stay_and_the_function_does_not(found):
        x = rng.integers(-5, 6, size=(3, 50))
        same = True
        for net, other in found:
            one, two = (SignedGraph.from_network(each) for each in (net, other))
            if (abs(net.adjacency()) != abs(other.adjacency())).any() or optimum(one).lower != optimum(two).lower:
                return False
            same = same and all((abs(_relu(net, x)) == abs(_relu(other, x))).flat)
        return not same

    scope = f"{len(pairs)} integer networks of widths 3, 4, 4, 2, frustrations certified"
    return Certificate(pairs, modulus_and_frustration_stay_and_the_function_does_not, scope)


def _relu(net: Network, x: np.ndarray) -> np.ndarray:
    """The output of a ReLU network, without a rectifier at the end."""
    for W in net.weights[:-1]:
        x = np.maximum(W @ x, 0)
    return net.weights[-1] @ x


@claim(
    "P2-C13",
    source="wendin2025frustration",
    status="inferred",
    part="signs",
    chapter=PAGE,
    statement="The row-flip heuristic gives an upper bound on the frustration and no more: on small random layered "
    "networks a single start is mostly above the optimum.",
    control={"exact": True},
)
def row_flips_are_an_upper_bound(*, exact=False):
    """One start on each network against the certified optimum; the control takes the optimum for the heuristic."""
    rng = np.random.default_rng(13)
    graphs = [SignedGraph.from_network(Network.random((4, 4, 4, 3), rng=rng)) for _ in range(25)]
    found = []
    for graph in graphs:
        best = optimum(graph)
        signs = best.signs if exact else descent.row_flips(graph).switching
        found.append((graph.frustrated_weight(signs), float(best.lower), graph.total_weight))

    def never_below_and_mostly_above(values):
        # The proofs cut the weights to integers, which costs some 1e-14 of the total.
        above = [(value - lower) / total for value, lower, total in values]
        return min(above) >= 0 and sum(gap > 1e-9 for gap in above) > len(values) / 2

    return Certificate(found, never_below_and_mostly_above, f"{len(graphs)} Gaussian networks of widths 4, 4, 4, 3")
