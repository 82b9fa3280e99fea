"""``blockshift frustration``: the contract's keys, exit statuses, known values, one line for what cannot be done."""

import json
import os
import signal
import subprocess
import sys
import time

import networkx as nx
import numpy as np
import pytest

from blockshift import cli
from blockshift.signs.known_graphs import highland_tribes, spin_glass

KEYS = (
    "nodes edges negative_edges total_weight lower upper fraction_lower fraction_upper certified switching method "
    "seconds seed"
).split()


def call(capsys, *words):
    """Exit status, standard output and standard error of one call."""
    try:
        status = cli.main(["frustration", *map(str, words)])
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    return status, out, err


def written(path, graph):
    """A file with the edges of a graph."""
    names = ["-".join(map(str, node)) if isinstance(node, tuple) else str(node) for node in graph.nodes]
    lines = [f"{names[u]} {names[v]} {w:g}" for u, v, w in zip(graph.u, graph.v, graph.w, strict=True)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def tribes(tmp_path):
    return written(tmp_path / "tribes.txt", highland_tribes())


def test_it_answers_as_the_contract_says(capsys, tribes):
    status, out, err = call(capsys, tribes, "--json", "-", "--seed", "3")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert set(KEYS) <= set(found)
    assert (found["nodes"], found["edges"], found["negative_edges"], found["total_weight"]) == (16, 58, 29, 58)
    assert (found["lower"], found["upper"], found["certified"], found["seed"]) == (7, 7, True, 3)
    assert found["fraction_lower"] == found["fraction_upper"] == 7 / 58
    s = found["switching"]
    assert set(s.values()) == {1, -1}
    left = [line.split() for line in tribes.read_text().splitlines()]
    assert sum(float(w) * s[u] * s[v] < 0 for u, v, w in left) == 7


@pytest.mark.parametrize(
    ("graph", "value"),
    [
        (nx.complete_graph(8), 12),
        (nx.petersen_graph(), 3),
        (nx.icosahedral_graph(), 10),
        (nx.dodecahedral_graph(), 6),
        (nx.karate_club_graph(), 17),
        (nx.heawood_graph(), 0),
        (nx.cycle_graph(9), 1),
    ],
    ids=["K8", "Petersen", "icosahedron", "dodecahedron", "karate club", "Heawood", "odd cycle"],
)
def test_known_values_from_the_command_line(capsys, tmp_path, graph, value):
    rng = np.random.default_rng(value)
    s = rng.choice([-1, 1], size=len(graph))
    names = rng.permutation(len(graph))
    lines = [f"{names[a]},{names[b]},{-s[a] * s[b]}" for a, b in rng.permutation(list(graph.edges))]
    (tmp_path / "graph.csv").write_text("\n".join(lines))
    status, out, _ = call(capsys, tmp_path / "graph.csv", "--exact", "--json", "-")
    found = json.loads(out)
    assert (status, found["lower"], found["upper"], found["certified"]) == (0, value, value, True)


def test_in_words_it_is_a_sentence(capsys, tribes):
    status, out, _ = call(capsys, tribes)
    assert status == 0
    assert "SignedGraph(16 nodes, 58 edges, 29 negative)" in out
    assert "Frustration(7, certified, 12.07% of the weight" in out
    assert "switched by -1: " in out


def test_a_file_without_edges_is_balanced(capsys, tmp_path):
    (tmp_path / "none.txt").write_text("# nothing\n")
    status, out, _ = call(capsys, tmp_path / "none.txt", "--json", "-")
    assert (status, json.loads(out)["upper"], json.loads(out)["switching"]) == (0, 0, {})


def test_json_goes_to_a_file_and_words_to_the_terminal(capsys, tribes, tmp_path):
    status, out, _ = call(capsys, tribes, "--json", tmp_path / "result.json")
    assert status == 0
    assert "Frustration(7" in out
    assert json.loads((tmp_path / "result.json").read_text())["certified"]


def test_exact_that_was_not_reached_is_status_1_and_an_interval(capsys, tmp_path):
    path = written(tmp_path / "glass.txt", spin_glass(8, 8, 8, rng=np.random.default_rng(0)))
    status, out, _ = call(capsys, path, "--exact", "--time-limit", "0.3", "--json", "-")
    found = json.loads(out)
    assert status == 1
    assert found["lower"] < found["upper"]
    assert not found["certified"]
    assert found["stopped"] == "time limit"
    assert call(capsys, path, "--time-limit", "0.3")[0] == 0


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["missing.txt"], "cannot open missing.txt"),
        ([], "no graph was given"),
        (["--model", "resnet"], "no network is called 'resnet'"),
        (["tribes.txt", "--model", "resnet"], "both GRAPH (tribes.txt) and --model"),
        (["--model", "mnist-mlp", "--exact"], "--exact searches graphs"),
        (["--model", "mnist-mlp", "--seed", "-1"], "--seed is -1"),
        (["tribes.txt", "--signs"], "--signs is about networks"),
        (["tribes.txt", "--seed", "-1"], "--seed is -1"),
        (["tribes.txt", "--seed", "x"], "invalid int value"),
        (["tribes.txt", "--restarts", "-1"], "-1 restarts"),
        (["tribes.txt", "--time-limit", "-1"], "time limit is -1"),
        (["tribes.txt", "--time-limit", "nan"], "time limit is nan"),
        (["tribes.txt", "--time-limit", "soon"], "invalid float value"),
        (["loop.txt"], "line 2 of loop.txt is 'b b'"),
        (["tribes.txt", "more.txt"], "unrecognized arguments"),
    ],
)
def test_refuses_in_one_line_with_status_2(capsys, tribes, tmp_path, monkeypatch, words, word):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop.txt").write_text("a b\nb b\n")
    status, out, err = call(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("blockshift: ")
    assert word in err
    assert err.count("\n") == 1


def test_help_has_an_example(capsys):
    status, out, _ = call(capsys, "--help")
    assert status == 0
    assert "blockshift frustration tribes.txt --exact" in out


def test_an_interruption_is_told_with_what_was_kept(capsys, tribes, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("blockshift.signs.exact.optimum._block", interrupted)
    status, out, err = call(capsys, tribes, "--json", tmp_path / "r.json")
    assert status == 2
    assert "Frustration(from 0 to 7" in out
    assert err == f"blockshift: interrupted; the interval from 0 to 7 was kept and written to {tmp_path / 'r.json'}\n"
    assert json.loads((tmp_path / "r.json").read_text())["stopped"] == "interrupted"


def test_ctrl_c_ends_with_one_line_and_no_half_written_file(tmp_path):
    path = written(tmp_path / "glass.txt", spin_glass(9, 9, 9, rng=np.random.default_rng(0)))
    code = "import sys; from blockshift.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "frustration", str(path), "--exact", "--json", str(tmp_path / "r.json")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith("blockshift: interrupted; ")
    assert err.count("\n") == 1
    # On a slow machine the search has not begun yet, and there is no file; there is never half of one.
    for name in {p.name for p in tmp_path.iterdir()} - {"glass.txt"}:
        assert json.loads((tmp_path / name).read_text())["lower"] >= 0
