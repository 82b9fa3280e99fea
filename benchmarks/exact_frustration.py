"""Exact frustration: how many instances are certified within a minute, beside generic solvers on the standard model.

Each solver runs in a process of its own on one thread. What counts is its process time, which a busy machine does not
lengthen; the wall time it may take is four times as long. The generic ones, HiGHS,
SCIP and CP-SAT, get the usual model with a variable for each node and each edge (`_xor_model`); those that are not
installed are named and left out (``pip install -e ".[bench]"``). The open square is planar, and two nodes separate
each bead of the necklace. Gset's G11 joins where ``BLOCKSHIFT_G11`` names its file. Our times include the import of
the library, compilation where the cache is cold, heuristics, and the check of the proof.
``python -m benchmarks.exact_frustration --write`` leaves the answers in ``chapters/data/exact-frustration.json``; with
names of instances after it, theirs only, and the others stay.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks._xor_model import SOLVERS
from blockshift.signs.known_graphs import highland_tribes, spin_glass
from blockshift.signs.signed_graph import SignedGraph

DATA = Path(__file__).parents[1] / "chapters" / "data" / "exact-frustration.json"
#: Seconds of process time within which an instance has to be certified; of wall time after which a solver is stopped.
LIMIT = float(os.environ.get("BLOCKSHIFT_BENCH_SECONDS", "60"))
WALL = 4 * LIMIT
#: Instances that ours must certify within the limit; the others are reported.
TARGETS = (
    "highland tribes", "torus 10x10", "torus 20x20", "torus 5x5x5", "G(50, 300)", "open 20x20", "necklace",
)  # fmt: skip


def instances():
    """The graphs by name; those with random signs are seeded."""
    yield "highland tribes", highland_tribes()
    for sides in ((10, 10), (20, 20), (5, 5, 5)):
        yield f"torus {'x'.join(map(str, sides))}", spin_glass(*sides, rng=np.random.default_rng(0))
    yield "G(50, 300)", random_graph(50, 300, rng=np.random.default_rng(0))
    yield "open 20x20", spin_glass(20, 20, rng=np.random.default_rng(0), free=True)
    yield "necklace", necklace(24, 20, 90, rng=np.random.default_rng(0))
    if path := os.environ.get("BLOCKSHIFT_G11"):
        yield "Gset G11", gset(path)


def random_graph(n: int, m: int, *, rng: np.random.Generator) -> SignedGraph:
    """A graph with so many nodes and edges, half of the edges negative."""
    pairs = np.transpose(np.triu_indices(n, 1))
    chosen = pairs[rng.choice(len(pairs), size=m, replace=False)]
    return SignedGraph.from_edges(np.c_[chosen, np.where(np.arange(m) < m // 2, -1, 1)], range(n))


def necklace(beads: int, n: int, m: int, *, rng: np.random.Generator) -> SignedGraph:
    """A ring of random graphs with so many nodes and edges each, all negative. Each shares a node with the next, so
    that two nodes separate it from the rest."""
    pairs = np.transpose(np.triu_indices(n, 1))
    edges = []
    for bead in range(beads):
        chosen = pairs[rng.choice(len(pairs), size=m, replace=False)] + bead * (n - 1)
        edges.append(np.c_[chosen % (beads * (n - 1)), np.full(m, -1)])
    return SignedGraph.from_edges(np.concatenate(edges), range(beads * (n - 1)))


def gset(path: str) -> SignedGraph:
    """The signed graph whose frustration is what a largest cut of a Gset graph leaves: all signs turned around."""
    rows = np.loadtxt(path, skiprows=1, dtype=np.int64)
    return SignedGraph.from_edges(rows * (1, 1, -1), range(1, int(rows[:, :2].max()) + 1))


def run(solver: str, path: Path) -> dict:
    """What a solver says, in its own process; nothing if it was not back a minute after its time."""
    command = [sys.executable, "-m", "benchmarks._xor_model", solver, str(path), str(WALL)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WALL + 60, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return {}
    after, found = resource.getrusage(resource.RUSAGE_CHILDREN), json.loads(done.stdout.splitlines()[-1])
    if "missing" not in found:
        found["seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found["certified"] = found["certified"] and found["seconds"] <= LIMIT
    return found


def words(found: dict) -> str:
    """An answer in a few words."""
    if not found:
        return "no answer"
    if "missing" in found:
        return f"{found['missing']} is not installed"
    value = f"{found['upper']:g}" if found["certified"] else f"[{found['lower']:g}, {found['upper']:g}]"
    return f"{value}{' certified' if found['certified'] else ''} in {found['seconds']:.1f} s"


def main() -> bool:
    """Print the table; whether ours certified its targets."""
    print(f"exact frustration: {LIMIT:g} s of process time for each run, one thread, each in its own process")
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")]
    score, missed = dict.fromkeys(SOLVERS, 0), []
    record = json.loads(DATA.read_text(encoding="utf-8"))["instances"] if wanted else {}
    with tempfile.TemporaryDirectory() as folder:
        for name, graph in instances():
            if wanted and name not in wanted:
                continue
            path = Path(folder) / "graph.txt"
            np.savetxt(path, np.c_[graph.u, graph.v, graph.w].astype(np.int64), fmt="%d")
            answers = {solver: run(solver, path) for solver in SOLVERS}
            record[name] = {"nodes": graph.n, "edges": graph.m, "answers": answers}
            for solver, found in answers.items():
                score[solver] += bool(found.get("certified"))
            told = "; ".join(f"{solver} {words(answer)}" for solver, answer in answers.items())
            print(f"{name} ({graph.n}/{graph.m}): {told}", flush=True)
            if name in TARGETS and not answers["ours"].get("certified"):
                missed.append(name)
    if "--write" in sys.argv:
        about = {"python": platform.python_version(), "machine": platform.machine(), "seconds": LIMIT, "threads": 1}
        text = json.dumps({"instances": record, "about": about}, indent=1, ensure_ascii=False)
        DATA.write_text(text + "\n", encoding="utf-8")
    print("certified: " + ", ".join(f"{solver} {count}" for solver, count in score.items()))
    for name in missed:
        print(f"MISSED: {name} certified in {LIMIT:g} s")
    return not missed


if __name__ == "__main__":
    sys.exit(not main())
