"""The number of conservation laws: against the published tables, and exact ranks against floating-point ranks.

The published computation took brackets of symbolic polynomials in Sage, on 64 cores; it does not run here, so its
printed times stand beside ours. The second table has both sides in this process: the same count by the same strategy,
fields and then brackets of two until the rank is the one that the known laws allow, once modulo a prime with exact
elimination, once in floating point with ``numpy.linalg.matrix_rank``, where derivatives are complex steps, exact to
rounding. What the floating road finds is an opinion: its rank depends on a threshold, and can err to either side.
"""

import time
from itertools import pairwise

import numpy as np

from benchmarks import timing
from blockshift.flow.laws import law_count, law_formulas, published_laws

#: Shapes for which fields and brackets of two are enough, from small to large: rounds of either road.
SHAPES = {
    (3, 4, 3): 9,
    (5, 5, 5, 5): 9,
    (4, 30, 4): 9,
    (10, 10, 10, 10): 5,
    (15, 15, 15, 15): 3,
    (20, 20, 20, 20, 20): 3,
}
#: Process seconds that the 50 linear shapes, and the largest network, may take.
TARGET = 10.0


def exact(shape) -> law_count.LawCount:
    """The count, proved."""
    return law_count.laws(shape, rng=np.random.default_rng(0))


def floating(shape) -> int:
    """The same in floating point: D minus the numerical rank of fields and brackets of two."""
    rng = np.random.default_rng(0)
    D, narrow = law_formulas.parameters(shape), min(shape)
    point = rng.normal(size=D)
    fields = narrow * (shape[0] + shape[-1] - narrow)
    brackets = D - law_formulas.known_laws(shape) - fields
    rows = [_combination(shape, rng)(point) for _ in range(fields + 2)]
    if brackets > 0:
        rows += [_bracket(_combination(shape, rng), _combination(shape, rng), point) for _ in range(brackets + 2)]
    return D - int(np.linalg.matrix_rank(np.array(rows)))


def _combination(shape, rng):
    """A random combination of the gradients of the entries of ``W_L ... W_1``."""
    K = rng.normal(size=(shape[-1], shape[0]))
    ends = np.cumsum([0, *(a * b for a, b in pairwise(shape))])

    def field(w):
        layers = [w[i:j].reshape(b, a) for i, j, a, b in zip(ends, ends[1:], shape, shape[1:], strict=False)]
        before = [np.eye(shape[0])]
        for W in layers[:-1]:
            before.append(W @ before[-1])
        parts, after = [], K
        for W, state in zip(layers[::-1], before[::-1], strict=True):
            parts.append((after @ state.T).ravel())
            after = W.T @ after
        return np.concatenate(parts[::-1])

    return field


def _bracket(X, Y, point):
    """``DY X - DX Y``; the step is so small that its square is lost, and it is not subtracted from anything."""
    step = 1e-30
    return (Y(point + 1j * step * X(point)).imag - X(point + 1j * step * Y(point)).imag) / step


def main() -> bool:
    """Print both tables; whether the targets are met."""
    met = {}
    print("the published tables, replayed: process time of all 50 exact counts on one thread")
    for table in (published_laws.LINEAR, published_laws.RELU):
        begin = time.process_time()
        rng = np.random.default_rng(0)
        counts = [law_count.laws(shape, table.net, biases, rng=rng) for shape, biases in table.shapes]
        seconds = time.process_time() - begin
        met[f"the 50 {table.net} networks in {TARGET:.0f} s"] = seconds < TARGET
        agree = sum(count.certain and count.complete for count in counts)
        minutes, rest = divmod(table.seconds, 60)
        print(
            f"{table.net}: {seconds:.2f} s on 1 core; published {minutes}:{rest:02d} min on {table.cores} cores "
            f"({table.seconds / seconds:,.0f}x the time, with {table.cores} times the cores); {agree} of 50 agree",
            flush=True,
        )
    print("exact ranks against floating-point ranks of fields and brackets of two, medians of process time")
    for shape, rounds in SHAPES.items():
        name = "-".join(map(str, shape))
        roads = {"exact": lambda shape=shape: exact(shape), "floating": lambda shape=shape: floating(shape)}
        found, opinion = exact(shape), floating(shape)
        took = timing.medians(roads, dict.fromkeys(roads, rounds))
        print(
            f"{name}: exact {1e3 * took['exact']:.3g} ms, {found.total} laws, "
            f"{'proved' if found.certain else 'not proved'}; floating {1e3 * took['floating']:.3g} ms, {opinion} laws; "
            f"floating / exact {took['floating'] / took['exact']:.2f}",
            flush=True,
        )
        met[f"{name} in {TARGET:.0f} s"] = took["exact"] < TARGET and found.certain
    for target, reached in met.items():
        if not reached:
            print(f"MISSED: {target}")
    print(f"{sum(met.values())} of {len(met)} targets reached")
    return all(met.values())
