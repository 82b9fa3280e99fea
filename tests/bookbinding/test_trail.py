"""The trail of a claim: every place is a line on which what it names begins, and leads to what its check runs."""

import ast

import pytest

from blockshift.claims import LEDGER
from bookbinding import trail


def names(places):
    return [at.name for at in places]


@pytest.fixture(scope="module")
def trails():
    return {claim.id: trail.trail(claim) for claim in LEDGER}


def test_the_trail_of_the_conserved_matrices_leads_to_the_derivation_the_code_and_the_tests(trails):
    found = trails["P1-C6"]
    assert found.check.name == "interior_gram_differences_are_conserved"
    assert found.check.file == "lib/blockshift/claims/on_flow.py"
    assert names(found.derivations) == ["conserved_matrices"]
    assert {"conserved", "velocity"} <= set(names(found.library))
    assert "test_a_flipped_sign_in_the_library_makes_the_conservation_law_fail_by_name" in names(found.tests)


def test_what_private_functions_of_the_register_run_is_on_the_trail(trails):
    assert "loss" in names(trails["P1-C8"].library)


def test_what_is_cached_or_read_from_a_store_is_on_the_trail(trails):
    assert "survey" in names(trails["P1-C16"].library)
    assert names(trails["P3-C17"].library) == ["and_again", "measured"]


def test_the_register_itself_and_the_kinds_of_evidence_are_not_on_the_trail(trails):
    for found in trails.values():
        assert not [at for at in found.library if at.file.endswith(("evidence.py", "ledger.py"))]


def test_every_claim_with_a_check_has_the_test_that_runs_it_first(trails):
    for claim in LEDGER:
        found = trails[claim.id]
        if claim.check is None:
            assert found == trail.Trail(None)
        else:
            assert (found.tests[0].file, found.tests[0].name) == trail.FOR_ALL


def test_at_every_place_begins_what_it_names(trails):
    every = {at for t in trails.values() if t.check for at in (t.check, *t.derivations, *t.library, *t.tests)}
    begins = {}
    for at in every:
        if at.file not in begins:
            tree = ast.parse((trail.ROOT / at.file).read_text("utf-8"))
            begins[at.file] = {
                (min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.name)
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.ClassDef)
            }
        assert (at.line, at.name.rpartition(".")[2]) in begins[at.file], at
