"""Turned pairs from the graph alone: the same numbers as from the module, by a road that does not watch it."""

import numpy as np
import pytest

import blockshift as bs
from blockshift import errors
from blockshift.graph.perceptrons import perceptron
from blockshift.neurons import turned


@pytest.mark.parametrize("name", ["mnist-mlp", "mnist-cnn", "mnist-resnet"])
def test_the_graph_and_the_module_turn_the_same_pairs(name):
    model = bs.model(name)
    shown = bs.pictures(model, count=20)  # two of each class, so that both count all ten outputs
    of_module = bs.profile(model.module, shown.inputs, shown.labels).turned
    of_graph = [layer.turned for layer in bs.turned_shares(model.trace(), shown.inputs)]
    assert np.allclose(of_graph, of_module, atol=1e-12)
    assert max(of_graph) > 0


def test_a_pair_counted_by_hand():
    # 2, 1, 1, 3 from -2, -1, 1, 3 against -1, -1/2, 1/2, 3/2 with the identity in the place of the rectifiers.
    X = np.array([-2.0, -1.0, 1.0, 3.0]).reshape(4, 1, 1, 1)
    (layer,) = bs.turned_shares(perceptron([[[1], [-1]], [[1, 0.5]]]), X)
    assert (layer.turned, layer.kept) == (1 / 6, 5 / 6)


def test_of_many_outputs_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(turned, "OUTPUTS", 2)
    dag = perceptron([[[1.0], [2.0], [3.0]]])
    assert turned.outputs(dag, np.ones((2, 1, 1, 1), np.float32)).tolist() == [[1, 3], [1, 3]]


def test_refuses_what_has_no_pairs_or_no_activation():
    dag = perceptron([[[1.0]], [[1.0]]])
    for X in (np.ones((1, 1, 1, 1)), np.ones((3, 2, 1, 1)), np.ones((3, 1))):
        with pytest.raises(errors.ShapeMismatch, match="a pair takes two"):
            bs.turned_shares(dag, X)
    with pytest.raises(errors.BadArgument, match="no activation"):
        bs.turned_shares(turned.linear_from(dag, 0), np.ones((2, 1, 1, 1)))


def test_refuses_sums_in_the_place_of_means():
    import torch

    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten())
    X = np.random.default_rng(0).standard_normal((3, 1, 6, 6)).astype(np.float32)
    assert len(bs.turned_shares(bs.trace(net, (1, 6, 6)), X)) == 1
    with pytest.raises(errors.BadArgument, match="pooling='average'"):
        bs.turned_shares(bs.trace(net, (1, 6, 6), pooling="ones"), X)
