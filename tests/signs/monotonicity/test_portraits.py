"""Portraits of variants as a sweep: what a record says, and that it says the same however it came about."""

from types import SimpleNamespace

import numpy as np
import pytest

from blockshift import errors
from blockshift.graph.tangents import Tangent
from blockshift.signs.monotonicity import portrait_measure, variants
from blockshift.signs.monotonicity.gauges import frustrated_weight, settled_gauge
from blockshift.signs.monotonicity.portraits import Portraits, portraits
from blockshift.signs.monotonicity.studies import PortraitEffort, global_switching, mean_interval, summary
from blockshift.signs.sweeps import Table
from signs.monotonicity import monotonicity_oracle as oracle
from signs.monotonicity.networks import convolutional, dag_of, integers

EFFORT = PortraitEffort(outputs=2, directions=2, sizes=(0.01, 1.0), noise=(0.1,), sweeps=5, runs=2)
KINDS = {"sign-shuffle": 2, "untrained": 1, "initial": 1}


def shown(dag, count=3, labels=(0, 1, 0)):
    inputs = np.random.default_rng(7).standard_normal((count, *dag.layers[0].shape))
    return SimpleNamespace(inputs=inputs, labels=None if labels is None else np.array(labels[:count]))


def network(seed=0):
    return dag_of(integers((4, 12, 9, 3), np.random.default_rng(seed)))


def small(**options):
    dag = network()
    asked = {"seed": 0, "effort": EFFORT, "initial": {"net": network(1)}, **options}
    return portraits({"net": dag}, {"net": shown(dag)}, KINDS, **asked)


def test_every_variant_has_its_cell_and_every_picture_its_portrait():
    found = small()
    assert list(found.table.results) == [
        ("net", "trained", 0),
        ("net", "sign-shuffle", 0),
        ("net", "untrained", 0),
        ("net", "initial", 0),
        ("net", "sign-shuffle", 1),
    ]
    assert {len(record["images"]) for record in found.table.results.values()} == {3}
    assert found.summary("net", "untrained")["share"] == summary(found.images("net", "untrained"), EFFORT)["share"]
    assert "net, sign-shuffle 1: frustrated share" in repr(found)


def test_the_variants_are_those_of_their_names():
    found, dag, before = small(), network(), network(1)
    for kind, expected in (("trained", dag), ("initial", before)):
        s = global_switching(expected, EFFORT, rng=variants.generator("net", kind, 0))
        assert found.table["net", kind, 0]["share"] == frustrated_weight(expected, s) / expected.total_weight
    assert found.table["net", "trained", 0]["share"] != found.table["net", "initial", 0]["share"]


def test_oracle_a_record_compares_the_own_orders_of_all_pairs_of_pictures():
    dag = convolutional(np.random.default_rng(0))
    pictures = shown(dag)
    record = portrait_measure.record(dag, pictures, EFFORT, rng=np.random.default_rng(5))
    s = global_switching(dag, EFFORT, rng=np.random.default_rng(5))
    seen = [Tangent.at(dag, x) for x in pictures.inputs]
    own = [settled_gauge(t, s).switching.astype(int) for t in seen]
    on = [dag.join([m.astype(float) for m in t.active]) for t in seen]
    expected = [[i == 2 and j == 0, oracle.overlap(on[i], own[i], on[j], own[j])] for i in range(3) for j in range(i)]
    assert [same for same, *_ in record["overlap"]] == [same for same, _ in expected]
    assert np.allclose([nodes for _, nodes, *_ in record["overlap"]], [nodes for _, nodes in expected])
    common = [(on[i] * on[j]).sum() / np.maximum(on[i], on[j]).sum() for i in range(3) for j in range(i)]
    assert np.allclose([o[3] for o in record["overlap"]], common)
    assert len(record["overlap_layers"]) == len(record["layers"]) == len(dag.layers)
    assert len(record["twice"]) == portrait_measure.TWICE


def test_one_picture_has_no_pair_and_no_labels_are_no_class():
    dag = network()
    record = portrait_measure.record(dag, shown(dag, 1, None), EFFORT, rng=np.random.default_rng(0))
    assert (record["overlap"], record["overlap_layers"], len(record["twice"])) == ([], [], 1)
    record = portrait_measure.record(dag, shown(dag, 2, None), EFFORT, rng=np.random.default_rng(0))
    assert [same for same, *_ in record["overlap"]] == [False]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_study_that_was_cut_off_continues_and_is_the_same_bit_for_bit(tmp_path, jobs):
    whole, path = small().table.text(), tmp_path / "cells"
    small(checkpoint=path)
    lines = path.read_bytes().splitlines(keepends=True)
    # What a killed process leaves: two variants, and the beginning of a third.
    path.write_bytes(b"".join(lines[:-3]) + lines[-3][:100])
    again = small(checkpoint=path, n_jobs=jobs)
    assert again.table.text() == whole
    assert len(path.read_bytes().splitlines()) == len(lines)


def test_what_is_known_is_left_out_and_changes_nothing():
    whole, part = small(), small(without=[("net", "trained", 0), ("net", "sign-shuffle", 0)])
    assert [c[1:] for c in part.table.results] == [("untrained", 0), ("initial", 0), ("sign-shuffle", 1)]
    assert all(whole.table[cell] == found for cell, found in part.table.results.items())


def test_a_checkpoint_of_other_pictures_or_another_effort_or_seed_is_refused(tmp_path):
    path, dag = tmp_path / "cells", network()
    small(checkpoint=path)
    with pytest.raises(errors.BadCheckpoint, match="'net, pictures'"):
        portraits({"net": dag}, {"net": shown(dag, 2)}, seed=0, effort=EFFORT, checkpoint=path)
    with pytest.raises(errors.BadCheckpoint, match="'net, initial'"):
        small(checkpoint=path, initial={"net": network(2)})
    with pytest.raises(errors.BadCheckpoint, match="sweeps was 5 and is now 60"):
        small(checkpoint=path, effort=PortraitEffort(2, 2, EFFORT.kinds, EFFORT.sizes, EFFORT.noise, runs=2))
    with pytest.raises(errors.BadCheckpoint, match="seed was 0"):
        small(checkpoint=path, seed=1)


def test_another_seed_is_another_search():
    one, other = (small(seed=s).table["net", "sign-shuffle", 0]["share"] for s in (0, 1))
    assert one != other


def test_labels_and_pixels_are_in_the_fingerprint():
    dag = network()
    marks = [portrait_measure.fingerprint(shown(dag, 3, labels)) for labels in ((0, 1, 0), (0, 1, 1), None)]
    assert len(set(marks)) == 3


def test_a_gap_compares_picture_by_picture_with_the_mean_of_the_draws():
    def of(*values):
        return {"images": [{"v": v} for v in values]}

    results = {
        ("net", "trained", 0): of(1.0, 2.0, 4.0),
        ("net", "sign-shuffle", 0): of(0.0, 1.0, 2.0),
        ("net", "sign-shuffle", 1): of(2.0, 1.0, None),
    }
    found = Portraits(Table(tuple(results), results), EFFORT)
    assert found.gap("net", "sign-shuffle", lambda p: p["v"]) == mean_interval([0.0, 1.0])
    with pytest.raises(errors.UnknownName, match="not studied"):
        found.gap("net", "untrained", lambda p: p["v"])
    with pytest.raises(errors.UnknownName, match="not among what was studied: net, trained, 0"):
        found.images("net", "untrained")


def test_what_stands_still_is_none_and_not_a_number():
    dead = dag_of([([[0, 0], [0, 0]], [1, 1]), ([[1, 1]], [0])])
    found = portraits({"dead": dead}, {"dead": shown(dead, 2)}, seed=0, effort=EFFORT)
    image = found.images("dead")[0]
    assert image["lambda"]["jacobian"] is None
    assert image["pairs"] is None
    assert image["trials"]["rays"]["agreement"] == [None, None]
    assert np.isnan(found.summary("dead")["lambda"][0])


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ({"trained": 1}, "always there"),
        ({"initial": 2}, "of 'initial' 1"),
        ({"sign-shuffle": 0}, "expected 1 or more"),
        ({"initial": 1}, "not kept"),
        ({"wild": 1}, "no null model"),
    ],
)
def test_refuses_kinds_that_cannot_be_studied(kinds, message):
    dag = network()
    with pytest.raises(errors.BlockshiftError, match=message):
        portraits({"net": dag}, {"net": shown(dag)}, kinds, seed=0, effort=EFFORT)


def test_refuses_networks_without_pictures():
    with pytest.raises(errors.BadArgument, match="no pictures for net"):
        portraits({"net": network()}, {}, seed=0)
    with pytest.raises(errors.BadArgument, match="no pictures for any network"):
        portraits({}, {}, seed=0)
