"""One mode: limits without running, the rays of the origin, and the tie set."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.invariant_sets.one_mode import EqualRays, TieSet, chain_network, limit, limit_signs, slow_size
from blockshift.graph.network import Network

WEIGHT = st.integers(-6, 6).map(lambda n: n / 4)


def numbers(layers):
    return np.array([W[0, 0] for W in layers])


def ended(w, sigma, t):
    """The weights after a time, which may be negative: the equation of one mode, as it is written."""

    def right_side(_, w):
        others = [math.prod(w[:j]) * math.prod(w[j + 1 :]) for j in range(len(w))]
        return [math.copysign(1, t) * (sigma - math.prod(w)) * product for product in others]

    start = [float(x) for x in w]
    found = solve_ivp(right_side, (0, abs(t)), start, rtol=1e-10, atol=1e-13, method="DOP853")
    assert found.success, found.message
    return found.y[:, -1]


# weights, sigma, limit
LIMITS = [
    pytest.param([3], 5, [5], id="one layer"),
    pytest.param([-3], 5, [5], id="one layer from below"),
    pytest.param([2, 1], 2, [2, 1], id="at rest"),
    pytest.param([1, -1], 4, [0, 0], id="tied"),
    pytest.param([1, 0], 0, [1, 0], id="sigma zero"),
    pytest.param([0, 0, 3], 4, [0, 0, 3], id="two zeros rest"),
    pytest.param([0, 0], 4, [0, 0], id="the origin"),
    pytest.param([1, 1], 4, [2, 2], id="balanced"),
    pytest.param([3, 3], 4, [2, 2], id="too much"),
]


@pytest.mark.parametrize(("w", "sigma", "expected"), LIMITS)
def test_limits_by_hand(w, sigma, expected):
    assert np.allclose(numbers(limit(chain_network(w), sigma).weights), expected, atol=1e-9)


@settings(max_examples=30)
@given(st.lists(WEIGHT, min_size=2, max_size=4))
def test_oracle_the_limit_is_where_a_run_ends(w):
    expected = numbers(limit(chain_network(w), 1.5).weights)
    if TieSet(1.5, len(w)).contains(chain_network(w)):
        assert np.prod(expected) == 0
        slow = ended(w, 1.5, 5.0)  # in longer runs rounding would break the tie
        assert np.abs(slow - expected).max() <= np.abs(np.array(w) - expected).max() + 1e-9
        assert 0.5 * (1.5 - np.prod(slow)) ** 2 >= 0.5 * 1.5**2 - 1e-6
    else:
        # The slowest passes of these starts take a time near 50.
        assert np.allclose(ended(w, 1.5, 100.0), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_ties_end_at_half_of_sigma_squared_and_others_at_zero(depth):
    rng = np.random.default_rng(depth)
    ties = TieSet(2.0, depth)
    for _ in range(20):
        tied = ties.sample(rng=rng)
        assert ties.contains(tied)
        assert np.isclose(gradient.loss(limit(tied, 2.0), [2.0]), 2.0)
        other = Network.random((1,) * (depth + 1), rng=rng)
        assert not ties.contains(other)
        assert gradient.loss(limit(other, 2.0), [2.0]) < 1e-16


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=4))
def test_law_no_nearby_tie_is_nearer_than_the_distance(w):
    ties, rng = TieSet(1.0, len(w)), np.random.default_rng(0)
    distance = ties.distance(chain_network(w))
    for _ in range(20):
        tied = ties.sample(rng=rng, scale=1.5)
        assert np.linalg.norm(numbers(tied.weights) - w) >= distance - 1e-12


def test_oracle_the_distance_from_the_ties_is_attained():
    for w in ([0.5, -1.0, 2.0], [0.5, 1.0, 2.0], [0.0, 1.0, 2.0], [1.0, -3.0]):
        w, least = np.array(w), np.inf
        for i in range(len(w)):
            for j in range(len(w)):
                for s in (1, -1):
                    if i == j:
                        continue

                    # The tie of i and j with the others free, and the right sign of the product, as a penalty.
                    def point(a, i=i, j=j, s=s, w=w):
                        near = w.copy()
                        near[i], near[j] = a[0], s * a[0]
                        return near

                    for start in (0.7, -0.7):
                        found = minimize(lambda a, w=w, point=point: np.sum((point(a) - w) ** 2), [start])
                        near = point(found.x)
                        smallest = np.sort(np.abs(near))[0] >= abs(found.x[0]) - 1e-6
                        if np.prod(near) <= 1e-12 and smallest:
                            least = min(least, np.sqrt(found.fun))
        assert np.isclose(TieSet(1.0, len(w)).distance(chain_network(w)), least, atol=1e-5)


@pytest.mark.parametrize("side", ["stable", "unstable"])
@pytest.mark.parametrize("depth", [2, 3, 4])
def test_constraints_rays_are_invariant_and_lead_to_or_from_the_origin(side, depth):
    rng = np.random.default_rng(0)
    rays = EqualRays(2.0, depth, side)
    net = rays.sample(rng=rng)
    assert rays.contains(net)
    for V, W in zip(rays.velocity(net), gradient.velocity(net, [2.0]), strict=True):
        assert np.allclose(V, W, rtol=0, atol=1e-12)
    w, direction = numbers(net.weights), 1 if side == "stable" else -1
    later = ended(w, 2.0, direction * 3.0)
    assert np.abs(later).max() < np.abs(w).max()
    assert rays.contains(chain_network(later), tolerance=1e-6)
    assert np.abs(ended(w, 2.0, direction * 200.0)).max() < (0.01 if depth < 4 else 0.06)


def test_rays_by_hand():
    assert len(EqualRays(1.0, 4, "stable").rays()) == len(EqualRays(1.0, 4, "unstable").rays()) == 8
    assert (EqualRays(1.0, 4, "stable").rays().prod(axis=1) == -1).all()
    assert len(EqualRays(0.0, 2, "stable").rays()) == 4
    assert EqualRays(8.0, 3, "unstable").reach == 2


@pytest.mark.parametrize("side", ["stable", "unstable"])
def test_oracle_the_distance_from_the_rays_is_the_least_over_all_of_them(side):
    rng = np.random.default_rng(1)
    rays = EqualRays(0.7, 3, side)
    for _ in range(20):
        w = rng.standard_normal(3)
        sizes = np.linspace(0, min(rays.reach, 5.0), 1001)
        least = min(np.linalg.norm(w - a * s) for s in rays.rays() for a in sizes)
        assert np.isclose(rays.distance(chain_network(w)), least, atol=4e-3)
        assert rays.distance(chain_network(w)) <= least + 1e-12


def test_beyond_their_bound_the_rays_come_from_infinity():
    rays = EqualRays(1.0, 3, "unstable")
    assert not rays.contains(chain_network([1.0, 1.0, 1.0]))
    assert not rays.contains(chain_network([1.2, 1.2, 1.2]))
    assert ended([1.2, 1.2, 1.2], 1.0, -0.1)[0] > 1.25


def test_sigma_zero_has_all_rays_stable_and_none_unstable():
    rng = np.random.default_rng(0)
    stable, unstable = (EqualRays(0.0, 3, side) for side in ("stable", "unstable"))
    assert stable.contains(chain_network([1.0, 1.0, 1.0]))
    assert unstable.contains(chain_network([0.0, 0.0, 0.0]))
    assert not unstable.contains(chain_network([0.1, 0.1, 0.1]))
    assert not np.any(numbers(unstable.sample(rng=rng).weights))
    net = stable.sample(rng=rng)
    for V, W in zip(stable.velocity(net), gradient.velocity(net, [0.0]), strict=True):
        assert np.allclose(V, W)


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_rate_weights_on_a_stable_ray_fall_as_slowly_as_foretold(depth):
    rays = EqualRays(1.0, depth, "stable")
    w = -np.ones(depth) if depth % 2 else np.array([-1.0] + [1.0] * (depth - 1))
    assert rays.contains(chain_network(w))
    a = np.abs(ended(w, 1.0, 2000.0)).max()
    assert np.isclose(a, slow_size(2000.0, 1.0, depth), rtol=0.02)


def test_refuses_what_has_no_saddle():
    with pytest.raises(errors.BadArgument, match="no saddle"):
        EqualRays(1.0, 1, "stable")
    with pytest.raises(errors.BadArgument, match="no saddle"):
        TieSet(0.0, 3)
    with pytest.raises(errors.BadArgument, match="no saddle"):
        TieSet(1.0, 1).sample(rng=np.random.default_rng(0))
    with pytest.raises(errors.BadArgument, match="exponentially"):
        slow_size(1.0, 1.0, 2)
    with pytest.raises(errors.BadArgument, match="from 0 up"):
        TieSet(-1.0, 2)
    with pytest.raises(errors.UnknownName, match="side"):
        EqualRays(1.0, 2, "both")
    with pytest.raises(errors.TooLarge, match="rays"):
        EqualRays(1.0, 20, "stable").rays()


def test_refuses_wider_networks_and_other_depths():
    with pytest.raises(errors.ShapeMismatch, match="one node"):
        limit(Network.from_weights([[[1, 1]]]), 1.0)
    for found in (TieSet(1.0, 3), EqualRays(1.0, 3, "stable")):
        with pytest.raises(errors.ShapeMismatch, match="2 layers"):
            found.distance(chain_network([1.0, 1.0]))


def test_a_single_weight_has_no_ties():
    assert TieSet(1.0, 1).distance(chain_network([0.0])) == np.inf
    assert not TieSet(1.0, 1).contains(chain_network([-1.0]))


def test_the_sets_say_what_they_are():
    assert repr(TieSet(2.0, 3)) == "TieSet(starts of 3 layers that end at the loss 2)"
    assert repr(EqualRays(2.0, 3, "stable")) == "EqualRays(4 stable rays of the origin, 3 layers)"


@given(st.lists(WEIGHT, min_size=2, max_size=4))
def test_law_limit_signs_are_the_signs_of_the_limit(w):
    if not TieSet(1.5, len(w)).contains(chain_network(w)):
        end = numbers(limit(chain_network(w), 1.5).weights)
        assert np.array_equal(limit_signs(w), np.sign(end))
        assert np.array_equal(limit_signs([w, w])[1], np.sign(end))
