"""Tests do not hang on the order in which files are collected."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_module_whose_doctests_come_first_is_the_one_that_its_tests_change():
    # The parent of this module imports it; what a test puts into it has to be seen by the claims that read it.
    files = ["lib/blockshift/claims/near_monotone.py", "tests/claims/test_near_monotone.py"]
    words = [sys.executable, "-m", "pytest", *files, "-k", "rank_interval or either_way"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
