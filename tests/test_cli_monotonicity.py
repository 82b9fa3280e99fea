"""``blockshift monotonicity``: keys, exit statuses, and one line for what cannot be done."""

import json

import pytest

from blockshift import cli

KEYS = "model null collection nodes edges fraction effort images summary seed seconds".split()


def call(capsys, *words):
    """Exit status, standard output and standard error of one call."""
    try:
        status = cli.main(["monotonicity", *map(str, words)])
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    return status, out, err


def test_it_answers_with_what_it_found_at_each_picture(capsys):
    words = "--model mnist-mlp --images 2 --outputs 3 --directions 2 --sweeps 3 --json -".split()
    status, out, err = call(capsys, *words)
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert set(KEYS) <= set(found)
    assert len(found["images"]) == 2
    assert -1 <= found["images"][0]["lambda"]["jacobian"] <= 1
    assert json.loads(call(capsys, *words)[1])["images"] == found["images"]
    assert json.loads(call(capsys, *words, "--null", "sign-shuffle")[1])["images"] != found["images"]


def test_as_text_it_says_what_the_numbers_are(capsys):
    status, out, _ = call(capsys, *"--model mnist-mlp --images 1 --outputs 2 --directions 1 --sweeps 1".split())
    assert status == 0
    assert "λ in the order of the network" in out
    assert "outputs up, rays" in out


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("--model nowhere", "no network"),
        ("--model mnist-mlp --images 0", "from 1 up"),
        ("--model mnist-mlp --images 1 --null wild --sweeps 1", "no null model"),
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
