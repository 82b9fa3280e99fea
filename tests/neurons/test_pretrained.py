"""The measures on networks that others have trained: they run, agree with products by hand, and with the record."""

import json

import numpy as np
import pytest
from benchmarks.neurons import pretrained

from blockshift import errors
from blockshift.graph.pretrained import doors, pictures
from blockshift.neurons import basins, modes, passes

#: What single precision leaves of a product of three matrices with a thousand units in between.
ROUNDING = 1e-4
#: A run repeats to rounding; in another order of summation a picture may change sides.
CLOSE = 0.051


@pytest.fixture(scope="module")
def cifar():
    """Six convolutions by others, with its 20 pictures, where their packages are here."""
    try:
        network = doors.model("cifar10-cnn")
        shown = pictures.pictures(network)
    except errors.NotInstalled as missing:
        pytest.skip(str(missing))
    return network.module, shown.inputs, shown.labels


def record(experiment, **case):
    """What was found, by seed."""
    runs = json.loads(experiment.path.read_text(encoding="utf-8"))["runs"]
    return [r["found"] for r in runs if all(r["case"][k] == v for k, v in case.items())]


def test_oracle_the_map_of_a_pretrained_network_is_the_product_of_its_matrices(cifar):
    model, X, _ = cifar
    W1, W2, W3 = (layer.weight.detach().numpy() for layer in model.classifier if hasattr(layer, "weight"))
    norm = model.features[-1]
    scale = norm.weight.detach().numpy() / np.sqrt(norm.running_var.numpy() + norm.eps)
    for layer, product in ((9, np.eye(10)), (8, W3), (7, W3 @ W2), (6, W3 @ W2 @ W1 * scale)):
        found = modes.linear_map(model, X, layer)
        assert np.allclose(found, product, atol=ROUNDING * np.abs(product).max()), layer


def test_the_modes_of_a_pretrained_network_are_those_in_the_record(cifar):
    model, X, y = cifar
    assert (passes.answers(model, X) == y).all()
    profile = modes.profile(model, X, y, units=100, rng=np.random.default_rng(0))
    stored = record(pretrained.PRETRAINED, network="cifar10-cnn")[0]
    # None of these depends on which units of a layer are asked.
    assert np.allclose(profile.turned, stored["turned"], atol=CLOSE)
    assert np.allclose(profile.truncated, stored["truncated"], atol=CLOSE)
    assert np.allclose([layer.substitution.residual for layer in profile.layers], stored["residual"], atol=CLOSE)
    assert np.isfinite(profile.slopes).all()


def test_the_basin_of_a_pretrained_network_repeats_and_lies_in_the_interval_of_the_record(cifar):
    model, X, y = cifar
    found = [basins.sample_basin(model, X, y, rng=np.random.default_rng(99), draws=1) for _ in range(2)]
    assert (found[0].radius, found[0].interval) == (found[1].radius, found[1].interval)
    _, low, high = record(pretrained.PRETRAINED, network="cifar10-cnn")[0]["sample"]
    assert low <= found[0].radius <= high


@pytest.mark.parametrize("network", ["cifar10-cnn", "mnist-cnn", "squeezenet"])
@pytest.mark.parametrize("space", ["sample", "weight"])
def test_the_intervals_of_different_seeds_overlap(network, space):
    found = np.array([run[space] for run in record(pretrained.PRETRAINED, network=network)])
    assert found[:, 1].max() < found[:, 2].min()
    assert ((found[:, 1] <= found[:, 0]) & (found[:, 0] <= found[:, 2])).all()
    assert len(found) == 3
