"""Units that are piecewise linear, decided for all fields and exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.neurons import orders, piecewise

SMALL = st.integers(-3, 3)
UNITS = st.lists(st.tuples(SMALL, SMALL, SMALL), min_size=1, max_size=5)


def literal(units, h):
    """The sum of rectifiers as it is written."""
    return sum(v * max(w * h + b, 0) for w, b, v in units)


@given(UNITS, st.fractions(-4, 4, max_denominator=6))
def test_oracle_the_pieces_make_the_sum(units, h):
    assert piecewise.rectifiers(*zip(*units, strict=True))(h) == literal(units, h)


@given(UNITS)
def test_law_a_fold_is_a_pair_that_is_turned_and_no_fold_means_none_is(units):
    y = piecewise.rectifiers(*zip(*units, strict=True))
    fold = y.fold()
    grid = [Fraction(k, 4) for k in range(-20, 21)]
    turned = orders.pairs([float(h) for h in grid], [float(literal(units, h)) for h in grid]).turned
    if fold is None:
        assert turned == 0
    else:
        assert fold[0] < fold[1]
        assert literal(units, fold[0]) > literal(units, fold[1])


@given(UNITS, st.integers(-3, 2))
def test_law_a_fold_in_an_interval_lies_in_it(units, low):
    fold = piecewise.rectifiers(*zip(*units, strict=True)).fold(low, low + 1)
    assert fold is None or low <= fold[0] < fold[1] <= low + 1


def test_two_opposed_rectifiers_fold_and_one_does_not():
    assert piecewise.rectifiers([1], [0], [1]).fold() is None
    assert piecewise.rectifiers([1, 1], [0, -1], [1, -2]).fold() == (1, 2)
    assert piecewise.rectifiers([-1], [0], [1]).fold() == (-1, 0)


def test_the_table_of_activations_agrees_with_samples():
    torch = pytest.importorskip("torch")
    h = torch.linspace(-6, 6, 2001, dtype=torch.float64)
    names = "relu tanh gelu silu hardswish mish elu softplus sigmoid leaky_relu".split()
    table = {name: getattr(torch.nn.functional, name) for name in names} | {"gaussian": lambda x: torch.exp(-x * x)}
    for name, f in table.items():
        assert orders.pairs(h.numpy(), f(h).numpy().round(12)).keeps_order() == piecewise.keeps_order(name), name
    assert not piecewise.MONOTONE & piecewise.FOLDING


def test_a_constant_keeps_the_order():
    assert piecewise.rectifiers([0], [2], [3]).fold() is None
    assert piecewise.rectifiers([0], [2], [3])(np.float64(7)) == 6


def test_refuses_knots_and_slopes_that_do_not_fit():
    with pytest.raises(errors.ShapeMismatch, match="one slope more"):
        piecewise.PiecewiseLinear((Fraction(0),), (Fraction(1),), Fraction(0))
    with pytest.raises(errors.BadArgument, match="do not increase"):
        piecewise.PiecewiseLinear((Fraction(0),) * 2, (Fraction(1),) * 3, Fraction(0))
    with pytest.raises(errors.UnknownName, match="compare fields"):
        piecewise.keeps_order("swish-ish")
