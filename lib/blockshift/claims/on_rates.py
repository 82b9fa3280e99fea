"""Claims about how fast the flow is and where it comes to rest (P1-C9, P1-C26 to P1-C28, O-R1 to O-R3)."""

from itertools import pairwise

import numpy as np

from blockshift.claims.evidence import Counterexample, Residual
from blockshift.claims.ledger import claim
from blockshift.claims.on_graph import PAPER
from blockshift.flow import batches, curvature, escapes, gradient, integrators, rates
from blockshift.graph.network import Network

CHAPTER = "flow/rates"

#: Widths and singular values of the problems that runs are tried on: depths 1 to 4, bottlenecks (the third and the
#: sixth), a value twice, a value zero, and chains of single nodes.
PROBLEMS = (
    ((3, 2), (2, 1)),
    ((2, 3, 2), (2, 1)),
    ((3, 2, 3), (3, 2, 1)),
    ((3, 3, 3), (2, 2, 1)),
    ((1, 1, 1, 1), (2,)),
    ((2, 1, 2, 2), (2, 1)),
    ((3, 4, 5, 3), (3, 2, 1)),
    ((2, 3, 3, 2), (2, 0)),
    ((1, 2, 2, 2, 1), (1.5,)),
    ((2, 3, 3, 3, 2), (2, 1)),
)


def _starts(widths, count: int, rng) -> tuple[np.ndarray, ...]:
    """The layers of that many networks of standard normal weights."""
    return tuple(rng.standard_normal((count, d, c)) for c, d in pairwise(widths))


def _tied(depth: int) -> tuple[np.ndarray, ...]:
    """Chains of one node a layer that go to the saddle: all weights of one size, with a product below zero."""
    sizes = np.linspace(0.5, 1.5, 5)
    return tuple((-1.0 if j == 0 else 1.0) * sizes.reshape(-1, 1, 1) for j in range(depth))


def _critical_distance(products, values) -> float:
    """The largest distance of end-to-end maps from the critical maps, relative to the largest singular value.

    Of modes that share a singular value a critical map has that value times an orthogonal projector (claim P1-C10).
    """
    values, worst = np.asarray(values, dtype=float), 0.0
    for W in products:
        nearest = np.zeros_like(W)
        for value in set(values[values > 0].tolist()):
            places = np.ix_(*[np.flatnonzero(values == value)] * 2)
            sizes, basis = np.linalg.eigh((W[places] + W[places].T) / 2)
            learnt = basis[:, sizes > value / 2]
            nearest[places] = value * learnt @ learnt.T
        worst = max(worst, float(np.linalg.norm(W - nearest)))
    return worst / float(values.max())


@claim(
    "P1-C9",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter=CHAPTER,
    statement="Every run of gradient flow is bounded and converges to one critical point.",
    control={"t_end": 3.0},
    uses=("P1-C6", "P1-C8", "O-R1"),
)
def every_run_converges(*, t_end=1e5):
    """1,210 runs over ten shapes with h = 1 to 4, and starts on the stable set of a saddle, to three degrees of rest.

    A path that converges has a finite length. From each degree of rest to the next, a hundred times slower, the path
    must get shorter at least by half, as a geometric series does; an exponential approach makes it a hundred times
    shorter, the slowest algebraic one at depth 3 ten times. All numbers are relative to what they must stay below.
    """
    rng = np.random.default_rng(9)
    found: dict[str, float] = {}
    groups = [(f"{w}", _starts(w, 120, rng), s) for w, s in PROBLEMS]
    groups += [(f"tied, h = {depth}", _tied(depth), (1,)) for depth in (2, 3)]
    for name, layers, sigma in groups:
        degrees = []
        bounds = [rates.weight_bound(Network(tuple(W[m] for W in layers)), sigma) for m in range(len(layers[0]))]
        for rest in (1e-3, 1e-5, 1e-7):
            degrees.append(batches.integrate_many(layers, sigma, t_end, rest=rest, rtol=1e-9))
            layers = degrees[-1].layers
        middle, last = degrees[1].length, degrees[2].length
        found |= {
            f"not at rest: {name}": sum(int((~end.at_rest).sum()) for end in degrees),
            # A bound on what is left of a path that had come to rest to rounding before.
            f"path: {name}": float((last / (0.5 * middle + 1e-6)).max()),
            f"weights: {name}": max(float((_sizes(end.layers) / bounds).max()) for end in degrees),
            # At a saddle of order h a speed of 1e-7 is a distance of 1e-7^(1/(h-1)) from rest; its h-th power remains.
            f"map: {name}": _critical_distance(degrees[2].products(), sigma) / 1e-4,
        }
    scope = "1,210 starts, h = 1 to 4: shares of what is allowed for path, weights and distance from a critical map"
    return Residual(found, bound=1, scope=scope)


@claim(
    "O-R1",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    statement="x = max ‖W_i‖² keeps (x - (h-1)δ)^h ≤ B² + h(h-1)/2 δ x^(h-1), where δ = max ‖C_i‖, B = ‖Σ‖ + √(2L).",
    control={"conserved": False},
    uses=("P1-C6", "P1-C8"),
)
def the_conserved_matrices_confine_the_weights(*, conserved=True):
    """The largest singular value of a layer at four moments of 150 runs from starts of three sizes, against the bound.

    The control forgets the conserved matrices, as if every start were balanced.
    """
    rng, shares = np.random.default_rng(101), {}
    for widths, sigma in PROBLEMS:
        for scale in (0.3, 1.0, 1.5):
            layers = tuple(scale * W for W in _starts(widths, 5, rng))
            starts = [Network(tuple(W[m] for W in layers)) for m in range(5)]
            if conserved:
                bounds = [rates.weight_bound(net, sigma) for net in starts]
            else:
                roots = [np.sqrt(2 * gradient.loss(net, sigma)) for net in starts]
                bounds = [(max(sigma) + root) ** (1 / net.depth) for root, net in zip(roots, starts, strict=True)]
            largest = _sizes(layers)
            for time in (0.01, 0.1, 1.0):
                layers = batches.integrate_many(layers, sigma, time, rtol=1e-6, rest=1e-4).layers
                largest = np.maximum(largest, _sizes(layers))
            shares[f"{widths}, {scale}"] = float((largest / bounds).max())
    return Residual(shares, bound=1, scope="largest ‖W_i‖ as a share of the bound, 150 runs, h = 1 to 4")


def _sizes(layers) -> np.ndarray:
    """The largest singular value of any layer, for each run."""
    return np.max([np.linalg.norm(W, 2, axis=(1, 2)) for W in layers], axis=0)


@claim(
    "P1-C26",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="dL/dt ≤ -2μL with μ = Σ_j σ_min²(W_h...W_{j+1}) σ_min²(W_{j-1}...W_1), at every moment.",
    control={"factor": 1.01},
    uses=("P1-C8",),
)
def the_loss_falls_at_least_at_this_rate(*, factor=1.0):
    """At every recorded moment of 20 runs, and for the loss at their ends; a chain of single nodes attains equality."""
    rng, excess = np.random.default_rng(26), {}
    for widths, sigma in PROBLEMS:
        for seed in range(2):
            net = Network.random(widths, rng=rng)
            run = integrators.integrate(net, sigma, 4.0, at=np.linspace(0, 4, 401), rest=0)
            mu = np.array([rates.rate_bound(run.network(k)) for k in range(len(run.t))])
            seen = run.loss > 1e-12 * run.loss[0]
            missing = factor * 2 * mu * run.loss / run.speed**2 - 1
            excess[f"{widths}, {seed}"] = float(max(missing[seen].max(), 0))
            # The trapezoidal rule on a step of 0.01 errs by less than it differs from the rule on twice that.
            fine, coarse = np.trapezoid(mu, run.t), np.trapezoid(mu[::2], run.t[::2])
            least = factor * (fine - abs(fine - coarse))
            if seen[-1]:
                excess[f"end, {widths}, {seed}"] = float(max(run.loss[-1] / run.loss[0] - np.exp(-2 * least), 0))
    # Equality in the chain, where rounding of relative size 1e-16 is divided by nothing small.
    return Residual(excess, bound=1e-9, scope="what 2μL exceeds |dA/dt|² by, relative, 401 moments of 20 runs")


@claim(
    "P1-C27",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-falls",),
    statement="Among all factorisations of Σ the balanced ones are the flattest: sharpness ≥ h σ_1^(2-2/h), attained.",
    control={"measure": "trace"},
    uses=("S18", "P1-C22"),
)
def balanced_minima_are_the_flattest(*, measure="sharpness"):
    """The spectrum at balanced minima, and the sharpness at 40 random points of each fiber.

    The control measures flatness by the trace of the Hessian, for which this is false.
    """
    rng, found = np.random.default_rng(27), {}
    for widths, sigma in PROBLEMS:
        if sum(s > 0 for s in sigma) > min(widths):
            continue
        least = curvature.balanced_spectrum(sigma, widths)
        net = _factorised(widths, sigma, [1] * len(widths), rng)
        at_balance = curvature.tangent_spectrum(net)
        found[f"spectrum, {widths}"] = float(np.abs(at_balance - least).max() / least[0])
        found[f"value, {widths}"] = least[0] / (net.depth * max(sigma) ** (2 - 2 / net.depth)) - 1
        found[f"Hessian, {widths}"] = curvature.sharpness(net, sigma) / least[0] - 1
        floor = {"sharpness": least[0], "trace": least.sum()}[measure]
        for spread in (1.1, 1.5, 3.0, 10.0):
            for _ in range(10):
                scales = spread ** rng.uniform(-1, 1, len(widths))
                here = curvature.tangent_spectrum(_factorised(widths, sigma, scales, rng))
                value = {"sharpness": here[0], "trace": here.sum()}[measure]
                name = f"{spread}, {widths}"
                found[name] = max(found.get(name, 0), 1 - value / floor, 0)
    # Products of four layers with condition numbers up to 100 round to about 1e-14.
    return Residual(
        found, bound=1e-9, scope="relative, 8 shapes with h = 1 to 4: spectra, and 320 points of the fibers"
    )


def _factorised(widths, sigma, scales, rng) -> Network:
    """Layers whose product is diagonal with these singular values: balanced where all scales are one.

    A balanced minimum, turned by random rotations of the hidden layers, and then changed in basis by random positive
    matrices with condition number up to ``scale^2``.
    """
    depth, turns = len(widths) - 1, [np.eye(widths[0])]
    for d in widths[1:-1]:
        turns.append(np.linalg.qr(rng.standard_normal((d, d)))[0])
    turns.append(np.eye(widths[-1]))
    changes = []
    for turn, scale in zip(turns, scales, strict=True):
        Q = np.linalg.qr(rng.standard_normal(turn.shape))[0]
        sizes = 1.0 * scale ** rng.uniform(-1, 1, len(Q)) * scale
        changes.append((Q * sizes) @ Q.T)
    changes[0], changes[-1] = np.eye(widths[0]), np.eye(widths[-1])
    layers = []
    for i in range(1, depth + 1):
        D = np.zeros((widths[i], widths[i - 1]))
        for k, s in enumerate(sorted(sigma, reverse=True)[: min(widths)]):
            D[k, k] = s ** (1 / depth)
        # In a path through the middle layers only the modes stay; the change of basis cancels in the product.
        W = turns[i] @ D @ turns[i - 1].T
        layers.append(changes[i] @ W @ np.linalg.inv(changes[i - 1]))
    return Network(tuple(layers))


@claim(
    "O-R3",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    statement="With two modes balanced minima are not the locally slowest: others are as slow as one likes.",
    control={"modes": 1},
    uses=("P1-C27",),
)
def balanced_minima_are_not_the_slowest(*, modes=2):
    """The smallest nonzero eigenvalue of the Hessian at a minimum of two layers, and a run that confirms its rate."""
    sigma = [2.0, 1.0][:modes]
    a = np.array([0.1, 10.0])[:modes]
    net = Network.from_weights([np.diag(a), np.diag(sigma / a)])

    def the_end_is_slower_than_at_balance(net) -> bool:
        slowest, balanced = curvature.tangent_spectrum(net)[-1], curvature.balanced_spectrum(sigma, net.widths)[-1]
        off = np.zeros_like(net.weights[0])
        off[-1, 0] = 0.1  # the entry of the map that these layers hardly feel
        start = Network((net.weights[0] + off, net.weights[1]))
        run = integrators.integrate(start, sigma, 40.0, at=[20.0, 40.0], rest=0)
        rate = np.log(run.loss[0] / run.loss[1]) / 40
        return bool(slowest < balanced / 20 and abs(rate / slowest - 1) < 0.05)

    return Counterexample(net, the_end_is_slower_than_at_balance, "two layers, σ = (2, 1), imbalance diag(-400, 100)")


@claim(
    "P1-C28",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-waits",),
    statement="From small balanced starts modes are learnt in the order of σ, and the loss rests at critical values.",
    control={"size": 0.2},
    uses=("P1-C22",),
)
def modes_are_learnt_one_after_another(*, size=1e-6):
    """Balanced starts of end-to-end size 1e-6, aligned and turned at random, h = 2, 3, 4: order, plateaus, times."""
    rng, sigma = np.random.default_rng(28), np.array([4.0, 2.0, 1.0])
    found: dict[str, float] = {}
    for depth in (2, 3, 4):
        for aligned in (True, False):
            net = _balanced(depth, 3, size ** (1 / depth), aligned, rng)
            predicted = escapes.escape_times(sigma, depth, size)
            run = integrators.integrate(net, sigma, 3.0 * predicted[-1], rtol=1e-9)
            learnt = escapes.learning_times(run, sigma)
            name = f"h = {depth}, {'aligned' if aligned else 'turned'}"
            found[f"order, {name}"] = 0 if learnt.in_order else 2
            for k, (begin, end) in enumerate(pairwise(learnt.times), start=1):
                between = (run.t > begin) & (run.t < end)
                slowest = np.where(between, run.speed, np.inf).argmin()
                plateau = 0.5 * np.sum(sigma[k:] ** 2)
                found[f"plateau {k}, {name}"] = float(abs(run.loss[slowest] / plateau - 1) / 0.1)
            if aligned:
                found[f"times, {name}"] = float(np.abs(learnt.times / predicted - 1).max() / 0.01)
    scope = "6 runs, σ = (4, 2, 1): order; plateaus as shares of 10 %, times of aligned starts as shares of 1 %"
    return Residual(found, bound=1, scope=scope)


def _balanced(depth: int, d: int, a: float, aligned: bool, rng) -> Network:
    """Layers that are `a` times an orthogonal matrix: 0-balanced; the identity where aligned.

    Turned starts have symmetric, positive parts in their product, so that no mode has to change its sign on the way.
    """
    if aligned:
        return Network(tuple(a * np.eye(d) for _ in range(depth)))
    turns = [np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(depth - 1)]
    near = np.linalg.qr(np.eye(d) + 0.3 * rng.standard_normal((d, d)))[0]
    near = near * np.sign(np.diag(near))
    bases = [np.eye(d), *turns, near]
    return Network(tuple(a * bases[i + 1] @ bases[i].T for i in range(depth)))


@claim(
    "O-R2",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-arrivals",),
    statement="A small random start of two layers escapes like a balanced one with strengths |z_i|²/4, where z_i is "
    "W_1v_i + W_2ᵀu_i without the directions of earlier modes.",
    control={"orthogonal": False},
    uses=("P1-C28",),
)
def random_starts_escape_like_balanced_ones(*, orthogonal=True):
    """Predicted against measured half-times of 12 random starts, relative; a hundredth is allowed.

    The control leaves the directions of earlier modes in.
    """
    found = {}
    for widths, sigma in (
        ((3, 4, 3), (3, 2, 1)),
        ((4, 4, 4), (4, 3, 2, 1)),
        ((3, 16, 5), (3, 2, 1)),
        ((5, 8, 3), (2, 1)),
    ):
        for seed in range(3):
            net = Network.random(widths, rng=np.random.default_rng(seed), scale=1e-4)
            strengths = escapes.starting_strengths(net, sigma)
            if not orthogonal:
                into, out = net.weights
                strengths = np.sum((into.T[: len(sigma)] + out[: len(sigma)]) ** 2, axis=1) / 4
            predicted = escapes.escape_times(sigma, 2, strengths)
            run = integrators.integrate(net, sigma, 1.5 * predicted.max(), rtol=1e-9)
            times = escapes.learning_times(run, sigma).times
            found[f"{widths}, seed {seed}"] = float(np.abs(times / predicted - 1).max())
    return Residual(found, bound=0.01, scope="times to half of each σ, relative, weights of size 1e-4, 12 runs")
