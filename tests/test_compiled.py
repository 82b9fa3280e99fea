"""Compiled functions work wherever they are run from."""

import subprocess
import sys

from blockshift.compiled import compiled


def test_a_compiled_function_gives_what_its_source_gives():
    def harmonic(n):
        total = 0.0
        for k in range(1, n + 1):
            total += 1.0 / k
        return total

    assert compiled(harmonic)(10) == harmonic(10)


def test_code_compiles_where_nothing_can_be_kept(tmp_path):
    # Code without a file has no place for a cache: Numba alone refuses to compile it.
    script = "from blockshift.compiled import compiled; f = compiled(eval('lambda n: n + 1')); print(f(41))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"HOME": "/proc/nohome", "PYTHONPATH": ":".join(sys.path)},
        timeout=120,
    )
    assert done.stdout.strip() == "42", done.stderr
