"""Heuristics for the frustration at equal time: ours, the paper's, and those of dwave-samplers and openjij.

Every solver gets the same instances, the same process time on one thread, and ten seeds. It may begin anew as often as
it likes and stops when its time is over, or when it has reached the certified optimum. What counts is the gap after one
second and after ten: how far the best value found so far lies above the certified optimum, or above the best value that
any solver found where no certificate is known. Making the solvers' own model of an instance, compiling and importing
are not counted.

Peers are optional: ``pip install -e ".[bench]"``. ``python -m benchmarks.heuristics --write`` makes the rows that are
missing in ``chapters/data/heuristics.json``, one after the other; without the file, all of them, in half an hour.
"""

import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import numpy as np

from blockshift.signs import annealing, descent, frustration, intervals
from blockshift.signs.couplings import SparseCouplings
from blockshift.signs.signed_graph import SignedGraph

DATA = Path(__file__).parents[1] / "chapters" / "data" / "heuristics.json"
SEEDS = range(10)
BUDGETS = (1.0, 10.0)
#: Process seconds that one call of a peer may take: the clock is looked at in between.
PIECE = 0.2
#: Two values this close, as a share of the total weight, are the same.
SAME = 1e-9
PEERS = ("dwave-samplers", "openjij")


def torus(*shape: int, seed: int) -> SignedGraph:
    """A periodic lattice with signs drawn with equal chances."""
    rng = np.random.default_rng(seed)
    index = np.arange(np.prod(shape)).reshape(shape)
    rows = [np.stack([index.ravel(), np.roll(index, -1, axis).ravel()]) for axis in range(len(shape))]
    u, v = np.concatenate(rows, axis=1)
    return SignedGraph.from_edges(zip(u.tolist(), v.tolist(), rng.choice([-1, 1], len(u)).tolist(), strict=True))


def uniform(n: int, m: int, seed: int) -> SignedGraph:
    """A graph with n nodes, m edges drawn among all pairs, half of them negative."""
    rng = np.random.default_rng(seed)
    pairs = np.array(np.triu_indices(n, 1)).T
    chosen = pairs[rng.choice(len(pairs), m, replace=False)]
    signs = rng.permutation(np.repeat([-1, 1], [m // 2, m - m // 2]))
    return SignedGraph.from_edges(zip(*chosen.T.tolist(), signs.tolist(), strict=True), nodes=range(n))


def network(*widths: int, seed: int) -> SignedGraph:
    """A dense network with Gaussian weights of variance 2 over the number of inputs."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum([0, *widths])
    edges = []
    for a, b, c in zip(ends, ends[1:], ends[2:], strict=False):
        W = rng.normal(0.0, np.sqrt(2 / (b - a)), (c - b, b - a))
        edges += [(a + j, b + i, W[i, j]) for i in range(c - b) for j in range(b - a)]
    return SignedGraph.from_edges(edges)


INSTANCES: dict[str, Callable[[], SignedGraph]] = {
    "torus 20×20": lambda: torus(20, 20, seed=1),
    "torus 5×5×5": lambda: torus(5, 5, 5, seed=1),
    "G(50, 300)": lambda: uniform(50, 300, seed=1),
    "network 64-64-64-64-10": lambda: network(64, 64, 64, 64, 10, seed=1),
}

#: A solver yields switchings, one batch of shape (k, n) after the other, for as long as it is asked.
Solver = Callable[[SignedGraph, int], Iterator[np.ndarray]]


def paper(graph: SignedGraph, seed: int) -> Iterator[np.ndarray]:
    """The published rule from all plus, then from random signs."""
    rng, J = np.random.default_rng(seed), SparseCouplings(graph)
    yield descent.row_flips(J).switching[None]
    while True:
        yield descent.row_flips(J, annealing.random_signs(graph.n, rng=rng)).switching[None]


def temperatures(graph: SignedGraph, sweeps: int) -> np.ndarray:
    """Our schedule in absolute units, one unit for all nodes."""
    unit = np.sqrt(np.mean(SparseCouplings(graph).units ** 2))
    return unit * annealing.Schedule(sweeps).temperatures


def model(graph: SignedGraph):
    """The graph as the peers want it: low energy is low frustration."""
    import dimod

    linear = np.zeros(graph.n)
    return dimod.BinaryQuadraticModel.from_numpy_vectors(linear, (graph.u, graph.v, -graph.w), 0.0, "SPIN")


def repeated(call: Callable[[int, int], object], n: int) -> Iterator[np.ndarray]:
    """Batches of reads of a peer, as many a call as fit into a piece of time."""
    reads, turn = 1, 0
    while True:
        begin = time.process_time()
        found = call(reads, turn)
        taken, turn = time.process_time() - begin, turn + 1
        order = np.argsort(list(found.variables))
        yield found.record.sample[:, order].astype(np.int8)
        reads = max(1, min(2 * reads, int(reads * PIECE / max(taken, 1e-4))))


def dwave_annealing(graph: SignedGraph, seed: int) -> Iterator[np.ndarray]:
    """With its own temperatures and its 1000 sweeps."""
    from dwave.samplers import SimulatedAnnealingSampler

    bqm, sampler = model(graph), SimulatedAnnealingSampler()
    return repeated(lambda r, k: sampler.sample(bqm, num_reads=r, seed=1000 * seed + k), graph.n)


def dwave_annealing_our_temperatures(graph: SignedGraph, seed: int) -> Iterator[np.ndarray]:
    """With our schedule, and runs that grow longer as ours do."""
    from dwave.samplers import SimulatedAnnealingSampler

    bqm, sampler = model(graph), SimulatedAnnealingSampler()
    order = None
    for turn in range(10**6):
        betas = 1 / temperatures(graph, frustration.FEWEST << min(turn, 20))
        found = sampler.sample(
            bqm, num_reads=5, seed=1000 * seed + turn, num_sweeps=len(betas), num_sweeps_per_beta=1,
            beta_schedule_type="custom", beta_schedule=betas,
        )  # fmt: skip
        order = np.argsort(list(found.variables)) if order is None else order
        yield found.record.sample[:, order].astype(np.int8)


def dwave_tabu(graph: SignedGraph, seed: int) -> Iterator[np.ndarray]:
    """Tabu search, each run for a piece of time."""
    from dwave.samplers import TabuSampler

    bqm, sampler = model(graph), TabuSampler()
    for turn in range(10**6):
        found = sampler.sample(bqm, num_reads=1, timeout=1000 * PIECE, seed=1000 * seed + turn)
        yield found.record.sample[:, np.argsort(list(found.variables))].astype(np.int8)


def dwave_descent(graph: SignedGraph, seed: int) -> Iterator[np.ndarray]:
    """Steepest descent from random signs."""
    from dwave.samplers import SteepestDescentSampler

    bqm, sampler = model(graph), SteepestDescentSampler()
    return repeated(lambda r, k: sampler.sample(bqm, num_reads=r, seed=1000 * seed + k), graph.n)


def openjij_annealing(graph: SignedGraph, seed: int) -> Iterator[np.ndarray]:
    """Simulated annealing with its own temperatures and its 1000 sweeps."""
    import openjij

    sampler, linear = openjij.SASampler(), dict.fromkeys(range(graph.n), 0.0)
    couplings = {(u, v): -w for u, v, w in zip(graph.u.tolist(), graph.v.tolist(), graph.w.tolist(), strict=True)}
    return repeated(lambda r, k: sampler.sample_ising(linear, couplings, num_reads=r, seed=1000 * seed + k), graph.n)


SOLVERS: dict[str, Solver | None] = {
    "blockshift": None,
    "dwave annealing": dwave_annealing,
    "dwave annealing, our temperatures": dwave_annealing_our_temperatures,
    "dwave tabu": dwave_tabu,
    "openjij annealing": openjij_annealing,
    "dwave steepest descent": dwave_descent,
    "row flips, repeated": paper,
}


@dataclass
class Run:
    """The best values of a solver as they came, and the process seconds after which it had them."""

    begin: float
    values: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def note(self, value: float) -> None:
        """Keep a value if it is better than those before."""
        if not self.values or value < self.values[-1]:
            self.values.append(value)
            self.seconds.append(time.process_time() - self.begin)

    def best(self, budget: float) -> float:
        """The best value after that many seconds; the first one where even that took longer."""
        return min([v for v, t in zip(self.values, self.seconds, strict=True) if t <= budget], default=self.values[0])


def run(graph: SignedGraph, name: str, seed: int, budget: float, target: float) -> Run:
    """One solver on one instance."""
    solver = SOLVERS[name]
    if solver is None:
        return ours(graph, seed, budget, target)
    batches = solver(graph, seed)
    kept = Run(time.process_time())
    for batch in batches:
        kept.note(least(graph, batch))
        if kept.values[-1] <= target or time.process_time() - kept.begin > budget:
            break
    return kept


def ours(graph: SignedGraph, seed: int, budget: float, target: float) -> Run:
    """Our search with process time for a clock, since other jobs may share the machine."""
    kept = Run(time.process_time())
    frustration.time, clock = SimpleNamespace(monotonic=time.process_time), frustration.time  # type: ignore[attr-defined]
    try:
        found = frustration.upper_bound(
            graph,
            rng=np.random.default_rng(seed),
            time_limit=budget,
            enough=target,
            progress=lambda runs, value: kept.note(value),
        )
    finally:
        frustration.time = clock  # type: ignore[attr-defined]
    kept.note(found.value)
    return kept


def least(graph: SignedGraph, batch: np.ndarray) -> float:
    """The least frustrated weight of a batch of switchings."""
    aligned = (batch[:, graph.u] * batch[:, graph.v]) @ graph.w if len(batch) > 1 else None
    best = batch[0] if aligned is None else batch[int(np.argmax(aligned))]
    return graph.frustrated_weight(best)


def reference(graph: SignedGraph, seconds: float) -> dict:
    """What is known of an instance: its size, the two ends of its interval, and whether they meet."""
    found = intervals.frustration(graph, rng=np.random.default_rng(0), exact=True, time_limit=seconds)
    size = {"nodes": graph.n, "edges": graph.m, "weight": graph.total_weight}
    return size | {"lower": found.lower, "best": found.upper, "certified": found.certified}


def installed() -> dict[str, Solver | None]:
    """The solvers whose package is there."""
    there = {}
    for peer in PEERS:
        try:
            metadata.version(peer)
            there[peer.split("-")[0]] = True
        except metadata.PackageNotFoundError:
            print(f"{peer} is not installed; pip install -e '.[bench]' brings it")
    known = ("blockshift", "row", *there)
    return {name: solver for name, solver in SOLVERS.items() if name.split(" ")[0].split(",")[0] in known}


def measured(
    budgets=BUDGETS, seeds=SEEDS, seconds: float = 60.0, kept: dict | None = None, keep: Callable = lambda result: None
) -> dict:
    """All runs, as they go into the file; those in `kept` are not made again, and `keep` is told of each row."""
    solvers = installed()
    ours(uniform(10, 20, 0), 0, 0.2, -np.inf)  # compile
    result: dict = kept or {"instances": {}, "runs": []}
    result["about"] = about()
    done = {(row["instance"], row["budget"], row["solver"]) for row in result["runs"]}
    for budget in budgets:
        for name, make in INSTANCES.items():
            graph = make()
            if name not in result["instances"]:
                result["instances"][name] = reference(graph, seconds)
                print(f"{name}: {result['instances'][name]}", flush=True)
            found = result["instances"][name]
            target = found["best"] + SAME * graph.total_weight if found["certified"] else -np.inf
            for solver in solvers:
                if (name, budget, solver) in done:
                    continue
                runs = [run(graph, solver, seed, budget, target) for seed in seeds]
                values, after = [r.best(budget) for r in runs], [round(r.seconds[-1], 4) for r in runs]
                row = {"instance": name, "budget": budget, "solver": solver, "values": values, "seconds": after}
                result["runs"].append(row)
                found["best"] = min(found["best"], *values)
                print(f"  {name}, {budget:g} s, {solver}: median {median(values):.6g}, best {min(values):.6g}, "
                      f"found after {median(after):.3g} s", flush=True)  # fmt: skip
                keep(result)
    return result


def about() -> dict:
    """What the numbers depend on."""
    packages = ["numpy", "scipy", "numba", "highspy", *PEERS]
    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {"python": platform.python_version(), "machine": platform.machine(), "versions": versions}


def table(result: dict) -> bool:
    """Print the median gaps; whether ours is the smallest, ties included, in every row."""
    met = True
    for name, instance in result["instances"].items():
        for budget in sorted({row["budget"] for row in result["runs"]}):
            rows = [row for row in result["runs"] if (row["instance"], row["budget"]) == (name, budget)]
            gaps = {row["solver"]: median(row["values"]) / instance["best"] - 1 for row in rows}
            if "blockshift" not in gaps:
                continue
            least_gap = min(gaps.values())
            good = gaps["blockshift"] <= least_gap + SAME
            met = met and good
            cells = ", ".join(f"{solver} {gap:.2%}" for solver, gap in gaps.items())
            print(f"{'reached' if good else 'MISSED'}: {name}, {budget:g} s: {cells}")
    return met


def main() -> bool:
    """The table, shortened to one second and three seeds unless the file is to be written."""
    if "--write" not in sys.argv:
        return table(measured((1.0,), range(3)))
    kept = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else None
    DATA.parent.mkdir(exist_ok=True)

    def keep(result):
        DATA.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    return table(measured(kept=kept, keep=keep))


if __name__ == "__main__":
    sys.exit(not main())
