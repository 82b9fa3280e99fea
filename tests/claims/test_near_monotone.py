"""The stored study: what is read off it, and what claims make of it."""

import json
import math

import numpy as np
import pytest

from blockshift import claims, errors
from blockshift.claims import near_monotone
from blockshift.claims.near_monotone import MEASURES, NULLS, last_study
from blockshift.signs.monotonicity.studies import mean_interval

KINDS = ("trained", *NULLS)


def portrait(value):
    """A portrait in which everything has one value."""
    trials = {k: {"agreement": [value, None, value], "alignment": [value] * 3} for k in ("pixels", "halves", "rays")}
    same = {"jacobian": value}
    return {
        "lambda": same, "own_lambda": same, "lambda_top": same, "pairs": value, "own_share": value, "share": value,
        "trials": trials, "rank": {"rays": [value] * 3}, "survival": [{"nodes": value}, {"nodes": value}],
    }  # fmt: skip


@pytest.fixture
def stored(tmp_path, monkeypatch):
    def write(values):
        records = {}
        for key, images in values.items():
            records[key] = {
                "images": [portrait(v) for v in images],
                "overlap": [[True, 0.8, 0.8, 1.0], [False, 0.4, 0.4, 1.0]],
                "twice": [[0.1, 0.1], [0.3, 0.3]],
            }
        path = tmp_path / "study.json"
        path.write_text(json.dumps({"effort": {}, "records": records}))
        study = last_study(path)
        monkeypatch.setattr(near_monotone, "last_study", lambda: study)
        return study

    return write


def one(trained, *nulls):
    return {f"net {kind} 0": v for kind, v in zip(KINDS, (trained, *nulls), strict=True)}


def test_means_and_gaps(stored):
    study = stored(one([0.5, 0.7], [0.1, None], [0.2, 0.2], [0.3, 0.3]))
    assert study.networks == ("net",)
    assert study.interval("net", "trained", "λ")[0] == pytest.approx(0.6)
    assert study.means("net", "sign-shuffle", "outputs up") == [pytest.approx(0.1)]
    assert study.overlaps("net") == pytest.approx({"one class": 0.8, "two classes": 0.4, "two runs": 0.2})
    assert "0.600" in repr(study.table("λ"))
    assert "0.200" in repr(study.orders())
    assert np.isnan(study.values("net", "trained", "outputs up, step 0.1")).all()
    for measure in MEASURES:
        assert len(study.values("net", "trained", measure)) == 2


def test_gaps_are_taken_picture_by_picture_over_draws_in_which_something_moved(stored):
    study = stored(
        one([1.0, 2.0, 4.0], [0.0, 1.0, 2.0], [1.0, None, 1.0], [2.0, 2.0, 2.0])
        | {"net sign-shuffle 1": [2.0, 1.0, None], "net initial 0": [0.0, 0.0, 3.0]}
    )
    assert study.over_draws("net", "sign-shuffle", "λ").tolist() == [1.0, 1.0, 2.0]
    assert study.gap("net", "sign-shuffle", "λ") == mean_interval([0.0, 1.0, 2.0])
    assert study.interval("net", "sign-shuffle", "λ") == mean_interval([1.0, 1.0, 2.0])
    assert study.gap("net", "weight-shuffle", "λ") == mean_interval([0.0, np.nan, 3.0])
    assert study.gaps("λ").rows[0][:2] == ("net", "+1.000 [-1.484, +3.484]")
    assert study.beginnings("λ").heading == ("network", "trained", "untrained", "initial")
    assert study.beginnings("λ").rows[0][3].startswith("1.000 [")


def test_networks_without_their_first_state_are_left_out_of_beginnings(stored):
    study = stored(one([0.5], [0.1], [0.1], [0.1]))
    assert (study.beginnings("λ").rows, len(study.table("λ").rows)) == ((), 1)


def test_oracle_rank_correlations_have_the_interval_of_fisher_with_the_variance_of_ranks(stored):
    values = [0.3, 0.1, 0.5, 0.2, 0.9, 0.4]
    study = stored(one(values, values, values, values))
    assert study.ranks("net", "λ", "frustration in the order") == (1, 1, 1)
    for r, n in ((0.5, 20), (-0.3, 8)):
        z, half = math.atanh(r), 1.959963984540054 * math.sqrt((1 + r * r / 2) / (n - 3))
        assert near_monotone.rank_interval(r, n) == pytest.approx((r, math.tanh(z - half), math.tanh(z + half)))
    assert near_monotone.rank_interval(-1.0, 9) == (-1, -1, -1)
    assert np.isnan(near_monotone.rank_interval(0.5, 3)[1:]).all()
    assert np.isnan(near_monotone.rank_interval(float("nan"), 9)[1:]).all()
    assert study.correlations().rows[0][1] == "+1.000 [+1.000, +1.000]"


def test_a_network_without_all_nulls_is_not_compared(stored):
    found = one([0.5], [0.1], [0.1], [0.1]) | {"half trained 0": [0.9]}
    assert stored(found).networks == ("net",)


def test_claims_on_the_study_can_go_either_way(stored):
    stored(one([0.9, 0.91], [0.5, 0.51], [0.5, 0.51], [0.5, 0.51]))
    assert [claims.verify(claims.LEDGER[n]).verdict for n in ("P2-C3", "P2-C4", "P2-C15")] == [
        "holds",
        "holds",
        "not reproduced",
    ]
    stored(one([0.4, 0.41], [0.5, 0.51], [0.5, 0.51], [0.5, 0.51]))
    assert [claims.verify(claims.LEDGER[n]).verdict for n in ("P2-C3", "P2-C4", "P2-C15")] == [
        "not reproduced",
        "not reproduced",
        "holds",
    ]


def test_one_draw_of_a_null_beyond_the_network_is_enough(stored):
    stored(one([0.9], [0.5], [0.5], [0.5]) | {"net untrained 1": [0.95]})
    assert claims.verify(claims.LEDGER["P2-C3"]).verdict == "not reproduced"


def test_refuses_what_is_no_study(tmp_path, stored):
    with pytest.raises(errors.BadArgument, match="makes one"):
        last_study(tmp_path / "none.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(errors.BadArgument, match="makes one"):
        last_study(tmp_path / "list.json")
    study = stored(one([1.0], [1.0], [1.0], [1.0]))
    with pytest.raises(errors.UnknownName, match="nothing is stored"):
        study.draws("net", "wild")
    with pytest.raises(errors.UnknownName, match="there are"):
        study.values("net", "trained", "beauty")
