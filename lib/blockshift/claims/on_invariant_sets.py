"""Claims about what falls into saddles and what leaves them (P1-C19, P1-C20, S21, S22, O-I1)."""

from fractions import Fraction

import numpy as np
from scipy.integrate import solve_ivp

from blockshift.claims.evidence import Proof, Residual
from blockshift.claims.ledger import claim
from blockshift.claims.on_fibers import SHAPES, _saddles, _sigma
from blockshift.claims.on_graph import PAPER
from blockshift.flow import gradient, invariant_sets, quotient
from blockshift.flow.landscape import critical_point
from blockshift.flow.symbols import derivations
from blockshift.flow.symbols.words import Affine, h
from blockshift.graph.network import Network

CHAPTER = "flow/beyond-the-hessian"

#: Runs of these claims last up to this time: rounding, about 1e-16, grows along a stable set at the rate of the
#: largest singular value, 2 here, and stays below 1e-7 for so long.
LONG = 10.0


def _run(net: Network, Sigma, t: float) -> Network:
    """The network after a time; before it, where that is negative: the flow with its sign changed."""
    shapes = [W.shape for W in net.weights]
    cuts = np.cumsum([W.size for W in net.weights])[:-1]

    def layers(state):
        return [x.reshape(shape) for x, shape in zip(np.split(state, cuts), shapes, strict=True)]

    def right_side(_, state):
        V = gradient.layer_velocities(layers(state), np.asarray(Sigma, dtype=float))
        return np.sign(t) * np.concatenate([X.ravel() for X in V])

    start = np.concatenate([np.asarray(W, dtype=float).ravel() for W in net.weights])
    found = solve_ivp(right_side, (0, abs(t)), start, method="DOP853", rtol=1e-11, atol=1e-14)
    return Network(tuple(layers(found.y[:, -1])))


def _size(net: Network) -> float:
    """The largest weight."""
    return max(float(np.abs(W).max()) for W in net.weights)


@claim(
    "P1-C19",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="For h = 2 and Σ invertible: what falls into the origin has W_2 = -W_1ᵀ, what comes from it W_2 = W_1ᵀ.",
    control={"balanced": False},
    uses=("P1-C6",),
)
def two_layers_mirror_one_another(*, balanced=True):
    """Derived for every Σ; runs forwards and backwards from random networks of both sets, or off them."""
    rng, off, ends = np.random.default_rng(19), {}, {}
    for widths in ((1, 1, 1), (2, 2, 2), (2, 1, 2), (3, 4, 3)):
        values = [2.0, 1.5, 1.0][: widths[0]]
        Sigma = gradient.target(values, widths)
        for side, direction in (("stable", 1), ("unstable", -1)):
            found = invariant_sets.TwoLayerSet(values, widths, side)
            net = found.sample(rng=rng)
            if not balanced:
                net = Network((net.weights[0] * 1.5, net.weights[1]))
            off[f"{side} {widths}"] = found.defect(_run(net, Sigma, direction * 1.0))
            ends[f"{side} {widths}"] = _size(_run(net, Sigma, direction * LONG))
    instances = [
        Residual(off, bound=1e-8, scope="distance from the set after a time of 1"),
        Residual(ends, bound=1e-3, scope="largest weight after a time of 10, forwards or backwards"),
    ]
    return Proof(derivations.both_mirrors(balanced=balanced), instances)


@claim(
    "O-I1",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-saddle",),
    statement="For h = 2 and any Σ: stable is Y = -Xᵀ, X_0X_0ᵀ = Y_0ᵀY_0; unstable is Y = Xᵀ, XᵀX < Σ_p, others 0.",
    control={"share": 1.25},
    uses=("P1-C19",),
)
def the_sets_of_the_origin_for_any_sigma(*, share=0.8):
    """Σ not square, with kernels, equal values, zero: runs from the sets, up to a share of the unstable one's bound."""
    rng, ends = np.random.default_rng(31), {}
    for widths, values in (
        ((3, 2, 2), [2, 1]), ((2, 3, 4), [1.5, 1]), ((2, 2, 2), [1, 1]), ((3, 2, 3), [2, 0, 0]), ((2, 2, 2), [0, 0]),
    ):  # fmt: skip
        Sigma = gradient.target(values, widths)
        stable, unstable = (invariant_sets.TwoLayerSet(values, widths, side) for side in ("stable", "unstable"))
        falling = stable.sample(rng=rng)
        # With kernels on both sides the fall is as slow as 1/t, and what bounds it is the start.
        ends[f"stable {widths}, {values}"] = max(0.0, _size(_run(falling, Sigma, LONG)) - 0.5 * _size(falling))
        if any(values):
            X = rng.standard_normal((widths[1], sum(v > 0 for v in values)))
            X *= np.sqrt(share) * np.sqrt(values[: X.shape[1]]) / np.linalg.norm(X, 2)
            first, second = np.zeros(widths[1::-1]), np.zeros(widths[:0:-1])
            first[:, : X.shape[1]], second[: X.shape[1]] = X, X.T
            rising = Network((first, second))
            before = _run(rising, Sigma, -0.5)  # beyond the bound it is at infinity soon after
            ends[f"unstable {widths}, {values}"] = max(0.0, _largest_share(before, values) - 0.9)
            ends[f"inside {widths}, {values}"] = float(unstable.contains(rising) is False)
    return Residual(ends, bound=1e-6, scope="5 Σ: not square, not invertible, equal values, zero")


def _largest_share(net: Network, values) -> float:
    """The largest singular value of ``X D^(-1/2)``: below 1 in the unstable set."""
    p = sum(v > 0 for v in values)
    return float(np.linalg.norm(net.weights[0][:, :p] / np.sqrt(np.asarray(values[:p], dtype=float)), 2))


@claim(
    "S21",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-slow",),
    statement="One mode: the stable and the unstable set of the origin are 2^(h-1) rays each, all weights of one size.",
    control={"last": h - 1},
    uses=("S6",),
)
def equal_sizes_are_rays_of_the_origin(*, last: Affine = h):
    """Derived from the norm law; velocities on all rays in fractions, and the slow fall against its law."""
    speeds, falls = {}, {}
    for depth in (2, 3, 4, 5):
        short = int(last != h)
        for side in ("stable", "unstable"):
            rays = invariant_sets.EqualRays(2, depth, side)
            for k, signs in enumerate(rays.rays().tolist()):
                a = Fraction(1, 2)
                net = Network(tuple(np.array([[a * s]], dtype=object) for s in signs))
                moved = gradient.velocity(net, np.array([[Fraction(2)]], dtype=object))
                V = [X[0, 0] * int(j < depth - short) for j, X in enumerate(moved)]
                speeds[f"{side} {depth}, {k}"] = sum(abs(x - s * rays.rate(a)) for x, s in zip(V, signs, strict=True))
        if depth > 2:
            first = Network(tuple(np.array([[1.0 - 2.0 * (j == 0)]]) for j in range(depth)))
            falls[f"{depth}"] = _size(_run(first, [[1.0]], 1e4)) / invariant_sets.slow_size(1e4, 1.0, depth) - 1
    instances = [
        Residual(speeds, bound=0, scope="velocities on all rays of depths 2 to 5, in fractions"),
        # The law is the limit of long times: the next term is of relative order log(t) / t or 1 / t.
        Residual(falls, bound=2e-3, scope="sizes on a stable ray at t = 10^4 over ((h-2)σt)^(-1/(h-2)), minus 1"),
    ]
    return Proof(derivations.equal_sizes(last=last), instances)


@claim(
    "S22",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-basins",),
    statement="One mode: a start ends at the loss σ²/2 exactly if its product is ≤ 0 and its smallest size is tied.",
    control={"last": h - 1},
    uses=("S21",),
)
def ties_end_at_the_saddle(*, last: Affine = h):
    """Derived with steps in words; the ends of runs against the limits that the conserved differences foretell."""
    rng, ends, losses = np.random.default_rng(22), {}, {}
    for depth in (2, 3, 4):
        ties = invariant_sets.TieSet(1.0, depth)
        for k in range(15):
            # Halves: ties are exact, and what is not tied misses that by a half, hence is quick enough.
            w = rng.integers(-5, 6, depth) / 2
            net = Network(tuple(np.array([[x]]) for x in w))
            if ties.contains(net):
                continue
            foretold = invariant_sets.limit(net, 1.0)
            run = _run(net, [[1.0]], 40.0)
            pairs = zip(run.weights, foretold.weights, strict=True)
            ends[f"{depth}, {k}"] = max(abs(float((W - V)[0, 0])) for W, V in pairs)
        for k in range(10):
            tied = ties.sample(rng=rng)
            run = _run(tied, [[1.0]], 5.0)
            losses[f"{depth}, {k}"] = min(0.0, float(gradient.loss(run, [1.0])) - 0.5)
            losses[f"limit {depth}, {k}"] = float(gradient.loss(invariant_sets.limit(tied, 1.0), [1.0])) - 0.5
    instances = [
        Residual(
            ends, bound=1e-6, scope=f"{len(ends)} starts that are not tied: end of a run minus the limit foretold"
        ),
        Residual(losses, bound=1e-9, scope=f"{len(losses) // 2} tied starts: loss below σ²/2, and at the limit"),
    ]
    return Proof(derivations.ties(last=last), instances)


@claim(
    "P1-C20",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="A new chain through unused hidden directions, of size a, changes the loss by -σaʰ + a²ʰ/2, exactly.",
    control={"sign": -1},
    uses=("P1-C3", "P1-C17", "O-Q1"),
)
def a_new_chain_leaves_at_order_h(*, sign=1):
    """Saddles, nonstrict ones with h = 3, 4 among them, scrambled; the loss at 2h + 1 sizes, in fractions."""
    rng, differences, nonstrict = np.random.default_rng(20), {}, 0
    for widths in (*SHAPES[1:], (3, 2, 3, 3), (2, 2, 2, 2, 2)):
        Sigma = _sigma(widths, (3, 2, 1))
        p = min(Sigma.shape)
        for S, net in _saddles(widths, Sigma):
            if len(S) == p or len(S) == min(widths):
                continue
            point = quotient.scrambled(net, rng=rng)
            nonstrict += critical_point(point, Sigma).kind == "nonstrict saddle"
            chain = invariant_sets.new_chain(point, Sigma)
            rest, depth = gradient.loss(point, Sigma), net.depth
            wrong = 0
            for a in range(2 * depth + 1):  # a polynomial of degree 2h that agrees at 2h + 1 places is the same
                sizes = [sign * Fraction(a), *[Fraction(a)] * (depth - 1)]
                change = chain.coefficient * Fraction(a) ** chain.order + Fraction(a) ** (2 * depth) / 2
                wrong += int(gradient.loss(chain.network(sizes), Sigma) - rest != change)
            differences[f"{widths}, {S}"] = wrong
    scope = f"{len(differences)} scrambled saddles at 9 shapes, {nonstrict} of them nonstrict, in fractions"
    return Residual(differences, bound=0, scope=scope)
