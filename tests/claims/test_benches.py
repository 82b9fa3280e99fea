"""The record of the benchmark on a page: what it says is what was written, and a peer that wins is listed."""

import json

import pytest

from blockshift import errors
from blockshift.claims import benches


def ratio(method, at, seconds, peer_seconds, **more):
    """One entry of a problem's ratios."""
    both = seconds is not None and peer_seconds is not None
    return {
        "method": method, "at": at, "level": 1e-9, "seconds": seconds,
        "best_peer": None if peer_seconds is None else "scipy LSODA", "peer_seconds": peer_seconds,
        "ratio": peer_seconds / seconds if both else None,
    } | more  # fmt: skip


def problem(name, *ratios, **more):
    """One problem of a record."""
    return {
        "name": name, "kind": "ordinary", "widths": [2, 3, 2], "sigma": [2.0, 1.0], "t_end": 3.0, "scale": 0.5,
        "seed": 0, "weights": 1212, "doubt": 2e-16, "runs": [], "left_out": [], "ratios": list(ratios),
    } | more  # fmt: skip


RECORD = {
    "made": "2026-01-02",
    "command": "python -m benchmarks.integrators --all --write",
    "machine": {"processor": "Some <processor>", "cores": 4, "used": 1, "system": "Linux x86_64"},
    "versions": {"python": "3.11.0", "numpy": "2.4.6", "heyoka": None},
    "levels": {"error": 1e-9, "drift": 1e-13},
    "limit": 15.0,
    "default": "auto",
    "escapes": {
        "true": [3.0, 14.98],
        "rows": [{"method": "BDF", "tolerance": "default", "atol": 1e-6, "times": [3.3, 14.9], "off": 0.1}],
    },
    "problems": [
        problem("faster", ratio("auto", "error", 0.5, 1.0), ratio("auto", "drift", None, 1.0)),
        problem("slower", ratio("auto", "error", 3.0, 1.0), ratio("auto", "drift", 1.0, None)),
        problem("deep", ratio("auto", "error", 1.0, 1.0), ratio("auto", "drift", 1.0, 4.0), widths=[6] * 11),
    ],
}
FOUND = benches.Benchmark(RECORD)


def test_ratios_are_those_of_the_record():
    assert FOUND.ratios("auto").rows == (
        ("faster", "0.5", "scipy LSODA", "1", "2.00"),
        ("slower", "3", "scipy LSODA", "1", "0.33"),
        ("deep", "1", "scipy LSODA", "1", "1.00"),
    )
    assert FOUND.ratios("auto", "drift").rows[:2] == (
        ("faster", "not reached", "scipy LSODA", "1", "—"),
        ("slower", "1", "none", "not reached", "—"),
    )


def test_every_problem_where_a_peer_wins_is_listed_and_no_other():
    assert FOUND.lost("auto").rows == (("slower", "scipy LSODA", "3.00"),)
    assert FOUND.lost("auto", "drift").rows == (("faster", "scipy LSODA", "we do not reach it"),)


def test_what_was_left_out_is_told_with_its_reason():
    out = [
        {"method": "heyoka", "rtol": None, "why": "heyoka is not installed"},
        {"method": "gauss", "rtol": 1e-5, "why": "no"},
    ]
    found = benches.Benchmark(RECORD | {"problems": [problem("some", left_out=out), problem("more", left_out=out[:1])]})
    assert found.left_out().rows == (
        ("gauss", "no", "some at 1e-05"),
        ("heyoka", "heyoka is not installed", "some, more"),
    )


def test_the_machine_the_command_and_a_missing_package_are_named():
    page = FOUND.about()._repr_html_()
    for words in ("2026-01-02", "--all --write", "4 cores", "numpy 2.4.6", "heyoka not installed"):
        assert words in page
    assert "Some &lt;processor&gt;" in page


def test_escape_times_stand_beside_the_true_ones():
    assert FOUND.escapes().heading == ("SciPy's", "absolute tolerance", "mode 1", "mode 2", "off by")
    assert FOUND.escapes().rows == (
        ("in truth", "", "3.00", "14.98", ""),
        ("BDF", "1e-06", "3.30", "14.90", "10.00 %"),
    )


def test_problems_are_told_in_a_line_each():
    rows = FOUND.problems().rows
    assert rows[0] == ("faster", "2-3-2", "1,212", "2 to 1", "0.5", "3", "2e-16")
    assert rows[2][1] == "6-… (11 times)"


def test_a_record_comes_back_from_its_file(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps(RECORD))
    found = benches.last_benchmark(path)
    assert found.record == RECORD
    assert repr(found) == "Benchmark(3 problems, 0 methods, 0 runs, made 2026-01-02)"
    assert found["slower"]["name"] == "slower"


def test_refuses_a_file_that_is_none_or_something_else(tmp_path):
    with pytest.raises(errors.BadArgument, match="--all --write"):
        benches.last_benchmark(tmp_path / "nothing.json")
    path = tmp_path / "other.json"
    for text in ("{", "[]", '{"made": 1}'):
        path.write_text(text)
        with pytest.raises(errors.BadArgument, match="--all --write"):
            benches.last_benchmark(path)


def test_refuses_a_problem_and_a_method_that_are_not_there():
    with pytest.raises(errors.UnknownName, match="faster, slower, deep"):
        _ = FOUND["slowest"]
    with pytest.raises(errors.UnknownName, match="there are auto"):
        FOUND.ratios("automatic")
