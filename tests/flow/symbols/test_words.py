"""Words with the depth as a letter: against integers, and against where concrete matrices are nonzero."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.flow.symbols.words import ZERO, Affine, Letter, Word, h
from flow.symbols.concrete_words import A, R, instance, plain_integer, plain_word

j = Affine.letter("j")
LETTERS = ("h", "i", "j")
affines = st.builds(
    lambda constant, parts: sum((Affine.letter(name).times(c) for name, c in parts.items()), Affine(constant)),
    st.integers(-4, 4),
    st.dictionaries(st.sampled_from(LETTERS), st.integers(-2, 2)),
)
# Exponents that are at least 0 for every depth from 1 on.
exponents = st.sampled_from([Affine(0), Affine(1), Affine(2), Affine(3), h - 1, h, h + 1, h + h])
words = st.lists(st.tuples(st.sampled_from([A, A.T]), exponents), max_size=4).map(lambda f: Word.of(*f))
words_with_data = st.builds(lambda x, letter, y: x * Word.of((letter, 1)) * y, words, st.sampled_from([R, R.T]), words)

# what is written, how it prints
PRINTED = [
    (ZERO, "0"),
    (Affine(3), "3"),
    (Affine(-1), "-1"),
    (h, "h"),
    (-h, "-h"),
    (h - 1, "h - 1"),
    (1 - h, "-h + 1"),
    (2 - h - j, "-h - j + 2"),
    (h + h, "2h"),
    (h - j + 1, "h - j + 1"),
    (Affine.letter("j") - h, "j - h"),
    (h - h, "0"),
]

# word, the layers it reads; None where it is zero for every depth
LAYERS = [
    (Word(), (ZERO, h)),
    (Word.of((A, 1)), (ZERO, h - 1)),
    (Word.of((A.T, 1)), (Affine(1), h)),
    (Word.of((A, h)), (ZERO, ZERO)),
    (Word.of((A.T, h)), (h, h)),
    (Word.of((A, h + 1)), None),
    (Word.of((R, 1)), (ZERO, ZERO)),
    (Word.of((R, 1), (A, 1)), None),
    (Word.of((A, 1), (R, 1)), None),
    (Word.of((R, 2)), None),
    (Word.of((R, 1), (A.T, h)), (h, h)),
    (Word.of((A.T, h), (R, 1)), (ZERO, ZERO)),
    (Word.of((A, 1), (A.T, 1)), (Affine(1), h)),
    (Word.of((A.T, 1), (A, 1)), (ZERO, h - 1)),
    (Word.of((A, h), (A.T, h)), (h, h)),
    (Word.of((A.T, h + 1), (A, 1)), None),
]


@pytest.mark.parametrize(("affine", "text"), PRINTED)
def test_an_affine_integer_prints_as_one_writes_it(affine, text):
    assert repr(affine) == text


@given(affines, affines, st.integers(-3, 3), st.tuples(*[st.integers(-5, 5)] * 3))
def test_law_affine_integers_are_integers_where_their_letters_are(a, b, factor, values):
    at = dict(zip(LETTERS, values, strict=True))

    def value(affine):
        return oracles.value_of(plain_integer(affine), at)

    assert value(a + b) == value(a) + value(b)
    assert value(a - b) == value(a) - value(b)
    assert value(-a) == -value(a)
    assert value(a.times(factor)) == factor * value(a)
    assert value(3 - a) == 3 - value(a)
    assert value(a + 2) == value(2 + a) == value(a) + 2
    assert value(a.put("j", b)) == oracles.value_of(plain_integer(a), {**at, "j": value(b)})


@given(affines, affines)
def test_law_equal_affine_integers_are_equal_objects(a, b):
    assert a + b == b + a
    assert a - a == ZERO
    assert (a + b) - b == a
    assert hash(a + b) == hash(b + a)


@given(affines, affines)
def test_law_at_least_is_right_for_every_depth_when_it_answers(a, b):
    answer = a.at_least(b)
    if answer is None:
        return
    for depth in range(1, 30):
        for other in (-7, 0, 7):
            at = {"h": depth, "i": other, "j": -other}
            here = oracles.value_of(plain_integer(a), at) >= oracles.value_of(plain_integer(b), at)
            assert here == answer


@given(st.integers(-4, 4), st.integers(-3, 3))
def test_law_at_least_answers_whenever_the_answer_is_the_same_for_every_depth(constant, slope):
    a = h.times(slope) + constant
    here = {slope * depth + constant >= 0 for depth in range(1, 30)}
    assert a.at_least(0) == (here.pop() if len(here) == 1 else None)


def test_neighbours_that_are_the_same_letter_are_one_power():
    assert Word.of((A, h - 1)) * Word.of((A, 1)) == Word.of((A, h))
    assert Word.of((A, 2), (A, -2)) == Word()
    assert Word.of((A, 1), (A.T, 1)) != Word.of((A.T, 1), (A, 1))
    assert Word.of((A, 1), (A.T, 0), (A, 2)) == Word.of((A, 3))


def test_a_word_prints_as_one_writes_it():
    assert repr(Word()) == "1"
    assert repr(Word.of((A.T, h - 1), (R, 1))) == "A'^(h - 1) R"


def test_transposing_twice_changes_nothing():
    word = Word.of((A.T, h - j), (R, 1), (A, 2))
    assert Word.of((A.T, 2), (R.T, 1), (A, h - j)) == word.T
    assert word == word.T.T
    assert A.T.T == A
    assert A.T.grade == Affine(-1)


def test_an_index_can_be_looked_for_and_replaced():
    word = Word.of((A.T, h - j), (R, 1))
    assert word.has("j")
    assert not word.has("i")
    assert word.put("j", h) == Word.of((R, 1))


@pytest.mark.parametrize(("word", "layers"), LAYERS)
def test_a_word_reads_the_layers_from_which_it_stays_inside(word, layers):
    assert word.layers() == layers


@given(st.one_of(words, words_with_data), st.integers(0, 3))
def test_oracle_a_word_reads_just_the_layers_where_matrices_are_not_zero(word, seed):
    try:
        layers = word.layers()
    except errors.BadArgument:
        assume(False)  # undecided words are allowed to exist; what is decided must be right
    grade = word.grade()
    for depth in (1, 2, 3, 4):
        # With positive weights nothing cancels: a block is zero only if no path leads there.
        sizes, matrices = instance(depth, seed, entries=(1, 3))
        concrete = oracles.value_of_word(plain_word(word), matrices, {"h": depth})
        found = oracles.blocks_that_are_not_zero(concrete, sizes)
        low, high = (1, 0) if layers is None else (oracles.value_of(plain_integer(a), {"h": depth}) for a in layers)
        moved = oracles.value_of(plain_integer(grade), {"h": depth})
        assert found == {(layer + moved, layer) for layer in range(low, high + 1)}


@given(words, words)
def test_law_transposition_reverses_products_and_grades(x, y):
    assert (x * y).T == y.T * x.T
    assert x.T.grade() == -x.grade()
    assert (x * y).grade() == x.grade() + y.grade()


@given(words_with_data, st.integers(0, 3))
def test_oracle_products_and_transposes_of_words_are_those_of_matrices(word, seed):
    for depth in (1, 2, 3):
        _, matrices = instance(depth, seed)
        at = {"h": depth}
        concrete = oracles.value_of_word(plain_word(word), matrices, at)
        assert oracles.value_of_word(plain_word(word.T), matrices, at) == oracles.transpose(concrete)
        squared = oracles.value_of_word(plain_word(word * word), matrices, at)
        assert squared == oracles.times(concrete, concrete)


def test_a_square_of_depth_many_data_has_no_affine_grade():
    with pytest.raises(errors.BadArgument, match="not affine"):
        Word.of((R, h)).grade()


def test_refuses_to_decide_layers_that_depend_on_an_index():
    with pytest.raises(errors.BadArgument, match="split the sum"):
        Word.of((A.T, j), (A, 2)).layers()


def test_a_letter_is_its_name_grade_and_direction():
    assert Letter("A", Affine(1)) == A
    assert Letter("A", Affine(2)) != A
    assert A.T != A
