"""Simulated annealing: the schedule, the same answer for the same generator."""

import numpy as np
import pytest

from blockshift import errors
from blockshift.signs import annealing
from blockshift.signs.annealing import Schedule
from blockshift.signs.couplings import SparseCouplings
from signs import graphs


def test_the_schedule_goes_from_hot_to_cold_in_equal_steps():
    assert Schedule().temperatures[[0, -1]].tolist() == [1.0, 0.05]
    assert np.allclose(np.diff(Schedule(20).temperatures), -0.05)
    assert Schedule(1).temperatures.tolist() == [1.0]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"sweeps": 0}, "sweeps"),
        ({"hot": 0.01}, "temperatures"),
        ({"cold": 0.0}, "temperatures"),
        ({"hot": np.inf}, "temperatures"),
        ({"cold": np.nan}, "temperatures"),
    ],
)
def test_refuses_a_schedule_that_does_not_cool(given, word):
    with pytest.raises(errors.BadArgument, match=word):
        Schedule(**given)


def test_the_same_generator_gives_the_same_switching():
    graph = graphs.torus((6, 6), 0)
    found = [annealing.annealed(graph, Schedule(50), rng=np.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_slow_annealing_finds_the_ground_state_of_a_small_torus():
    graph = graphs.torus((4, 4), 1)
    values = [
        graph.frustrated_weight(annealing.annealed(graph, Schedule(500), rng=np.random.default_rng(k)))
        for k in range(8)
    ]
    assert min(values) == graphs_minimum(graph)


def graphs_minimum(graph):
    """All switchings of 16 nodes at once."""
    s = 1.0 - 2.0 * ((np.arange(1 << 15)[:, None] >> np.arange(16)) & 1)
    return float(((s[:, graph.u] * s[:, graph.v] * graph.w) < 0).sum(axis=1).min())


def test_a_pause_is_asked_between_pieces_and_ends_the_run(monkeypatch):
    monkeypatch.setattr(annealing, "PROPOSALS", 160)
    J = SparseCouplings(graphs.torus((4, 4), 1))
    asked = []

    def pause():
        asked.append(1)
        return len(asked) == 2

    s = np.ones(J.size)
    annealing.anneal(J, s, Schedule(1000).temperatures, rng=np.random.default_rng(0), pause=pause)
    assert len(asked) == 2


def test_pieces_do_not_change_the_run(monkeypatch):
    graph = graphs.torus((5, 4), 2)
    whole = annealing.annealed(graph, Schedule(64), rng=np.random.default_rng(1))
    monkeypatch.setattr(annealing, "PROPOSALS", 100)
    assert np.array_equal(whole, annealing.annealed(graph, Schedule(64), rng=np.random.default_rng(1)))


def test_a_start_is_taken_and_an_empty_graph_is_cold_at_once():
    graph = graphs.graph(3, [(0, 1, 1), (1, 2, 1)])
    cold = Schedule(1, hot=1e-6, cold=1e-6)
    assert annealing.annealed(graph, cold, rng=np.random.default_rng(0), start=[-1, -1, -1]).tolist() == [-1, -1, -1]
    assert annealing.annealed(graphs.graph(0, []), cold, rng=np.random.default_rng(0)).shape == (0,)
