"""The stored study: what is read off it, and what claims make of it."""

import json

import numpy as np
import pytest

from blockshift import claims, errors
from blockshift.claims import near_monotone
from blockshift.claims.near_monotone import MEASURES, NULLS, last_study

KINDS = ("trained", *NULLS)


def portrait(value):
    """A portrait in which everything has one value."""
    trials = {k: {"agreement": [value, None, value], "alignment": [value] * 3} for k in ("pixels", "halves", "rays")}
    same = {"jacobian": value}
    return {
        "lambda": same, "own_lambda": same, "lambda_top": same, "pairs": value, "own_share": value, "trials": trials,
        "rank": {"rays": [value] * 3}, "survival": [{"nodes": value}, {"nodes": value}],
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
