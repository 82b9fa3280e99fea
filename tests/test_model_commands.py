"""``blockshift frustration --model``: the contract's keys, the table, one line for what cannot be done."""

import json
import os
import types

import numpy as np
import pytest

import blockshift as bs
from blockshift import cli
from blockshift.signs import network_intervals
from blockshift.signs.bounds import network_bounds
from signs import network_oracle, networks

KEYS = (
    "nodes edges negative_edges total_weight lower upper fraction_lower fraction_upper certified switching method "
    "seconds seed layers guarantee model"
).split()


@pytest.fixture
def asked(monkeypatch):
    """The door to trained networks opens on a small one; what was asked for is kept."""
    kept = {}
    dag, edges = networks.network("skip", np.random.default_rng(3))

    def model(name, **options):
        kept.update(options, name=name)
        return types.SimpleNamespace(name=name, module="the module", file=None, input_shape=(2, 2, 1))

    def trace(module, input_shape, **options):
        kept.update(options, module=module, input_shape=input_shape)
        return dag

    monkeypatch.setitem(bs.__dict__, "model", model)
    monkeypatch.setitem(bs.__dict__, "trace", trace)
    kept["dag"], kept["edges"] = dag, edges
    return kept


def call(capsys, *words):
    """Exit status, standard output and standard error of one call."""
    status = cli.main(["frustration", *map(str, words)])
    out, err = capsys.readouterr()
    return status, out, err


def test_it_answers_as_the_contract_says(capsys, asked):
    status, out, err = call(capsys, "--model", "small", "--json", "-", "--seed", 2)
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert set(KEYS) <= set(found)
    assert (found["nodes"], found["edges"], found["seed"]) == (asked["dag"].nodes, len(asked["edges"]), 2)
    assert {"name", "kind", "nodes", "edges", "fraction"} <= set(found["layers"][0])
    s = [1 if sign == "+" else -1 for layer in found["signs"] for sign in layer["signs"]]
    assert sorted(found["switching"].values()) == sorted(s)
    first = asked["dag"].layers[0]
    corner = found["switching"][f"{first.name}[0,0,0]"]
    assert corner == s[0]
    assert network_oracle.weight_left(asked["edges"], s) == pytest.approx(found["upper"])
    assert [layer["layer"] for layer in found["signs"]] == [layer["name"] for layer in found["layers"]]
    assert (asked["name"], asked["module"], asked["input_shape"]) == ("small", "the module", (2, 2, 1))
    assert (asked["pooling"], asked["batch_norm"], asked["input_size"]) == ("average", "fold", None)


def test_options_reach_the_tracer_and_the_search(capsys, asked):
    words = "--model x --input-size 64 --signs --pooling ones --batch-norm diagonal --architecture vgg16 --json -"
    found = json.loads(call(capsys, *words.split())[1])
    assert (asked["pooling"], asked["batch_norm"], asked["input_size"]) == ("ones", "diagonal", 64)
    assert asked["architecture"] == "vgg16"
    assert found["total_weight"] == found["edges"]


def test_the_text_has_a_line_for_each_layer(capsys, asked):
    status, out, _ = call(capsys, "--model", "small")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("NetworkFrustration(")
    assert [line.split()[0] for line in lines[1:]] == ["layer"] * (1 + len(asked["dag"].layers))


def test_a_large_switching_is_not_written_out(capsys, asked, monkeypatch):
    from blockshift import model_commands

    monkeypatch.setattr(model_commands, "WRITTEN_NODES", 3)
    monkeypatch.setattr(model_commands, "NAMED_NODES", 3)
    found = json.loads(call(capsys, "--model", "small", "--json", "-")[1])
    assert found["switching"] is None
    assert found["signs"] is None
    assert found["layers"][1]["flipped"] >= 0


def test_ctrl_c_says_what_was_kept(capsys, asked, monkeypatch, tmp_path):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(network_intervals, "WRITTEN_OUT", -1)
    monkeypatch.setattr(network_bounds, "semidefinite", interrupted)
    path = tmp_path / "found.json"
    status, _, err = call(capsys, "--model", "small", "--json", path)
    assert status == 2
    assert err.startswith("blockshift: interrupted; the interval from 0.0000 to 0.")
    assert err.endswith(f"written to {path}\n")
    assert json.loads(path.read_text())["stopped"] == "interrupted"
    assert os.listdir(tmp_path) == ["found.json"]


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("--model small --time-limit -1", "time limit is -1"),
        ("--model small --restarts -1", "-1 restarts"),
        ("--model small --seed -1", "--seed is -1"),
        ("--model small --exact", "--exact searches graphs"),
        ("graph.txt --model small", "both GRAPH (graph.txt) and --model"),
        ("graph.txt --pooling ones", "--pooling is about networks"),
    ],
)
def test_refuses_in_one_line(capsys, asked, words, word):
    status, out, err = call(capsys, *words.split())
    assert (status, out) == (2, "")
    assert err.startswith("blockshift: ")
    assert word in err
    assert err.count("\n") == 1
