"""Claims about the loss landscape: critical points, values and kinds (P1-C10, C11, C15 to C18, C29, O-C1)."""

from fractions import Fraction
from functools import lru_cache
from itertools import combinations, pairwise, product
from math import comb

import numpy as np
import scipy.optimize

from blockshift import errors
from blockshift.claims.evidence import Certificate, Proof, Residual
from blockshift.claims.ledger import claim
from blockshift.claims.on_graph import PAPER
from blockshift.flow import conservation, gradient
from blockshift.flow.landscape import construction, descent, hessian, kinds, modes, recognition
from blockshift.flow.landscape.survey import Survey, survey
from blockshift.flow.symbols import derivations
from blockshift.graph.network import Network

CHAPTER = "flow/landscape"
AMG = "achour2024loss"

#: For each depth the points tried at each shape with widths from 2 to 4: more than 36,000 in all.
EACH = {2: 450, 3: 150, 4: 48}

#: Shapes for exact critical points: width one, bottlenecks, more outputs than inputs and fewer, and depth five.
EXACT = ((1, 1, 1), (2, 2, 2), (3, 1, 3), (1, 1, 1, 1), (2, 3, 2, 3), (3, 2, 3, 2), (3, 3, 2, 3, 3), (2, 2, 2, 2, 2, 2))

#: A root of the velocity found to 1e-12 may lie 1e-6 from the critical point it approximates where that is degenerate.
ROOT = 1e-12
#: The tightest that the solver takes.
TIGHT = 3e-16


def _shapes(depth: int) -> list[tuple[int, ...]]:
    """All widths from 2 to 4 at a depth."""
    return list(product((2, 3, 4), repeat=depth + 1))


@lru_cache(maxsize=1)
def _surveys() -> dict[int, Survey]:
    """The sample of random critical points that two claims look at, depth by depth."""
    rng = np.random.default_rng(117)
    return {depth: survey(_shapes(depth), each, rng=rng) for depth, each in EACH.items()}


def _values(widths) -> list[int]:
    """Singular values p, ..., 2, 1, as many as there can be."""
    return list(range(min(widths[0], widths[-1]), 0, -1))


def _every_point(widths):
    """A critical point in integers for every set of places that the network can learn."""
    values = _values(widths)
    for size in range(min(widths) + 1):
        for places in combinations(range(1, len(values) + 1), size):
            yield places, construction.prescribed(widths, values, places, exact=True)


@claim(
    "P1-C10",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="At a critical point the end-to-end map is Σ_S: Σ with the singular values outside of S set to zero.",
    control={"share": 0.5},
    uses=("S10",),
)
def critical_maps_are_parts_of_the_data(*, share=1.0):
    """Roots of the velocity found from random starts by a solver that knows nothing of S; and every S, in integers."""
    rng = np.random.default_rng(110)
    residuals: dict[str, float] = {}
    searched: tuple[tuple[int, ...], ...] = ((2, 2, 2), (3, 2, 3), (2, 3, 2, 2))
    for widths in searched:
        sigma = gradient.target(_values(widths), widths)
        for _ in range(20):
            root = _root(Network.random(widths, rng=rng), sigma)
            if root is not None:
                near = modes.learnt(root.product(), modes.of(sigma))
                name = f"{widths}, {near.places} learnt, found"
                distance = float(np.linalg.norm(root.product() - share * near.map))
                residuals[name] = max(residuals.get(name, 0.0), distance)
    for widths in EXACT:
        sigma = modes.rational(gradient.target(_values(widths), widths))
        for places, net in _every_point(widths):
            expected = sigma.copy()
            expected[[k for k in range(len(_values(widths))) if k + 1 not in places]] = 0
            wrong = [*gradient.velocity(net, sigma), net.product() - expected]
            residuals[f"{widths}, {places} learnt, made"] = sum(int(entry != 0) for X in wrong for entry in X.flat)
    return Residual(residuals, bound=1e-5, scope="random roots of ∇L = 0 at 3 shapes, and every S at 8 shapes exactly")


def _root(start: Network, sigma) -> Network | None:
    """A network near to a start where the velocity vanishes, by least squares; None if the solver stopped early."""

    def velocity(vector):
        return hessian.stacked(gradient.layer_velocities(hessian.unstacked(vector, start.widths), sigma))

    def slope(vector):
        return -hessian.matrix(Network(hessian.unstacked(vector, start.widths)), sigma)

    first = hessian.stacked(start.weights)
    found = scipy.optimize.least_squares(velocity, first, slope, method="lm", ftol=TIGHT, xtol=TIGHT, gtol=TIGHT)
    done = float(np.linalg.norm(found.fun)) <= ROOT
    return Network(hessian.unstacked(found.x, start.widths)) if done else None


@claim(
    "P1-C11",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    figures=(
        "fig-all-two",
        "fig-all-three",
    ),
    statement="Critical values are ½ Σ_(i∉S) σ_i²; there are Σ_k C(p, k) critical maps, k up to the narrowest width.",
    control={"narrow": False},
    uses=("P1-C10",),
)
def critical_values_say_what_is_learnt(*, narrow=True):
    """Every set of modes is tried: the loss at its critical point in integers, how many there are, who is refused."""
    residuals = {}
    for widths in EXACT:
        values, maps = _values(widths), set()
        for places, net in _every_point(widths):
            rest = sum(v * v for k, v in enumerate(values, 1) if k not in places)
            residuals[f"{widths}, loss with {places}"] = gradient.loss(net, modes.rational(values)) - Fraction(rest, 2)
            maps.add(tuple(net.product().flat))
        most = min(widths) if narrow else len(values)
        residuals[f"{widths}, number of maps"] = len(maps) - sum(comb(len(values), k) for k in range(most + 1))
        if len(values) > min(widths):
            residuals[f"{widths}, one more"] = int(_exists(widths, values, range(1, min(widths) + 2)))
    return Residual(residuals, bound=0, scope="every S at 8 shapes with distinct singular values, exactly")


def _exists(widths, values, places) -> bool:
    """Whether a critical point with these places can be made."""
    try:
        construction.prescribed(widths, values, places, exact=True)
    except errors.BadArgument:
        return False
    return True


@claim(
    "P1-C15",
    source=PAPER,
    status="confirmed",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-escape",),
    statement="There are no local maxima, and no local minima but the global ones.",
    control={"flipped": True},
    uses=("P1-C17",),
)
def every_critical_point_has_a_way_up_and_most_a_way_down(*, flipped=False):
    """For exact random critical points: a curve down unless the loss is least, and a curve up; by polynomials in t."""
    rng, witness = np.random.default_rng(115), []
    for widths in EXACT:
        for _ in range(12):
            values = _values(widths)
            net = construction.random(widths, values, rng=rng, exact=True)
            point = recognition.critical_point(net, values)
            witness.append((net, values, point.certificate, rng.integers(-2, 3, net.size).astype(object)))

    def each_point_has_its_curves(points):
        return all(_curves(*point, flipped=flipped) for point in points)

    return Certificate(witness, each_point_has_its_curves, scope=f"{len(witness)} random critical points, exactly")


def _curves(net, values, proof, direction, *, flipped) -> bool:
    """Whether a curve leads down, or the loss is the least; and whether a curve leads up."""
    if proof.descent is None:
        jumps = [descent.Jump(k, 1, V) for k, V in enumerate(hessian.unstacked(direction, net.widths), 1)]
        first = next((c for c in descent.expansion(net, values, jumps, 2 * net.depth)[0][1:] if c), 0)
        return (proof.verify(values) and first >= 0) != flipped
    down = proof.descent
    up = (descent.Jump(down.jumps[0].layer, down.jumps[0].power, -down.jumps[0].matrix), *down.jumps[1:])
    rise = descent.expansion(net, values, up, down.order)[0][down.order]
    if flipped:
        down = descent.Descent(up, down.order, rise)
    return down.verify(net, values) and rise > 0


@claim(
    "P1-C16",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="For h ≥ 3 there are strict saddles and nonstrict ones; for h = 2 every saddle is strict.",
    control={"flat_from": 2},
    uses=("P1-C17",),
)
def nonstrict_saddles_begin_at_depth_three(*, flat_from=3):
    """By the Hessian alone: saddles without a negative eigenvalue occur from depth 3 on, strict ones everywhere."""
    counts = {depth: (found.negative, ~found.minimum & ~found.negative) for depth, found in _surveys().items()}

    def flat_saddles_occur_exactly_from_there_on(found):
        return all(strict.any() and flat.any() == (depth >= flat_from) for depth, (strict, flat) in found.items())

    total = sum(len(found) for found in _surveys().values())
    scope = f"{total} random critical points, all widths from 2 to 4, h = 2, 3, 4, seed 117"
    return Certificate(counts, flat_saddles_occur_exactly_from_there_on, scope=scope)


@claim(
    "P1-C17",
    source=AMG,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="The rank test decides which saddles are strict.",
    control={"excess": 0},
)
def ranks_decide_what_is_strict(*, excess=1):
    """The rank test against the smallest eigenvalue of the Hessian; the control weakens one inequality."""
    if excess == 1:
        found = _surveys()
    else:
        rng = np.random.default_rng(117)
        found = {depth: survey(_shapes(depth), 4, rng=rng, excess=excess) for depth in EACH}
    total = sum(len(s) for s in found.values())
    scope = f"{total} random critical points with distinct σ, all widths from 2 to 4, h = 2, 3, 4, seed 117"
    return Residual({f"mismatches at h = {depth}": s.mismatches for depth, s in found.items()}, bound=0, scope=scope)


@claim(
    "O-C1",
    source="ours",
    status="ours",
    part="flow",
    chapter=CHAPTER,
    statement="The rank test holds for every Σ and all widths: repeated and vanishing σ, more outputs than inputs.",
    control={"excess": 0},
    uses=("P1-C17",),
)
def ranks_decide_for_all_data(*, excess=1):
    """As for P1-C17, with repeated and vanishing singular values in random bases."""
    rng = np.random.default_rng(118)
    each = {2: 180, 3: 80, 4: 24} if excess == 1 else dict.fromkeys(EACH, 4)
    found = {h: survey(_shapes(h)[::2], each[h], rng=rng, excess=excess, plain_data=False) for h in each}
    total = sum(len(s) for s in found.values())
    scope = f"{total} random critical points with degenerate Σ, every other shape with widths from 2 to 4, h = 2, 3, 4"
    return Residual({f"mismatches at h = {depth}": s.mismatches for depth, s in found.items()}, bound=0, scope=scope)


@claim(
    "P1-C18",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    statement="For h ≥ 3 the Hessian vanishes at the origin; the loss moves there at order h.",
    control={"least": 2},
    uses=("S18",),
)
def the_origin_is_flat(*, least=3):
    """Derived by counting factors; the code's Hessians at the origin, and the loss along rays, in integers."""
    rng, flat, rays = np.random.default_rng(18), {}, {}
    for widths in ((2, 2, 2), *EXACT):
        depth = len(widths) - 1
        if depth < least:
            continue
        Sigma = rng.integers(-9, 10, (widths[-1], widths[0])).astype(object)
        origin = Network(tuple(np.zeros((d, c), dtype=int).astype(object) for c, d in pairwise(widths)))
        flat[f"{widths}"] = float(np.abs(hessian.matrix(origin, Sigma)).sum())
        ray = Network(tuple(rng.integers(-9, 10, W.shape).astype(object) for W in origin.weights))
        jumps = [descent.Jump(k, 1, V) for k, V in enumerate(ray.weights, 1)]
        found = descent.expansion(origin, Sigma, jumps, depth)[0]
        rays[f"{widths}"] = found[depth] + (Sigma * ray.product()).sum() + sum(map(abs, found[1:depth]))
    instances = [
        Residual(flat, bound=0, scope="sum of the absolute entries of the Hessian at the origin"),
        Residual(rays, bound=0, scope="the loss along random rays begins with -t^h <E, V^h>"),
    ]
    return Proof(derivations.origin_is_flat(least=least), instances)


@claim(
    "P1-C29",
    source=PAPER,
    status="inferred",
    part="flow",
    chapter=CHAPTER,
    figures=("fig-itinerary",),
    statement="For h ≥ 3 a 0-balanced saddle that has learnt the r largest singular values is nonstrict.",
    control={"depths": (2, 3)},
    uses=("P1-C17",),
)
def balanced_saddles_are_nonstrict(*, depths=(3, 4, 5)):
    """0-balanced saddles in fractions, their ranks decided exactly, their Hessians by their smallest eigenvalue."""
    rng, residuals = np.random.default_rng(129), {}
    for depth, width, size in ((h, d, r) for h in depths for d in (2, 3) for r in range(d)):
        net, values = _balanced_saddle(depth, width, size, rng)
        proof = recognition.critical_point(net, values).certificate
        name = f"h = {depth}, width {width}, {size} learnt"
        unbalanced = sum(int(entry != 0) for C in conservation.conserved(net) for entry in C.flat)
        # The kind by ranks, and that the Hessian says so too, which is part of what `verify` looks at.
        wrong = proof is None or proof.kind != kinds.NONSTRICT or not proof.verify(values)
        residuals[name] = unbalanced + int(wrong)
    scope = f"{len(residuals)} 0-balanced saddles in fractions, h = {', '.join(map(str, depths))}"
    return Residual(residuals, bound=0, scope=scope)


def _balanced_saddle(depth: int, width: int, size: int, rng):
    """A 0-balanced network that has learnt the largest values, which are h-th powers, in bases that are reflections."""
    roots = list(range(width, 0, -1))
    D = np.diag([root if k < size else 0 for k, root in enumerate(roots)]).astype(object)
    unit = np.eye(width, dtype=int).astype(object)
    turns = [unit]
    for _ in range(depth - 1):
        v = rng.integers(1, 5, (width, 1)).astype(object)
        turns.append(unit - v @ v.T * Fraction(2, int((v * v).sum())))
    turns.append(unit)
    net = Network(tuple(turns[k + 1] @ D @ turns[k].T for k in range(depth)))
    return net, [root**depth for root in roots]
