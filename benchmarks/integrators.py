"""Integrators of gradient flow against those of other packages: work-precision curves, and time at equal accuracy.

    python -m benchmarks.integrators                                   the quick problems, printed
    python -m benchmarks.integrators --problem 5-6-6-4 --method gauss  one problem, one method (names may be cut short)
    python -m benchmarks.integrators --all --write                     everything, into chapters/data/integrators.json

With `--write` the rest of the record stays; it must be of the same machine. Delete the file to begin a new one.

Everything runs on one core and one thread, and times are process times: medians of runs that alternate between all
methods and tolerances, after a first run of each that is not timed; runs that take longer than `LONG` are timed once.
Compilation is apart. The peers are the optional dependencies ``bench`` of pyproject.toml; whoever is missing is named.
"""

import argparse
import json
import math
import os
import platform
import signal
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from benchmarks import comparison, default_tolerances, peers, problems, references, timing

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "chapters" / "data" / "integrators.json"

#: Relative tolerances of a curve. SciPy raises anything below 2.2e-14 by itself.
TOLERANCES = (1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13)

#: A run that takes longer than this many process seconds is given up, and so are tighter tolerances.
LIMIT = 20.0
#: A run that takes longer than this is timed once; the others `ROUNDS` times.
LONG, ROUNDS = 0.5, 3
#: A method that takes longer than this is run at every other tolerance.
SLOW = 2.0

#: Our methods that always take part, where there are such; the others do when they are named.
OURS = ("auto", "gauss", "dop853", peers.RESTING)

#: The problems that a call without arguments runs: two minutes or so.
QUICK = ("5-6-6-4", "5-6-6-4-small", "depth-2", "plateaus-h2-d5", "plateaus-h3-d5-T400")


class OutOfTime(Exception):
    """A run has used up its limit."""


@contextmanager
def limited(seconds: float):
    """A block that is ended by `OutOfTime` after that much process time, at the next Python instruction."""

    def ring(*_):
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, ring)
    # Again and again: an exception that strikes inside a callback of the interpreter's is lost.
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def measured(problem, contestants, *, tolerances=TOLERANCES, limit=LIMIT, rounds=ROUNDS, say=print) -> dict:
    """All curves of one problem, as the results file has them."""
    known = references.reference(problem)
    runs, roads, left_out = [], {}, []
    for contestant, is_peer in contestants:
        refusal = contestant.refuses(problem)
        if refusal:
            left_out.append({"method": contestant.name, "rtol": None, "why": refusal})
            say(f"  {contestant.name}: {refusal}")
            continue
        skip = False
        for rtol in tolerances:
            if skip:
                skip = False
                continue
            begin = time.process_time()
            try:
                go = contestant.prepare(problem, rtol)
                ready = time.process_time()
                with limited(limit), warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # a solver may overflow on its way to a smaller step
                    found = go()
                took = time.process_time() - ready
            except OutOfTime:
                left_out.append({"method": contestant.name, "rtol": rtol, "why": f"more than {limit:g} s"})
                say(f"  {contestant.name} at {rtol:.0e}: more than {limit:g} s")
                break
            except Exception as fault:  # whatever other packages raise is a result, and is told
                why = f"{type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else ''}"[:200]
                left_out.append({"method": contestant.name, "rtol": rtol, "why": why})
                say(f"  {contestant.name} at {rtol:.0e}: {why}")
                continue
            error = known.error(found.states)
            if not math.isfinite(error):
                left_out.append({"method": contestant.name, "rtol": rtol, "why": "states that are no numbers"})
                say(f"  {contestant.name} at {rtol:.0e}: states that are no numbers")
                continue
            run = {
                "method": contestant.name, "peer": is_peer, "rtol": rtol, "error": error,
                "drift": problem.drift(found.states), "seconds": took, "prepared": ready - begin,
                "calls": found.calls, "steps": found.steps, "rounds": 1,
            }  # fmt: skip
            runs.append(run)
            if took < LONG:
                roads[len(runs) - 1] = go
            skip = took > SLOW
            if took > limit:
                break
    for at, seconds in (timing.medians(roads, dict.fromkeys(roads, rounds)) if roads else {}).items():
        runs[at] |= {"seconds": seconds, "rounds": rounds}
    return {
        "name": problem.name, "kind": problem.kind, "widths": list(problem.widths), "sigma": list(problem.sigma),
        "t_end": problem.t_end, "scale": problem.scale, "seed": problem.seed, "weights": problem.size,
        "doubt": known.doubt, "runs": runs, "left_out": left_out, "ratios": comparison.ratios(runs),
    }  # fmt: skip


def table(result: dict) -> str:
    """One problem in print: every run, then every ratio, then where a peer wins."""
    lines = [f"{result['name']}: {result['weights']:,} weights, t to {result['t_end']:g}"]
    for run in result["runs"]:
        calls = "" if run["calls"] is None else f"{run['calls']:,} calls"
        lines.append(
            f"  {run['method']:20s} rtol {run['rtol']:.0e}  error {run['error']:.1e}  drift {run['drift']:.1e}  "
            f"{run['seconds']:9.4f} s  {calls}"
        )
    for r in result["ratios"]:
        if r["ratio"] is not None:
            lines.append(
                f"  {r['method']} at {r['at']} {r['level']:.0e}: {r['seconds']:.4f} s; best peer {r['best_peer']} "
                f"{r['peer_seconds']:.4f} s; ratio {r['ratio']:.2f}"
            )
    lines += [f"  PEER WINS: {what}" for what in comparison.lost(result["ratios"])]
    return "\n".join(lines)


def machine() -> dict:
    """What this runs on."""
    name = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), name)
    system = f"{platform.system()} {platform.machine()}"
    return {"processor": name, "cores": os.cpu_count(), "used": 1, "system": system}


def versions() -> dict:
    """Python, this library with its commit, and every package that takes part; None where one is missing."""
    found: dict = {"python": platform.python_version()}
    for package in ("blockshift", "numpy", "scipy", "numba", "torch", "torchdiffeq", "jax", "diffrax", "heyoka"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    found["commit"] = commit.stdout.strip() or None
    return found


def contestants(parts=()) -> list[tuple]:
    """Everyone who takes part, or whose name is one of these or has it as a part, and whether it is a peer."""
    everyone = [*((c, True) for c in peers.PEERS.values()), *((c, False) for c in peers.ours().values())]
    names = {c.name for c, _ in everyone}
    if not parts:
        return [(c, peer) for c, peer in everyone if peer or c.name in OURS]
    return [
        (c, peer) for c, peer in everyone
        if any(part == c.name or (part not in names and part in c.name) for part in parts)
    ]  # fmt: skip


def compared(names, methods=(), *, tolerances=TOLERANCES, limit=LIMIT, rounds=ROUNDS) -> dict:
    """The results on the named problems, printed as they come."""
    chosen = contestants(methods)
    results = []
    for name in names:
        result = measured(problems.PROBLEMS[name], chosen, tolerances=tolerances, limit=limit, rounds=rounds)
        results.append(result)
        print(table(result), flush=True)
    return {
        "made": datetime.now(UTC).date().isoformat(), "default": next(iter(peers.ours())),
        "command": "python -m benchmarks.integrators --all --write",
        "machine": machine(), "versions": versions(), "levels": comparison.LEVELS, "limit": limit,
        "tolerances": list(tolerances), "problems": results,
    }  # fmt: skip


def merged(before: dict, now: dict, methods) -> dict:
    """A record in which what was measured now replaces the same methods on the same problems; ratios made again.

    Raises
    ------
    ValueError
        If the earlier record was made on another machine: times of two machines have no ratio.
    """
    if before["machine"] != now["machine"]:
        raise ValueError(f"the record was made on {before['machine']}, this is {now['machine']}: measure --all.")
    found = {problem["name"]: problem for problem in before["problems"]}
    for problem in now["problems"]:
        earlier = found.get(problem["name"], {"runs": [], "left_out": []})
        kept = {key: [one for one in earlier[key] if one["method"] not in methods] for key in ("runs", "left_out")}
        runs = kept["runs"] + problem["runs"]
        found[problem["name"]] = problem | {
            "runs": runs, "left_out": kept["left_out"] + problem["left_out"], "ratios": comparison.ratios(runs)
        }  # fmt: skip
    return now | {"problems": [found[name] for name in problems.PROBLEMS if name in found]}


def one_core() -> None:
    """From here on this process, with all its threads, has one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def reached(results: dict) -> list[str]:
    """What the method that the library takes by itself did not reach: no complaint, no lines."""
    default = next(iter(peers.ours()))
    return [
        f"{problem['name']}: {default} does not reach {r['at']} {r['level']:.0e}"
        for problem in results["problems"]
        for r in problem["ratios"]
        if r["method"] == default and r["seconds"] is None
    ]


def main() -> bool:
    """Print the curves of the quick problems; whether our default method reaches every level."""
    one_core()
    missing = reached(compared(QUICK))
    print("\n".join(f"MISSED: {line}" for line in missing) or "every level is reached")
    return not missing


def _command() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.integrators", description=__doc__.split("\n")[0])
    parser.add_argument("--problem", action="append", choices=list(problems.PROBLEMS), help="again for several")
    parser.add_argument("--method", action="append", default=[], help="a name or a part of one; again for several")
    parser.add_argument("--rtol", action="append", type=float, help="again for several")
    parser.add_argument("--limit", type=float, default=LIMIT, help="process seconds for a run")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="timed runs of each method and tolerance")
    parser.add_argument("--all", action="store_true", help="every problem")
    parser.add_argument("--free", action="store_true", help="leave the choice of the core to the system")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.relative_to(ROOT)}")
    asked = parser.parse_args()
    if not asked.free:
        one_core()
    names = asked.problem or (list(problems.PROBLEMS) if asked.all else QUICK)
    tolerances = sorted(asked.rtol or TOLERANCES, reverse=True)
    for name in names:  # one by one, so that whoever interrupts keeps what is finished
        results = compared([name], asked.method, tolerances=tolerances, limit=asked.limit, rounds=asked.rounds)
        if asked.write:
            _write(results, {c.name for c, _ in contestants(asked.method)})
    return 0


def _write(results: dict, methods) -> None:
    """Put results into the record, with whatever it holds of other problems and methods."""
    escapes = default_tolerances.compared()
    if RESULTS.exists():
        results = merged(json.loads(RESULTS.read_text(encoding="utf-8")), results, methods)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    results["escapes"] = escapes
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(_command())
