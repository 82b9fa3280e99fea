"""Claims about balance, and about a frustration that is certified (P2-C11, O-F1, O-F2)."""

from itertools import product

import numpy as np

from blockshift.claims.evidence import Certificate
from blockshift.claims.ledger import claim
from blockshift.signs.balance import balance
from blockshift.signs.exact.optimum import optimum
from blockshift.signs.known_graphs import spin_glass
from blockshift.signs.signed_graph import SignedGraph

PAGE = "signs/balance"


def _small_graphs(rng: np.random.Generator, count: int) -> list[SignedGraph]:
    """Random signed graphs of 3 to 6 nodes; half of them are switched from all plus, and so balanced."""
    graphs = []
    for k in range(count):
        n = int(rng.integers(3, 7))
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
    figures=("fig-triangle",),
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

    scope = f"{len(graphs)} graphs of 3 to 6 nodes, every switching tried"
    return Certificate(answers, certificates_hold_and_agree_with_all_switchings, scope)


@claim(
    "O-F1",
    source="ours",
    status="ours",
    part="signs",
    chapter=PAGE,
    statement="The 20 × 20 spin glass drawn with seed 0 has frustration 123: some switching leaves 123 of 800 edges "
    "negative, and none leaves fewer.",
    control={"value": 121},
    uses=("P2-C11",),
)
def a_spin_glass_is_certified(*, value=123):
    """Signs and a proof from the search, looked at by the check of proofs alone; the control asks for less."""
    graph = spin_glass(20, 20, rng=np.random.default_rng(0))
    found = optimum(graph)

    def the_signs_attain_it_and_the_cycles_prove_it(witness):
        signs, proof = witness
        return graph.frustrated_weight(signs) == value == proof.lower_bound(graph)

    return Certificate(
        (found.signs, found.proof), the_signs_attain_it_and_the_cycles_prove_it, "one graph of 400 nodes and 800 edges"
    )


@claim(
    "O-F2",
    source="ours",
    status="ours",
    part="signs",
    chapter="signs/how-far-from-optimal",
    statement="The frustration of a planar signed graph is the least total length of ways in its dual that join the "
    "negative faces in pairs, and half-integral shares of negative cycles add up to it.",
    control={"longer": 1},
    uses=("P2-C11",),
)
def negative_faces_are_matched_in_pairs(*, longer=0):
    """Matching against the cycle program, and a check that knows neither; the control asks for one more."""
    rng = np.random.default_rng(22)
    graphs = [spin_glass(6, 7, rng=rng, free=True) for _ in range(6)]
    found = [optimum(graph, road="matching") for graph in graphs]

    def packings_in_halves_prove_what_is_attained(answers):
        for graph, answer in zip(graphs, answers, strict=True):
            other = optimum(graph, road="cycle program").lower + longer
            bits = {piece.reason.bits for part in answer.proof.parts for piece in part.pieces}
            proved = answer.proof.lower_bound(graph)
            if not proved == other == graph.frustrated_weight(answer.signs) or bits != {1}:
                return False
        return True

    return Certificate(
        found, packings_in_halves_prove_what_is_attained, f"{len(graphs)} squares of 42 nodes, random signs"
    )
