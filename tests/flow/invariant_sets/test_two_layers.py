"""The origin of two layers: the sets, by hand, by integration both ways, and at their borders."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.flow import conservation, gradient
from blockshift.flow.invariant_sets.two_layers import TwoLayerSet
from blockshift.graph.network import Network
from flow.invariant_sets.backwards import run

# widths and singular values: square; not square; Sigma with kernels on one side and on both; zero; repeated; width one
CASES = [
    ((2, 3, 2), [2, 1]),
    ((2, 1, 2), [2, 1]),
    ((3, 2, 2), [2, 1]),
    ((2, 2, 4), [2, 1]),
    ((3, 2, 3), [2, 0, 0]),
    ((3, 2, 4), [1.5, 1]),
    ((2, 2, 2), [1, 1]),
    ((2, 2, 2), [0, 0]),
    ((1, 1, 1), [1]),
]


@pytest.mark.parametrize("side", ["stable", "unstable"])
@pytest.mark.parametrize(("widths", "sigma"), CASES)
def test_constraints_samples_lie_in_the_set_and_move_within_it(widths, sigma, side):
    rng = np.random.default_rng(0)
    found = TwoLayerSet(sigma, widths, side)
    for _ in range(5):
        net = found.sample(rng=rng)
        assert found.contains(net)
        assert found.defect(net) < 1e-7
        for V, W in zip(found.velocity(net), gradient.velocity(net, sigma), strict=True):
            assert np.allclose(V, W, rtol=0, atol=1e-12)
        assert all(np.allclose(C, 0, atol=1e-12) for C in conservation.conserved(net))


@pytest.mark.parametrize(("widths", "sigma"), CASES)
def test_constraints_the_stable_set_falls_into_the_origin(widths, sigma):
    rng = np.random.default_rng(1)
    found = TwoLayerSet(sigma, widths, "stable")
    net, Sigma = found.sample(rng=rng), gradient.target(sigma, widths)
    size = [sum((W**2).sum() for W in run(net.weights, Sigma, t)) for t in (5.0, 10.0)]
    # With Sigma of full rank on one side the fall is exponential; else it is as slow as 1/t.
    slow = len([s for s in sigma if s]) < min(widths[0], widths[2])
    assert size[1] < (0.8 if slow else 1e-3) * size[0]
    assert found.defect(Network(tuple(run(net.weights, Sigma, 2.0)))) < 1e-6


@pytest.mark.parametrize(("widths", "sigma"), [case for case in CASES if any(case[1])])
def test_constraints_the_unstable_set_comes_from_the_origin(widths, sigma):
    rng = np.random.default_rng(2)
    found = TwoLayerSet(sigma, widths, "unstable")
    net, Sigma = found.sample(rng=rng), gradient.target(sigma, widths)
    assert sum((W**2).sum() for W in run(net.weights, Sigma, -12.0)) < 1e-6
    assert found.contains(Network(tuple(run(net.weights, Sigma, 1.0))), tolerance=1e-6)


def test_beyond_its_bound_the_mirrored_plane_comes_from_elsewhere():
    found = TwoLayerSet([2], (1, 1, 1), "unstable")
    inside, on, outside = ([[[a]], [[a]]] for a in (1.4, np.sqrt(2), 1.5))
    assert found.contains(Network.from_weights(inside))
    assert not found.contains(Network.from_weights(on))
    assert not found.contains(Network.from_weights(outside))
    assert found.defect(Network.from_weights(outside)) == 0
    back = run([np.array(W, dtype=float) for W in outside], np.array([[2.0]]), -0.3)
    assert back[0][0, 0] > 1.75


def test_a_start_off_the_stable_set_ends_elsewhere():
    rng = np.random.default_rng(3)
    found = TwoLayerSet([2, 1], (2, 2, 2), "stable")
    net = found.sample(rng=rng)
    off = Network((net.weights[0] + 1e-3, net.weights[1]))
    assert not found.contains(off)
    end = run(off.weights, gradient.target([2, 1], (2, 2, 2)), 40.0)
    assert np.linalg.norm(end[1] @ end[0]) > 1


def test_a_sigma_that_is_not_diagonal_turns_the_sets_along():
    rng = np.random.default_rng(4)
    Sigma = np.array([[0.0, 2.0], [-1.0, 0.0]])
    falling = TwoLayerSet(Sigma, (2, 2, 2), "stable")
    net = falling.sample(rng=rng)
    assert not TwoLayerSet([2, 1], (2, 2, 2), "stable").contains(net)
    # Longer runs would not stay: rounding grows at the rate at which the weights fall.
    end = run(net.weights, Sigma, 8.0)
    assert max(np.abs(W).max() for W in end) < 1e-3
    negative = TwoLayerSet(np.diag([-2.0, 1.0]), (2, 2, 2), "unstable").sample(rng=rng)
    assert max(np.abs(W).max() for W in run(negative.weights, np.diag([-2.0, 1.0]), -20.0)) < 1e-6


def test_distances_by_hand():
    falling, rising = (TwoLayerSet([2], (1, 1, 1), side) for side in ("stable", "unstable"))
    net = Network.from_weights([[[3]], [[1]]])
    assert np.isclose(falling.distance(net), 4 / np.sqrt(2))
    assert np.isclose(rising.distance(net), 2 / np.sqrt(2))
    wide = TwoLayerSet([2], (2, 1, 1), "stable")
    assert np.isclose(wide.distance(Network.from_weights([[[1, 5]], [[-1]]])), 5)


def test_oracle_the_distance_with_kernels_on_both_sides_is_the_least_over_all_rotations():
    falling = TwoLayerSet([0, 0], (2, 1, 2), "stable")
    net = Network.from_weights([[[3, 4]], [[1], [0]]])
    # In the set both layers have one length a: the nearest point has the same directions.
    assert np.isclose(falling.distance(net), 4 / np.sqrt(2))
    rng = np.random.default_rng(5)
    falling = TwoLayerSet([1, 0, 0], (3, 2, 3), "stable")
    net = Network.random((3, 2, 3), rng=rng)
    best = falling.distance(net)
    X0, Y0 = net.weights[0][:, 1:], net.weights[1][1:]
    others = []
    for angle in np.linspace(0, 2 * np.pi, 2000):
        for flip in (1, -1):
            c, s = np.cos(angle), np.sin(angle)
            Q = np.array([[c, -s], [flip * s, flip * c]])
            others.append(np.sum((X0 @ Q - Y0.T) ** 2) / 2)
    mode = np.sum((net.weights[1][0] + net.weights[0][:, 0]) ** 2) / 2
    assert np.isclose(best, np.sqrt(mode + min(others)), rtol=1e-4)
    assert best <= np.sqrt(mode + min(others)) + 1e-12


def test_the_set_says_what_it_is():
    assert repr(TwoLayerSet([2, 1], (2, 3, 2), "unstable")) == (
        "TwoLayerSet(unstable set of the origin, widths 2→3→2, dimension 6)"
    )
    assert TwoLayerSet([0, 0], (2, 3, 2), "stable").dimension is None
    assert TwoLayerSet([0, 0], (2, 3, 2), "unstable").dimension == 0


def test_refuses_other_depths_sides_and_shapes():
    with pytest.raises(errors.BadArgument, match="two layers"):
        TwoLayerSet([1], (1, 1, 1, 1), "stable")
    with pytest.raises(errors.UnknownName, match="'stable' and 'unstable'"):
        TwoLayerSet([1], (1, 1, 1), "left")
    with pytest.raises(errors.ShapeMismatch, match="widths"):
        TwoLayerSet([1], (1, 1, 1), "stable").defect(Network.from_weights([[[1, 1]], [[1]]]))
    with pytest.raises(errors.BadArgument, match="no formula"):
        TwoLayerSet([0], (1, 2, 3), "stable").distance(Network.random((1, 2, 3), rng=np.random.default_rng(0)))
