"""From a claim to the code that checks it: files and lines, found by reading the code itself.

Nothing is written down twice. A claim's check is a function of the register; what it runs is read off its syntax tree,
through the private functions beside it; what tests it, off the trees of the tests. So a link cannot point to what
is no longer there.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import blockshift
from blockshift.claims.ledger import Claim

#: The checkout: its files are named from here.
ROOT = Path(blockshift.__file__).resolve().parents[2]
DERIVATIONS = "blockshift.flow.symbols."
REGISTER = "blockshift.claims."
#: What every check of the register is made of; what else is there reads stored measurements.
MACHINERY = tuple(REGISTER + room for room in ("on_", "evidence", "ledger"))
#: Where every claim and its control are run.
FOR_ALL = ("tests/test_claims.py", "test_the_claim_holds_and_its_control_fails")


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file of the checkout, and what begins there."""

    file: str
    line: int
    name: str


@dataclass(frozen=True)
class Trail:
    """Where a claim is checked.

    Parameters
    ----------
    check : Place or None
        The function of the register; None for what is open.
    derivations, library, tests : tuple of Place
        The derivations and the other functions of the library that it runs; the tests that name it, or its file.
    """

    check: Place | None
    derivations: tuple[Place, ...] = ()
    library: tuple[Place, ...] = ()
    tests: tuple[Place, ...] = ()


def trail(claim: Claim) -> Trail:
    """Where a claim is checked, what its check runs, and what tests it."""
    if claim.check is None:
        return Trail(None)
    found = {thing: place(thing) for thing in run_by(claim.check)}
    symbolic = {
        at for thing, at in found.items() if thing.__module__.startswith(DERIVATIONS) and inspect.isfunction(thing)
    }
    others = {at for thing, at in found.items() if not thing.__module__.startswith((DERIVATIONS, *MACHINERY))}
    return Trail(place(claim.check), tuple(sorted(symbolic)), tuple(sorted(others)), tuple(tests(claim.id)))


@cache
def place(thing: Callable) -> Place:
    """The place of a function or class."""
    thing = inspect.unwrap(thing)
    file = Path(inspect.getsourcefile(thing) or "").resolve().relative_to(ROOT).as_posix()
    return Place(file, inspect.getsourcelines(thing)[1], thing.__qualname__)


def run_by(function: Callable) -> set[Callable]:
    """The functions and classes of the library that a function names, seen through those of the register."""
    found: set[Callable] = set()
    ahead = [function]
    while ahead:
        for thing in named_in(ahead.pop()):
            if thing not in found:
                found.add(thing)
                if thing.__module__.startswith(REGISTER + "on_") and inspect.isfunction(thing):
                    ahead.append(thing)
    return found - {function}


@cache
def named_in(function: Callable) -> tuple[Callable, ...]:
    """The functions and classes of the library that stand in a function's code, itself left out."""
    found = []
    scope = inspect.unwrap(function).__globals__
    for node in ast.walk(ast.parse(dedent(inspect.getsource(function)))):
        thing = None
        if isinstance(node, ast.Name):
            thing = scope.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            room = scope.get(node.value.id)
            thing = getattr(room, node.attr, None) if isinstance(room, ModuleType | type) else None
        thing = inspect.unwrap(getattr(thing, "py_func", thing))  # compiled or cached: what was written
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__.startswith("blockshift."):
            found.append(thing)
    return tuple(found)


def tests(name: str) -> Iterator[Place]:
    """The test that runs every claim, then those that name this one."""
    known = tests_by_claim()
    yield from (at for at in known if (at.file, at.name) == FOR_ALL)
    yield from (at for at, names in known.items() if name in names)


@cache
def tests_by_claim() -> dict[Place, frozenset[str]]:
    """Every test of the checkout with the strings in its code, among which are the ids of claims."""
    found = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
                begin = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
                at = Place(file.relative_to(ROOT).as_posix(), begin, node.name)
                found[at] = frozenset(words)
    return found
