"""The missing laws: constant where theory says so, in motion where it does not, on both sides of a turn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from blockshift import errors
from blockshift.flow import conservation, integrators
from blockshift.flow.laws import law_formulas, missing_laws
from blockshift.graph.network import Network


def follow(widths, seed=0, t_end=3.0, **options):
    start = Network.random(widths, rng=np.random.default_rng(seed), scale=0.7)
    return integrators.integrate(start, [3.0], t_end=t_end, rtol=1e-12, **options)


@pytest.mark.parametrize("widths", [(1, 2, 2, 1), (1, 2, 3, 1), (1, 4, 2, 1), (1, 3, 3, 1), (1, 3, 5, 1)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sums_stay_while_terms_move_and_there_are_as_many_as_are_missing(widths, seed):
    law = missing_laws.missing_laws(follow(widths, seed))
    assert len(law.sums) == law_formulas.extra_laws(widths)
    assert np.abs(law.terms).max() > 1e-3
    assert law.drift < 1e-8


def test_some_of_these_runs_turn_at_branch_points_and_some_do_not():
    turns = [missing_laws.missing_laws(follow((1, 2, 2, 1), seed)).turns for seed in range(4)]
    assert 0 in turns
    assert max(turns) >= 1


@given(st.integers(0, 500))
@settings(deadline=None, max_examples=15)
def test_law_swapping_input_and_output_gives_the_same_law(seed):
    run = follow((1, 2, 2, 1), seed, at=np.linspace(0, 0.3, 40), t_end=0.3)
    back = Network.from_weights([W.T for W in run.network(0).weights[::-1]])
    again = integrators.integrate(back, [3.0], 0.3, rtol=1e-12, at=np.linspace(0, 0.3, 40))
    one, other = missing_laws.missing_laws(run), missing_laws.missing_laws(again)
    assert np.allclose(one.terms, other.terms, rtol=1e-5, atol=1e-7)


def test_the_clock_is_the_time_of_the_flow_of_the_product():
    run = follow((1, 3, 3, 1), 1, at=np.linspace(0, 1, 2001), t_end=1.0)
    pace = 3 - run.products()[:, 0, 0]
    time = np.concatenate([[0], np.cumsum(np.diff(run.t) * (pace[1:] + pace[:-1]) / 2)])
    assert np.allclose(missing_laws.missing_laws(run).clock, time, atol=1e-6)


def test_oracle_terms_are_those_of_adaptive_quadrature():
    run = follow((1, 2, 2, 1), 1)
    law = missing_laws.missing_laws(run)
    assert law.turns == 0
    C1, C2 = conservation.conserved(run.network(0))

    def integrand(x):
        return 1 / np.sqrt(np.linalg.det(x * x * np.eye(2) + C1) * np.linalg.det(x * x * np.eye(2) - C2))

    for i, (start, end) in enumerate(zip(law.singular_values[0], law.singular_values[-1], strict=True)):
        assert np.isclose(abs(law.terms[0, -1, i]), abs(quad(integrand, start, end)[0]), rtol=1e-7)


def test_with_the_wrong_signs_the_sums_move():
    law = missing_laws.missing_laws(follow((1, 2, 2, 1), 1))
    assert np.abs(law.terms[0, :, 0] - law.terms[0, :, 1]).max() > 0.1


def test_something_that_is_not_gradient_flow_breaks_the_law():
    run = follow((1, 2, 2, 1), 1, at=np.linspace(0, 0.2, 30), t_end=0.2)
    run.states[:, 2] += 0.1 * run.t  # one weight of W_2 is pushed
    assert missing_laws.missing_laws(run).drift > 1e-3


@pytest.mark.parametrize("widths", [(1, 2, 1), (1, 2, 2, 2), (2, 2, 2, 1), (1, 1, 2, 1), (1, 2, 2, 2, 1)])
def test_refuses_widths_for_which_no_formula_is_known(widths):
    run = integrators.integrate(Network.random(widths, rng=np.random.default_rng(0)), [1.0], t_end=0.1)
    with pytest.raises(errors.BadArgument, match="a and b at least 2"):
        missing_laws.missing_laws(run)


def test_refuses_singular_values_that_coincide():
    start = Network.from_weights([[[1], [0]], [[1, 0], [0, 1]], [[0, 1]]])
    with pytest.raises(errors.BadArgument, match="coincide"):
        missing_laws.missing_laws(integrators.integrate(start, [0.0], t_end=0.1))


def test_the_sentence_says_how_many_and_how_still():
    text = repr(missing_laws.missing_laws(follow((1, 3, 3, 1), 2)))
    assert text.startswith("MissingLaws(1→3→3→1, 2 laws: terms move by ")
