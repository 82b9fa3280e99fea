"""The frustration of networks: around the truth, with certificates that hold and tables that add up."""

from dataclasses import replace

import numpy as np
import pytest

import blockshift as bs
from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs import network_intervals
from blockshift.signs.annealing import Schedule
from blockshift.signs.bounds import network_bounds
from blockshift.signs.network_balance import balancing
from blockshift.signs.network_intervals import network_frustration
from signs import network_oracle, networks


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def at_size(monkeypatch):
    """No network is small enough to be written out."""
    monkeypatch.setattr(network_intervals, "WRITTEN_OUT", -1)


@pytest.mark.parametrize("plan", networks.PLANS)
@pytest.mark.parametrize("integers", [False, True])
def test_oracle_small_networks_get_the_least_over_all_switchings(plan, integers):
    dag, edges = networks.network(plan, rng(1), integers)
    truth = network_oracle.least(dag.nodes, edges)
    found = network_frustration(dag, rng=rng(0))
    assert found.certified
    assert found.lower == found.upper == pytest.approx(truth, abs=1e-12)
    assert network_oracle.weight_left(edges, found.switching) == pytest.approx(found.upper)
    assert found.verify(rng=rng(1))


@pytest.mark.parametrize("plan", networks.PLANS)
def test_oracle_the_lower_end_of_a_search_that_was_stopped_is_carried_over_and_not_above_the_truth(plan, monkeypatch):
    dag, edges = networks.network(plan, rng(1))
    truth = network_oracle.least(dag.nodes, edges)
    right = network_intervals.intervals.frustration
    # As good as a lower end can be without being certified, so that whatever is added to it shows.
    monkeypatch.setattr(
        network_intervals.intervals, "frustration", lambda *a, **k: replace(right(*a, **k), certified=False)
    )
    found = network_frustration(dag, rng=rng(0))
    if truth > 0:
        assert not found.certified
    assert truth - 1e-6 * dag.total_weight <= found.lower <= truth


@pytest.mark.parametrize("plan", networks.PLANS)
@pytest.mark.parametrize("signs", [False, True])
def test_oracle_intervals_at_size_hold_the_truth(at_size, plan, signs):
    for seed in range(3):
        dag, edges = networks.network(plan, rng(seed))
        edges = [(u, v, np.sign(w) if signs else w) for u, v, w in edges]
        truth = network_oracle.least(dag.nodes, edges)
        found = network_frustration(dag, rng=rng(seed), signs=signs, restarts=2, schedule=Schedule(20))
        assert 0 <= found.lower <= truth * (1 + 1e-12)
        assert truth <= found.upper * (1 + 1e-12) <= truth + 0.1 * dag.total_weight
        assert network_oracle.weight_left(edges, found.switching) == pytest.approx(found.upper, abs=1e-12)
        assert found.verify(rng=rng(9))
        assert found.dag.total_weight == pytest.approx(sum(abs(w) for *_, w in edges))


def test_an_untrained_network_has_a_narrow_interval(at_size):
    found = network_frustration(networks.untrained(rng(0)), rng=rng(0))
    assert found.width < 0.03
    assert not found.certified
    assert isinstance(found.certificate, network_bounds.NetworkBound)
    assert "proved" in found.guarantee
    assert f"between {found.fraction_lower:.4f} and {found.fraction_upper:.4f}" in repr(found)
    again = network_frustration(networks.untrained(rng(0)), rng=rng(0))
    assert (again.lower, again.upper) == (found.lower, found.upper)


def monotone(seed=0, size=6):
    """A network of positive weights behind a gauge, with a skip edge and a pooling."""
    draw = rng(seed)
    shapes = [(3, size, size), (4, size, size), (4, size, size), (4, size // 2, size // 2), (5, 1, 1)]
    links = (
        Link(0, 1, LayerMap.convolution(draw.uniform(0.1, 1, (4, 3, 3, 3)), shapes[0], padding=(1, 1)), name="conv"),
        Link(1, 2, LayerMap.convolution(draw.uniform(0.1, 1, (4, 4, 1, 1)), shapes[1]), name="one"),
        Link(1, 2, LayerMap.identity(shapes[1]), name="skip"),
        Link(2, 3, LayerMap.pooling(shapes[2], (2, 2), stride=(2, 2)), name="pool"),
        Link(3, 4, LayerMap.dense(draw.uniform(0.1, 1, (5, *shapes[3]))), name="head"),
    )
    dag = Dag(tuple(Layer(f"layer {i}", shape) for i, shape in enumerate(shapes)), links)
    return networks.gauged(dag, draw)


@pytest.mark.parametrize("written_out", [10**6, -1])
def test_a_monotone_network_scores_0_with_a_certificate(monkeypatch, written_out):
    monkeypatch.setattr(network_intervals, "WRITTEN_OUT", written_out)
    for seed in range(3):
        dag = monotone(seed)
        assert dag.negative_edges > 0
        found = network_frustration(dag, rng=rng(0))
        assert (found.lower, found.upper, found.certified, found.stopped) == (0, 0, True, "proved")
        assert found.verify(rng=rng(1))
        J = dag.adjacency() + dag.adjacency().T
        assert (J.multiply(np.outer(found.switching, found.switching))).min() >= 0


def test_one_wrong_edge_and_a_network_is_no_longer_balanced():
    dag = monotone()
    K = dag.links[0].map.kernel.copy()
    K[0, 0, 1, 1] *= -1
    other = replace(dag, links=(replace(dag.links[0], map=dag.links[0].map.with_kernel(K)), *dag.links[1:]))
    assert balancing(dag) is not None
    assert balancing(other) is None
    assert network_frustration(other, rng=rng(0)).upper > 0


def test_balance_that_no_sign_a_channel_explains_is_found():
    """Alternating weights along a row ask for stripes."""
    shape = (1, 1, 7)
    kernel = [[[[1.0, -1.0, 1.0]]]]
    links = tuple(Link(i, i + 1, LayerMap.convolution(kernel, shape, padding=(0, 1))) for i in range(2))
    dag = Dag(tuple(Layer(str(i), shape) for i in range(3)), links)
    found = network_frustration(dag, rng=rng(0))
    assert (found.upper, found.certified) == (0, True)
    assert abs(found.views[0].sum()) == 1


def test_balance_of_several_components_and_nodes_alone():
    shape = (3, 3, 3)
    K = np.ones((3, 1, 2, 2)) * np.array([1.0, -1.0, 2.0])[:, None, None, None]
    link = Link(0, 1, LayerMap.convolution(K, shape, stride=(2, 2), groups=3))
    dag = Dag((Layer("a", shape), Layer("b", (3, 1, 1))), (link,))
    s = balancing(dag)
    assert set(s.tolist()) == {1, -1}
    assert network_frustration(dag, rng=rng(0)).upper == 0


def test_a_network_and_its_gauge_transform_score_the_same(at_size):
    dag = networks.untrained(rng(0))
    found = network_frustration(dag, rng=rng(0))
    other = network_frustration(networks.gauged(dag, rng(5)), rng=rng(1))
    assert other.fraction_lower == pytest.approx(found.fraction_lower, abs=2e-4)
    assert other.fraction_upper == pytest.approx(found.fraction_upper, abs=5e-3)
    # Exactly, where the answer is proved.
    small, _ = networks.network("chain", rng(2), integers=True)
    ends = [network_frustration(x, rng=rng(0)).upper for x in (small, networks.gauged(small, rng(3)))]
    assert ends[0] == ends[1] > 0


def test_the_table_adds_up():
    dag, edges = networks.network("skip", rng(4))
    found = network_frustration(dag, rng=rng(0))
    assert sum(part.frustrated for part in found.links) == pytest.approx(found.upper)
    assert sum(part.frustrated for part in found.layers) == pytest.approx(found.upper)
    assert sum(part.edges for part in found.layers) == dag.edges == len(edges)
    assert [part.nodes for part in found.layers] == [layer.nodes for layer in dag.layers]
    assert [part.kind for part in found.layers] == ["input", "convolution", "convolution", "convolution"]
    for part, view in zip(found.layers, found.views, strict=True):
        assert part.flipped == pytest.approx((view == -1).mean())
    for link, part in zip(dag.links, found.links, strict=True):
        assert (part.name, part.edges, part.weight) == (link.name, link.map.edges, link.map.weight)
        assert 0 <= part.fraction <= 1
    into = sum(abs(w) for u, v, w in edges if dag.offsets[2] <= v < dag.offsets[3])
    assert found.layers[2].weight == pytest.approx(into)
    assert found.layers[0].fraction == 0


def test_refuses_answers_that_were_tampered_with(at_size):
    dag = networks.untrained(rng(0))
    found = network_frustration(dag, rng=rng(0), restarts=1, schedule=Schedule(20))
    assert found.verify(rng=rng(1))
    flipped = found.signs.copy()
    flipped[:200] *= -1
    above = replace(found.certificate, value=found.upper * 0.999)
    for wrong in (
        replace(found, upper=found.upper * 0.99),
        replace(found, signs=flipped),
        replace(found, lower=found.lower * 1.001),
        replace(found, certified=True),
        replace(found, certificate=None),
        replace(found, lower=above.value, certificate=above),
        replace(found, dag=networks.untrained(rng(3))),
    ):
        assert not wrong.verify(rng=rng(1))


def test_refuses_tampered_answers_of_written_out_networks():
    dag, _ = networks.network("chain", rng(1))
    other, _ = networks.network("chain", rng(2))
    found, foreign = network_frustration(dag, rng=rng(0)), network_frustration(other, rng=rng(0))
    assert not replace(found, certificate=foreign.certificate).verify(rng=rng(1))
    assert not replace(found, lower=found.upper * 1.1, upper=found.upper * 1.1).verify(rng=rng(1))
    assert not replace(found, upper=found.upper * 0.9).verify(rng=rng(1))


def test_networks_without_edges_are_balanced():
    zero = Link(0, 1, LayerMap.dense(np.zeros((2, 2))))
    for dag in (
        Dag((Layer("only", (2, 2, 2)),), ()),
        Dag((Layer("a", (2, 1, 1)), Layer("b", (2, 1, 1))), (zero,)),
    ):
        found = network_frustration(dag, rng=rng(0))
        assert (found.lower, found.upper, found.fraction_lower, found.fraction_upper) == (0, 0, 0, 0)
        assert found.certified
        assert found.verify(rng=rng(1))
        assert len(found.layers) == len(dag.layers)


def test_the_door_takes_graphs_networks_and_layered_graphs():
    net = bs.Network.from_weights([[[1, 1], [1, -1]]])
    assert bs.frustration(net, rng=rng(0)).upper == 1
    assert bs.frustration(Dag.from_network(net), rng=rng(0)).upper == 1
    assert bs.frustration(bs.SignedGraph.from_network(net), rng=rng(0)).upper == 1
    assert bs.frustration(net, rng=rng(0), signs=True).dag.conventions["weights"] == "signs only"
    with pytest.raises(errors.BadArgument, match=r"bs\.trace"):
        bs.frustration([[1, 2]], rng=rng(0))


def test_refuses_negative_times_and_numbers_of_restarts():
    dag, _ = networks.network("chain", rng(0))
    with pytest.raises(errors.BadArgument, match="time limit"):
        network_frustration(dag, rng=rng(0), time_limit=-1)
    with pytest.raises(errors.BadArgument, match="restarts"):
        network_frustration(dag, rng=rng(0), restarts=-1)


def test_ctrl_c_during_the_bound_keeps_the_upper_end(at_size, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(network_bounds, "semidefinite", interrupted)
    found = network_frustration(networks.untrained(rng(0)), rng=rng(0), restarts=1, schedule=Schedule(20))
    assert (found.stopped, found.lower, found.certificate) == ("interrupted", 0, None)
    assert found.fraction_upper < 0.48
    assert found.verify(rng=rng(0))


def test_without_a_bound_the_lower_end_is_nothing(at_size):
    found = network_frustration(networks.untrained(rng(0)), rng=rng(0), restarts=0, bound=False)
    assert (found.lower, found.certificate) == (0, None)


def test_a_time_limit_ends_it(at_size):
    found = network_frustration(networks.untrained(rng(0)), rng=rng(0), time_limit=0.5)
    assert found.stopped == "time limit"
    assert 0 < found.fraction_lower < found.fraction_upper < 0.49


def test_progress_is_told(at_size):
    said = []
    network_frustration(networks.untrained(rng(0)), rng=rng(0), restarts=1, schedule=Schedule(5), progress=said.append)
    assert any("upper end" in line for line in said)
    assert any("lower bound" in line for line in said)
