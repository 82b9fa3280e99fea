"""The derivations: each holds, each can be spoiled, and concrete integer matrices say the same of its statement."""

import itertools

import numpy as np
import pytest

import oracles
from blockshift.flow import derivations, transcripts
from blockshift.flow.words import Affine, Letter, Word, h

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
    draw = [rng.integers(-3, 4, (d, c)).tolist() for c, d in itertools.pairwise(widths)]
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
