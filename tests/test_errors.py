"""The family of exceptions."""

import pytest

from blockshift import errors

FAMILY = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("error", FAMILY)
def test_every_error_is_of_the_family_and_a_value_error(error):
    assert issubclass(error, errors.BlockshiftError)
    assert issubclass(error, ValueError)
    assert error.__doc__.strip().endswith(".")


def test_every_exception_of_the_module_is_public():
    found = {name for name, thing in vars(errors).items() if isinstance(thing, type)}
    assert found == set(errors.__all__)


def test_the_leaves_do_not_catch_one_another():
    leaves = [error for error in FAMILY if error is not errors.BlockshiftError]
    assert all(leaf.__bases__ == (errors.BlockshiftError,) for leaf in leaves)


def test_a_failed_step_keeps_what_was_reached():
    assert errors.StepFailed("why", "run").trajectory == "run"
    assert errors.StepFailed("why").trajectory is None
    assert str(errors.StepFailed("why", "run")) == "why"
