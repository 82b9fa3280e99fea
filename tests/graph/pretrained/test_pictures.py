"""Real pictures for each network, and what the networks say to them."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.pretrained import doors, pictures
from blockshift.graph.pretrained.trained import Model
from trained_networks import need

#: Tabby, tiger cat, Egyptian cat.
CATS = {281, 282, 285}


def test_squeezenet_sees_three_kinds_of_cat_in_the_cat():
    need("squeezenet", "photographs")
    network = doors.model("squeezenet")
    shown = pictures.pictures(network, "photographs", count=1)
    assert shown.names == ("chelsea.png",)
    assert shown.labels is None
    assert np.argsort(-network.scores(shown.inputs)[0])[:3].tolist() == [285, 281, 282]


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
def test_the_others_see_the_cat_as_well(name):
    need(name, "photographs")
    network = doors.model(name)
    scores = network.scores(pictures.pictures(network, "photographs", count=1).inputs)[0]
    assert set(np.argsort(-scores)[:3].tolist()) == CATS


@pytest.mark.parametrize(
    ("name", "collection", "first", "among_five"),
    [
        ("squeezenet", "imagenet", 14, 17),
        ("efficientnet-lite0", "imagenet", 18, 19),
        ("cifar10-cnn", "cifar10", 20, 20),
    ],
)
def test_as_many_of_twenty_pictures_are_named_as_elsewhere(name, collection, first, among_five):
    need(name, collection)
    network = doors.model(name)
    shown = pictures.pictures(network)
    assert (shown.collection, len(shown)) == (collection, 20)
    ranks = np.argsort(-network.scores(shown.inputs), axis=1)
    assert (ranks[:, 0] == shown.labels).sum() == first
    assert (ranks[:, :5] == shown.labels[:, None]).any(axis=1).sum() == among_five


def test_without_its_mean_squeezenet_errs_more_often():
    need("squeezenet", "imagenet")
    network = doors.model("squeezenet")
    shown = pictures.pictures(network)
    mean = np.float32(network.preprocessing.mean)[:, None, None]
    answers = network.scores(shown.inputs + mean).argmax(axis=1)
    assert (answers == shown.labels).sum() < 14


@pytest.mark.parametrize("name", ["vgg16-edges", "centerface"])
def test_networks_without_classes_are_shown_the_pictures_of_imagenet(name):
    need(name, "imagenet")
    shown = pictures.pictures(doors.model(name, input_size=64), count=3)
    assert shown.inputs.shape == (3, 3, 64, 64)
    assert repr(shown) == f"Pictures(3 of imagenet with labels, 3×64×64, for {name})"


def test_there_are_a_thousand_digits_of_all_classes_in_turn():
    shown = pictures.pictures("mnist-cnn")
    assert shown.inputs.shape == (1000, 1, 28, 28)
    assert shown.labels[:20].tolist() == [*range(10), *range(10)]
    assert (shown.inputs.min(), shown.inputs.max()) == (0, 1)
    assert shown.names[0] == "mnist-5k, row 400"


def test_labels_are_those_in_the_names():
    need("imagenet", "efficientnet-lite0")
    shown = pictures.pictures("efficientnet-lite0", count=4)
    assert [name.rsplit("_", 1)[1] for name in shown.names] == [f"{label}.jpg" for label in shown.labels]


def test_refuses_an_unknown_collection():
    with pytest.raises(errors.UnknownName, match="photographs"):
        pictures.pictures("mnist-cnn", "paintings")


@pytest.mark.parametrize("count", [0, -1, 1001])
def test_refuses_more_pictures_than_there_are_and_fewer_than_one(count):
    with pytest.raises(errors.BadArgument, match="has 1000"):
        pictures.pictures("mnist-cnn", count=count)


def test_refuses_to_guess_how_a_network_wants_its_pictures():
    with pytest.raises(errors.BadArgument, match="preprocess them"):
        pictures.pictures(Model("mine", "mine", (3, 8, 8), 1))


def test_refuses_where_the_package_is_missing(monkeypatch):
    monkeypatch.setitem(pictures.COLLECTIONS, "gone", pictures.Collection("no_such_package", "no-such==1", "*", ""))
    with pytest.raises(errors.NotInstalled, match="no-such==1"):
        pictures.pictures("mnist-cnn", "gone")


def test_refuses_pictures_that_are_not_the_known_ones(tmp_path, monkeypatch):
    (tmp_path / "album" / "data").mkdir(parents=True)
    (tmp_path / "album" / "__init__.py").write_text("")
    (tmp_path / "album" / "data" / "a_1.png").write_bytes(b"other")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(pictures.COLLECTIONS, "album", pictures.Collection("album", "album==1", "*.png", "0" * 64))
    with pytest.raises(errors.BadArgument, match="SHA-256"):
        pictures.pictures("mnist-cnn", "album")
