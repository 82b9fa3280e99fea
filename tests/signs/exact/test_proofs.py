"""The check of proofs: each line of a proof, spoiled, is refused."""

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.signs.exact import integers, kernel_proofs, optimum, pieces, proofs, reductions
from blockshift.signs.known_graphs import spin_glass
from blockshift.signs.signed_graph import SignedGraph

GLASS = spin_glass(5, 5, 5, rng=np.random.default_rng(1))
BY_CYCLES = optimum.optimum(GLASS)
TRIANGLE = SignedGraph.from_edges([(0, 1), (1, 2), (2, 0, -1)])


def changed(proof, **what):
    """The proof with its first part, or its first piece's reason, changed."""
    part = proof.parts[0]
    if "leaf" in what or "rows" in what or "leaves" in what:
        piece = part.pieces[0]
        reason = piece.reason
        if "leaf" in what:
            reason = dataclasses.replace(reason, leaves=(what["leaf"], *reason.leaves[1:]))
        else:
            reason = dataclasses.replace(reason, **what)
        what = {"pieces": (dataclasses.replace(piece, reason=reason),)}
    return proofs.Proof((dataclasses.replace(part, **what),))


def refused(proof, graph, word):
    with pytest.raises(errors.NotAProof, match=word):
        proof.lower_bound(graph)


def test_the_proof_of_a_spin_glass_is_by_cases():
    leaves = BY_CYCLES.proof.parts[0].pieces[0].reason.leaves
    assert len(leaves) >= 1
    assert all(len(leaf.rows) for leaf in leaves)
    assert "cases" in repr(BY_CYCLES.proof)


def test_a_proof_is_for_its_graph_only():
    other = spin_glass(5, 5, 5, rng=np.random.default_rng(2))
    refused(BY_CYCLES.proof, other, "larger than the graph's")
    refused(BY_CYCLES.proof, TRIANGLE, "share an edge")


def test_refuses_weights_that_are_too_large_or_of_the_other_sign():
    part = BY_CYCLES.proof.parts[0]
    for spoiled in (2 * part.weights[0], -part.weights[0]):
        refused(changed(BY_CYCLES.proof, weights=(spoiled, *part.weights[1:])), GLASS, "larger than the graph's")
    refused(changed(BY_CYCLES.proof, scale=2 * part.scale), GLASS, "larger than the graph's")
    refused(changed(BY_CYCLES.proof, scale=-part.scale), GLASS, "no scale")
    refused(proofs.Proof((part, part)), GLASS, "share an edge")


def test_refuses_edges_that_the_kernel_does_not_have():
    piece = BY_CYCLES.proof.parts[0].pieces[0]
    for spoiled in ((0, 124, 1), (*piece.edges[0][:2], 2 * piece.edges[0][2])):
        worse = dataclasses.replace(piece, edges=(spoiled, *piece.edges[1:]))
        refused(changed(BY_CYCLES.proof, pieces=(worse,)), GLASS, "not the kernel's")
    refused(changed(BY_CYCLES.proof, pieces=(piece, piece)), GLASS, "not the kernel's")


def test_refuses_rows_that_are_no_cycle_inequalities():
    reason = BY_CYCLES.proof.parts[0].pieces[0].reason
    number = reason.leaves[0].rows[0]
    row = reason.rows[number]
    spoiled = {
        "open": row[1:],
        "of the wrong parity": ((row[0][0], not row[0][1]), *row[1:]),
        "with an edge twice": (*row, row[0]),
    }
    for wrong in spoiled.values():
        refused(changed(BY_CYCLES.proof, rows={**reason.rows, number: wrong}), GLASS, "not a cycle inequality")
    without = {k: r for k, r in reason.rows.items() if k != number}
    refused(changed(BY_CYCLES.proof, rows=without), GLASS, "not a cycle inequality")


def test_two_cycles_are_no_cycle():
    graph = SignedGraph.from_edges([(0, 1), (1, 2), (0, 2, -1), (3, 4, -1), (4, 5, -1), (3, 5)])
    edges = tuple(zip(graph.u.tolist(), graph.v.tolist(), graph.w.astype(int).tolist(), strict=True))
    assert kernel_proofs._is_cycle_inequality(edges, ((0, False), (1, False), (2, False)))
    assert not kernel_proofs._is_cycle_inequality(edges, tuple((e, False) for e in range(6)))


def test_refuses_multipliers_that_are_negative_and_believes_no_claimed_bound():
    leaf = BY_CYCLES.proof.parts[0].pieces[0].reason.leaves[0]
    negative = dataclasses.replace(leaf, multipliers=(-1, *leaf.multipliers[1:]))
    refused(changed(BY_CYCLES.proof, leaf=negative), GLASS, "negative")
    boast = dataclasses.replace(leaf, bound=10**9)
    assert changed(BY_CYCLES.proof, leaf=boast).lower_bound(GLASS) == BY_CYCLES.lower


def test_larger_multipliers_never_prove_more_than_the_truth():
    leaf = BY_CYCLES.proof.parts[0].pieces[0].reason.leaves[0]
    for factor in (2, 10):
        greedy = dataclasses.replace(leaf, multipliers=tuple(factor * y for y in leaf.multipliers))
        assert changed(BY_CYCLES.proof, leaf=greedy).lower_bound(GLASS) < BY_CYCLES.lower


def test_the_bound_of_a_case_by_hand():
    # A positive triangle whose first edge is decided to be frustrated: a second one is, by x1 + x2 + (1 - x0) >= 1.
    edges = ((0, 1, 1), (1, 2, 1), (0, 2, 1))
    cases = kernel_proofs.Cases({7: ((0, True), (1, False), (2, False))}, (), bits=2)
    by_rows = kernel_proofs.Leaf(((0, True),), rows=(7,), multipliers=(4,), bound=0)
    assert kernel_proofs._leaf_bound(edges, cases, by_rows) == 2
    assert kernel_proofs._leaf_bound(edges, cases, dataclasses.replace(by_rows, multipliers=(2,))) == Fraction(3, 2)
    assert kernel_proofs._leaf_bound(edges, cases, dataclasses.replace(by_rows, rows=(), multipliers=())) == 1
    # The same edge decided to be satisfied, and two edges decided: the third follows.
    assert kernel_proofs._leaf_bound(edges, cases, dataclasses.replace(by_rows, decided=((0, False),))) == 0
    two = dataclasses.replace(by_rows, decided=((0, True), (1, True)), rows=(), multipliers=())
    assert kernel_proofs._leaf_bound(edges, cases, two) == 2
    # Without a decision the multipliers of that row prove nothing.
    assert kernel_proofs._leaf_bound(edges, cases, dataclasses.replace(by_rows, decided=())) == 0


def test_cases_must_be_exhaustive():
    yes, no = True, False
    assert kernel_proofs._exhaustive([()])
    assert kernel_proofs._exhaustive([((3, yes),), ((3, no), (5, yes)), ((3, no), (5, no))])
    assert not kernel_proofs._exhaustive([])
    assert not kernel_proofs._exhaustive([((3, yes),)])
    assert not kernel_proofs._exhaustive([((3, no),)])
    assert not kernel_proofs._exhaustive([((3, no), (5, no)), ((3, yes),), ((3, no),)][:2])
    assert not kernel_proofs._exhaustive([((3, yes),), ((4, no),)])
    assert not kernel_proofs._exhaustive([((3, yes),), ((3, no), (5, yes))])


def test_refuses_a_proof_by_cases_that_leaves_one_out(monkeypatch):
    monkeypatch.setattr(pieces, "QUICK_FLIPS", -1)
    monkeypatch.setattr(pieces, "LONG_FLIPS", -1)
    graph = SignedGraph.from_edges([(a, b, -1) for a, b in itertools.combinations(range(6), 2)])
    proof = optimum.optimum(graph).proof
    assert proof.lower_bound(graph) == 6
    leaves = proof.parts[0].pieces[0].reason.leaves
    refused(changed(proof, leaves=leaves[1:]), graph, "leave something out")
    # A case with the decisions of another proves less: nothing here believes what a leaf says of itself.
    undecided = tuple(dataclasses.replace(leaf, decided=()) for leaf in leaves)
    assert changed(proof, leaves=undecided).lower_bound(graph) < 6


def test_refuses_steps_that_are_not_exact():
    proof = optimum.optimum(TRIANGLE).proof
    assert proof.lower_bound(TRIANGLE) == 1
    first, *rest = proof.parts[0].steps
    for step in (
        dataclasses.replace(first, constant=first.constant - 1),
        dataclasses.replace(first, pairs=()),
        dataclasses.replace(first, pairs=tuple((a, b, -w) for a, b, w in first.pairs)),
    ):
        refused(changed(proof, steps=(step, *rest)), TRIANGLE, "something else")
    refused(changed(proof, steps=(dataclasses.replace(first, node=7), *rest)), TRIANGLE, "not have those edges")
    refused(changed(proof, steps=tuple(rest)), TRIANGLE, "not have those edges")


def test_refuses_covers_that_leave_an_edge_out_or_are_too_large():
    enemies = SignedGraph.from_edges([(a, b, -1) for a, b in itertools.combinations(range(5), 2)])
    proof = optimum.optimum(enemies).proof
    piece = proof.parts[0].pieces[0]
    assert isinstance(piece.reason, kernel_proofs.Enumerated)
    for cover, word in ((piece.reason.cover[1:][:2], "leaves an edge out"), (tuple(range(40)), "too many")):
        worse = dataclasses.replace(piece, reason=kernel_proofs.Enumerated(cover))
        refused(changed(proof, pieces=(worse,)), enemies, word)


@given(st.lists(st.integers(-9, 9).filter(bool), max_size=3))
def test_law_a_star_is_replaced_exactly_or_not_at_all(weights):
    edges = [(k, w << 2) for k, w in enumerate(weights)]
    replaced = reductions.star(edges)
    assert replaced is not None
    assert proofs.Step(9, tuple(edges), *replaced).right


def test_a_star_that_needs_quarters_stays():
    assert reductions.star([(0, 1), (1, 1), (2, 1)]) is None


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6), st.integers(-200, 200))
def test_law_integers_are_below_the_weights_and_do_not_see_powers_of_two(weights, power):
    w = np.array(weights) * np.where(np.arange(len(weights)) % 2, -1, 1)
    found, other = integers.scaled(w), integers.scaled(np.ldexp(w, power))
    assert np.array_equal(found.weights, other.weights)
    assert found.scale * Fraction(2) ** power == other.scale
    for x, k in zip(w.tolist(), found.weights.tolist(), strict=True):
        assert 0 <= abs(Fraction(x)) - abs(k) * found.scale < found.scale
        assert not (found.exact and abs(Fraction(x)) != abs(k) * found.scale)


def test_a_step_of_the_lattice_is_two_where_every_degree_is_even():
    square = np.array([0, 0, 1, 2]), np.array([1, 3, 2, 3])
    assert integers.lattice(4, *square, np.array([3, 3, 3, -3])) == (6, 3)
    assert integers.lattice(4, *square, np.array([3, 3, 6, -3])) == (3, 0)
    assert [integers.rounded_up(k, 6, 3) for k in (-4, 3, 4, 9, 10)] == [-3, 3, 9, 9, 15]
