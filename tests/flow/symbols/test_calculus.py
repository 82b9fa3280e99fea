"""The calculus of sums of words: whatever it calls equal is equal at concrete matrices, whatever is spoiled is not."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from blockshift import errors
from blockshift.flow.symbols.calculus import Expression, riesz, total
from blockshift.flow.symbols.nested import Sum
from blockshift.flow.symbols.words import Affine, Letter, Word
from flow.symbols.concrete_words import DEPTHS, A, R, V, agree, h, instance, is_zero, plain, value

i, j = Affine.letter("i"), Affine.letter("j")
T = Expression.word((A.T, 1))
FLOW = total(lambda j: Word.of((A.T, h - j), (R, 1), (A.T, j - 1)), 1, h)
BOTH = st.sampled_from([A, A.T, R, R.T])


def word(*factors):
    """An expression that is one word."""
    return Expression.word(*factors)


# --- identities, each with what spoils it ------------------------------------------------------------------

# left, right: equal for every depth
IDENTITIES = {
    "a power sum telescopes": (T * FLOW - FLOW * T, word((A.T, h), (R, 1)) - word((R, 1), (A.T, h))),
    "the index can be reversed": (FLOW, total(lambda j: Word.of((A.T, j - 1), (R, 1), (A.T, h - j)), 1, h)),
    "the index can be shifted": (FLOW, total(lambda j: Word.of((A.T, h - 1 - j), (R, 1), (A.T, j)), 0, h - 1)),
    "the index can have another name": (FLOW, total(lambda k: Word.of((A.T, h - k), (R, 1), (A.T, k - 1)), 1, h, "k")),
    "the last summand can be written apart": (
        FLOW,
        total(lambda j: Word.of((A.T, h - j), (R, 1), (A.T, j - 1)), 1, h - 1) + word((R, 1), (A.T, h - 1)),
    ),
    "the first summand can be written apart": (
        FLOW,
        word((A.T, h - 1), (R, 1)) + total(lambda j: Word.of((A.T, h - j), (R, 1), (A.T, j - 1)), 2, h),
    ),
    "powers beyond the depth vanish": (word((A, h + 1)) + T, T),
    "the data cannot be followed by a step up": (word((R, 1), (A, 1)) + FLOW, FLOW),
    "products distribute": ((T + FLOW) * word((A, 1)), T * word((A, 1)) + FLOW * word((A, 1))),
}


def bounded(term, **changes):
    """A term with one sum whose sign is changed."""
    return replace(term, sums=(replace(term.sums[0], **changes),))


def spoiled(expression):
    """Every way to spoil an expression a little: drop a term, flip, double, transpose, shift a bound by one."""
    for at, term in enumerate(expression.terms):
        before, after = expression.terms[:at], expression.terms[at + 1 :]
        changes = [
            (),
            (replace(term, coefficient=-term.coefficient),),
            (replace(term, coefficient=2 * term.coefficient),),
            (replace(term, word=term.word.T),),
        ]
        if term.sums:
            sign = term.sums[0]
            changes += [(bounded(term, low=sign.low + 1),), (bounded(term, high=sign.high - 1),)]
        for change in changes:
            yield Expression((*before, *change, *after))


@pytest.mark.parametrize("name", IDENTITIES)
def test_an_identity_is_proved_and_is_true_at_concrete_matrices(name):
    left, right = IDENTITIES[name]
    assert left.equals(right)
    assert right.equals(left)
    assert all(agree(left, right, seed) for seed in range(3))


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_spoiled_identity_is_refused_just_where_concrete_matrices_differ(name):
    left, right = IDENTITIES[name]
    seen = 0
    for other in spoiled(left):
        # Terms that are zero may be spoiled at will; all others are noticed on both roads.
        truly_equal = all(agree(other, right, seed) for seed in range(2))
        assert other.equals(right) == truly_equal
        seen += not truly_equal
    assert seen >= 2


# --- laws ----------------------------------------------------------------------------------------------------

# Exponents that are at least 0 for every depth, and, within a sum over j = 1..h, for every j in it.
free = st.sampled_from([Affine(0), Affine(1), Affine(2), h - 1, h, h + 1])
bound = st.sampled_from([Affine(1), Affine(2), h, j - 1, j, j + 1, h - j, h - j + 1])
free_words = st.lists(st.tuples(BOTH, free), max_size=3).filter(
    lambda factors: all(not n.parts for letter, n in factors if letter.name == "R")
)
bound_words = st.lists(st.tuples(st.sampled_from([A, A.T]), bound), min_size=1, max_size=2)
coefficients = st.sampled_from([Fraction(1), Fraction(-1), Fraction(2), Fraction(-1, 2)])


@st.composite
def terms(draw):
    """A multiple of a word, or of a sum of words."""
    c = draw(coefficients)
    if draw(st.booleans()):
        return c * word(*draw(free_words))
    left, right = draw(bound_words), draw(bound_words)
    summand = Word.of(*left, (draw(st.sampled_from([R, R.T, V])), 1), *right)
    if not summand.has("j") or any(abs(n.coefficient("j")) > 1 for _, n in summand.factors):
        return c * word(*draw(free_words))
    low, high = draw(st.sampled_from([(1, h), (1, h - 1), (2, h), (1, Affine(1)), (h, h)]))
    return c * total(lambda _: summand, low, high)


expressions = st.lists(terms(), min_size=1, max_size=4).map(lambda found: sum(found[1:], found[0]))


def rewrite(draw, expression):
    """The same expression, one of its terms written another way."""
    at = draw(st.integers(0, len(expression.terms) - 1))
    term = expression.terms[at]
    rest = Expression(expression.terms[:at] + expression.terms[at + 1 :])
    alone = Expression((term,))
    ways = [
        rest + alone,
        alone.T.T + rest,
        rest + 2 * alone - alone,
        rest + Fraction(1, 2) * alone + Fraction(1, 2) * alone,
    ]
    if term.sums:
        k, low, high = Affine.letter("k"), term.sums[0].low, term.sums[0].high

        def moved(to, low, high):
            return Expression((replace(term, word=term.word.put("j", to), sums=(Sum("k", low, high),)),))

        first = Expression((replace(term, word=term.word.put("j", low), sums=()),))
        last = Expression((replace(term, word=term.word.put("j", high), sums=()),))
        ways.append(rest + moved(k - 2, low + 2, high + 2))
        ways.append(rest + moved(low + high - k, low, high))
        # An empty sum has no first or last summand to write apart, so only those from 1 to h are split.
        if (low, high) == (Affine(1), h):
            ways.append(rest + first + Expression((bounded(term, low=low + 1),)))
            ways.append(rest + Expression((bounded(term, high=high - 1),)) + last)
    return draw(st.sampled_from(ways))


@given(st.data(), expressions)
def test_law_another_way_to_write_an_expression_is_recognised(data, expression):
    other = expression
    for _ in range(3):
        other = rewrite(data.draw, other)
        if any(s.index == "k" for t in other.terms for s in t.sums):
            break
    assert expression.equals(other)
    assert agree(expression, other, depths=(1, 2, 3))


@given(st.data(), expressions, st.integers(0, 5))
def test_oracle_what_the_calculus_calls_equal_is_equal_at_every_depth(data, expression, seed):
    mutants = list(spoiled(expression))
    other = data.draw(st.sampled_from([*mutants, rewrite(data.draw, expression)]))
    if expression.equals(other):
        assert agree(expression, other, seed)


# The words T^(h+1-j) R T^j have grade -1 for every j, so that sums of them can cancel in many ways.
PLACES = [Affine(0), Affine(1), Affine(2), h - 1, h, h + 1]


def summand(at):
    """One of these words."""
    return Word.of((A.T, h + 1 - at), (R, 1), (A.T, at))


@st.composite
def cancelling(draw):
    """A sum of such words and of sums of them, with small coefficients."""
    result = Expression()
    for _ in range(draw(st.integers(1, 5))):
        c = draw(st.sampled_from([1, -1]))
        if draw(st.booleans()):
            at = draw(st.sampled_from([Affine(0), Affine(1), h, h + 1]))
            result = result + c * Expression.word(*summand(at).factors)
        else:
            low, high = draw(st.sampled_from([0, 1, 2])), draw(st.sampled_from([h, h + 1]))
            shift = draw(st.sampled_from([-1, 0, 1]))
            result = result + c * total(lambda j, by=shift: summand(j + by), low - shift, high - shift)
    return result


@given(cancelling())
def test_oracle_the_normal_form_is_empty_just_where_all_concrete_matrices_vanish(expression):
    vanishes = True
    for depth in (*DEPTHS, 6):
        _, matrices = instance(depth, seed=0, entries=(1, 5))
        vanishes = vanishes and is_zero(value(expression, depth, matrices))
    assert (not expression.normal()) == vanishes


@given(expressions, expressions, st.integers(0, 5))
def test_oracle_sums_and_transposes_are_those_of_matrices(x, y, seed):
    for depth in (1, 2, 3):
        _, matrices = instance(depth, seed)
        a, b = value(x, depth, matrices), value(y, depth, matrices)
        assert value(x + y, depth, matrices) == oracles.combine(a, b)
        assert value(x - y, depth, matrices) == oracles.combine(a, b, -1)
        assert value(Fraction(3, 2) * x, depth, matrices) == oracles.combine(a, a, Fraction(1, 2))
        assert value(x.T, depth, matrices) == oracles.transpose(a)


@given(expressions, free_words, free_words, st.integers(0, 5))
def test_oracle_products_with_words_are_those_of_matrices(x, before, after, seed):
    left, right = word(*before), word(*after)
    for depth in (1, 2, 3):
        _, matrices = instance(depth, seed)
        expected = oracles.times(value(left, depth, matrices), value(x, depth, matrices))
        expected = oracles.times(expected, value(right, depth, matrices))
        assert value(left * x * right, depth, matrices) == expected


@given(expressions)
def test_law_the_normal_form_of_an_expression_minus_itself_is_empty(x):
    assert x.equals(x)
    assert not (x - x).normal()
    assert x.equals(x.T.T)


# --- derivatives and gradients ----------------------------------------------------------------------------


def derivative_at(expression, depth, matrices, direction):
    """The exact directional derivative in A: the slope of the expression at dual numbers."""
    n = len(matrices["A"])
    dual = {name: [[oracles.Dual(x) for x in row] for row in X] for name, X in matrices.items()}
    dual["A"] = [[oracles.Dual(matrices["A"][v][u], direction[v][u]) for u in range(n)] for v in range(n)]
    # The empty word is an identity of integers, which do not move.
    found = oracles.value_of_expression(plain(expression), dual, depth)
    return [[entry.slope if isinstance(entry, oracles.Dual) else 0 for entry in row] for row in found]


powers_of_a = st.lists(st.tuples(st.sampled_from([A, A.T]), free), min_size=1, max_size=3)


@given(powers_of_a, powers_of_a, st.integers(0, 5))
def test_oracle_the_derivative_of_words_is_that_of_matrices(one, two, seed):
    expression = word(*one) + Fraction(-2) * word(*two) * word((R, 1))
    varied = expression.derivative({A: word((V, 1))})
    for depth in (1, 2, 3):
        _, matrices = instance(depth, seed)
        assert value(varied, depth, matrices) == derivative_at(expression, depth, matrices, matrices["V"])


def test_the_derivative_of_a_sum_varies_its_single_letters():
    expression = total(lambda j: Word.of((A, 1), (R, 1), (A.T, j)), 1, h)
    only_r = expression.derivative({R: word((V, 1))})
    assert only_r.equals(total(lambda j: Word.of((A, 1), (V, 1), (A.T, j)), 1, h))


def test_letters_without_a_direction_stand_still():
    assert word((R, 1)).derivative({A: word((V, 1))}).terms == ()


def test_a_transposed_letter_moves_in_the_transposed_direction():
    assert word((A.T, 1)).derivative({A: word((V, 1))}).equals(word((V.T, 1)))


linear_sides = st.lists(st.tuples(BOTH, free), max_size=2).filter(
    lambda factors: all(not n.parts for letter, n in factors if letter.name == "R")
)


@given(linear_sides, linear_sides, st.sampled_from([V, V.T]), st.integers(0, 5))
def test_oracle_riesz_gives_the_matrix_that_represents_a_trace(before, after, letter, seed):
    linear = Fraction(3) * word(*before, (letter, 1), *after)
    represented = riesz(linear, "V")
    for depth in (1, 2, 3):
        _, matrices = instance(depth, seed)
        trace = sum(value(linear, depth, matrices)[k][k] for k in range(len(matrices["A"])))
        assert trace == oracles.inner(value(represented, depth, matrices), matrices["V"])


def test_oracle_riesz_of_the_varied_loss_is_the_exact_gradient():
    residual = word((R, 1))  # the residual moves by -(A^h)'
    slope = riesz(word((R.T, 1)) * (-word((A, h))).derivative({A: word((V, 1))}), "V")
    assert slope.equals(-FLOW)
    assert residual.T.T.equals(residual)


# --- collapsing, replacing, printing -----------------------------------------------------------------------


def test_what_telescopes_collapses_to_words():
    assert (T * FLOW - FLOW * T).collapse().equals(word((A.T, h), (R, 1)) - word((R, 1), (A.T, h)))
    assert Expression().collapse().terms == ()


def test_a_letter_is_replaced_with_its_transpose():
    square = word((V, 1), (A, 1), (V.T, 1))
    replaced = square.substitute("V", word((A, 2)) - word((R, 1)))
    step = word((A, 2)) - word((R, 1))
    assert replaced.equals(step * word((A, 1)) * step.T)


def test_only_first_powers_are_replaced():
    assert word((A, 2)).substitute("A", word((V, 1))).equals(word((A, 2)))


def test_an_expression_prints_as_one_writes_it():
    assert repr(Expression()) == "0"
    assert repr(-T) == "- A'"
    assert repr(Fraction(1, 2) * T - FLOW) == "1/2 A' - sum(A'^(h - j) R A'^(j - 1), j=1..h)"


def test_an_empty_sum_is_zero():
    assert total(lambda j: Word.of((A, j), (R, 1)), 1, 0).equals(Expression())
    assert total(lambda j: Word.of((A, j), (R, 1)), h + 1, h).equals(Expression())


# --- what does not fit ---------------------------------------------------------------------------------------

# what is called, a word of the message
REFUSALS = {
    "a constant summand": (lambda: total(lambda j: Word.of((R, 1)), 1, h).normal(), "write the sum as a multiple"),
    "an index twice in an exponent": (lambda: total(lambda j: Word.of((A, j + j)), 1, h).normal(), "shifted"),
    "a sum that stays": (lambda: FLOW.collapse(), "do not telescope"),
    "a form that is not linear": (lambda: riesz(word((V, 1), (A, 1), (V, 1)), "V"), "2 times"),
    "a form without the letter": (lambda: riesz(word((A, 1)), "V"), "0 times"),
    "a square of the letter": (lambda: riesz(word((V, 2)), "V"), "linear"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refuses_what_the_calculus_does_not_hold(name):
    call, message = REFUSALS[name]
    with pytest.raises(errors.BadArgument, match=message):
        call()


def test_letters_of_other_grades_are_other_letters():
    short = Letter("R", h - 1)
    assert not word((short, 1)).equals(word((R, 1)))
