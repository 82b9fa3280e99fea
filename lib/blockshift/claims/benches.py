"""What the bench measured, as the book shows it: a record of runs, and tables of time at equal accuracy.

The record is JSON that ``python -m benchmarks.integrators --all --write`` leaves: the machine, the versions, every run
of every method on every problem, and ratios. This room reads it and lays it out; it measures nothing, and computes no
ratio: whoever wants other numbers runs the benchmark.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from blockshift import errors

#: What a record has, at least.
KEYS = {"made", "command", "machine", "versions", "levels", "limit", "problems", "default", "escapes"}


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under a heading, for a page; everything in them is text.

    Examples
    --------
    >>> Table(("problem", "ratio"), (("5-6-6-4", "2.1"),))
    problem  ratio
    5-6-6-4  2.1
    """

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(word)}</th>" for word in self.heading)
        body = "".join("<tr>" + "".join(f"<td>{escape(word)}</td>" for word in row) + "</tr>" for row in self.rows)
        inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f'<div class="pst-scrollable-table-container"><table class="table">{inner}</table></div>'

    def __repr__(self) -> str:
        lines = (self.heading, *self.rows)
        wide = [max(len(line[i]) for line in lines) for i in range(len(self.heading))]
        return "\n".join("  ".join(w.ljust(n) for w, n in zip(line, wide, strict=True)).rstrip() for line in lines)


@dataclass(frozen=True, repr=False)
class Benchmark:
    """One record of the benchmark of integrators.

    Parameters
    ----------
    record : dict
        As the benchmark wrote it.
    """

    record: dict

    @property
    def default(self) -> str:
        """The method that the library took by itself when the record was made."""
        return self.record["default"]

    @property
    def names(self) -> tuple[str, ...]:
        """The problems, in the order in which they were run."""
        return tuple(problem["name"] for problem in self.record["problems"])

    def __getitem__(self, name: str) -> dict:
        """Everything measured on one problem: ``runs``, ``left_out``, ``ratios``, and what the problem is.

        Raises
        ------
        UnknownName
            If there is no problem of that name.
        """
        for problem in self.record["problems"]:
            if problem["name"] == name:
                return problem
        raise errors.UnknownName(f"no problem is called {name!r}; there are {', '.join(self.names)}.")

    def problems(self) -> Table:
        """What each problem is."""
        rows = [
            (
                p["name"], "-".join(map(str, _short(p["widths"]))), f"{p['weights']:,}",
                f"{p['sigma'][0]:g} to {p['sigma'][-1]:g}", f"{p['scale']:g}", f"{p['t_end']:g}", f"{p['doubt']:.0e}",
            )
            for p in self.record["problems"]
        ]  # fmt: skip
        return Table(("problem", "widths", "weights", "singular values", "start", "t to", "doubt"), tuple(rows))

    def ratios(self, method: str, at: str = "error") -> Table:
        """The seconds of one of our methods and of the best peer on every problem, at equal error or drift.

        A ratio above 1 says that ours is faster, below 1 that the peer is.

        Raises
        ------
        UnknownName
            If the record has no such method of ours.
        """
        rows = [
            (name, _seconds(r["seconds"]), r["best_peer"] or "none", _seconds(r["peer_seconds"]), _ratio(r["ratio"]))
            for name, r in self._compared(method, at)
        ]
        return Table(("problem", f"{method}, s", "best peer", "its s", "ratio"), tuple(rows))

    def lost(self, method: str, at: str = "error") -> Table:
        """Where a peer needs less time than one of our methods, or reaches alone what is asked."""
        rows = [
            (name, r["best_peer"], "we do not reach it" if r["ratio"] is None else f"{1 / r['ratio']:.2f}")
            for name, r in self._compared(method, at)
            if r["best_peer"] is not None and (r["ratio"] is None or r["ratio"] < 1)
        ]
        return Table(("problem", "peer", "times faster"), tuple(rows))

    def left_out(self) -> Table:
        """Which methods did not take part in a problem, or not at every tolerance, and why."""
        rows: dict[tuple[str, str], list[str]] = {}
        for p in self.record["problems"]:
            for out in p["left_out"]:
                where = p["name"] if out["rtol"] is None else f"{p['name']} at {out['rtol']:.0e}"
                rows.setdefault((out["method"], out["why"]), []).append(where)
        told = sorted(rows.items(), key=lambda row: row[0])
        return Table(("method", "why", "where"), tuple((*who, ", ".join(where)) for who, where in told))

    def escapes(self) -> Table:
        """When the modes of a small start escape, with default and with fitting absolute tolerances."""
        found = self.record["escapes"]
        rows = [("in truth", "", *(f"{t:.2f}" for t in found["true"]), "")]
        for row in found["rows"]:
            off = f"{100 * row['off']:.2f} %"
            rows.append((row["method"], f"{row['atol']:.0e}", *(f"{t:.2f}" for t in row["times"]), off))
        modes = (f"mode {k}" for k in range(1, len(found["true"]) + 1))
        return Table(("SciPy's", "absolute tolerance", *modes, "off by"), tuple(rows))

    def about(self) -> Table:
        """When it was made, with what command, on which machine, with which versions."""
        machine = self.record["machine"]
        on = f"{machine['processor']}, {machine['cores']} cores of which {machine['used']} is used, {machine['system']}"
        made_with = ", ".join(f"{k} {v}" if v else f"{k} not installed" for k, v in self.record["versions"].items())
        said = (
            ("made", self.record["made"]),
            ("command", self.record["command"]),
            ("machine", on),
            ("with", made_with),
        )
        return Table(("about", "this record"), said)

    def _compared(self, method: str, at: str):
        """The entries of one method, problem by problem."""
        found = [
            (p["name"], r)
            for p in self.record["problems"]
            for r in p["ratios"]
            if (r["method"], r["at"]) == (method, at)
        ]
        if not found:
            known = sorted({r["method"] for p in self.record["problems"] for r in p["ratios"]})
            raise errors.UnknownName(
                f"nothing was measured of {method!r} at equal {at!r}; there are {', '.join(known)}."
            )
        return found

    def __repr__(self) -> str:
        methods = {run["method"] for p in self.record["problems"] for run in p["runs"]}
        runs = sum(len(p["runs"]) for p in self.record["problems"])
        return f"Benchmark({len(self.names)} problems, {len(methods)} methods, {runs} runs, made {self.record['made']})"


def last_benchmark(path: str | os.PathLike) -> Benchmark:
    """The benchmark of integrators as its last full run left it.

    Raises
    ------
    BadArgument
        If there is no such file, or it is not such a record.
    """
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError) as fault:
        raise errors.BadArgument(
            f"{str(path)!r} cannot be read as a record of the benchmark ({fault}); "
            f"python -m benchmarks.integrators --all --write makes one."
        ) from None
    if not isinstance(record, Mapping) or not set(record) >= KEYS:
        raise errors.BadArgument(
            f"{str(path)!r} is no record of the benchmark: it lacks {', '.join(sorted(KEYS - set(record)))}; "
            f"python -m benchmarks.integrators --all --write makes one."
        )
    return Benchmark(dict(record))


def _short(widths: Sequence[int]) -> list:
    """Widths for a table: many equal ones are counted instead."""
    if len(widths) > 5 and len(set(widths)) == 1:
        return [widths[0], f"… ({len(widths)} times)"]
    return list(widths)


def _seconds(value: float | None) -> str:
    """Seconds in three digits."""
    return "not reached" if value is None else f"{float(f'{value:.3g}'):g}"


def _ratio(value: float | None) -> str:
    """A ratio in two digits after the point."""
    return "—" if value is None else f"{value:.2f}"
