"""The runs behind the chapters on neurons can be made again, and the records are what they say."""

import json

import numpy as np
import pytest
from benchmarks.neurons import __main__ as all_of_them
from benchmarks.neurons import delay, depth, records

#: A run repeats to rounding on one machine; on another, sums in another order move a sample or two across a border.
CLOSE = 0.02


def test_every_experiment_has_a_record_with_all_its_cases_and_seeds():
    for experiment in all_of_them.EXPERIMENTS.values():
        if experiment.name in all_of_them.AGAIN and not experiment.path.exists():
            continue  # not run again: the claims say so
        record = json.loads(experiment.path.read_text(encoding="utf-8"))
        have = {records.key(run["case"], run["seed"]) for run in record["runs"]}
        want = {records.key(json.loads(json.dumps(c)), s) for c in experiment.cases for s in experiment.seeds}
        assert want == have, experiment.name
        assert len(record["runs"]) == len(have)


@pytest.mark.parametrize(("experiment", "place", "names"), [
    (depth.WIDTH, 0, ("test", "slopes", "turned", "sample", "weight")),
    (depth.DEPTH, -1, ("test", "train", "truncated", "sample")),
    (delay.DELAY, 2, ("test", "test batch")),
])  # fmt: skip
def test_a_small_run_made_again_is_the_one_in_the_record(experiment, place, names):
    case = json.loads(json.dumps(experiment.cases[place]))
    again = records.made(experiment, case, 0)["found"]
    stored = json.loads(experiment.path.read_text(encoding="utf-8"))["runs"]
    before = next(run["found"] for run in stored if run["case"] == case and run["seed"] == 0)
    for name in names:
        assert np.allclose(np.array(again[name], float), np.array(before[name], float), atol=CLOSE, rtol=CLOSE), name


def test_numbers_are_kept_in_five_digits_and_what_is_not_finite_as_nothing():
    assert records.rounded({"a": np.array([1.234567, np.inf]), "b": True, "c": np.int64(3)}) == {
        "a": [1.2346, None],
        "b": True,
        "c": 3,
    }


def test_a_record_is_json_with_a_run_a_line():
    text = records._text({"name": "some", "runs": [{"case": {}, "seed": 0}, {"case": {}, "seed": 1}]})
    assert json.loads(text)["runs"][1]["seed"] == 1
    assert len(text.splitlines()) == 7
