"""Sums over several indices: what has one form is one sum at concrete matrices; index sets keep their points."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.flow.symbols import nested
from blockshift.flow.symbols.calculus import Expression, Term, total
from blockshift.flow.symbols.nested import Sum
from blockshift.flow.symbols.words import Affine, Letter, Word
from flow.symbols.concrete_words import DEPTHS, A, R, V, agree, h, instance, plain_integer, value

i, j, k = (Affine.letter(name) for name in "ijk")
ONE = Affine(1)
FLOW = total(lambda j: Word.of((A.T, h - j), (R, 1), (A.T, j - 1)), 1, h)
STEP = Expression.word((V, 1))
ONCE = Expression.word((A, h)).derivative({A: STEP})
TWICE = ONCE.derivative({A: STEP})


def double(word, *sums):
    """A sum of a word over indices."""
    return Expression((Term(Fraction(1), word, sums),))


def pairs(a, b, c):
    """The word A^a V A^b V A^c."""
    return Word.of((A, a), (V, 1), (A, b), (V, 1), (A, c))


LATER_FIRST = double(pairs(h - i, i - j - 1, j - 1), Sum("i", ONE, h), Sum("j", ONE, i - 1))
EARLIER_FIRST = double(pairs(h - i, i - j - 1, j - 1), Sum("j", ONE, h), Sum("i", j + 1, h))
BY_GAP = double(pairs(h - j - k, k - 1, j - 1), Sum("j", ONE, h - 1), Sum("k", ONE, h - j))
FROM_ZERO = double(pairs(i, j, h - 2 - i - j), Sum("i", Affine(0), h - 2), Sum("j", Affine(0), h - 2 - i))
SQUARE = double(Word.of((A, h - j), (R.T, 1), (A, k - 1)), Sum("j", ONE, h), Sum("k", ONE, h))

# left, right: equal for every depth
EQUAL = {
    "the order of the signs": (LATER_FIRST, EARLIER_FIRST),
    "the gap as an index": (LATER_FIRST, BY_GAP),
    "an index that begins at zero": (LATER_FIRST, FROM_ZERO),
    "both halves of the second variation": (TWICE, 2 * LATER_FIRST),
    "a bound that says nothing new": (
        LATER_FIRST,
        double(pairs(h - i, i - j - 1, j - 1), Sum("j", ONE, h - 1), Sum("i", j + 1, h)),
    ),
    "a product of sums": (
        ONCE * FLOW.T,
        double(
            Word.of((A, h - k), (V, 1), (A, k - 1)) * Word.of((A.T, h - j), (R, 1), (A.T, j - 1)).T,
            Sum("j", ONE, h),
            Sum("k", ONE, h),
        ),
    ),
    "the other order in a square": (
        SQUARE,
        double(Word.of((A, j - 1), (R.T, 1), (A, h - k)), Sum("k", ONE, h), Sum("j", ONE, h)),
    ),
    "the diagonal that the grading leaves": (
        Expression.word((A, h)).derivative({A: FLOW}),
        total(lambda j: Word.of((A, h - j), (A.T, h - j), (R, 1), (A.T, j - 1), (A, j - 1)), 1, h),
    ),
}


@pytest.mark.parametrize("name", EQUAL)
def test_sums_written_in_two_ways_are_recognised_and_are_equal_at_concrete_matrices(name):
    left, right = EQUAL[name]
    assert left.equals(right)
    assert all(agree(left, right, seed) for seed in range(3))


def spoiled(expression):
    """Every way to spoil a sum a little: factor, sign, transpose, a bound that is one off."""
    for at, term in enumerate(expression.terms):
        changes = [replace(term, coefficient=-term.coefficient), replace(term, coefficient=2 * term.coefficient)]
        changes.append(replace(term, word=term.word.T))
        for place, s in enumerate(term.sums):
            for low, high in ((s.low + 1, s.high), (s.low, s.high - 1)):
                sums = (*term.sums[:place], Sum(s.index, low, high), *term.sums[place + 1 :])
                changes.append(replace(term, sums=sums))
        for change in changes:
            yield Expression((*expression.terms[:at], change, *expression.terms[at + 1 :]))


@pytest.mark.parametrize("name", EQUAL)
def test_a_spoiled_sum_that_is_called_equal_is_equal(name):
    left, right = EQUAL[name]
    noticed = 0
    for other in spoiled(left):
        if other.equals(right):
            assert all(agree(other, right, seed) for seed in range(2))
        else:
            noticed += 1
    assert noticed >= 3


lows = st.sampled_from([Affine(0), ONE, Affine(2)])
SUMMANDS = [pairs(h - i, i - j, j), pairs(i, j, h - i), pairs(i - j, h, j), pairs(h - j, h - i, i), pairs(j, i, j)]


@st.composite
def sums(draw):
    """A word under two signs, all its exponents at least 0 in the range."""
    word = draw(st.sampled_from(SUMMANDS))
    outer = Sum("i", draw(lows), draw(st.sampled_from([h, h - 1])))
    inner = Sum("j", draw(st.sampled_from([Affine(0), ONE])), draw(st.sampled_from([i, i - 1])))
    return double(word, outer, inner)


@given(sums(), sums(), st.integers(0, 3))
def test_oracle_what_is_called_equal_is_equal_for_depths_1_to_5(left, right, seed):
    if left.equals(right):
        assert agree(left, right, seed)


@given(sums(), st.integers(0, 3))
def test_law_the_normal_form_has_the_value_of_the_sum(expression, seed):
    [((word, sides), c)] = expression.normal().items()
    for depth in DEPTHS:
        _, matrices = instance(depth, seed)
        n = len(matrices["A"])
        found = oracles.zeros(n, n)
        for a, b in product(range(-1, depth + 2), repeat=2):
            place = {"·0": Affine(a), "·1": Affine(b)}
            at = {side.put("h", Affine(depth)).put("·0", place["·0"]).put("·1", place["·1"]) for side in sides}
            if all(side.constant >= 0 for side in at):
                here = Expression.word(*word.put("·0", place["·0"]).put("·1", place["·1"]).factors)
                found = oracles.combine(found, value(here, depth, matrices), c)
        assert found == value(expression, depth, matrices)


affine = st.builds(
    lambda c, a, b, d: Affine(c) + i.times(a) + j.times(b) + h.times(d),
    st.integers(-2, 2),
    st.integers(-1, 1),
    st.integers(-1, 1),
    st.integers(0, 1),
)


@given(st.lists(affine, max_size=6))
def test_law_leaving_out_what_is_implied_keeps_every_point(sides):
    kept = nested.irredundant(sides)
    assert set(kept) <= set(sides)
    for depth, a, b in product(range(1, 5), range(-3, 6), range(-3, 6)):

        def inside(some, depth=depth, a=a, b=b):
            return all(oracles.value_of(plain_integer(s), {"h": depth, "i": a, "j": b}) >= 0 for s in some)

        assert inside(kept) == inside(sides)


def test_a_free_index_is_not_captured_by_the_sums_it_stands_beside():
    product_ = FLOW * Expression.word((A, j))
    for depth in DEPTHS:
        _, matrices = instance(depth, seed=1)
        right = oracles.value_of_word([("A", False, {"": 1})], matrices, {"h": depth})
        expected = oracles.times(value(FLOW, depth, matrices), right)
        assert value(product_, depth, matrices, j=1) == expected


def test_a_sum_that_for_some_depth_ends_long_before_it_begins_is_not_split():
    # For h = 1 the first is empty; prefix sums would make it minus the word at 2.
    late = total(lambda j: Word.of((A, j), (A.T, j)), 3, h)
    split = (
        total(lambda j: Word.of((A, j), (A.T, j)), 1, h)
        - Expression.word((A, 1), (A.T, 1))
        - Expression.word((A, 2), (A.T, 2))
    )
    assert late.equals(late)
    assert not late.equals(split)


def test_names_run_through_the_alphabet():
    assert nested.fresh([]) == "j"
    assert nested.fresh(["j", "k"]) == "l"


def test_refuses_a_double_sum_whose_word_forgets_an_index():
    with pytest.raises(errors.BadArgument, match="write the sum as a multiple"):
        double(Word.of((A, i)), Sum("i", ONE, h), Sum("j", ONE, i)).normal()


def test_refuses_an_index_that_occurs_twice_in_an_exponent():
    with pytest.raises(errors.BadArgument, match="exactly once"):
        double(Word.of((A, i + i), (R, 1), (A, j + j)), Sum("i", ONE, h), Sum("j", ONE, h)).normal()


def test_a_letter_of_another_grade_does_not_force_the_diagonal():
    lower = Letter("R", h - 1)
    word = Word.of((A, h - j), (A.T, h - k), (lower, 1), (A.T, k - 1), (A, j - 1))
    assert nested.diagonal(word, [Sum("j", ONE, h), Sum("k", ONE, h)])[0] == word


LETTERS = [(A, 1, 0), (A.T, -1, 0), (R, 0, 1), (R.T, 0, -1)]  # letter, grade as constant + multiple of h
plain_steps = st.lists(st.tuples(st.sampled_from(LETTERS), st.integers(1, 3)), max_size=5)


def stays(steps, depth, layer):
    """Whether a path that takes the steps from the right stays between layers 0 and `depth`."""
    for (_, constant, multiple), times in reversed(steps):
        for _ in range(times):
            layer += constant + multiple * depth
            if not 0 <= layer <= depth:
                return False
    return 0 <= layer <= depth


@given(plain_steps, st.integers(1, 4))
def test_oracle_a_word_can_be_read_just_where_its_path_stays_inside(steps, depth):
    word = Word.of(*((letter, n) for (letter, constant, _), n in steps))
    for layer in range(depth + 1):
        at = [c.put("h", Affine(depth)).constant for c in word.conditions(Affine(layer))]
        assert all(c >= 0 for c in [*at, layer, depth - layer]) == stays(steps, depth, layer)
    anywhere = [c.put("h", Affine(depth)).constant for c in word.conditions()]
    assert all(c >= 0 for c in anywhere) == any(stays(steps, depth, layer) for layer in range(depth + 1))


exponents = st.sampled_from([ONE, j - 1, h - j, k - 1, h - k, j, k])


@given(st.lists(st.tuples(st.sampled_from([A, A.T]), exponents), min_size=2, max_size=4), st.integers(0, 3))
def test_oracle_the_diagonal_has_the_value_of_the_whole_square(factors, seed):
    word = Word.of(*factors[:2], (R, 1), *factors[2:])
    whole = double(word, Sum("j", ONE, h), Sum("k", ONE, h))
    found, left = nested.diagonal(word, whole.terms[0].sums)
    if len(left) == 2:
        assert found == word
    else:
        assert agree(whole, double(found, *left), seed)
