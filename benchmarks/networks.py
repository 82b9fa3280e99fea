"""Networks without their matrices: our flips against the same rule on explicit sparse rows, and against dwave-samplers.

The networks are plain ones with random weights of He's size, average pooling, without biases: VGG11 at 32 pixels has
1.15 * 10^8 edges, a small AlexNet 3 * 10^7, VGG16 at 224 pixels 1.5 * 10^10. Everything is process time on one thread.
(None of this code uses a second one, but the convolutions of whole fields, which are a small part.)

The explicit road is numba over compressed rows in float32 with a tree of minima, as published; it is given the matrix
for nothing in one ratio and pays for it in the other. The matrix is built by SciPy from the triples of all links.
dwave-samplers gets our temperatures; the making of its model is counted apart. Peers are optional:
``pip install -e ".[bench]"``. ``python -m benchmarks.networks --write`` records the results in
``chapters/data/networks.json``, and does VGG16 too.
"""

import json
import platform
import resource
import sys
import time
from importlib import metadata
from pathlib import Path
from statistics import median

import numpy as np
import scipy.sparse as sp

from blockshift.compiled import compiled
from blockshift.graph.dag import Dag
from blockshift.graph.layers import LayerMap
from blockshift.graph.links import Layer, Link
from blockshift.signs import annealing, channel_gauges, descent, flips
from blockshift.signs.network_couplings import NetworkCouplings

DATA = Path(__file__).parents[1] / "chapters" / "data" / "networks.json"
#: What the issue of this comparison asked for.
TARGETS = {"row flips": 12.0, "row flips with building": 30.0, "annealing": 5.0, "annealing with building": 15.0}
#: Bytes an edge takes in symmetric compressed rows: twice a float32 and an int32.
CSR_BYTES = 16

VGG11 = (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M", -512, -10)
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M", -4096, -4096, -1000)
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
def explicit(starts, ends, values, s, fields, floor, most):
    """The published rule on sparse rows: a tree of minima, every match above a changed node played again."""
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
                tree[k] = min(tree[2 * k], tree[2 * k + 1])
                k >>= 1
    return most


def timed(call) -> tuple[float, object]:
    """Process seconds, and what came out."""
    begin = time.process_time()
    found = call()
    return time.process_time() - begin, found


def row_flips(dag: Dag, rounds: int = 3) -> dict:
    """The same rule from all plus, explicit and ours: the medians of alternating runs, fields given to both."""
    building, A = timed(lambda: rows(dag))
    preparing, J = timed(lambda: prepared(dag))
    ones = np.ones(dag.nodes, np.float32)
    fields, floor = A @ ones, J.floor.astype(np.float32)
    order, gains = np.empty(10 * dag.nodes, np.int64), np.empty(10 * dag.nodes)
    seconds: dict[str, list[float]] = {"explicit": [], "ours": []}
    for _ in range(rounds):
        s, h = ones.copy(), fields.copy()
        taken, there = timed(lambda s=s, h=h: explicit(A.indptr, A.indices, A.data, s, h, floor, len(order)))
        seconds["explicit"].append(taken)
        t = np.ones(dag.nodes)
        h = J.fields(t)
        taken, here = timed(lambda t=t, h=h: flips.flip_rows(J.layout, t, h, J.floor, order, gains))
        seconds["ours"].append(taken)
    run = {name: median(found) for name, found in seconds.items()}
    ends = {name: J.frustration(x) / dag.total_weight for name, x in (("explicit", s), ("ours", t))}
    return size(dag) | {
        "explicit": run["explicit"], "building": building, "explicit flips": there, "explicit zeta": ends["explicit"],
        "ours": run["ours"], "preparing": preparing, "our flips": here, "our zeta": ends["ours"],
        "row flips": run["explicit"] / run["ours"],
        "row flips with building": (run["explicit"] + building) / (run["ours"] + preparing),
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
    """VGG16 at 224 pixels: one sign a channel, then a descent, in process seconds; and the peak of the memory."""
    making, dag = timed(lambda: plain(224, VGG16, 0))
    preparing, J = timed(lambda: prepared(dag))
    gauge, s = timed(lambda: channel_gauges.channel_gauge(dag, rng=np.random.default_rng(0)))
    x = s.astype(float)
    settling, _ = timed(lambda: descent.settle(J, x))
    adding, value = timed(lambda: J.frustration(x))
    sweep, _ = timed(lambda: annealing.anneal(J, x.copy(), np.full(1, 0.3), rng=np.random.default_rng(0)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return size(dag) | {
        "making": making, "preparing": preparing, "gauge": gauge, "descent": settling, "frustration": adding,
        "sweep at 0.3": sweep, "zeta of gauge": J.frustration(s) / dag.total_weight, "zeta": value / dag.total_weight,
        "peak bytes": peak, "bytes of rows": CSR_BYTES * dag.edges, "memory": CSR_BYTES * dag.edges / peak,
    }  # fmt: skip


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


def installed(name: str) -> bool:
    """Whether a package is there."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        print(f"{name} is not installed; pip install -e '.[bench]' brings it")
        return False
    return True


def table(result: dict) -> bool:
    """Print all numbers; whether the targets are met, annealing at equal or lower frustration."""
    met = True
    runs = result.get("annealing", {}).get("runs", [])
    for row in (result["row flips"], *runs):
        print(", ".join(f"{key} {value:.6g}" for key, value in row.items()))
    ratios = [result["row flips"], *(row for row in runs if row["our zeta"] <= row["their zeta"])]
    for target, least in TARGETS.items():
        reached = [row[target] for row in ratios if target in row]
        if reached:
            good = max(reached) >= least
            met = met and good
            print(f"{'reached' if good else 'MISSED'}: {target}, {max(reached):.1f} times, target {least:g}")
    if "largest" in result:
        print("largest: " + ", ".join(f"{key} {value:.6g}" for key, value in result["largest"].items()))
    return met


def main() -> bool:
    """All comparisons; the largest network only where the record is to be written."""
    warm()
    write = "--write" in sys.argv
    result: dict = {"about": {"python": platform.python_version(), "machine": platform.machine(), "threads": 1}}
    if write:  # first, so that the peak of the memory is its own
        result["largest"] = largest()
    result["row flips"] = row_flips(plain(32, VGG11, 0))
    if installed("dwave-samplers"):
        result["annealing"] = peer(plain(32, ALEXNET, 0))
    if write:
        DATA.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return table(result)


if __name__ == "__main__":
    sys.exit(not main())
