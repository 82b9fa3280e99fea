"""Critical points on demand: critical they are, with the ranks and the modes that were asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blockshift import errors
from blockshift.flow import gradient
from blockshift.flow.landscape import chains, construction, modes
from flow.landscape import landscape_oracle as oracle
from flow.landscape.chain_systems import systems


def layers_of(net):
    return [W.tolist() for W in net.weights]


@given(systems(), st.integers(0, 10**6))
def test_oracle_exact_points_are_critical_and_have_the_ranks_of_their_chains(system, seed):
    values = list(range(system.full + system.unlearnt, 0, -1))
    rng = np.random.default_rng(seed)
    places = sorted(int(k) + 1 for k in rng.permutation(len(values))[: system.full])
    net = construction.prescribed(system.widths, values, places, chains=system, rng=rng, exact=True)
    assert not any(V.any() for V in gradient.velocity(net, modes.rational(values)))
    for (a, b), expected in system.ranks().items():
        assert oracle.rank(oracle.chain(layers_of(net)[a:b], system.widths[a])) == expected


@given(systems(), st.integers(0, 10**6))
def test_law_points_in_floats_are_critical_for_any_data(system, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 3, system.full + system.unlearnt).astype(float)  # many of them equal
    U, V = (np.linalg.qr(rng.standard_normal((d, d)))[0] for d in (system.widths[-1], system.widths[0]))
    sigma = U @ gradient.target(values, system.widths) @ V.T
    net = construction.prescribed(system.widths, sigma, range(1, system.full + 1), chains=system, rng=rng)
    assert gradient.speed(net, sigma) < 1e-9 * (1 + max(np.linalg.norm(W) for W in net.weights)) ** (2 * net.depth)
    assert np.linalg.matrix_rank(net.product(), 1e-6) == system.full


@pytest.mark.parametrize("widths", [(1, 1), (3, 3), (2, 1, 2), (2, 3, 4), (4, 3, 2)])
def test_without_chance_the_layers_are_as_sparse_as_can_be(widths):
    values = list(range(min(widths[0], widths[-1]), 0, -1))
    room = min(widths)
    net = construction.prescribed(widths, values, range(1, room + 1))
    assert gradient.speed(net, values) < 1e-12
    assert sum(int((W != 0).sum()) for W in net.weights) == room * net.depth


def test_the_same_seed_gives_the_same_point_and_another_another():
    one, two, three = (construction.random((2, 3, 2), [2, 1], [1], rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert one == two
    assert one != three


def test_a_stack_holds_critical_points_with_the_same_chains():
    system = chains.random((3, 4, 3, 2), 1, 1, rng=np.random.default_rng(3))
    layers = construction.stack(system, [2, 2], [1], 5, rng=np.random.default_rng(0))
    assert [W.shape for W in layers] == [(5, 4, 3), (5, 3, 4), (5, 2, 3)]
    for k in range(5):
        net = construction.Network(tuple(W[k] for W in layers))
        assert gradient.speed(net, [2, 2]) < 1e-10
        assert np.linalg.matrix_rank(net.product(), 1e-8) == 1
    assert not np.allclose(layers[0][0], layers[0][1])


def test_of_a_repeated_singular_value_any_mixture_may_be_learnt():
    net = construction.random((2, 2, 2), [1, 1], [1], rng=np.random.default_rng(0))
    assert abs(net.product()[0, 1]) > 0.01


def test_a_condition_of_one_gives_orthogonal_bases():
    net = construction.prescribed((2, 5, 2), [1, 1], [1, 2], rng=np.random.default_rng(0), condition=1)
    assert np.allclose(net.weights[0].T @ net.weights[0], np.eye(2))


@pytest.mark.parametrize(
    ("keywords", "word"),
    [
        ({"learnt": [4]}, "from 1 up"),
        ({"learnt": [1, 1]}, "different"),
        ({"learnt": [1.5]}, "integers"),
        ({"learnt": [1, 2, 3]}, "narrowest"),
        ({"learnt": [1], "condition": 0.5, "rng": np.random.default_rng(0)}, "condition"),
        ({"learnt": [1], "chains": chains.plain((3, 2, 3), 0, 3)}, "as many full chains"),
        ({"learnt": [1], "chains": chains.plain((3, 2, 3), 1, 2), "ranks": {}}, "give one"),
        ({"learnt": [1], "sigma": [[1, 1, 0], [0, 1, 0], [0, 0, 1]], "exact": True}, "diagonal"),
    ],
)
def test_refuses_what_cannot_be(keywords, word):
    arguments = {"widths": (3, 2, 3), "sigma": [3, 2, 1], **keywords}
    with pytest.raises(errors.BadArgument, match=word):
        construction.prescribed(**arguments)


def test_refuses_ranks_with_the_reason():
    with pytest.raises(errors.BadArgument, match="no critical point has these ranks"):
        construction.prescribed((1, 1, 1), [1], [], {(0, 1): 1, (1, 2): 0, (0, 2): 0})
