"""Perceptrons as layered graphs."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.perceptrons import KNOWN, perceptron


def test_oracle_it_computes_what_its_matrices_say():
    rng = np.random.default_rng(0)
    W, b = [rng.standard_normal(s) for s in ((5, 3), (4, 5))], [rng.standard_normal(d) for d in (5, 4)]
    x = rng.standard_normal(3)
    for name, function in (("relu", lambda z: np.maximum(z, 0)), ("tanh", np.tanh), ("identity", lambda z: z)):
        answer = perceptron(W, b, activation=name).forward(x.reshape(3, 1, 1))[-1][1].numpy().ravel()
        assert np.allclose(answer, W[1] @ function(W[0] @ x + b[0]) + b[1])


def test_every_activation_increases_and_the_last_layer_has_none():
    for name in KNOWN:
        dag = perceptron([[[1.0]], [[1.0]]], activation=name)
        values = dag.forward(np.linspace(-3, 3, 61).reshape(-1, 1, 1, 1))[-1][1].numpy().ravel()
        assert (np.diff(values) >= 0).all()
        assert dag.layers[-1].activation.name == "identity"


def test_refuses_unknown_activations_and_biases_that_do_not_fit():
    with pytest.raises(errors.UnknownName, match="there are"):
        perceptron([[[1.0]]], activation="sine")
    with pytest.raises(errors.ShapeMismatch, match="biases"):
        perceptron([[[1.0]]], [[1.0, 2.0]])
