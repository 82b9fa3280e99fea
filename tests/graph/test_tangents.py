"""The active subnetwork of an input against automatic differentiation, and against its own adjacency matrix."""

import numpy as np
import pytest
import torch

from blockshift import errors
from blockshift.graph.perceptrons import perceptron
from blockshift.graph.tangents import Tangent
from signs.monotonicity.networks import ACTIVATIONS, convolutional


def by_differentiation(dag, x):
    """The Jacobian as torch's automatic differentiation has it."""

    def answer(t):
        states = dag.forward(t)
        return torch.cat([states[place][1].reshape(-1) for place in dag.outputs])

    return torch.autograd.functional.jacobian(answer, torch.from_numpy(x)).numpy()


def case(seed, activation="relu"):
    rng = np.random.default_rng(seed)
    dag = convolutional(rng, activation)
    return dag, rng.standard_normal(dag.layers[0].shape), rng


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_oracle_the_jacobian_is_that_of_automatic_differentiation(activation):
    dag, x, rng = case(0, activation)
    seen, J = Tangent.at(dag, x), by_differentiation(dag, x)
    assert np.allclose(seen.jacobian(), J, rtol=0, atol=1e-12 * np.abs(J).max())
    v, w = rng.standard_normal((2, 3, *x.shape)), rng.standard_normal((2, seen.outputs))
    assert np.allclose(seen.jvp(v), np.einsum("kchw,abchw->abk", J, v))
    assert np.allclose(seen.vjp(w), np.einsum("kchw,ak->achw", J, w))


def test_oracle_in_single_precision_it_agrees_to_1e_5():
    dag, x, _ = case(1)
    x = x.astype(np.float32)
    J = by_differentiation(dag, x)
    assert Tangent.at(dag, x).jacobian().dtype == np.float32
    assert np.allclose(Tangent.at(dag, x).jacobian(), J, rtol=0, atol=1e-5 * np.abs(J).max())


def test_oracle_absolute_paths_are_those_of_the_absolute_adjacency_matrix():
    for activation in ("relu", "leaky relu", "silu"):
        dag, x, rng = case(2, activation)
        seen = Tangent.at(dag, x)
        B = abs(seen.adjacency()).toarray()
        v = np.abs(rng.standard_normal(x.shape))
        state = np.zeros(dag.nodes)
        state[: x.size] = np.moveaxis(v, 0, -1).ravel()
        reached = state.copy()
        for _ in dag.layers:
            state = B @ state
            reached += state
        parts = dag.split(reached)
        expected = np.concatenate([parts[place].ravel() for place in dag.outputs])
        assert np.allclose(seen.jvp(v, absolute=True), expected)
        assert np.allclose(
            seen.vjp(np.eye(seen.outputs), absolute=True).reshape(seen.outputs, -1) @ v.ravel(), expected
        )


@pytest.mark.parametrize("activation", ["relu", "relu6", "silu"])
def test_oracle_the_fields_are_those_of_the_adjacency_matrix(activation):
    dag, x, rng = case(3, activation)
    seen = Tangent.at(dag, x)
    B, s = seen.adjacency(), rng.choice([-1.0, 1.0], dag.nodes)
    assert np.allclose(seen.fields(s), (B + B.T) @ s)
    assert np.isclose(seen.total_weight, abs(B).sum())
    on = dag.join([mask.astype(float) for mask in seen.active])
    rows, columns = B.nonzero()
    assert on[rows].all()
    assert on[columns].all()
    assert 0 < on.sum() < dag.nodes or activation == "silu"


def test_the_sum_over_paths_of_the_adjacency_matrix_is_the_jacobian():
    dag, x, _ = case(4)
    seen = Tangent.at(dag, x)
    B, J = seen.adjacency().toarray(), seen.jacobian()
    paths = np.linalg.inv(np.eye(dag.nodes) - B)[:, : x.size]
    by_node = [dag.split(paths[:, i]) for i in range(x.size)]
    columns = [np.concatenate([p[place].ravel() for place in dag.outputs]) for p in by_node]
    flat = np.moveaxis(J, 1, -1).reshape(len(J), -1)
    assert np.allclose(np.array(columns).T, flat)


def test_by_hand_a_neuron_that_is_off_is_gone():
    # Neurons 2 and 3 receive 1 and -2; only the first answers, with weight 1 * 1 and -1 * 1.
    seen = Tangent.at(perceptron([[[2, -1], [-3, 1]], [[1, 5]]]), np.array([1, 1]))
    assert [mask.ravel().tolist() for mask in seen.active] == [[True, True], [True, False], [True]]
    assert seen.jacobian().ravel().tolist() == [2, -1]
    assert seen.total_weight == 4
    assert seen.y.tolist() == [1]


def test_at_a_kink_the_slope_is_that_of_automatic_differentiation():
    assert Tangent.at(perceptron([[[1]], [[1]]]), np.zeros(1)).jacobian().item() == 0


def test_rows_come_in_the_order_asked_for():
    dag, x, _ = case(5)
    seen = Tangent.at(dag, x)
    chosen = [5, 0, 5]
    found = list(seen.rows(chosen, batch=2))
    assert [part.tolist() for part, _ in found] == [[5, 0], [5]]
    assert np.array_equal(np.concatenate([rows for _, rows in found]), seen.jacobian()[chosen])
    assert seen.jacobian([]).shape == (0, *x.shape)


def test_a_network_without_layers_of_weights_is_the_identity():
    dag = perceptron([[[1.0]]])
    assert Tangent.at(dag, np.ones(1)).jacobian().item() == 1


def test_refuses_inputs_and_outputs_that_are_not_there():
    dag, x, _ = case(6)
    with pytest.raises(errors.ShapeMismatch, match="reads"):
        Tangent.at(dag, np.ones(3))
    with pytest.raises(errors.NotFinite, match="finite"):
        Tangent.at(dag, np.full(x.shape, np.nan))
    with pytest.raises(errors.BadArgument, match="outputs 0 to"):
        list(Tangent.at(dag, x).rows([99999]))
