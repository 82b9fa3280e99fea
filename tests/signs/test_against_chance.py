"""Networks against their null draws: the same effort, the same numbers, and what follows from them."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.graph.network import Network
from blockshift.signs import frustration, nulls
from blockshift.signs.against_chance import AgainstChance, against_chance, requested
from blockshift.signs.annealing import Schedule
from blockshift.signs.frustration_measure import NETWORK, Effort, FrustrationMeasure, fingerprint, loaded
from blockshift.signs.sweeps import generator
from signs.null_networks import everything

run = partial(against_chance, seed=5, restarts=2, sweeps_each=10)


def dense(seed=0, shift=0.0):
    """Three dense layers; with a shift weights lean to plus and frustration is low."""
    rng = np.random.default_rng(seed)
    return Dag.from_network(Network.from_weights([shift + rng.standard_normal((8, 8)) for _ in range(3)]))


@pytest.fixture(scope="module")
def network():
    return dense(shift=1.0)


def test_a_network_below_its_draws_is_found_so_and_certainly(network):
    found = run({"net": network}, {"sign-random": 6, "weight-shuffle": 4})
    against_signs = found.comparisons["net", "sign-random"]
    assert (against_signs.count, against_signs.separated, against_signs.contradicted) == (6, 6, 0)
    assert against_signs.p == 1 / 7
    assert against_signs.z < -3
    # Shuffled weights lean to plus as before, so nothing is certain there.
    assert found.comparisons["net", "weight-shuffle"].separated < 4


def test_a_network_with_random_signs_is_not_below_random_signs():
    rng = np.random.default_rng(1)
    net = nulls.draw(dense(3), "sign-random", rng=rng)
    found = run({"net": net}, {"sign-random": 12}).comparisons["net", "sign-random"]
    assert abs(found.z) < 3
    assert found.p > 0.05
    assert found.separated < 6  # a draw may be more frustrated, and then certainly so; most are not


def test_a_balanced_network_scores_zero():
    W = np.outer([1.0, -1, 1], [1, 2, -3, 4])
    net = Dag.from_network(Network.from_weights([W, np.array([[1.0, -1, 1]])]))
    own = run({"net": net}, {"sign-random": 1}).table["net", NETWORK, 0]
    assert (own["upper"], own["lower"]) == (0, 0)


def test_oracle_a_cell_is_the_search_and_the_draw_done_by_hand(network):
    found = run({"net": network}, {"gaussian": 2})
    for_draw, for_search, _ = generator(5, ("net", "gaussian", 1)).spawn(3)
    draw = nulls.draw(network, "gaussian", rng=for_draw)
    upper = frustration.upper_bound(draw, rng=for_search, restarts=2, schedule=Schedule(10))
    cell = found.table["net", "gaussian", 1]
    assert cell["upper"] == upper.value
    assert cell["fraction_upper"] == upper.value / draw.total_weight
    assert (cell["edges"], cell["negative_edges"]) == (draw.edges, draw.negative_edges)
    # By the definition of the frustrated weight, without any of our operators.
    A, s = draw.adjacency(), upper.switching.astype(float)
    product = A.multiply(np.outer(s, s)).toarray()
    assert cell["upper"] == pytest.approx(-product[product < 0].sum())
    assert 0 < cell["lower"] <= cell["upper"]


def test_more_effort_does_not_change_the_draws_nor_do_other_kinds_and_networks(network):
    few = run({"net": network}, {"gaussian": 2}).table
    more = against_chance(
        {"other": dense(9), "net": network}, {"uniform": 1, "gaussian": 3}, seed=5, restarts=3, sweeps_each=20
    ).table
    for k in range(2):
        assert few["net", "gaussian", k]["total_weight"] == more["net", "gaussian", k]["total_weight"]
    assert few["net", "gaussian", 0]["total_weight"] != few["net", "gaussian", 1]["total_weight"]
    other = run({"net": network}, {"gaussian": 1}, restarts=2).table
    assert other["net", "gaussian", 0] == few["net", "gaussian", 0]


def test_network_and_draws_get_the_same_effort(network, monkeypatch):
    seen = []

    def watched(dag, **options):
        seen.append((options["restarts"], options["schedule"], set(options)))
        return searched(dag, **options)

    searched = frustration.upper_bound
    monkeypatch.setattr(frustration, "upper_bound", watched)
    found = against_chance({"net": network}, {kind: 1 for kind in ("sign-random", "gaussian-folded")}, seed=0)
    effort = found.efforts["net"]
    assert [(restarts, schedule) for restarts, schedule, _ in seen] == 3 * [(effort.restarts, Schedule(effort.sweeps))]
    assert all("time_limit" not in options and "enough" not in options for _, _, options in seen)


def test_the_effort_fits_its_budget_and_what_was_asked_for(network):
    assert Effort.on(network, 4, 7) == Effort(4, 7)
    assert Effort.on(network, restarts=0).restarts == 0
    assert Effort.on(network).sweeps == 300
    layers = Layer("a", (1, 3000, 1)), Layer("b", (1, 3000, 1))
    assert Effort.on(Dag(layers, (Link(0, 1, LayerMap.identity((1, 3000, 1))),)), restarts=200_000).sweeps == 20
    for restarts, sweeps in ((-1, 5), (1, 0)):
        with pytest.raises(errors.BadArgument, match="expected 0 restarts or more"):
            Effort.on(network, restarts, sweeps)


def test_signs_alone_are_counted_where_that_was_asked_for(network):
    found = run({"net": network}, {"sign-shuffle": 2}, signs=True)
    for cell in found.table.results.values():
        assert cell["total_weight"] == network.edges
        assert cell["upper"] == int(cell["upper"])
    assert found.table["net", "sign-shuffle", 0]["negative_edges"] == network.negative_edges


def test_without_a_bound_nothing_is_separated(network):
    found = run({"net": network}, {"sign-random": 2}, bound=False).comparisons["net", "sign-random"]
    assert (found.separated, found.network[0]) == (0, 0.0)
    assert "no lower end was asked for" in found.guarantee


def test_the_record_holds_what_the_contract_asks_for_and_is_json(network):
    found = run({"net": network}, {"sign-random": 2, "gaussian": 1})
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [entry["kind"] for entry in record] == ["sign-random", "gaussian"]
    for entry in record:
        assert {"kind", "count", "mean", "sd", "min", "z", "separated", "guarantee", "network_upper"} <= set(entry)
        assert entry["effort"] == {"restarts": 2, "sweeps": 10, "bound": True}
        assert entry["network_upper"] == found.table["net", NETWORK, 0]["fraction_upper"]
        assert "proved by elimination" in entry["guarantee"]
        assert (entry["failed"], entry["network"]) == (0, "net")


def test_repr_reads_like_a_table(network):
    text = repr(run({"net": network}, {"sign-random": 3}))
    assert text.startswith("Table(4 of 4 cells, finished)\nnet\n  Comparison(sign-random: network 0.")


def test_a_sweep_continues_with_more_draws_kinds_and_networks_and_in_other_processes(network, tmp_path):
    path = tmp_path / "cells"
    run({"net": network}, {"sign-random": 1}, checkpoint=path)
    other = dense(9)
    more = run({"net": network, "other": other}, {"sign-random": 2, "uniform": 1}, checkpoint=path, n_jobs=2)
    anew = run({"net": network, "other": other}, {"sign-random": 2, "uniform": 1})
    assert more.table.text() == anew.table.text()
    assert more.to_json() == anew.to_json()


def test_refuses_a_checkpoint_of_another_effort_or_another_network(network, tmp_path):
    path = tmp_path / "cells"
    run({"net": network}, {"sign-random": 1}, checkpoint=path)
    with pytest.raises(errors.BadCheckpoint, match="sweeps was 10 and is now 11"):
        run({"net": network}, {"sign-random": 1}, checkpoint=path, sweeps_each=11)
    with pytest.raises(errors.BadCheckpoint, match="made with another 'net'"):
        run({"net": dense(2)}, {"sign-random": 1}, checkpoint=path)


def test_a_network_may_be_loaded_where_it_is_needed(network):
    there = run({"net": partial(dense, 0, 1.0)}, {"sign-random": 1})
    assert there.table.text() == run({"net": network}, {"sign-random": 1}).table.text()
    assert loaded(network) is network


def test_a_search_that_was_interrupted_is_no_result(network, monkeypatch):
    def interrupted(dag, **options):
        return replace(searched(dag, **options), stopped="interrupted")

    searched = frustration.upper_bound
    monkeypatch.setattr(frustration, "upper_bound", interrupted)
    measure = FrustrationMeasure({"net": network}, {"net": Effort(1, 5)})
    with pytest.raises(KeyboardInterrupt):
        measure(("net", NETWORK, 0), np.random.default_rng(0))
    found = run({"net": network}, {"sign-random": 1})
    assert (found.table.stopped, found.table.results, found.comparisons) == ("interrupted", {}, {})


def test_draws_that_fail_are_counted_and_the_others_compared(network, monkeypatch):
    def unlucky(dag, kind, *, rng):
        made = drawing(dag, kind, rng=rng)
        if abs(made.total_weight - unlucky.weight) < 1e-9:
            raise MemoryError("no room")
        return made

    drawing = nulls.draw
    first = run({"net": network}, {"gaussian": 3})
    unlucky.weight = first.table["net", "gaussian", 1]["total_weight"]
    monkeypatch.setattr(nulls, "draw", unlucky)
    found = run({"net": network}, {"gaussian": 3})
    assert list(found.table.failures) == [("net", "gaussian", 1)]
    assert (found.to_json()[0]["count"], found.to_json()[0]["failed"]) == (2, 1)


@pytest.mark.parametrize("part", ["kernel", "gain", "target", "rows", "layer", "bank"])
def test_a_fingerprint_changes_with_everything_that_a_result_depends_on(part):
    dag = everything(np.random.default_rng(4))
    link = dag.links[1]
    kernel = link.map.kernel.copy()
    kernel[0, 0, 0, 0] = np.nextafter(kernel[0, 0, 0, 0], np.float32(9))
    changed = {
        "kernel": replace(link, map=link.map.with_kernel(kernel)),
        "gain": replace(link, gain=link.gain * 2),
        "target": replace(link, target=3),
        "rows": replace(link, map=replace(link.map, rows=np.ones(6))),
        "layer": link,
        "bank": replace(link, bank="around"),
    }[part]
    layers = dag.layers if part != "layer" else (*dag.layers, Layer("more", (1, 1, 1)))
    other = replace(dag, links=(dag.links[0], changed, *dag.links[2:]), layers=layers)
    assert fingerprint(other) != fingerprint(dag)
    assert fingerprint(dag) == fingerprint(everything(np.random.default_rng(4)))


def test_requested_reads_what_is_typed():
    assert requested(["sign-shuffle:20", "uniform-folded:3"]) == {"sign-shuffle": 20, "uniform-folded": 3}
    for text in ("sign-shuffle", "sign-shuffle:", ":3", "sign-shuffle:0", "sign-shuffle:-1", "sign-shuffle:2.5", "a:²"):
        with pytest.raises(errors.BlockshiftError):
            requested([text])
    with pytest.raises(errors.UnknownName, match="no null model is called 'shuffle'"):
        requested(["shuffle:3"])
    with pytest.raises(errors.BadArgument, match="asks for 'uniform' twice"):
        requested(["uniform:3", "uniform:4"])


def test_refuses_before_any_work_is_done(network, tmp_path):
    path = tmp_path / "cells"
    for networks, kinds in (({}, {"uniform": 1}), ({"net": network}, {}), ({"net": network}, {"uniform": 0})):
        with pytest.raises(errors.BadArgument):
            run(networks, kinds, checkpoint=path)
    with pytest.raises(errors.BadArgument, match="all kernels of the network have one tap"):
        run({"net": network}, {"uniform": 1, "kernel-shuffle": 1}, checkpoint=path)
    with pytest.raises(errors.BadArgument, match="no bank of weights"):
        run({"net": network.signed()}, {"uniform": 1}, checkpoint=path)
    assert not path.exists()


def test_an_empty_comparison_is_no_comparison():
    found = AgainstChance(run({"net": dense()}, {"uniform": 1}).table, {}, {})
    assert found.to_json() == []
