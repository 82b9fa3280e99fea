"""The derivations: each holds, each can be spoiled, and concrete integer matrices say the same of its statement."""

import random
from itertools import pairwise

import numpy as np
import pytest

import oracles
from blockshift import errors
from blockshift.flow.symbols import derivations, transcripts
from blockshift.flow.symbols.words import Affine, Letter, Word, h
from flow.symbols import concrete_words

# a derivation, and what spoils it
SPOILED = [
    (derivations.nilpotency, {"grade": 0}),
    (derivations.spectrum, {"grade": 0}),
    (derivations.loss_is_layerwise, {"grade": h - 1}),
    (derivations.gradient, {"last": h - 1}),
    (derivations.commutator, {"sign": +1}),
    (derivations.commutator, {"last": h - 1}),
    (derivations.conserved_matrices, {"sign": +1}),
    (derivations.loss_decrease, {"sign": +1}),
    (derivations.origin_is_alone, {"invertible": False}),
]


@pytest.mark.parametrize("derive", dict.fromkeys(row[0] for row in SPOILED), ids=lambda d: d.__name__)
def test_the_derivation_holds_line_by_line(derive):
    found = derive()
    assert found.holds
    assert not found.faults
    assert all(line.formula and line.rule for line in found.lines)


@pytest.mark.parametrize(("derive", "spoil"), SPOILED, ids=lambda x: getattr(x, "__name__", str(x)))
def test_refuses_the_spoiled_derivation_and_names_the_line(derive, spoil):
    found = derive(**spoil)
    assert not found.holds
    assert found.faults[0].rule in found._repr_html_()
    assert "not verified" in found._repr_html_()
    assert "breaks at line" in repr(found)


def integers(widths, seed):
    """Layers and Sigma with small integers, as nested lists."""
    rng = np.random.default_rng(seed)
    draw = [rng.integers(-3, 4, (d, c)).tolist() for c, d in pairwise(widths)]
    return draw, rng.integers(-3, 4, (widths[-1], widths[0])).tolist()


@pytest.mark.parametrize("widths", [(1, 1), (2, 3), (1, 1, 1), (2, 3, 2), (2, 1, 3, 2), (1, 2, 2, 1, 2)])
def test_oracle_the_commutator_is_that_of_concrete_matrices(widths):
    layers, sigma = integers(widths, 0)
    A, depth = oracles.adjacency(layers), len(layers)
    V = oracles.flow_matrix(layers, sigma)
    T, top = oracles.transpose(A), oracles.power(A, depth)
    R = oracles.combine(oracles.data_matrix(layers, sigma), top, -1)
    M = oracles.combine(oracles.times(R, oracles.transpose(top)), oracles.times(oracles.transpose(top), R), -1)

    def rate(sign):
        left = oracles.combine(oracles.times(V, T), oracles.times(A, oracles.transpose(V)))
        right = oracles.combine(oracles.times(oracles.transpose(V), A), oracles.times(T, V))
        return oracles.combine(left, right, sign)

    claimed = oracles.combine(M, oracles.transpose(M))
    assert rate(-1) == claimed
    assert rate(+1) != claimed


def test_the_transcript_prints_every_line_with_its_rule():
    found = derivations.commutator()
    text = found.latex()
    assert text.count(r"\\") == len(found.lines) - 1
    assert all(line.rule in text for line in found.lines)
    assert found._repr_html_().count("<li") == len(found.lines)


def test_the_formulas_are_printed_from_the_expressions_that_are_checked():
    assert "-(h-j)" not in derivations.commutator(last=h - 1).lines[0].formula
    assert "{h-1}" in derivations.commutator(last=h - 1).lines[0].formula
    assert "{h-1}" not in derivations.commutator().lines[0].formula


A = Letter("A", Affine(1))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (Word(), "I"),
        (Word.of((A, 1)), "A"),
        (Word.of((A, h)), "A^{h}"),
        (Word.of((A.T, h - 1)), r"(A^{\mathsf{T}})^{h-1}"),
        (Word.of((A, 1), (A.T, 1)), r"A\,A^{\mathsf{T}}"),
    ],
)
def test_words_print_in_the_letters_of_the_paper(word, text):
    assert transcripts.latex_of_word(word) == text


def test_a_word_reads_its_layers_path_by_path():
    i = Affine.letter("i")
    up_down = transcripts.read_block(Word.of((A.T, 1), (A, 2), (A.T, 1)), i)
    assert transcripts.latex_of_block(up_down) == (r"W_{i+1}^{\mathsf{T}}\,W_{i+1}\,W_{i}\,W_{i}^{\mathsf{T}}")


def test_refuses_to_read_a_word_with_other_letters_or_open_powers():
    for word in (Word.of((A, h)), Word.of((derivations.R, 1))):
        with pytest.raises(ValueError, match="integer exponents"):
            transcripts.read_block(word, Affine())


# --- what each statement says of concrete matrices, and of what spoils it ------------------------------------


def draw(shape):
    """Layers and ``Sigma`` of positive integers: nothing cancels, so that no false statement holds by accident."""
    dice = random.Random(str(shape))

    def fill(rows, columns, low):
        return [[dice.randint(low, low + 3) for _ in range(columns)] for _ in range(rows)]

    return [fill(d, c, 1) for c, d in pairwise(shape)], fill(shape[-1], shape[0], 5)


def gram_rate(A, V, sign):
    """``d/dt (A A^T + sign A^T A)`` where A moves with V, by the rule for products."""
    left = oracles.times(V, oracles.transpose(A))
    right = oracles.times(oracles.transpose(A), V)
    left, right = (oracles.combine(X, oracles.transpose(X)) for X in (left, right))
    return oracles.combine(left, right, sign)


def residual(layers, sigma):
    """``E - A^h``."""
    power = oracles.power(oracles.adjacency(layers), len(layers))
    return oracles.combine(oracles.data_matrix(layers, sigma), power, -1)


def flow_in_words(layers, sigma, last=h):
    """The calculus's right side of gradient flow, at concrete matrices."""
    matrices = {"A": oracles.adjacency(layers), "R": residual(layers, sigma)}
    return concrete_words.value(derivations.flow(last=last), len(layers), matrices)


def nilpotent(layers, sigma, grade=1):
    A = oracles.adjacency(layers) if grade == 1 else oracles.identity(sum(oracles.widths(layers)))
    return concrete_words.is_zero(oracles.power(A, len(layers) + 1))


def layerwise_loss(layers, sigma, grade=h):
    R, E = residual(layers, sigma), oracles.data_matrix(layers, sigma)
    if grade == h - 1:  # the data written one layer of nodes too low
        last = oracles.widths(layers)[-1]
        R = oracles.combine(oracles.combine(R, E, -1), [*E[last:], *E[:last]])
    return oracles.inner(R, R) == 2 * oracles.loss(layers, sigma)


def is_gradient(layers, sigma, last=h):
    return flow_in_words(layers, sigma, last) == oracles.adjacency(oracles.velocity(layers, sigma))


def commutes(layers, sigma, sign=-1, last=h):
    A, R = oracles.adjacency(layers), residual(layers, sigma)
    top = oracles.transpose(oracles.power(A, len(layers)))
    M = oracles.combine(oracles.times(R, top), oracles.times(top, R), -1)
    return gram_rate(A, flow_in_words(layers, sigma, last), sign) == oracles.combine(M, oracles.transpose(M))


def keeps_hidden_blocks(layers, sigma, sign=-1):
    V = oracles.adjacency(oracles.velocity(layers, sigma))
    sizes = oracles.widths(layers)
    moving = oracles.blocks_that_are_not_zero(gram_rate(oracles.adjacency(layers), V, sign), sizes)
    return not any((k, k) in moving for k in range(1, len(layers)))


def decreases(layers, sigma, sign=-1):
    V = oracles.velocity(layers, sigma)
    rate = oracles.directional_derivative(lambda moving: oracles.loss(moving, sigma), layers, V)
    return rate == sign * sum(oracles.inner(X, X) for X in V)


# derivation, its statement at concrete sizes, what spoils both, the smallest depth at which that shows
STATEMENTS = [
    (derivations.nilpotency, nilpotent, {"grade": 0}, 1),
    (derivations.spectrum, nilpotent, {"grade": 0}, 1),
    (derivations.loss_is_layerwise, layerwise_loss, {"grade": h - 1}, 2),
    (derivations.gradient, is_gradient, {"last": h - 1}, 1),
    (derivations.commutator, commutes, {"sign": +1}, 2),
    (derivations.commutator, commutes, {"last": h - 1}, 1),
    (derivations.conserved_matrices, keeps_hidden_blocks, {"sign": +1}, 2),
    (derivations.loss_decrease, decreases, {"sign": +1}, 1),
]


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 1, 1), (2, 1, 3), (1, 2, 1, 2), (2, 1, 2, 2, 1)], ids=str)
@pytest.mark.parametrize(
    ("derive", "statement", "spoil", "depth"), STATEMENTS, ids=[f"{d.__name__} {s}" for d, _, s, _ in STATEMENTS]
)
def test_oracle_statement_and_derivation_are_true_together_and_false_together(derive, statement, spoil, depth, shape):
    assert derive().holds
    assert statement(*draw(shape))
    assert not derive(**spoil).holds
    if len(shape) > depth:
        assert not statement(*draw(shape), **spoil)


def test_oracle_only_an_inverse_leaves_the_origin_alone():
    layers = [[[0, 1], [0, 0]], [[0, 0], [0, 1]]]
    assert concrete_words.is_zero(oracles.end_to_end(layers))
    assert all(map(concrete_words.is_zero, oracles.velocity(layers, [[1, 0], [0, 0]])))
    assert not all(map(concrete_words.is_zero, oracles.velocity(layers, [[1, 0], [0, 2]])))


def test_refuses_a_sum_that_runs_beyond_the_powers_there_are():
    with pytest.raises(errors.BadArgument, match="negative exponent"):
        derivations.gradient(last=h + 1)
