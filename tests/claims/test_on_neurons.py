"""What the register says of the third paper: all its claims, with the right marks, and the disagreements on paper."""

import json
from pathlib import Path

import pytest

from blockshift import claims

ROOT = Path(__file__).resolve().parents[2]
OURS = [c for c in claims.LEDGER if c.part == "neurons" and c.id.startswith("P3-")]


def test_all_claims_of_the_third_paper_are_entered():
    assert {c.id for c in OURS} == {f"P3-C{k}" for k in range(1, 28)}


def test_only_what_stands_in_an_abstract_is_called_confirmed():
    assert {c.id for c in OURS if c.status == "confirmed"} == {f"P3-C{k}" for k in range(23, 28)}
    assert {c.status for c in OURS} == {"confirmed", "inferred"}


def test_what_was_measured_can_be_not_reproduced_and_mathematics_cannot():
    assert [c.id for c in OURS if not c.empirical] == ["P3-C1"]


def test_every_disagreement_has_a_place_in_the_marginalia():
    notebook = json.loads((ROOT / "chapters" / "marginalia.ipynb").read_text(encoding="utf-8"))
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    found = [claims.verify(c) for c in OURS]
    assert not [
        v.claim.id for v in found if v.verdict == "not reproduced" and f"{{prf:ref}}`{v.claim.id.lower()}`" not in text
    ]
    assert not [v.claim.id for v in found if v.kind == "none"]


@pytest.mark.parametrize("claim", OURS, ids=lambda c: c.id)
def test_a_control_changes_what_the_check_sees(claim):
    found = claims.verify(claim)
    assert found.counter.summary != found.evidence.summary
