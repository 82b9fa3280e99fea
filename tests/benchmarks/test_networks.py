"""The benchmark of networks: its sparse rows are the network, its rule is the rule, its record says what it claims."""

import json

import numpy as np
import pytest

from benchmarks import networks
from blockshift.signs import descent
from blockshift.signs.network_couplings import NetworkCouplings

RECORD = json.loads(networks.DATA.read_text(encoding="utf-8"))
SMALL = networks.plain(8, (4, "M", 6, "M", -5, -3), 0)


def test_oracle_the_sparse_rows_are_those_of_the_network():
    A = SMALL.adjacency()
    assert abs(networks.rows(SMALL) - (A + A.T)).max() < 1e-7
    u, v, w = networks.triples(SMALL)
    assert len(w) == SMALL.edges
    assert (u < v).all()


@pytest.mark.parametrize("early", [True, False])
def test_oracle_the_explicit_rule_flips_what_row_flips_flip(early):
    A, J = networks.rows(SMALL), NetworkCouplings(SMALL)
    s = np.ones(SMALL.nodes, np.float32)
    fields, floor = A @ s, J.floor.astype(np.float32)
    count = networks.explicit(A.indptr, A.indices, A.data, s, fields, floor, 10 * len(s), early)
    found = descent.row_flips(SMALL)
    assert count == len(found.flipped)
    assert np.array_equal(s, found.switching)


def test_the_record_has_parts_of_this_benchmark_and_the_ratios_of_its_numbers():
    assert set(RECORD) <= {"about", "asked", "ratios", *networks.PARTS}
    assert {"largest", "mnist-mlp"} <= set(RECORD)
    assert RECORD["asked"] == networks.TARGETS
    assert RECORD["ratios"] == networks.ratios(RECORD)


def test_the_ratios_are_those_of_the_seconds():
    largest = RECORD["largest"]
    assert largest["edges"] > 1.4e10
    assert largest["bytes of rows"] == networks.CSR_BYTES * largest["edges"]
    assert largest["memory"] == pytest.approx(largest["bytes of rows"] / largest["peak bytes"])
    if flipped := RECORD.get("row flips"):
        seconds, ours = flipped["seconds"], flipped["seconds"]["ours"]
        assert flipped["edges"] >= 1e8
        assert flipped["row flips"] == pytest.approx(seconds["full tree"] / ours)
        assert flipped["row flips, early tree"] == pytest.approx(seconds["early tree"] / ours)
        whole = (seconds["early tree"] + flipped["building"]) / (ours + flipped["preparing"])
        assert flipped["row flips with building"] == pytest.approx(whole)
    for row in RECORD.get("annealing", {}).get("runs", []):
        assert row["annealing"] == pytest.approx(row["theirs"] / row["ours"])


def test_the_ratio_of_annealing_is_of_runs_that_end_no_higher():
    runs = [
        {"our zeta": 0.2, "their zeta": 0.1, "annealing": 100.0, "annealing with building": 100.0},
        {"our zeta": 0.1, "their zeta": 0.1, "annealing": 7.0, "annealing with building": 20.0},
    ]
    assert networks.ratios({"annealing": {"runs": runs}}) == {"annealing": 7.0, "annealing with building": 20.0}
