"""Claims about trained networks: what they read, and what they refuse."""

import json

import pytest

from blockshift import claims, errors
from blockshift.claims import on_trained
from blockshift.graph.pretrained import digits


def rows(change):
    """Records of three networks and all seeds at both ends: 0.40 to 0.42 before, 0.30 to 0.32 after, and a change."""
    made = []
    for name in digits.RECIPES:
        for seed in digits.SEEDS:
            for epoch, low in ((0.0, 0.40), (64.0, 0.30)):
                row = {"network": name, "seed": seed, "epoch": epoch, "variant": "as it is", "lower": low}
                row["upper"] = low + 0.02
                if name == "mnist-resnet":
                    row["lower"], row["upper"] = low + 0.05, low + 0.07
                made.append({**row, **change(name, seed, epoch)})
    return made


@pytest.fixture
def stored(tmp_path, monkeypatch):
    def write(change=lambda name, seed, epoch: {}):
        path = tmp_path / "records.json"
        path.write_text(json.dumps({"records": rows(change)}))
        monkeypatch.setattr(on_trained, "last_training", lambda: json.loads(path.read_text())["records"])
        monkeypatch.setattr(on_trained, "_found", lambda seed, epoch, variant: (0.4, 0.42) if not epoch else (0.2, 0.3))

    return write


@pytest.mark.parametrize("seed", digits.SEEDS)
@pytest.mark.parametrize("epoch", [0.0, 64.0])
def test_every_seed_of_the_plain_network_counts(stored, seed, epoch):
    stored(lambda name, s, e: {"upper": (e and 0.38) or 0.46} if (name, s, e) == ("mnist-cnn", seed, epoch) else {})
    assert not claims.LEDGER["P2-C8"].check().holds


@pytest.mark.parametrize("name", ["P2-C8", "P2-C9"])
def test_the_claims_follow_the_records(stored, name):
    stored()
    assert claims.LEDGER[name].check().holds


def test_one_network_that_does_not_fall_for_one_seed_is_enough(stored):
    stored(lambda name, seed, epoch: {"upper": 0.41} if (name, seed, epoch) == ("mnist-cnn", 1, 64.0) else {})
    assert not claims.LEDGER["P2-C9"].check().holds


def test_intervals_that_touch_are_not_apart(stored):
    stored(lambda name, seed, epoch: {"upper": 0.40} if (name, seed, epoch) == ("mnist-mlp", 2, 64.0) else {})
    assert not claims.LEDGER["P2-C9"].check().holds


def test_one_pair_of_seeds_that_overlaps_is_enough(stored):
    stored(lambda name, seed, epoch: {"lower": 0.41} if (name, seed, epoch) == ("mnist-resnet", 2, 0.0) else {})
    assert not claims.LEDGER["P2-C8"].check().holds


def test_trained_intervals_may_overlap_where_the_upper_ends_do_not(stored):
    stored(lambda name, seed, epoch: {"upper": 0.36} if (name, epoch) == ("mnist-cnn", 64.0) else {})
    assert claims.LEDGER["P2-C8"].check().holds


def test_what_is_computed_anew_counts_too(stored, monkeypatch):
    stored()
    monkeypatch.setattr(on_trained, "_found", lambda seed, epoch, variant: (0.4, 0.42))
    assert not claims.LEDGER["P2-C9"].check().holds


def test_refuses_a_variant_that_is_not_stored(stored):
    stored()
    with pytest.raises(errors.UnknownName, match="through_training"):
        claims.LEDGER["P2-C9"].check(after="signs alone")


def test_refuses_what_is_no_record(tmp_path):
    with pytest.raises(errors.BadArgument, match="cannot be read as frustration through training"):
        on_trained.last_training(tmp_path / "nothing.json")
