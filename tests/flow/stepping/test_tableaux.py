"""Methods as data: their conditions, and what happens to coefficients that miss them."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow.stepping import tableaux


def kutta():
    """The classical method of order 4."""
    a = np.array([[0, 0, 0, 0], [0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 1.0, 0]])
    return a, np.array([1, 2, 2, 1]) / 6, np.array([0, 0.5, 0.5, 1])


@pytest.mark.parametrize("stages", range(1, 9))
def test_constraints_a_gauss_method_has_twice_the_order_of_its_stages_and_keeps_quadratic_invariants(stages):
    method = tableaux.gauss(stages)
    assert method.guaranteed() >= method.order == 2 * stages
    assert method.defect() < 1e-16
    np.testing.assert_allclose(method.a.sum(axis=1), method.c, atol=1e-15)


def test_the_method_with_two_stages_is_the_one_in_the_books():
    method, root = tableaux.gauss(2), 3**0.5 / 6
    np.testing.assert_allclose(method.a, [[1 / 4, 1 / 4 - root], [1 / 4 + root, 1 / 4]], atol=1e-16)
    np.testing.assert_allclose(method.c, [1 / 2 - root, 1 / 2 + root], atol=1e-16)


def test_the_conditions_guarantee_less_than_the_order_of_an_explicit_method_and_it_keeps_nothing():
    a, b, c = kutta()
    assert tableaux.Tableau("kutta", a, b, c, 1, False).guaranteed() >= 1
    with pytest.raises(errors.BadArgument, match="quadratic invariants are said to be kept"):
        tableaux.Tableau("kutta", a, b, c, 1, True)


def test_coefficients_give_back_the_degrees_of_a_polynomial():
    method = tableaux.gauss(4)
    x = 2 * method.c - 1
    np.testing.assert_allclose(tableaux.coefficients(method) @ (5 * x**3 - 3 * x) / 2, [0, 0, 0, 1], atol=1e-14)


@pytest.mark.parametrize("spoilt", ["a", "b", "c"])
def test_refuses_coefficients_that_miss_their_order(spoilt):
    method = tableaux.gauss(3)
    parts = {"a": method.a.copy(), "b": method.b.copy(), "c": method.c.copy()}
    parts[spoilt].flat[1] += 1e-10
    with pytest.raises(errors.BadArgument, match="order 6 is claimed"):
        tableaux.Tableau("spoilt", **parts, order=6, symplectic=False)


def test_refuses_shapes_and_stages_that_do_not_exist():
    with pytest.raises(errors.ShapeMismatch, match="2 by 2"):
        tableaux.Tableau("odd", np.eye(3), np.ones(2), np.ones(2), 1, False)
    for stages in (0, 9):
        with pytest.raises(errors.BadArgument, match="1 to 8"):
            tableaux.gauss(stages)
