"""``blockshift monotonicity``: keys, exit statuses, and one line for what cannot be done."""

import json

import pytest

from blockshift import cli
from blockshift.signs import nulls
from blockshift.signs.monotonicity import portrait_measure

KEYS = "model collection nodes edges fraction effort images overlap twice summary nulls seed seconds".split()
SMALL = "--model mnist-mlp --images 2 --outputs 3 --directions 2 --sweeps 3 --jobs 1".split()


def call(capsys, *words):
    """Exit status, standard output and standard error of one call."""
    try:
        status = cli.main(["monotonicity", *map(str, words)])
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    return status, out, err


def test_it_answers_with_what_it_found_at_each_picture(capsys):
    status, out, err = call(capsys, *SMALL, "--json", "-")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert set(KEYS) <= set(found)
    assert [image["label"] for image in found["images"]] == [0, 1]
    assert -1 <= found["images"][0]["lambda"]["jacobian"] <= 1
    assert (len(found["overlap"]), len(found["twice"]), found["nulls"]) == (1, 2, [])
    assert json.loads(call(capsys, *SMALL, "--json", "-")[1])["images"] == found["images"]
    assert json.loads(call(capsys, *SMALL, "--json", "-", "--seed", 1)[1])["images"] != found["images"]


def test_beside_it_stand_its_nulls_and_its_own_beginning(capsys, tmp_path):
    kinds = "--nulls sign-shuffle:2 --nulls untrained:1 --nulls initial:1".split()
    words = [*SMALL, *kinds, "--checkpoint", tmp_path / "cells", "--json", "-"]
    status, out, _ = call(capsys, *words)
    found = json.loads(out)
    assert status == 0
    assert [(null["kind"], null["number"]) for null in found["nulls"]] == [
        ("sign-shuffle", 0),
        ("untrained", 0),
        ("initial", 0),
        ("sign-shuffle", 1),
    ]
    assert len({null["fraction"] for null in found["nulls"]} | {found["fraction"]}) == 5
    assert found["nulls"][0]["summary"].keys() == found["summary"].keys()
    again = json.loads(call(capsys, *words)[1])
    assert {**again, "seconds": 0} == {**found, "seconds": 0}
    status, out, err = call(capsys, *words, "--seed", 1)
    assert (status, out) == (2, "")
    assert "seed was 0 and is now 1" in err


def test_a_variant_that_fails_is_named_and_the_rest_is_told(capsys, monkeypatch):
    def unlucky(dag, kind, *, rng):
        raise MemoryError("no room")

    monkeypatch.setattr(nulls, "draw", unlucky)
    status, out, err = call(capsys, *SMALL, "--nulls", "sign-shuffle:1", "--json", "-")
    assert status == 2
    assert json.loads(out)["nulls"] == []
    assert "mnist-mlp, sign-shuffle, 0 with MemoryError" in err.splitlines()[-1]
    monkeypatch.setattr(portrait_measure, "portrait", unlucky)
    status, out, err = call(capsys, *SMALL, "--json", "-")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("blockshift: 1 draws failed, mnist-mlp, trained, 0")


def test_as_text_it_says_what_the_numbers_are(capsys):
    words = "--model mnist-mlp --images 1 --outputs 2 --directions 1 --sweeps 1 --jobs 1 --nulls untrained:1".split()
    status, out, _ = call(capsys, *words)
    assert status == 0
    assert "untrained 0: frustrated share" in out
    assert "λ in the order of the network" in out
    assert "outputs up, rays" in out


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("--model nowhere", "no network"),
        ("--model mnist-mlp --images 0", "from 1 up"),
        ("--model mnist-mlp --images 1 --nulls wild:1 --sweeps 1", "no null model"),
        ("--model mnist-mlp --nulls untrained", "expected KIND:COUNT"),
        ("--model mnist-mlp --nulls initial:2", "of 'initial' 1"),
        ("--model cifar10-cnn --images 1 --nulls initial:1", "not kept"),
        ("--model mnist-mlp --jobs 0", "--jobs is 0"),
        ("--model mnist-mlp --images 1 --checkpoint /nowhere/at/all", "cannot open the checkpoint"),
        ("--model centerface", "ONNX"),
        ("--model mnist-mlp --collection walls", "no pictures"),
        ("", "--model"),
    ],
)
def test_refuses_in_one_line(capsys, words, word):
    status, out, err = call(capsys, *words.split())
    assert (status, out) == (2, "")
    assert err.startswith("blockshift: ")
    assert word in err
    assert err.count("\n") == 1
