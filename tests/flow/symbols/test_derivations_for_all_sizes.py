"""Every derivation holds, prints itself, and breaks at the line that a mutation concerns."""

import pytest

from blockshift import claims
from blockshift.flow.symbols import by_layer, derivations, end_to_end, hidden_basis, letters, other_flows, second_order
from blockshift.flow.symbols.calculus import Expression
from blockshift.flow.symbols.words import ZERO, Affine, Word, h
from flow.symbols.concrete_words import DEPTHS, A, R, V, instance, value

m = Affine.letter("m")

# name, number of lines, mutations: what is changed, and a word of the rule that it breaks first
DERIVATIONS = {
    "hessian": (6, [({"factor": 1}, "same sum"), ({"sign": +1}, "same sum"), ({"transposed": False}, "same sum")]),
    "norm_law": (6, [({"last": h - 1}, "j = i"), ({"transposed": False}, "visits")]),
    "necessary_conditions": (8, [({"last": h - 1}, "j = h"), ({"transposed": False}, "grading")]),
    "hidden_change_of_basis": (7, [({"outer": False}, "identity there"), ({"inverse": False}, "cancels")]),
    "end_to_end": (5, [({"last": h - 1}, "diagonal")]),
    "balanced_powers": (10, [({"balanced": False}, "hidden layer"), ({"sign": +1}, "0-balanced")]),
    "balanced_end_to_end": (16, [({"last": h - 1}, "diagonal"), ({"balanced": False}, "hidden layer")]),
    "descent_drift": (6, [({"sign": +1}, "telescope"), ({"second": False}, "block (i, i)")]),
    "heavy_ball": (8, [({"sign": +1}, "telescope"), ({"lag": False}, "step before")]),
    "general_loss": (7, [({"sign": +1}, "Leibniz"), ({"last": h - 1}, "rotate")]),
}
MUTATIONS = [(name, change, word) for name, (_, changes) in DERIVATIONS.items() for change, word in changes]


@pytest.mark.parametrize("name", DERIVATIONS)
def test_the_derivation_holds_line_by_line_and_says_for_all_widths(name):
    found = getattr(derivations, name)()
    assert found.holds
    assert len(found.lines) == DERIVATIONS[name][0]
    assert "every depth" in found.scope
    assert "all widths" in found.scope
    assert all(line.rule for line in found.lines)


@pytest.mark.parametrize(("name", "change", "word"), MUTATIONS)
def test_a_mutation_breaks_the_derivation_at_its_line(name, change, word):
    found = getattr(derivations, name)(**change)
    assert not found.holds
    assert word in found.faults[0].rule


@pytest.mark.parametrize("name", DERIVATIONS)
def test_the_transcript_is_balanced_latex_without_double_superscripts(name):
    found = getattr(derivations, name)()
    for text in (found.statement, found.latex()):
        assert text.count("{") == text.count("}")
        assert "}^{\\mathsf{T}}^" not in text
        assert "}^{-1}^" not in text
    assert found.latex().count(r"\\") >= len(found.lines) - 1


def test_what_is_quoted_is_not_called_verified():
    found = derivations.balanced_end_to_end()
    assert [line.rule for line in found.lines if line.quoted] == [found.lines[-2].rule]
    assert "QUOTED, NOT CHECKED" in found.latex()
    assert found._repr_html_().count('<li class="verified">') == len(found.lines) - 2
    assert found._repr_html_().count('<li class="quoted">') == 1
    assert "of 16 lines 14 verified, 1 stated, 1 quoted" in claims.verify(claims.LEDGER["P1-C22"]).evidence.summary


def test_oracle_the_pairs_of_the_hessian_are_the_second_order_of_a_power():
    # (A + V)^h - A^h has no order above h: for h = 2 the second is V^2, for h = 3 it is AVV + VAV + VVA.
    by_hand = {2: [((V, 2),)], 3: [((A, 1), (V, 2)), ((V, 1), (A, 1), (V, 1)), ((V, 2), (A, 1))]}
    for depth, words in by_hand.items():
        _, matrices = instance(depth, seed=3)
        expected = sum((Expression.word(*word) for word in words), Expression())
        assert value(second_order.pairs(), depth, matrices) == value(expected, depth, matrices)


def test_oracle_each_word_of_the_norm_law_has_one_trace():
    end = Expression.word((A.T, h), (R, 1))
    for depth in DEPTHS:
        _, matrices = instance(depth, seed=4)
        traces = set()
        for index in range(1, depth + 1):
            word = Expression.word((A.T, h - index), (R, 1), (A.T, index))
            X = value(word, depth, matrices)
            traces.add(sum(X[n][n] for n in range(len(X))))
        Y = value(end, depth, matrices)
        assert traces == {sum(Y[n][n] for n in range(len(Y)))}


def test_rotations_are_recognised_and_other_words_are_not():
    word = Word.of((A.T, 2), (R, 1), (A, 1))
    assert by_layer.is_rotation(word, Word.of((R, 1), (A, 1), (A.T, 2)))
    assert not by_layer.is_rotation(word, word.T)


def test_a_basis_letter_is_dropped_only_beside_what_touches_one_outer_layer():
    P, Q = hidden_basis.P, hidden_basis.Q
    assert hidden_basis.simplify(Word.of((P, 1), (R, 1))) == Word.of((R, 1))
    assert hidden_basis.simplify(Word.of((R, 1), (Q, 1))) == Word.of((R, 1))
    assert hidden_basis.simplify(Word.of((P, 1), (A, 1))) == Word.of((P, 1), (A, 1))
    assert hidden_basis.simplify(Word.of((P, 1), (R, 1)), outer=False) == Word.of((P, 1), (R, 1))
    assert hidden_basis.simplify(Word.of((P, 1), (P.T, 1), (A, 1))) == Word.of((P, 1), (P.T, 1), (A, 1))


def test_steps_are_swapped_on_hidden_layers_only():
    assert end_to_end.swapped(end_to_end.TA, Word.of((A, m - 1)), ZERO) == end_to_end.AT
    assert end_to_end.swapped(end_to_end.TA, Word.of((A, m)), ZERO) is None
    assert end_to_end.swapped(end_to_end.AT, Word.of((A.T, m - 2)), h) is None
    assert end_to_end.swapped(end_to_end.AT, Word.of((A.T, m - 1)), h, balanced=False) is None


def test_the_step_size_is_pulled_out_of_every_word():
    eta, G = other_flows.STEP, other_flows.G
    found = other_flows.orders((letters.one(A) + letters.one(eta) * letters.one(G)) * letters.one(eta.T))
    assert sorted(found) == [1, 2]
    assert found[1].equals(letters.one(A))
    assert found[2].equals(letters.one(G))
