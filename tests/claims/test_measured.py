"""Stored runs, and evidence over several seeds."""

import json
import math

import numpy as np
import pytest

from blockshift import errors
from blockshift.claims import measured as room
from blockshift.claims.evidence import Measured, Repeats
from blockshift.claims.measured import measured


@pytest.fixture
def stored(tmp_path, monkeypatch):
    runs = [
        {"case": {"width": w}, "seed": s, "found": {"right": [w + s, None], "one": w * s}}
        for s in (1, 0)
        for w in (8, 16)
    ]
    (tmp_path / "neurons-some.json").write_text(json.dumps({"name": "some", "command": "none", "runs": runs}))
    monkeypatch.setattr(room, "folder", lambda: tmp_path)
    return measured("some")


def test_a_column_has_a_seed_a_row_and_what_was_not_finite_is_infinite(stored):
    assert stored.column("right", width=16).tolist() == [[16, math.inf], [17, math.inf]]
    assert stored.column("one", width=8).tolist() == [0, 8]
    assert stored.seeds == 2
    assert stored.cases == [{"width": 8}, {"width": 16}]
    assert repr(stored) == "Runs(some: 2 cases, 2 seeds)"


def test_refuses_cases_quantities_and_records_that_are_not_there(stored):
    with pytest.raises(errors.UnknownName, match="no run of 'some'"):
        stored.column("one", width=9)
    with pytest.raises(errors.UnknownName, match="there are right, one"):
        stored.column("two", width=8)
    with pytest.raises(errors.UnknownName, match=r"there are some\. In a checkout"):
        measured("other")


def test_the_interval_is_students():
    low, high = Measured("x", [1.0, 2.0, 3.0]).interval
    assert np.isclose(low, 2 - 4.302653 / math.sqrt(3), atol=1e-6)
    assert np.isclose(high, 2 + 4.302653 / math.sqrt(3), atol=1e-6)


def test_the_whole_interval_has_to_be_in_the_range():
    values = [0.9, 1.0, 1.1, 1.0, 1.0]
    assert Measured("x", values, lower=0.9).holds
    assert not Measured("x", values, lower=0.95).holds
    assert not Measured("x", values, upper=1.05).holds
    assert not Measured("x", [*values, math.nan], lower=0).holds
    assert not Measured("x", [5.0], lower=0).holds


def test_repeats_need_every_number_and_at_least_one():
    good, bad = Measured("good", [1.0, 1.0], lower=0), Measured("bad", [1.0, 1.0], upper=0)
    assert Repeats([good], "here").holds
    assert not Repeats([good, bad], "here").holds
    assert not Repeats([], "here").holds
    assert "good 1 [1, 1], claimed ≥ 0" in Repeats([good], "here").summary
