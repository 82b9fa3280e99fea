"""The upper bound: attained, never worse than the row flips, the optimum on small graphs, kept on Ctrl-C."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings

from blockshift import errors
from blockshift.signs import annealing, descent, frustration
from blockshift.signs.annealing import Schedule
from signs import graphs, switching_oracle


def best(graph, seed=0, **options):
    options = {"restarts": 3, "schedule": Schedule(60)} | options
    return frustration.upper_bound(graph, rng=np.random.default_rng(seed), **options)


@settings(deadline=None)
@given(graphs.edge_lists(most=10))
def test_oracle_the_bound_is_attained_and_small_graphs_are_solved(case):
    n, edges = case
    found = best(graphs.graph(n, edges))
    assert found.value == switching_oracle.frustrated_weight(edges, found.switching.tolist())
    assert found.value == switching_oracle.frustration(n, edges)


@settings(deadline=None, max_examples=40)
@given(graphs.edge_lists())
def test_law_never_worse_than_the_row_flips(case):
    graph = graphs.graph(*case)
    found = best(graph, restarts=0)
    assert found.value <= found.row_flips == descent.row_flips(graph).value


def test_weights_that_are_not_integers_are_added_up_once_more():
    graph = graphs.dense_network((6, 7, 5), 0)
    found = best(graph)
    edges = [(int(u), int(v), float(w)) for u, v, w in zip(graph.u, graph.v, graph.w, strict=True)]
    assert found.value == pytest.approx(switching_oracle.frustrated_weight(edges, found.switching.tolist()), rel=1e-15)
    assert found.value == graph.frustrated_weight(found.switching)


def test_the_same_generator_gives_the_same_bound():
    graph = graphs.torus((7, 8), 5)
    first, second = best(graph), best(graph)
    assert np.array_equal(first.switching, second.switching)
    assert np.array_equal(first.runs, second.runs)
    assert len(first.runs) == 3


def test_crossings_bring_what_annealing_alone_does_not(monkeypatch):
    graph = graphs.torus((32, 32), 6)
    crossed = best(graph, restarts=8).value
    monkeypatch.setattr(frustration._Search, "improve", lambda self, s: None)
    assert crossed < best(graph, restarts=8).value < descent.row_flips(graph).value


def test_it_stops_when_it_is_enough_or_late():
    graph = graphs.torus((8, 8), 7)
    assert best(graph, enough=1e9).stopped == "enough"
    late = best(graph, time_limit=0.0)
    assert (late.stopped, late.value, len(late.runs)) == ("time limit", late.row_flips, 0)


def test_with_a_time_limit_runs_grow_longer(monkeypatch):
    lengths = []

    def counted(J, s, temperatures, **options):
        lengths.append(len(temperatures))
        if len(lengths) == 22:
            raise KeyboardInterrupt

    monkeypatch.setattr(annealing, "anneal", counted)
    found = frustration.upper_bound(graphs.torus((4, 5), 8), rng=np.random.default_rng(0), time_limit=60.0)
    assert found.stopped == "interrupted"
    assert lengths == [30] * 10 + [60] * 10 + [120] * 2


def test_two_runs_in_three_reheat_a_kept_switching(monkeypatch):
    graph, hot = graphs.torus((4, 5), 8), []
    begun = []

    def watched(J, s, temperatures, **options):
        hot.append(round(temperatures[0], 3))
        begun.append(graph.frustrated_weight(s))

    monkeypatch.setattr(annealing, "anneal", watched)
    found = best(graph, restarts=14)
    assert [k for k, t in enumerate(hot) if t == 1.0] == [0, 1, 2, 3, 4, 6, 9, 12]
    assert set(hot) <= {1.0, 0.3, 0.4, 0.5}
    # A kept switching has been through a descent; random signs have not.
    assert max(begun[k] for k in (5, 7, 8, 10, 11, 13)) < max(begun[:5])
    assert found.value <= min(begun)


def test_ctrl_c_keeps_the_best(monkeypatch):
    graph = graphs.torus((6, 6), 9)

    def progress(runs, value):
        if runs == 2:
            raise KeyboardInterrupt

    found = best(graph, restarts=50, progress=progress)
    assert found.stopped == "interrupted"
    assert len(found.runs) == 2
    assert found.value == graph.frustrated_weight(found.switching) == min(found.runs.min(), found.row_flips)


def test_progress_is_told_the_runs_and_the_value():
    told = []
    found = best(graphs.torus((4, 4), 1), progress=lambda runs, value: told.append((runs, value)))
    assert [runs for runs, _ in told] == [1, 2, 3]
    assert told[-1][1] == found.value


def test_work_without_a_number_of_sweeps_is_bounded():
    def effort(work, thorough=True):
        return frustration._effort(SimpleNamespace(work=work, thorough=thorough))

    assert effort(10) == (20, frustration.MOST)
    assert effort(200_000) == (20, 50)
    assert effort(10**9) == (20, frustration.FEWEST)
    # Where a sweep is much work: twenty runs, then fewer, then one short one.
    assert effort(10**6, False) == (20, 100)
    assert effort(10**7, False) == (6, 33)
    assert effort(10**9, False) == (1, 10)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_without_edges_nothing_is_frustrated(n):
    found = best(graphs.graph(n, []))
    assert (found.value, found.switching.tolist()) == (0, [1] * n)


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_huge_and_tiny_weights(size):
    triangle = graphs.graph(3, [(0, 1, -size), (1, 2, -size), (0, 2, -2 * size)])
    assert best(triangle).value == size


def test_trees_and_switched_positive_graphs_are_balanced():
    rng = np.random.default_rng(0)
    tree = graphs.graph(30, [(int(rng.integers(k)), k, int(rng.choice([-2, 1]))) for k in range(1, 30)])
    positive = graphs.graph(12, [(u, v, 1) for u in range(12) for v in range(u) if (u * v) % 3])
    assert best(tree).value == 0
    assert best(positive.switched(rng.choice([-1, 1], 12))).value == 0


def test_refuses_impossible_budgets():
    graph = graphs.graph(2, [(0, 1, 1)])
    with pytest.raises(errors.BadArgument, match="restarts"):
        best(graph, restarts=-1)
    with pytest.raises(errors.BadArgument, match="NaN"):
        best(graph, time_limit=float("nan"))


def test_the_bound_says_what_it_is():
    assert repr(best(graphs.COMPLETE_8)).startswith("UpperBound(12 by ")
