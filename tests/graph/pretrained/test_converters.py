"""Weights in other orders are the same weights: the same scores by a second road out of the same files."""

import h5py
import numpy as np
import pytest
import torch

from blockshift.graph.pretrained import doors, entries, pictures
from graph.pretrained import networks_oracle
from trained_networks import need

#: float32 sums of a few thousand terms against float64: measured 1e-6 of the largest score.
ROUNDING = 1e-5


def close(found, expected):
    """Whether scores agree up to rounding."""
    np.testing.assert_allclose(found, expected, atol=ROUNDING * np.abs(expected).max(), rtol=0)


def test_oracle_the_cifar_network_answers_as_its_file_says():
    need("cifar10-cnn", "cifar10")
    network = doors.model("cifar10-cnn")
    shown = pictures.pictures(network, count=2)
    path = entries.ENTRIES["cifar10-cnn"].asset.path
    close(
        network.scores(shown.inputs), [networks_oracle.cifar_scores(path, x.transpose(1, 2, 0)) for x in shown.inputs]
    )


def test_oracle_squeezenet_answers_as_its_file_says():
    need("squeezenet")
    network = doors.model("squeezenet", input_size=64)
    x = np.random.default_rng(0).uniform(-100, 100, (1, 3, 64, 64)).astype(np.float32)
    content = entries.ENTRIES["squeezenet"].asset.read()
    close(network.scores(x)[0], networks_oracle.squeezenet_scores(content, x[0].transpose(1, 2, 0)))


def test_oracle_the_trunk_of_vgg16_has_each_kernel_turned_and_in_its_place():
    need("vgg16-edges")
    state = doors.model("vgg16-edges").module.state_dict()
    kernels = [name for name in state if state[name].ndim == 4]
    layers = [f"block{b}/layers/conv2d{end}/vars" for b, ends in enumerate(
        [("", "_1"), ("", "_1"), ("", "_1", "_2"), ("", "_1", "_2"), ("", "_1", "_2")], 1) for end in ends]  # fmt: skip
    rng = np.random.default_rng(1)
    with h5py.File(entries.ENTRIES["vgg16-edges"].asset.path) as file:
        for name, layer in zip(kernels, layers, strict=True):
            kernel, bias = file[layer]["0"], file[layer]["1"]
            for _ in range(5):
                y, x, i, o = (int(rng.integers(size)) for size in kernel.shape)
                assert state[name][o, i, y, x].item() == kernel[y, x, i, o]
            assert state[name.replace("weight", "bias")].tolist() == bias[:].tolist()


def test_nothing_is_lost_on_the_way_out_of_the_pickle():
    need("squeezenet")
    content = entries.ENTRIES["squeezenet"].asset.read()
    theirs = np.concatenate([part for parts in networks_oracle.numbers_in_pickle(content).values() for part in parts])
    ours = np.concatenate([p.numpy().ravel() for p in doors.model("squeezenet").module.parameters()])
    np.testing.assert_array_equal(np.sort(theirs), np.sort(ours))


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
def test_a_state_dict_of_torch_is_taken_as_it_is(name):
    need(name)
    asset = entries.ENTRIES[name].asset
    stored = torch.load(asset.path, map_location="cpu", weights_only=True)
    found = doors.model(name).module.state_dict()
    assert list(found) == list(stored)
    assert all(torch.equal(found[key], stored[key]) for key in stored)
