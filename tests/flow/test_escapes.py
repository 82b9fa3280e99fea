"""Times of escape: closed forms, quadrature by another road, runs, and what is refused."""

import numpy as np
import pytest
import scipy.integrate

from blockshift import errors
from blockshift.flow import descent, escapes, integrators
from blockshift.graph.network import Network


def aligned(depth, strengths):
    """A balanced, aligned start with these strengths in the end-to-end map."""
    return Network(tuple(np.diag(np.array(strengths) ** (1 / depth)) for _ in range(depth)))


def test_half_times_of_two_layers_are_logarithms():
    found = escapes.escape_times([3, 2, 1], 2, 1e-4)
    np.testing.assert_allclose(found, [np.log(s / 1e-4 - 1) / (2 * s) for s in (3, 2, 1)], rtol=1e-12)


@pytest.mark.parametrize(("depth", "t"), [(2, 3.4533773893), (3, 9.1447473066), (4, 15.5291516513)])
def test_times_of_one_mode_are_those_that_quadrature_found_before(depth, t):
    assert escapes.escape_times([1], depth, 1e-3)[0] == pytest.approx(t, rel=1e-9)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7])
@pytest.mark.parametrize(("sigma", "start", "share"), [(1, 1e-2, 0.5), (3, 0.1, 0.9), (0.25, 1e-3, 0.1)])
def test_oracle_times_are_the_integral_of_the_equation(depth, sigma, start, share):
    expected, _ = scipy.integrate.quad(
        lambda s: 1 / (depth * s ** (2 - 2 / depth) * (sigma - s)), start, share * sigma, epsrel=1e-11, limit=200
    )
    assert escapes.escape_times([sigma], depth, start, share=share)[0] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("depth", [3, 4, 6])
def test_rate_a_smaller_start_waits_in_inverse_proportion_to_its_power(depth):
    starts = np.array([1e-12, 1e-14])
    times = np.array([escapes.escape_times([2], depth, s)[0] for s in starts])
    slope = np.diff(np.log(times)) / np.diff(np.log(starts))
    assert slope[0] == pytest.approx(-(1 - 2 / depth), abs=1e-3)
    assert times[1] == pytest.approx(starts[1] ** -(1 - 2 / depth) / ((depth - 2) * 2), rel=1e-2)


def test_a_mode_that_has_arrived_needs_no_time_and_one_without_strength_never_leaves():
    assert escapes.escape_times([2, 2], 2, [1.5, 0]).tolist() == [0, np.inf]
    assert escapes.escape_times([2], 3, -1e-3).tolist() == [np.inf]
    assert escapes.escape_times([2], 1, -2).tolist() == [pytest.approx(np.log(4))]
    assert escapes.escape_times([], 2, 1.0).shape == (0,)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_aligned_runs_escape_when_predicted(depth):
    start = aligned(depth, [1e-3, 2e-3, 1e-2])
    predicted = escapes.escape_times([3, 2, 1], depth, [1e-3, 2e-3, 1e-2])
    at = np.linspace(0, 1.2 * predicted.max(), 2001)
    run = integrators.integrate(start, [3, 2, 1], at[-1], at=at)
    found = escapes.learning_times(run, [3, 2, 1])
    np.testing.assert_allclose(found.times, predicted, rtol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_random_starts_of_two_layers_escape_when_predicted(seed):
    net = Network.random((4, 6, 3), rng=np.random.default_rng(seed), scale=1e-4)
    strengths = escapes.starting_strengths(net, [3, 2, 1])
    predicted = escapes.escape_times([3, 2, 1], 2, strengths)
    run = integrators.integrate(net, [3, 2, 1], 1.3 * predicted.max())
    np.testing.assert_allclose(escapes.learning_times(run, [3, 2, 1]).times, predicted, rtol=2e-3)


def test_the_strength_of_an_aligned_balanced_start_is_its_own():
    np.testing.assert_allclose(escapes.starting_strengths(aligned(2, [1e-4, 1e-6]), [2, 1]), [1e-4, 1e-6], rtol=1e-12)


def test_modes_that_find_no_room_have_no_strength():
    rng = np.random.default_rng(0)
    assert np.count_nonzero(escapes.starting_strengths(Network.random((3, 2, 3), rng=rng), [3, 2, 1])) == 2
    assert escapes.starting_strengths(Network.from_weights([[[0.0]], [[0.0]]]), [1]).tolist() == [0]


def test_what_escapes_first_takes_its_direction_out_of_the_others():
    # Mode 2 starts along mode 1, but for a third of it: z_1 = (2, 0), z_2 = (3, 1) e; orthogonal part (0, 1).
    net = Network.from_weights([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [3.0, 1.0]]])
    small = Network(tuple(1e-3 * W for W in net.weights))
    np.testing.assert_allclose(escapes.starting_strengths(small, [9, 1]), [1e-6, 0.25e-6], rtol=1e-12)


def test_what_is_first_is_decided_by_times_and_not_by_singular_values():
    # z_1 = (1, 1) e and z_2 = (4, 0) e with values that hardly differ: mode 2 escapes first and leaves mode 1 the rest.
    small = Network.from_weights([1e-3 * np.array([[0.5, 2.0], [0.5, 0.0]]), 1e-3 * np.array([[0.5, 0.5], [2.0, 0.0]])])
    np.testing.assert_allclose(escapes.starting_strengths(small, [1.01, 1]), [0.25e-6, 4e-6], rtol=1e-12)


class Recorded:
    """The least that has times and products."""

    def __init__(self, t, products):
        self.t, self.W = np.array(t, dtype=float), np.array(products, dtype=float)
        self.final = Network.from_weights([self.W[-1]])

    def products(self):
        return self.W


def test_times_are_interpolated_and_the_order_is_told():
    run = Recorded([0, 1, 2, 3], [np.diag(d) for d in ([0, 0, 0], [0, 1, 0], [1, 2, 0], [4, 2, 0.1])])
    found = escapes.learning_times(run, [4, 2, 1])
    assert found.times[:2].tolist() == [pytest.approx(2 + 1 / 3), 1]
    assert np.isnan(found.times[2])
    assert found.order == (2, 1)
    assert not found.in_order
    assert repr(found) == "LearningTimes(modes 2 at 1, 1 at 2.333; 1 not learnt)"


def test_modes_of_one_singular_value_are_timed_by_their_block():
    # Twice the value 2: what is learnt first is the mixture (1, 1), which no diagonal entry shows.
    one = np.ones((2, 2))
    run = Recorded([0, 1, 2], [0 * one, one, 2 * np.eye(2)])
    assert escapes.learning_times(run, [2, 2]).times.tolist() == [0.5, 1.5]


def test_a_run_that_starts_beyond_is_there_from_the_start():
    assert escapes.learning_times(Recorded([0, 1], [[[2.0]], [[2.0]]]), [2]).times.tolist() == [0]


def test_descents_have_times_as_well():
    run = descent.descend(aligned(2, [1e-2, 1e-2]), [2, 1], step=0.001, steps=6000)
    found = escapes.learning_times(run, [2, 1])
    np.testing.assert_allclose(found.times, escapes.escape_times([2, 1], 2, 1e-2), rtol=5e-3)
    assert found.in_order


@pytest.mark.parametrize(
    ("arguments", "options", "error", "word"),
    [
        (([0], 2, 1.0), {}, errors.BadArgument, "above 0"),
        (([np.inf], 2, 1.0), {}, errors.BadArgument, "finite"),
        (([1], 0, 1.0), {}, errors.BadArgument, "from 1 up"),
        (([1], True, 1.0), {}, errors.BadArgument, "integer"),
        (([1], 2, np.nan), {}, errors.BadArgument, "NaN"),
        (([1], 2, 1.0), {"share": 1.0}, errors.BadArgument, "never"),
        (([2, 1], 2, [1.0, 1.0, 1.0]), {}, errors.ShapeMismatch, "one for each"),
    ],
)
def test_refuses_times_that_have_no_meaning(arguments, options, error, word):
    with pytest.raises(error, match=word):
        escapes.escape_times(*arguments, **options)


def test_refuses_strengths_of_other_depths_and_data_that_are_not_diagonal():
    with pytest.raises(errors.BadArgument, match="depth 3"):
        escapes.starting_strengths(aligned(3, [1.0]), [1])
    with pytest.raises(errors.BadArgument, match="not diagonal"):
        escapes.starting_strengths(aligned(2, [1.0, 1.0]), [[0, 1], [1, 0]])
    with pytest.raises(errors.BadArgument, match="share"):
        escapes.learning_times(Recorded([0, 1], [[[0.0]], [[2.0]]]), [2], share=0)
