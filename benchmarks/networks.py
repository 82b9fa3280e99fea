"""Networks without their matrices: our flips against the same rule on explicit sparse rows, and against dwave-samplers.

The networks are plain ones with random weights of He's size, average pooling, without biases: VGG11 at 32 pixels has
1.15 * 10^8 edges, a small AlexNet 5 * 10^7, the trunk of VGG16 at 224 pixels 1.5 * 10^10. Everything is process time on
one thread. (None of this code uses a second one, but the convolutions of whole fields, which are a small part.)

The explicit road is numba over compressed rows in float32 with a tree of minima, in two forms: every match above a
changed node is played again, or only as long as its outcome is another one. It is given the matrix for nothing in one
ratio and pays for it in the other. The matrix is built by SciPy from the triples of all links. dwave-samplers gets our
temperatures; the making of its model is counted apart. Peers are optional: ``pip install -e ".[bench]"``.

There are parts. ``python -m benchmarks.networks PART ...`` runs those named, each in a process of its own, so that the
peak of the memory is its own, and writes each into ``chapters/data/networks.json`` when it is done; without a name, all
that are missing there. Some take minutes.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import scipy.sparse as sp
import torch

import blockshift as bs
from blockshift import errors
from blockshift.compiled import compiled
from blockshift.graph import architectures
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs import (
    annealing,
    channel_gauges,
    descent,
    flips,
    frustration_measure,
    network_intervals,
)
from blockshift.signs.network_couplings import NetworkCouplings

DATA = Path(__file__).parents[1] / "chapters" / "data" / "networks.json"
#: What the issue of this comparison asked for.
TARGETS = {"row flips": 12.0, "row flips with building": 30.0, "annealing": 5.0, "annealing with building": 15.0,
           "memory": 100.0}  # fmt: skip
#: Bytes an edge takes in symmetric compressed rows: twice a float32 and an int32.
CSR_BYTES = 16

VGG11 = (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M", -512, -10)
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")
ALEXNET = (64, "M", 128, "M", 192, 128, 128, "M", -512, -10)


def plain(size: int, plan: tuple, seed: int) -> Dag:
    """A network of 3×3 convolutions (their channels), halvings ("M") and dense layers (minus their width)."""
    rng = np.random.default_rng(seed)
    layers, links = [Layer("input", (3, size, size))], []
    for name in plan:
        shape = layers[-1].shape
        if name == "M":
            m = LayerMap.pooling(shape, (2, 2), stride=(2, 2))
        else:
            taps = (3, 3) if name > 0 else shape[1:]
            K = rng.standard_normal((abs(name), shape[0], *taps), dtype=np.float32)
            K *= np.float32(np.sqrt(2 / np.prod(K.shape[1:])))
            K.flags.writeable = False
            m = LayerMap.convolution(K, shape, padding=(1, 1)) if name > 0 else LayerMap.dense(K)
        links.append(Link(len(layers) - 1, len(layers), m))
        layers.append(Layer(f"layer {len(layers)}", m.shape_out))
    return Dag(tuple(layers), tuple(links))


def triples(dag: Dag) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both ends and the weight of every edge, int32 and float32: straight from the kernels."""
    ends, values = [], []
    for link in dag.links:
        m = link.map
        (c, _, width), (out, _, out_width) = m.base_in, m.base_out
        each = c // m.groups
        down, across = m.reads(0), m.reads(1)
        for a, b in np.ndindex(*m.kernel.shape[2:]):
            y, x = (
                np.flatnonzero((r >= 0) & (r < n))
                for r, n in zip((down[:, a], across[:, b]), m.base_in[1:], strict=True)
            )
            o, i = (k.ravel() for k in np.indices((out, each), np.int32))
            i = i + o // (out // m.groups) * each
            to = ((y[:, None] * out_width + x) * out).astype(np.int32)[..., None] + o
            of = ((down[y, a][:, None] * width + across[x, b]) * c).astype(np.int32)[..., None] + i
            ends.append((of + dag.offsets[link.source], to + dag.offsets[link.target]))
            values.append(np.broadcast_to(m.kernel[:, :, a, b].ravel(), to.shape).ravel())
    u, v = (np.concatenate([pair[k].ravel() for pair in ends], dtype=np.int32) for k in (0, 1))
    return u, v, np.concatenate(values)


def rows(dag: Dag) -> sp.csr_array:
    """J in compressed sparse rows."""
    u, v, w = triples(dag)
    half = sp.coo_array((w, (u, v)), (dag.nodes, dag.nodes)).tocsr()
    return half + half.T.tocsr()


@compiled
def explicit(starts, ends, values, s, fields, floor, most, early):
    """The published rule on sparse rows: a tree of minima, all matches above a changed node played again.

    With `early`, only as long as their outcome is another one.
    """
    leaves = 1
    while leaves < len(s):
        leaves *= 2
    tree = np.full(2 * leaves, np.float32(np.inf), np.float32)
    for i in range(len(s)):
        tree[leaves + i] = s[i] * fields[i]
    for k in range(leaves - 1, 0, -1):
        tree[k] = min(tree[2 * k], tree[2 * k + 1])
    for count in range(most):
        k = 1
        while k < leaves:
            k = 2 * k if tree[2 * k] <= tree[2 * k + 1] else 2 * k + 1
        i = k - leaves
        if not tree[k] < -floor[i]:
            return count
        s[i] = -s[i]
        twice = 2 * s[i]
        for e in range(starts[i] - 1, starts[i + 1]):
            j = i if e < starts[i] else ends[e]
            if j != i:
                fields[j] += twice * values[e]
            k = leaves + j
            tree[k] = s[j] * fields[j]
            k >>= 1
            while k >= 1:
                least = min(tree[2 * k], tree[2 * k + 1])
                if early and least == tree[k]:
                    break
                tree[k] = least
                k >>= 1
    return most


def timed(call) -> tuple[float, object]:
    """Process seconds, and what came out."""
    begin = time.process_time()
    found = call()
    return time.process_time() - begin, found


def row_flips(dag: Dag, rounds: int = 3) -> dict:
    """The same rule from all plus, explicit and ours: the medians of alternating runs, first fields given to all."""
    building, A = timed(lambda: rows(dag))
    preparing, J = timed(lambda: prepared(dag))
    ones = np.ones(dag.nodes, np.float32)
    fields, floor = A @ ones, J.floor.astype(np.float32)
    order, gains = np.empty(10 * dag.nodes, np.int64), np.empty(10 * dag.nodes)
    seconds: dict[str, list[float]] = {"full tree": [], "early tree": [], "ours": []}
    ends, counts = {}, {}
    for _ in range(rounds):
        for name, taken in seconds.items():
            if name == "ours":
                s, h = np.ones(dag.nodes), J.fields(ones)
                run = partial(flips.flip_rows, J.layout, s, h, J.floor, order, gains)
            else:
                s, h, early = ones.copy(), fields.copy(), name == "early tree"
                run = partial(explicit, A.indptr, A.indices, A.data, s, h, floor, len(order), early)
            spent, counts[name] = timed(run)
            taken.append(spent)
            ends[name] = J.frustration(s) / dag.total_weight
    run = {name: median(found) for name, found in seconds.items()}
    return size(dag) | {
        "building": building, "preparing": preparing, "seconds": run, "flips": counts, "zeta": ends,
        "row flips": run["full tree"] / run["ours"],
        "row flips, early tree": run["early tree"] / run["ours"],
        "row flips with building": (run["early tree"] + building) / (run["ours"] + preparing),
    }  # fmt: skip


def prepared(dag: Dag) -> NetworkCouplings:
    """The couplings, with all that a run needs."""
    J = NetworkCouplings(dag)
    _ = J.layout, J.floor, J.units
    return J


def peer(dag: Dag, sweeps=((100, 100), (300, 300))) -> dict:
    """Annealing of dwave-samplers given our temperatures, and ours, with the numbers of sweeps ``(theirs, ours)``."""
    import dimod
    from dwave.samplers import SimulatedAnnealingSampler

    def model():
        u, v, w = triples(dag)
        return dimod.BinaryQuadraticModel.from_numpy_vectors(np.zeros(dag.nodes), (u, v, -w.astype(float)), 0.0, "SPIN")

    building, bqm = timed(model)
    preparing, J = timed(lambda: prepared(dag))
    unit = float(np.sqrt(np.mean(J.units**2)))
    found: dict = size(dag) | {"building": building, "preparing": preparing, "runs": []}
    for theirs, mine in sweeps:
        betas = 1 / (unit * annealing.Schedule(theirs).temperatures)
        taken, sample = timed(
            lambda betas=betas: SimulatedAnnealingSampler().sample(
                bqm, num_reads=1, seed=1, num_sweeps=len(betas), num_sweeps_per_beta=1, beta_schedule_type="custom",
                beta_schedule=betas,
            )
        )  # fmt: skip
        t = sample.record.sample[0][np.argsort(list(sample.variables))]

        def ours(mine=mine):
            s = annealing.random_signs(J.size, rng=np.random.default_rng(1))
            annealing.anneal(J, s, annealing.Schedule(mine).temperatures, rng=np.random.default_rng(2))
            descent.settle(J, s)
            return s

        own, s = timed(ours)
        zeta = [J.frustration(x) / dag.total_weight for x in (t, s)]
        row = {"their sweeps": theirs, "our sweeps": mine, "theirs": taken, "ours": own, "their zeta": zeta[0],
               "our zeta": zeta[1], "annealing": taken / own,
               "annealing with building": (taken + building) / (own + preparing)}  # fmt: skip
        found["runs"].append(row)
    return found


def largest() -> dict:
    """The trunk of VGG16 at 224 pixels: one sign a channel, then a descent, in process seconds; the peak of memory."""
    making, dag = timed(lambda: plain(224, VGG16, 0))
    preparing, J = timed(lambda: prepared(dag))
    gauging, s = timed(lambda: channel_gauges.channel_gauge(dag, rng=np.random.default_rng(0)))
    x = s.astype(float)
    settling, _ = timed(lambda: descent.settle(J, x))
    adding, value = timed(lambda: J.frustration(x))
    sweep, _ = timed(lambda: annealing.anneal(J, x.copy(), np.full(1, 0.3), rng=np.random.default_rng(0)))
    return size(dag) | memory(dag) | {
        "making": making, "preparing": preparing, "gauge": gauging, "descent": settling, "frustration": adding,
        "sweep at 0.3": sweep, "zeta of gauge": J.frustration(s) / dag.total_weight, "zeta": value / dag.total_weight,
    }  # fmt: skip


def interval() -> dict:
    """The same network with both ends."""
    return both_ends(plain(224, VGG16, 0))


def alexnet() -> dict:
    """AlexNet as published, with the weights that torch begins with, at 224 pixels, with both ends."""
    torch.manual_seed(0)
    return both_ends(bs.trace(architectures.named("alexnet").build(), (3, 224, 224)))


def both_ends(dag: Dag) -> dict:
    """The interval by the library's own road, without a word about effort, in process seconds."""
    seconds, found = timed(lambda: network_intervals.network_frustration(dag, rng=np.random.default_rng(0)))
    ends = {"lower": found.fraction_lower, "upper": found.fraction_upper}
    return size(dag) | memory(dag) | ends | {"seconds": seconds, "guarantee": found.guarantee, "method": found.method}


def memory(dag: Dag) -> dict:
    """The most memory that this process had, and what compressed rows would need."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    rows = CSR_BYTES * dag.edges
    return {"peak bytes": peak, "bytes of rows": rows, "memory": rows / peak}


def replicates(name: str, draws: int) -> dict:
    """The intervals of a network of the catalogue and of draws of the sign shuffle, in process seconds each.

    What ``blockshift frustration --model NAME --nulls sign-shuffle:20`` does for each of its 21 cells.
    """
    loading, dag = timed(lambda: loaded(name))
    measure = frustration_measure.FrustrationMeasure({name: dag}, {name: frustration_measure.Effort.on(dag)})
    cells = [(name, frustration_measure.NETWORK, 0), *((name, "sign-shuffle", k) for k in range(draws))]
    found = [timed(lambda cell=cell: measure(cell, np.random.default_rng(cell[2]))) for cell in cells]
    each = median(seconds for seconds, _ in found[1:])
    ends = [[row["fraction_lower"], row["fraction_upper"]] for _, row in found]
    return size(dag) | memory(dag) | {
        "loading": loading, "network": found[0][0], "draw": each, "draws": draws, "nulls a minute": 60 / each,
        "estimate of 20 on two cores": loading + (found[0][0] + 20 * each) * 11 / 21, "ends": ends,
    }  # fmt: skip


def loaded(name: str) -> Dag:
    """The layered graph of a network of the catalogue at its usual size."""
    found = bs.model(name)
    return bs.trace(found.file if found.module is None else found.module, found.input_shape)


def processes(name: str = "mnist-mlp", draws: int = 40) -> dict:
    """Seconds of the clock for as many draws in one process and in two: only for a machine that does nothing else."""
    took = {}
    for jobs in (1, 2):
        begin = time.monotonic()
        bs.against_chance({name: partial(loaded, name)}, {"sign-shuffle": draws}, seed=0, n_jobs=jobs)
        took[str(jobs)] = time.monotonic() - begin
    return {"draws": draws, "seconds": took, "two processes": took["1"] / took["2"]}


def size(dag: Dag) -> dict:
    """Nodes and edges."""
    return {"nodes": dag.nodes, "edges": dag.edges}


def warm() -> None:
    """Compile everything that is measured."""
    dag = plain(8, (4, "M", -3), 0)
    row_flips(dag, 1)
    J = prepared(dag)
    annealing.annealed(J, annealing.Schedule(3), rng=np.random.default_rng(0))
    descent.one_flip(J)


PARTS: dict[str, Callable[[], dict]] = {
    "row flips": lambda: row_flips(plain(32, VGG11, 0)),
    "annealing": lambda: peer(plain(32, ALEXNET, 0)),
    "mnist-mlp": lambda: replicates("mnist-mlp", 20),
    "largest": largest,
    "squeezenet": lambda: replicates("squeezenet", 2),
    "processes": processes,
    "interval": interval,
    "alexnet": alexnet,
}


def recorded() -> dict:
    """What has been measured so far."""
    return json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}


def record(part: str) -> None:
    """Measure a part in this process, and put it into the record at once."""
    warm()
    try:
        found = PARTS[part]()
    except (ImportError, errors.BlockshiftError) as missing:
        print(f"{part}: {missing}; pip install -e '.[bench]' brings what the benchmarks need")
        return
    about = {"python": platform.python_version(), "machine": platform.machine(), "threads": 1}
    write(recorded() | {part: found, "about": about})


def write(result: dict) -> None:
    """The record: its parts in their order, and beside them what was asked for and what was reached."""
    ordered = {name: result[name] for name in ("about", *PARTS) if name in result}
    ordered |= {"asked": TARGETS, "ratios": ratios(result)}
    aside = DATA.with_suffix(".part")
    aside.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(aside, DATA)


def ratios(result: dict) -> dict[str, float]:
    """The ratio that each target is about: of annealing the best of the runs at equal or lower frustration."""
    found: dict[str, float] = {}
    for target in TARGETS:
        if target in result.get("row flips", {}):
            found[target] = result["row flips"][target]
        runs = [row for row in result.get("annealing", {}).get("runs", []) if row["our zeta"] <= row["their zeta"]]
        if reached := [row[target] for row in runs if target in row]:
            found[target] = max(reached)
    if "largest" in result:
        found["memory"] = result["largest"]["memory"]
    return found


def main() -> bool:
    """The parts named, or those not recorded yet; whether all targets that were measured are met."""
    match sys.argv[1:]:
        case ["--here", part]:
            record(part)
            return True
        case names:
            for part in names or [name for name in PARTS if name not in recorded()]:
                print(f"{part} ...", flush=True)
                subprocess.run([sys.executable, "-m", "benchmarks.networks", "--here", part], check=True)
    met = True
    for target, ratio in ratios(recorded()).items():
        good = ratio >= TARGETS[target]
        met = met and good
        print(f"{'reached' if good else 'MISSED'}: {target}, {ratio:.1f} times, target {TARGETS[target]:g}")
    return met


if __name__ == "__main__":
    sys.exit(not main())
