"""The stored study of near-monotonicity: its own command makes a small part of it again, and finds the same numbers."""

import copy
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STORED = json.loads((ROOT / "chapters" / "data" / "near_monotone.json").read_text(encoding="utf-8"))
PART = "mnist-mlp --images 2 --variants sign-shuffle --draws 1".split()
CELLS = ("mnist-mlp trained 0", "mnist-mlp sign-shuffle 0")
#: What belongs to the first pictures or to the variant. Left out are the mean over all pairs of pictures, and the two
#: orders that are looked for after the last picture, with the numbers of chance that are next then.
KEPT = ("share", "runs", "sweeps", "layers", "images", "overlap")
#: Five digits are stored, so a rounding apart; below the second number a sum that cancels is rounding itself.
ROUNDING, CANCELLED = 2e-5, 1e-7


def part(record):
    """What a study of two pictures has in common with the whole one."""
    return {key: record[key] for key in KEPT} | {"images": record["images"][:2], "overlap": record["overlap"][:1]}


def differences(made, stored, path=()):
    """Where two records differ by more than the rounding of what is stored."""
    if isinstance(made, dict) and isinstance(stored, dict) and made.keys() == stored.keys():
        return [p for key in made for p in differences(made[key], stored[key], (*path, key))]
    if isinstance(made, list) and isinstance(stored, list) and len(made) == len(stored):
        return [p for k, pair in enumerate(zip(made, stored, strict=True)) for p in differences(*pair, (*path, k))]
    if isinstance(made, float) and isinstance(stored, float):
        return [] if math.isclose(made, stored, rel_tol=ROUNDING, abs_tol=CANCELLED) else [path]
    return [] if made == stored else [path]


def leaves(record, path=()):
    """The paths of all numbers."""
    inside = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    own = [path] if isinstance(record, (int, float)) and not isinstance(record, bool) else []
    return own + [p for key, value in inside for p in leaves(value, (*path, key))]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The record that the command of the study leaves of two pictures."""
    path = tmp_path_factory.mktemp("study") / "near_monotone.json"
    words = [sys.executable, "-m", "chapters.data.near_monotone", *PART, "--to", str(path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_command_makes_the_stored_numbers_again(made):
    assert made["effort"] == STORED["effort"]
    assert set(made["records"]) == set(CELLS)
    for cell in CELLS:
        again = made["records"][cell]
        assert (len(again["images"]), len(again["overlap"])) == (2, 1)
        assert differences(part(again), part(STORED["records"][cell])) == []


@pytest.mark.parametrize("cell", CELLS)
def test_one_changed_number_is_noticed(cell):
    stored = part(STORED["records"][cell])
    numbers = leaves(stored)
    assert len(numbers) > 100
    for *way, last in numbers:
        spoilt = copy.deepcopy(stored)
        there = spoilt
        for key in way:
            there = there[key]
        there[last] += abs(there[last]) / 1000 + 1e-6
        assert differences(stored, spoilt) == [(*way, last)]


def test_a_record_with_another_number_of_pictures_is_noticed():
    stored = part(STORED["records"][CELLS[0]])
    assert differences(stored | {"images": stored["images"][:1]}, stored) == [("images",)]
    assert differences({}, stored) == [()]
