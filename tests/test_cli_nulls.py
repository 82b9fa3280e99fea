"""``blockshift frustration --model NAME --nulls KIND:COUNT``."""

import json

import numpy as np
import pytest

from blockshift import model_commands
from blockshift.cli import main
from blockshift.graph.dag import Dag
from blockshift.graph.network import Network
from blockshift.signs import nulls


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A network that is traced in no time: two layers, all weights plus."""
    rng = np.random.default_rng(0)
    dag = Dag.from_network(Network.from_weights([rng.uniform(0.5, 1, (4, 4)), rng.uniform(0.5, 1, (3, 4))]))
    monkeypatch.setattr(model_commands, "traced", lambda options: dag)


def called(capsys, *arguments):
    status = main(["frustration", "--model", "nets/small.onnx", "--restarts", "2", "--jobs", "1", *arguments])
    out, problem = capsys.readouterr()
    return status, out, problem


def test_the_result_has_an_entry_for_each_null_model(capsys):
    status, out, problem = called(capsys, "--nulls", "sign-random:3", "--nulls", "gaussian:2", "--json", "-")
    assert (status, problem) == (0, "")
    found = json.loads(out)
    assert found["fraction_upper"] == 0
    assert [(entry["kind"], entry["count"]) for entry in found["nulls"]] == [("sign-random", 3), ("gaussian", 2)]
    first = found["nulls"][0]
    assert {"kind", "count", "mean", "sd", "min", "z", "separated"} <= set(first)
    assert first["separated"] == sum(low > 1e-9 for low in first["lower"]) > 0
    assert (first["network"], first["network_upper"]) == ("small.onnx", 0)


def test_what_is_printed_names_each_null_model(capsys):
    status, out, problem = called(capsys, "--nulls", "sign-random:2")
    assert (status, problem) == (0, "")
    assert "Comparison(sign-random: network 0.0000, 2 draws" in out


def test_the_same_command_continues_and_gives_the_same_draws(capsys, tmp_path, monkeypatch):
    path = str(tmp_path / "draws.cells")
    arguments = ("--nulls", "sign-random:2", "--checkpoint", path, "--json", "-")
    first = json.loads(called(capsys, *arguments)[1])["nulls"]
    monkeypatch.setattr(nulls, "draw", None)  # nothing is drawn again
    assert json.loads(called(capsys, *arguments)[1])["nulls"] == first
    status, out, problem = called(capsys, *arguments, "--seed", "1")
    assert (status, out) == (2, "")
    assert "seed was 0 and is now 1" in problem


def test_draws_that_fail_leave_the_result_and_a_line(capsys, monkeypatch):
    def unlucky(dag, kind, *, rng):
        raise MemoryError("no room")

    monkeypatch.setattr(nulls, "draw", unlucky)
    status, out, problem = called(capsys, "--nulls", "sign-random:2", "--json", "-")
    assert status == 2
    assert json.loads(out)["nulls"] == []
    assert problem.splitlines()[-1].startswith(
        "blockshift: 2 draws failed, small.onnx, sign-random, 0 with MemoryError"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--nulls", "sign-random"), "expected KIND:COUNT, such as sign-shuffle:20"),
        (("--nulls", "shuffle:3"), "no null model is called 'shuffle'; expected one of sign-shuffle"),
        (("--nulls", "kernel-shuffle:1"), "all kernels of the network have one tap"),
        (("--nulls", "uniform:1", "--jobs", "0"), "--jobs is 0; expected 1 or more"),
        (("--nulls", "uniform:1", "--checkpoint", "/nowhere/at/all"), "cannot open the checkpoint /nowhere/at/all"),
        (("--checkpoint", "draws"), "--checkpoint is about the draws of null models"),
    ],
)
def test_refuses_in_one_line(capsys, arguments, message):
    status, out, problem = called(capsys, *arguments)
    assert (status, out) == (2, "")
    assert problem.startswith("blockshift: ")
    assert problem.count("\n") == 1
    assert message in problem


@pytest.mark.parametrize("option", [("--nulls", "uniform:1"), ("--checkpoint", "x"), ("--jobs", "2")])
def test_refuses_null_models_of_a_graph(capsys, tmp_path, option):
    path = tmp_path / "graph.txt"
    path.write_text("a b 1\n")
    assert main(["frustration", str(path), *option]) == 2
    assert f"{option[0]} is about networks; give --model" in capsys.readouterr().err
