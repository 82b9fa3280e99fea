"""The standard model that generic solvers are given has the frustration as its optimum."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import _xor_model, exact_frustration
from blockshift.signs.exact.optimum import optimum
from blockshift.signs.known_graphs import highland_tribes, spin_glass


@pytest.fixture(params=["tribes", "torus"])
def problem(request, tmp_path):
    graph = highland_tribes() if request.param == "tribes" else spin_glass(4, 4, rng=np.random.default_rng(0))
    path = tmp_path / "graph.txt"
    np.savetxt(path, np.c_[graph.u, graph.v, graph.w].astype(np.int64), fmt="%d")
    return path, float(optimum(graph).lower)


def test_highs_and_ours_agree_on_the_model(problem):
    path, value = problem
    assert np.allclose(_xor_model.highs(path, 60), value)
    assert _xor_model.ours(path, 60) == (value, value)


@pytest.mark.parametrize("solver", ["SCIP", "CP-SAT"])
def test_a_solver_agrees_or_says_that_it_is_not_installed(problem, solver):
    path, value = problem
    command = [sys.executable, "-m", "benchmarks._xor_model", solver, str(path), "30"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert "missing" in found or (found["certified"] and found["upper"] == value)


def test_a_gset_file_becomes_the_graph_of_its_cuts(tmp_path):
    # A triangle of weight 1 and an edge of weight -1: the largest cut is 2, and leaves one edge.
    (tmp_path / "G").write_text("4 4\n1 2 1\n2 3 1\n1 3 1\n3 4 -1\n")
    graph = exact_frustration.gset(str(tmp_path / "G"))
    assert graph.negative == 3
    assert optimum(graph).lower == 1


def test_a_gset_file_named_by_the_environment_joins_the_instances(tmp_path, monkeypatch):
    monkeypatch.delenv("BLOCKSHIFT_G11", raising=False)
    names = [name for name, _ in exact_frustration.instances()]
    assert set(exact_frustration.TARGETS) == set(names)
    # A cycle of five: the largest cut leaves one edge.
    (tmp_path / "G11").write_text("5 5\n1 2 1\n2 3 1\n3 4 1\n4 5 1\n1 5 1\n")
    monkeypatch.setenv("BLOCKSHIFT_G11", str(tmp_path / "G11"))
    found = dict(exact_frustration.instances())
    assert list(found) == [*names, "Gset G11"]
    assert (found["Gset G11"].n, found["Gset G11"].negative) == (5, 5)
    assert optimum(found["Gset G11"]).lower == 1


def test_two_nodes_separate_each_bead_of_the_necklace():
    graph = exact_frustration.necklace(5, 6, 12, rng=np.random.default_rng(0))
    assert (graph.n, graph.m, graph.negative) == (25, 60, 60)
    crossing = {(a // 5, b // 5) for a, b in zip(graph.u.tolist(), graph.v.tolist(), strict=True) if a // 5 != b // 5}
    assert crossing == {(k, k + 1) for k in range(4)} | {(0, 4)}
    assert all(b % 5 == 0 or a % 5 == 0 for a, b in zip(graph.u, graph.v, strict=True) if a // 5 != b // 5)


def test_answers_in_words():
    assert exact_frustration.words({}) == "no answer"
    assert exact_frustration.words({"missing": "ortools"}) == "ortools is not installed"
    done = {"lower": 7.0, "upper": 7.0, "certified": True, "seconds": 1.0}
    assert exact_frustration.words(done) == "7 certified in 1.0 s"
    assert exact_frustration.words({**done, "lower": 5.0, "certified": False}) == "[5, 7] in 1.0 s"
