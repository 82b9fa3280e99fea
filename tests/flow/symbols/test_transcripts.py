"""Transcripts: a derivation holds if all its lines do, and it prints what was checked."""

from dataclasses import replace
from fractions import Fraction

import pytest

from blockshift.flow.symbols.calculus import Expression, total
from blockshift.flow.symbols.transcripts import (
    Derivation,
    LayerFactor,
    Line,
    latex_of_block,
    latex_of_expression,
    latex_of_integer,
    latex_of_word,
    read_block,
)
from blockshift.flow.symbols.words import Affine, Word, h
from flow.symbols.concrete_words import A, R

i = Affine.letter("i")
GOOD, BAD, TOLD = Line("a = a", "look", True), Line("a < b", "guess", False), Line("b = b", "decree")


def test_a_derivation_holds_if_every_line_does():
    assert Derivation("s", "all", (GOOD, GOOD)).holds
    assert not Derivation("s", "all", (GOOD, BAD, GOOD)).holds


def test_what_is_only_stated_proves_nothing_and_says_so():
    assert Derivation("s", "all", (TOLD, GOOD)).holds
    told = Derivation("s", "all", (TOLD,))
    assert not told.holds
    assert repr(told) == "Derivation(1 lines, nothing verified, for all)"
    assert "decree: <strong>stated</strong>" in told._repr_html_()
    assert Derivation("s", "all", (GOOD, BAD, TOLD)).tally == "of 3 lines 1 verified, 1 stated, 1 not verified"


def test_a_derivation_names_its_faults():
    spoiled = Derivation("s", "all", (GOOD, BAD, GOOD))
    assert spoiled.faults == (BAD,)
    assert repr(spoiled) == "Derivation(3 lines, breaks at line 2, for all)"
    assert repr(Derivation("s", "all", (GOOD,))) == "Derivation(1 lines, holds, for all)"


def test_a_fault_is_visible_in_every_form_of_print():
    spoiled = Derivation("s", "all", (GOOD, BAD))
    assert "NOT VERIFIED: guess" in spoiled.latex()
    assert "not verified" in spoiled._repr_html_()
    sound = replace(spoiled, lines=(GOOD,))
    assert "not verified" not in (sound.latex() + sound._repr_html_()).lower()


def test_signs_that_html_reserves_are_escaped():
    assert "a &lt; b" in Derivation("s", "h < 2", (BAD,))._repr_html_()
    assert "h &lt; 2" in Derivation("s", "h < 2", (BAD,))._repr_html_()


# what is printed, its LaTeX; $T$ stands for the sign of transposition
PRINTED = [
    (latex_of_integer(h - 1), "h-1"),
    (latex_of_word(Word()), "I"),
    (latex_of_word(Word.of((A, 1))), "A"),
    (latex_of_word(Word.of((A, h + 1))), "A^{h+1}"),
    (latex_of_word(Word.of((A.T, 1), (R, 1))), r"A^{$T$}\,R"),
    (latex_of_word(Word.of((A.T, h - 1))), "(A^{$T$})^{h-1}"),
    (latex_of_expression(Expression()), "0"),
    (latex_of_expression(-Expression.word((A, 1))), "- A"),
    (latex_of_expression(Fraction(1, 2) * Expression.word((A, 1))), r"\tfrac{1}{2}A"),
    (latex_of_expression(Expression.word((A, 1)) - 2 * Expression.word((R, 1))), "A - 2R"),
    (latex_of_expression(total(lambda j: Word.of((A, j), (R, 1)), 1, h)), r"\sum_{j=1}^{h} A^{j}\,R"),
    (latex_of_block([LayerFactor(i + 1, True), LayerFactor(i + 1, False)]), r"W_{i+1}^{$T$}\,W_{i+1}"),
]


@pytest.mark.parametrize(("found", "expected"), PRINTED)
def test_latex_is_what_one_writes_by_hand(found, expected):
    assert found == expected.replace("$T$", r"\mathsf{T}")


# word, the layer maps it multiplies when it reads layer i
BLOCKS = [
    (Word(), ()),
    (Word.of((A, 1)), ((i + 1, False),)),
    (Word.of((A.T, 1)), ((i, True),)),
    (Word.of((A, 2)), ((i + 2, False), (i + 1, False))),
    (Word.of((A.T, 2)), ((i - 1, True), (i, True))),
    (Word.of((A, 1), (A.T, 1)), ((i, False), (i, True))),
    (Word.of((A.T, 1), (A, 1)), ((i + 1, True), (i + 1, False))),
]


@pytest.mark.parametrize(("word", "factors"), BLOCKS)
def test_a_word_multiplies_the_layer_maps_on_its_way(word, factors):
    assert tuple((f.index, f.transposed) for f in read_block(word, i)) == factors


@pytest.mark.parametrize("word", [Word.of((R, 1)), Word.of((A, h))])
def test_refuses_to_read_a_block_without_knowing_the_way(word):
    with pytest.raises(ValueError, match="integer exponents"):
        read_block(word, i)
