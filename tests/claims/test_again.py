"""The same criteria on fresh seeds: both verdicts are told, and the claim needs both."""

import json

import numpy as np
import pytest

from blockshift import claims, errors
from blockshift.claims import by_seed, report
from blockshift.claims import measured as room
from blockshift.claims.again import Twice, and_again
from blockshift.claims.evidence import Measured, Repeats
from blockshift.claims.measured import NotRunAgain, fresh_seeds, measured

TWICE = [c for c in claims.LEDGER if c.part == "neurons" and c.empirical and c.id != "O-N2"]


@and_again
def gap_is_positive(*, sign=1):
    values = sign * measured("some").column("gap", width=8)
    return Repeats([Measured("gap", values, lower=0.0)], "here")


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A function that stores the gaps of the first and of the fresh seeds."""
    monkeypatch.setattr(room, "folder", lambda: tmp_path)

    def store(**records):
        for name, gaps in records.items():
            runs = [{"case": {"width": 8}, "seed": s, "found": {"gap": g}} for s, g in enumerate(gaps)]
            path = tmp_path / f"neurons-{name.replace('_', '-')}.json"
            path.write_text(json.dumps({"name": name, "runs": runs}))

    return store


GOOD, BAD = (1.0, 1.1, 1.2), (-1.0, -1.1, -1.2)


@pytest.mark.parametrize(("first", "fresh", "holds", "words"), [
    (GOOD, GOOD, True, ("holds", "holds")),
    (GOOD, BAD, False, ("holds", "does not hold")),
    (BAD, GOOD, False, ("does not hold", "holds")),
    (BAD, BAD, False, ("does not hold", "does not hold")),
])  # fmt: skip
def test_a_claim_holds_if_it_does_both_times_and_says_how_each_went(stored, first, fresh, holds, words):
    stored(some=first, some_again=fresh)
    found = gap_is_positive()
    assert (found.holds, found.on_first_seeds, found.on_fresh_seeds) == (holds, *words)
    assert f"First seeds, {words[0]}: gap {np.mean(first):.3g}" in found.summary
    assert f"Fresh seeds, {words[1]}: gap {np.mean(fresh):.3g}" in found.summary


def test_what_was_not_run_again_says_so_and_keeps_its_verdict(stored):
    stored(some=GOOD)
    found = gap_is_positive()
    assert (found.holds, found.on_fresh_seeds) == (True, "not run again")
    assert "Not run again with fresh seeds" in found.summary
    stored(some=BAD)
    room._read.cache_clear()
    assert not gap_is_positive().holds


def test_a_control_reaches_both(stored):
    stored(some=GOOD, some_again=GOOD)
    found = gap_is_positive(sign=-1)
    assert (found.on_first_seeds, found.on_fresh_seeds) == ("does not hold", "does not hold")


def test_refuses_a_case_that_only_the_fresh_runs_lack(stored, tmp_path):
    stored(some=GOOD)
    runs = [{"case": {"width": 9}, "seed": 0, "found": {"gap": 1.0}}]
    (tmp_path / "neurons-some-again.json").write_text(json.dumps({"name": "some-again", "runs": runs}))
    with pytest.raises(errors.UnknownName, match="no run of 'some-again'"):
        gap_is_positive()


def test_fresh_seeds_are_read_inside_the_stretch_alone(stored):
    stored(some=GOOD, some_again=BAD)
    with fresh_seeds():
        assert measured("some").column("gap", width=8)[0] == BAD[0]
    assert measured("some").column("gap", width=8)[0] == GOOD[0]
    with fresh_seeds(), pytest.raises(NotRunAgain, match="neurons other-again"):
        measured("other")


@pytest.mark.parametrize("claim", TWICE, ids=lambda c: c.id)
def test_every_measured_claim_of_the_third_part_is_asked_twice_and_its_control_fails_twice(claim):
    verdict = claims.verify(claim)
    assert isinstance(verdict.evidence, Twice)
    entry = report.entry(verdict)
    assert (entry["verdict"] == "holds") == (
        entry["on_first_seeds"] == "holds" and entry["on_fresh_seeds"] in ("holds", "not run again")
    )
    assert verdict.counter.on_first_seeds == "does not hold"
    assert verdict.counter.on_fresh_seeds in ("does not hold", "not run again")


def test_no_seed_of_a_second_run_was_in_the_first():
    for path in room.folder().glob(f"neurons-*{room.AGAIN}.json"):
        name = path.stem.removeprefix("neurons-").removesuffix(room.AGAIN)
        first, fresh = ({run["seed"] for run in measured(n).runs} for n in (name, name + room.AGAIN))
        assert len(fresh) == 5
        assert not first & fresh, name
        both = ({json.dumps(run["case"]) for run in measured(n).runs} for n in (name, name + room.AGAIN))
        whole, asked = both
        assert asked <= whole


def test_a_table_has_a_seed_a_row_and_a_case_a_column():
    def run(width, seed):
        return {"case": {"width": width}, "seed": seed, "found": {"radii": [[width + seed, 0], [width * seed, 0]]}}

    runs = room.Runs("some", {}, tuple(run(w, s) for w in (8, 16) for s in (2, 1)))
    assert by_seed.table(runs, "radii", [{"width": 16}, {"width": 8}], 1, 0).tolist() == [[16, 8], [32, 16]]


def test_oracle_rank_correlations_are_those_of_each_pair_of_rows():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 4, 7))

    def slow(x, y):
        ranks = [[sum(v < u for v in row) for u in row] for row in (x, y)]
        return 1 - 6 * sum((p - q) ** 2 for p, q in zip(*ranks, strict=True)) / (7 * 48)

    assert np.allclose(by_seed.rank_correlations(a, b), [slow(x, y) for x, y in zip(a, b, strict=True)])
    assert np.allclose(by_seed.rank_correlations(a, b[0]), [slow(x, b[0]) for x in a])
